"""The last steps before exec: take the asked identity, promise to die with the parent, become the command.

    python -I -S launch.py SIGTERM PARENT_PID IDENTITY COMMAND...

A program of its own because these steps belong between fork and exec, where Python code of a process
that has threads may deadlock. It imports nothing of ours, so it costs 20 ms. IDENTITY is one of:

    same            stay who we are
    namespace:UID   a user namespace in which we are called UID and outside of which nothing changes
    account:UID:GID become that account for good (root only)
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

CLONE_NEWUSER = 0x1000_0000  # linux/sched.h
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def launched(identity: str, command: list[str]) -> list[str]:
    """`command` under `identity`: what this process runs instead of it."""
    return [sys.executable, "-I", "-S", __file__, "SIGTERM", str(os.getpid()), identity, *command]


def launch(death_signal: signal.Signals, parent: int, identity: str, command: list[str]) -> None:
    """Never returns: the process becomes `command`."""
    kind, *numbers = identity.split(":")
    if kind == "namespace":
        enter_namespace(int(numbers[0]))
    elif kind == "account":
        become_account(int(numbers[0]), int(numbers[1]))
    die_with_parent(death_signal, parent)  # last: the kernel forgets the promise when identities change
    os.execvp(command[0], command)  # noqa: S606 - an argument list of our own


def enter_namespace(uid_inside: int) -> None:
    """PostgreSQL refuses uid 0 and initdb a uid without a name; files keep their owner outside.

    Raises OSError where the kernel or the container forbids user namespaces.
    """
    uid, gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are forbidden here")
    own = Path("/proc/self")
    (own / "setgroups").write_text("deny")  # the kernel's condition for writing gid_map
    (own / "uid_map").write_text(f"{uid_inside} {uid} 1")
    (own / "gid_map").write_text(f"{uid_inside} {gid} 1")


def become_account(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def die_with_parent(death_signal: signal.Signals, parent: int) -> None:
    """Ask the kernel for `death_signal` when the parent ends, kill -9 included. Linux only.

    Elsewhere children of a killed parent live until somebody ends them.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            sys.exit(1)


if __name__ == "__main__":
    launch(signal.Signals[sys.argv[1]], int(sys.argv[2]), sys.argv[3], sys.argv[4:])
