"""The site's secret key: made once per state directory, so that nobody has to invent one."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key


def secret_key(state_dir: Path) -> str:
    """The key kept in `state_dir/secret_key`, made on the first call (mode 0600).

    Two processes that start together agree: the one that loses the exclusive create reads
    what the other wrote. Raises ImproperlyConfigured if the directory cannot be made.
    """
    path = state_dir / "secret_key"
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"STATE_DIR={state_dir} is no directory to write to: {error.strerror}.") from error
    scratch = path.with_name(f".secret_key.{os.getpid()}")
    if not path.exists():
        scratch.touch(mode=0o600)
        scratch.write_text(get_random_secret_key())
        try:
            os.link(scratch, path)  # fails if somebody was faster, and never shows half a key
        except FileExistsError:
            pass
        finally:
            scratch.unlink()
    return path.read_text().strip()
