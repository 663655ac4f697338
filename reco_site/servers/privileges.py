"""Who PostgreSQL may run as: it refuses root, and initdb refuses a uid without a name.

Nothing is created outside the state directory: no account, no permission on a parent directory.
"""

import os
import pwd
import subprocess
from pathlib import Path

from reco_site.servers import launch
from reco_site.servers.embedded import ServerError

BORROWED_ACCOUNTS = ("postgres", "nobody")


def identity_for(directory: Path) -> str:
    """Who runs the server whose files lie in `directory` (in the words of `launch`).

    An ordinary user: itself. Root: the owner of the directory if that is somebody else, else root inside
    a user namespace, else, where namespaces are forbidden, an account that exists, which then owns the
    directory. Raises ServerError where none of these can work.
    """
    uid = os.geteuid()
    owner = directory.stat()
    if uid == 0 and owner.st_uid != 0:
        return f"account:{owner.st_uid}:{owner.st_gid}"
    if uid != 0 and _has_name(uid):
        return "same"
    namespace = f"namespace:{_any_account().pw_uid}"
    if subprocess.run(launch.launched(namespace, ["true"]), capture_output=True, check=False).returncode == 0:
        return namespace
    if uid != 0:
        raise ServerError(
            f"PostgreSQL needs a user with a name, and uid {uid} has no line in /etc/passwd: "
            "add one, run as another user, or set DATABASE_URL."
        )
    account = _any_account()
    _give_away(directory, account.pw_uid, account.pw_gid)
    return f"account:{account.pw_uid}:{account.pw_gid}"


def require_access(identity: str, *paths: Path) -> None:
    """Raises ServerError if `identity` is another account and cannot enter a directory above a path."""
    if not identity.startswith("account:"):
        return
    for path in paths:
        if subprocess.run(launch.launched(identity, ["test", "-x", str(path)]), check=False).returncode != 0:
            uid = int(identity.split(":")[1])
            raise ServerError(
                f"As root PostgreSQL runs here as {_name(uid)}, who cannot reach {path}. Run as an ordinary "
                "user, move the project or STATE_DIR to where everybody may enter, or set DATABASE_URL."
            )


def _give_away(directory: Path, uid: int, gid: int) -> None:
    """The state directory above stays ours, but must let the new owner pass (0700 becomes 0711)."""
    directory.parent.chmod(directory.parent.stat().st_mode | 0o011)
    for folder, _, files in os.walk(directory):
        for path in (folder, *(os.path.join(folder, name) for name in files)):  # noqa: PTH118
            os.chown(path, uid, gid, follow_symlinks=False)


def _has_name(uid: int) -> bool:
    return _name(uid) != str(uid)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _any_account() -> pwd.struct_passwd:
    for name in BORROWED_ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServerError("PostgreSQL refuses root, and there is no account postgres or nobody to run it as.")
