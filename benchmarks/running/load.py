"""Searchers who never stop: every answer's status and time is kept, and that is all they do."""

import math
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import count

from benchmarks.running.web import Caller

SEARCHES_A_CONNECTION = 50  # then a new one, so that connecting is tried as well


@dataclass
class Answers:
    """statuses: of HTTP, 0 for a connection that broke. Written by all searchers at once."""

    statuses: Counter[int] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)  # what was said by answers other than 200
    query_ids: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def failed(self) -> int:
        return self.statuses.total() - self.statuses[200]

    def note(self, status: int, milliseconds: float, said: object) -> None:
        with self._lock:
            self.statuses[status] += 1
            self.milliseconds.append(milliseconds)
            if status == 200 and isinstance(said, dict):
                self.query_ids.add(said["query_id"])
            else:
                self.troubles.append(f"{status}: {said}"[:300])

    def percentile(self, share: float) -> float:
        """Nearest rank: the smallest time that at least this share of the answers took. 0 without answers."""
        times = sorted(self.milliseconds)
        return times[max(0, math.ceil(share * len(times)) - 1)] if times else 0.0


@contextmanager
def searching(port: int, texts: Sequence[str], *, n_searchers: int, pause_seconds: float = 0.0) -> Iterator[Answers]:
    """So many searchers take the texts in turns while the block runs, each with a pause between two searches."""
    answers, done, turns = Answers(), threading.Event(), count()

    def search() -> None:
        caller = Caller(port)
        for number in count():
            if done.is_set():
                break
            if number % SEARCHES_A_CONNECTION == 0:
                caller.close()
                caller = Caller(port)
            begun = time.perf_counter()
            try:
                status, said = caller.get("/api/v1/search", q=texts[next(turns) % len(texts)])
            except (OSError, HTTPException, ValueError) as error:
                status, said = 0, repr(error)
            answers.note(status, (time.perf_counter() - begun) * 1e3, said)
            done.wait(pause_seconds)
        caller.close()

    searchers = [threading.Thread(target=search, daemon=True) for _ in range(n_searchers)]
    for searcher in searchers:
        searcher.start()
    try:
        yield answers
    finally:
        done.set()
        for searcher in searchers:
            searcher.join()
