"""What must hold and what must be done before the site's processes start. Knows no particular step."""

import contextlib
import errno
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.core.management import CommandError

from reco_site.servers import launch
from reco_site.servers.locks import FileLock
from reco_site.supervisor import Console, Tether

REMAINS_SECONDS = 30.0  # how long the processes of a killed run may take to end


class StartError(Exception):
    """The site cannot start; the text says why, and what to do."""


@contextlib.contextmanager
def sole_run(state_dir: Path, console: Console) -> Iterator[Tether]:
    """What one running site holds on its state directory. Raises StartError if another does.

    After a kill -9 of the whole supervisor its processes stop by themselves; a new run waits for that.
    """
    directory = state_dir / "site"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    alive, users = FileLock(directory / "alive"), FileLock(directory / "users")
    try:
        if not alive.try_exclusive():
            holder = os.pread(alive.fd, 20, 0).decode().strip()
            if holder and _is_running(int(holder)):
                raise StartError(f"Marquee already runs on {state_dir} (process {holder}).")
            console.line("setup", "waiting for the processes of a run that was killed")
            if not alive.wait_exclusive(REMAINS_SECONDS):
                raise StartError(f"Processes of an earlier run still hold {alive.path}; end them first.")
        os.ftruncate(alive.fd, 0)
        os.pwrite(alive.fd, str(os.getpid()).encode(), 0)
        users.share()
        yield Tether(users.path, alive.fd)
    finally:
        users.close()
        alive.close()


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def require_free_port(host: str, port: int) -> None:
    """Raises StartError with the way out if nobody could listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        reasons = {
            errno.EADDRINUSE: f"Port {port} on {host} is taken. Choose another: PORT={port + 1} make run",
            errno.EACCES: f"Port {port} is for root only. Choose another: PORT=8000 make run",
        }
        text = reasons.get(error.errno or 0, f"Cannot listen on {host}:{port} ({error}). Check BIND and PORT.")
        raise StartError(text) from error


@dataclass(frozen=True)
class Step:
    title: str
    run: Callable[[], object]


def run_steps(steps: list[Step], console: Console) -> None:
    """All steps in order, in one forked child: Django is loaded already, and what a step loads goes away.

    The parent stays small and free of torch, and so safe to start processes from. Raises StartError if a
    step fails; its error has been shown.
    """
    parent = os.getpid()
    sys.stdout.flush()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os._exit(_run_in_child(steps, writing, parent))
    os.close(writing)
    try:
        with open(reading, errors="replace") as output:  # noqa: PTH123 - a pipe, not a path
            for line in output:
                console.line("setup", line)
        _, status = os.waitpid(pid, 0)
    except KeyboardInterrupt:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
        raise
    if status != 0:
        raise StartError("Setting up failed; nothing was started.")


def _run_in_child(steps: list[Step], output: int, parent: int) -> int:
    """The exit code. SIGTERM ends the child at once: each step can be run again."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    launch.die_with_parent(signal.SIGTERM, parent)
    os.dup2(output, 1)  # for logging and libraries, which hold the old stream
    os.dup2(output, 2)
    with open(output, "w", buffering=1, errors="replace") as stream:
        sys.stdout = sys.stderr = stream
        return 0 if all(_succeeds(step) for step in steps) else 1


def _succeeds(step: Step) -> bool:
    begun = time.monotonic()
    sys.stdout.write(f"{step.title} …\n")
    try:
        step.run()
    except BaseException as error:  # noqa: BLE001 - the child's last words, whatever went wrong
        sys.stdout.write(f"{error}\n" if isinstance(error, CommandError) else traceback.format_exc())
        sys.stdout.write(f"{step.title}: failed after {time.monotonic() - begun:.1f} s\n")
        return False
    sys.stdout.write(f"{step.title}: done in {time.monotonic() - begun:.1f} s\n")
    return True
