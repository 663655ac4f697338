"""Processes of the site as the kernel tells of them (man 5 proc). One that is gone has no figures: None."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
LOOK_SECONDS = 0.03


def descendants(pid: int) -> list[int]:
    """Parents before their children; `pid` itself is not among them."""
    found = []
    with suppress(OSError):
        for task in (PROC / str(pid) / "task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *descendants(child)]
    return found


def command(pid: int) -> list[str]:
    """The program and its arguments; empty for one that is gone."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
    except OSError:
        return []


def memory_mb(pid: int) -> dict[str, float] | None:
    """VmRSS (resident), VmHWM (the most resident so far), RssAnon (resident, and no file backs it)."""
    try:
        return in_megabytes((PROC / str(pid) / "status").read_text())
    except OSError:
        return None


def in_megabytes(status: str) -> dict[str, float] | None:
    """The three figures from the text of a status file; None if it has none (a process that has just ended)."""
    lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    if "VmRSS" not in lines:
        return None
    return {name: int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM", "RssAnon")}


@dataclass(frozen=True)
class Stat:
    niceness: int
    own_seconds: float  # of processor time
    reaped_seconds: float  # the same of its children that have ended and been waited for, and of theirs
    begun: float  # since the epoch, to a hundredth of a second


def stat(pid: int) -> Stat | None:
    try:
        return from_stat(
            (PROC / str(pid) / "stat").read_text(), booted=time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        )
    except OSError:
        return None


def from_stat(line: str, booted: float) -> Stat:
    """booted: when the machine was, since the epoch."""
    fields = line.rpartition(")")[2].split()  # from the third on; the second may hold spaces
    user, system, user_reaped, system_reaped = (int(field) / TICKS for field in fields[11:15])
    return Stat(int(fields[16]), user + system, user_reaped + system_reaped, booted + int(fields[19]) / TICKS)


@dataclass
class Seen:
    """What was seen of one process while it was watched."""

    command: list[str]
    begun: float  # since the epoch
    niceness: int
    peak_mb: float = 0.0
    cpu_seconds: float = 0.0  # with those of its children that it has waited for
    last_seen: float = 0.0  # since the epoch


@dataclass
class Watched:
    """Of processes below one: each for itself, and the most memory that they had together."""

    each: dict[int, Seen]
    together_mb: float = 0.0


@contextmanager
def watching(parent: int) -> Iterator[Watched]:
    """Look at all that descends from `parent` while the block runs. Shared pages are counted in each of them."""
    watched, done = Watched({}), threading.Event()

    def watch() -> None:
        while not done.wait(LOOK_SECONDS):
            together = 0.0
            for pid in descendants(parent):
                figures, memory = stat(pid), memory_mb(pid)
                if figures is None or memory is None:
                    continue
                seen = watched.each.setdefault(pid, Seen(command(pid), figures.begun, figures.niceness))
                # A fork has its parent's command line until it becomes another program.
                seen.command, seen.niceness = command(pid) or seen.command, figures.niceness
                seen.peak_mb, seen.last_seen = max(seen.peak_mb, memory["VmHWM"]), time.time()
                seen.cpu_seconds = figures.own_seconds + figures.reaped_seconds
                together += memory["VmRSS"]
            watched.together_mb = max(watched.together_mb, together)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield watched
    finally:
        done.set()
        watcher.join()
