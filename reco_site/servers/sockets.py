"""Where a server's Unix socket lies: beside its data, or in a short private directory if that is too deep."""

import hashlib
import os
import stat
from pathlib import Path

LONGEST_PATH_BYTES = 103  # 107 on Linux, 103 on macOS
# Not TMPDIR: it differs between shells and services, and all processes of a site must agree.
SHORT_ROOT = Path("/tmp")  # noqa: S108 - the directory below it is private, and refused if it is not


class SocketDirectoryError(Exception):
    """Somebody else owns the directory we would trust."""


def socket_directory(directory: Path, socket_name: str) -> Path:
    """`directory` itself if the socket's path fits there, else a name derived from it. Touches no disk."""
    if len(os.fsencode(directory / socket_name)) <= LONGEST_PATH_BYTES:
        return directory
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    return SHORT_ROOT / f"marquee-{digest}"


def make_private(directory: Path, owners: set[int]) -> None:
    """Make it if missing, with mode 0700: whoever reaches the socket is trusted without a password.

    Raises SocketDirectoryError if it is a link or belongs to none of `owners` (uids).
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
        raise SocketDirectoryError(f"{directory} belongs to somebody else; remove it or move STATE_DIR.")
    if stat.S_IMODE(found.st_mode) != 0o700:
        directory.chmod(0o700)
