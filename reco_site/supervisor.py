"""Keeps programs and servers running, shows what they say, and stops them in order.

Knows nothing of the site: `management/commands/up.py` says what runs. One thread per program copies its
output; all decisions are taken in one loop in the main thread, so there is nothing to lock but the console.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Protocol, TextIO

from reco_site.servers import ServerError, keeper

LOOK_SECONDS = 0.2
FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 30.0
HEALTHY_SECONDS = 60.0  # a program that ran this long begins again with the first delay


class Console:
    """Whole lines only, each under the name of its speaker; colour only where a person looks."""

    NAME_WIDTH = 13
    COLOURS = (36, 33, 32, 35, 34, 31)  # ANSI foregrounds

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._colours: dict[str, int] | None = {} if stream.isatty() and "NO_COLOR" not in os.environ else None

    def line(self, name: str, text: str) -> None:
        label = f"{name:<{self.NAME_WIDTH}}|"
        if self._colours is not None:
            colour = self._colours.setdefault(name, self.COLOURS[len(self._colours) % len(self.COLOURS)])
            label = f"\x1b[{colour}m{label}\x1b[0m"
        self.write("".join(f"{label} {row.rstrip()}\n" for row in text.splitlines() if row.strip()))

    def write(self, text: str) -> None:
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        # A closed terminal must not keep us from stopping in order.
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._stream.write(text.encode(encoding, "replace").decode(encoding))
            self._stream.flush()


class StopSignals:
    """The first SIGINT, SIGTERM or SIGHUP raises KeyboardInterrupt wherever we are; a later one hurries."""

    def __init__(self) -> None:
        self._count = count(1)
        self.in_a_hurry = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup stays nohup
                signal.signal(number, self._receive)

    def _receive(self, *_: object) -> None:
        if next(self._count) == 1:
            raise KeyboardInterrupt
        self.in_a_hurry = True


class Ward(Protocol):
    """What the supervisor looks after: a program of ours, or an embedded server."""

    name: str
    fate: str  # how it ended, as the end of a sentence that begins with its name

    def start(self) -> None: ...
    def is_alive(self) -> bool: ...
    def stop(self) -> object: ...


@dataclass(frozen=True)
class Program:
    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)  # on top of ours
    grace_seconds: float = 5.0  # between SIGTERM and SIGKILL


@dataclass(frozen=True)
class Tether:
    """What ties processes to one run of the site, whatever ends it (see `servers.keeper`)."""

    users_lock: Path  # held by the supervisor: once it is free, the keepers stop their programs
    alive_fd: int  # a lock that every process inherits: once it is free, all of them are gone


class Child:
    """One program while it runs under its keeper, in a process group of its own."""

    def __init__(self, program: Program, tether: Tether, console: Console, signals: StopSignals) -> None:
        self.name = program.name
        self.fate = "has not started"
        self._program = program
        self._tether = tether
        self._console = console
        self._signals = signals
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            keeper.kept(self._tether.users_lock, "SIGTERM", "SIGKILL", "same", self._program.command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **self._program.environment},
            start_new_session=True,  # Ctrl-C in the terminal is ours to pass on, in order
            pass_fds=[self._tether.alive_fd],
        )
        threading.Thread(target=self._copy_output, args=[self._process], daemon=True).start()

    def is_alive(self) -> bool:
        if self._process is None:
            return False
        status = self._process.poll()
        if status is None:
            return True
        self.fate = f"ended with exit code {status}"
        self._sweep(self._process)
        return False

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        deadline = time.monotonic() + self._program.grace_seconds
        while self.is_alive() and time.monotonic() < deadline and not self._signals.in_a_hurry:
            time.sleep(0.05)
        self._sweep(self._process)
        self._process.wait()

    def _sweep(self, process: subprocess.Popen[bytes]) -> None:
        """Kill what is left of the group: a worker without its master would keep the port."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)

    def _copy_output(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout as output:
            for line in output:
                self._console.line(self.name, line.decode(errors="replace"))


@dataclass
class Watch:
    ward: Ward
    started: float  # time.monotonic()
    delay_seconds: float = FIRST_DELAY_SECONDS  # before the next restart
    restart_at: float | None = None  # None while it is thought to run


class Supervisor:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._watches: list[Watch] = []

    def start(self, ward: Ward) -> None:
        """Start it now and look after it from now on. A failure to start is the caller's."""
        self._watches.append(Watch(ward, started=time.monotonic()))
        ward.start()

    def run(self, every_look: Callable[[], None]) -> None:
        """Look after everything until KeyboardInterrupt."""
        while True:
            for watch in self._watches:
                self._look_after(watch, time.monotonic())
            every_look()
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """Stop everything, the last started first."""
        while self._watches:
            self._watches.pop().ward.stop()

    def _look_after(self, watch: Watch, now: float) -> None:
        ward = watch.ward
        if watch.restart_at is not None:
            if now >= watch.restart_at:
                watch.started, watch.restart_at = now, None
                try:
                    ward.start()
                except (ServerError, OSError) as error:
                    self._console.line(ward.name, str(error))
        elif ward.is_alive():
            if now - watch.started > HEALTHY_SECONDS:
                watch.delay_seconds = FIRST_DELAY_SECONDS
        else:
            self._console.line(ward.name, f"{ward.fate}; starting it again in {watch.delay_seconds:g} s")
            watch.restart_at = now + watch.delay_seconds
            watch.delay_seconds = min(2 * watch.delay_seconds, LONGEST_DELAY_SECONDS)
