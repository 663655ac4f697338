"""Runs one command for exactly as long as somebody uses it.

    python -I -S keeper.py USERS_LOCK GENTLE_SIGNAL HARD_SIGNAL IDENTITY COMMAND...

Every user holds USERS_LOCK shared. The keeper waits to have it alone, which happens when the last user is
gone, whether it left politely or by kill -9: the kernel drops the locks of the dead. So nobody counts
clients and no handle can leak. While the keeper holds the lock, newcomers wait for the stop to finish.

A program of its own that imports nothing of ours: it lives as long as its command and stays small. It
starts the command through `launch`, so should the keeper be killed, the command gets GENTLE_SIGNAL.
"""

import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

LAUNCH = Path(__file__).with_name("launch.py")
PATIENCE_SECONDS = 10  # a gentle stop tidies up; after this the hard one loses nothing either


def kept(users_lock: Path, gentle: str, hard: str, identity: str, command: list[str]) -> list[str]:
    """`command` with a keeper: what to run instead of it."""
    return [sys.executable, "-I", "-S", __file__, str(users_lock), gentle, hard, identity, *command]


def keep(users_lock: str, gentle: str, hard: str, identity: str, *command: str) -> int:
    """The command's exit code (128 + n if a signal n ended it, as shells say it).

    `close_fds=False` hands down the lock that says "alive" (see `embedded`) to every process of the
    command, so that it frees itself when the last of them is gone.
    """
    users = os.open(users_lock, os.O_RDWR)
    launcher = [sys.executable, "-I", "-S", str(LAUNCH), gentle, str(os.getpid()), identity]
    running = subprocess.Popen([*launcher, *command], close_fds=False)
    signal.signal(signal.SIGTERM, lambda *_: running.send_signal(signal.Signals[gentle]))
    is_unused = threading.Event()

    def stop_when_unused() -> None:
        fcntl.flock(users, fcntl.LOCK_EX)
        is_unused.set()
        running.send_signal(signal.Signals[gentle])
        try:
            running.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            running.send_signal(signal.Signals[hard])

    threading.Thread(target=stop_when_unused, daemon=True).start()
    status = running.wait()
    if is_unused.is_set():
        os.killpg(0, signal.SIGKILL)  # whatever the command left behind, and us
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(keep(*sys.argv[1:]))
