"""What the row of a run said while it ran, as the admin would have shown it."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from typing import Any

from benchmarks.running.site import Site

LOOK_SECONDS = 0.1
LATEST = "SELECT progress FROM training_trainingrun WHERE id > %s AND status = 'running' ORDER BY id DESC LIMIT 1"


@dataclass(frozen=True)
class Told:
    moment: float  # since the epoch
    progress: dict[str, Any]


@contextmanager
def listening(site: Site, last: int) -> Iterator[list[Told]]:
    """All that the runs after that one tell of themselves while the block runs, each telling once."""
    heard: list[Told] = []
    done = threading.Event()

    def listen() -> None:
        with site.connection() as ours:
            while not done.wait(LOOK_SECONDS):
                row = ours.execute(LATEST.encode(), [last]).fetchone()
                if row and row[0] and not (heard and heard[-1].progress == row[0]):
                    heard.append(Told(time.time(), row[0]))

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield heard
    finally:
        done.set()
        listener.join()


def fitted_stages(heard: Sequence[Told]) -> list[str]:
    """Stages that told a step, a finite loss and the seconds left, in the order of their first word."""
    told = [one.progress for one in heard]
    complete = [p for p in told if 0 < p["step"] <= p["of"] and isfinite(p["loss"]) and p["seconds_left"] is not None]
    return list(dict.fromkeys(p["stage"] for p in complete))


def estimates(heard: Sequence[Told], ended: float) -> list[tuple[float, float]]:
    """(seconds left as told, and as it turned out), of each telling with an estimate. ended: since the epoch."""
    return [
        (float(one.progress["seconds_left"]), ended - one.moment)
        for one in heard
        if one.progress.get("seconds_left") is not None
    ]
