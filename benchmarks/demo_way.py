"""The way of the demo that this project grew out of: look at every title, four times, in every search.

Written from its description, to be timed beside the engine: the query as a regular expression over
all names, `difflib` close matches where none fits, a network over query, content and id of every
title, and a `SequenceMatcher` ratio for every name. The weights are random; only the time counts.
"""

import difflib
import re
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.ml.encoder import TextEncoder

ID_DIMENSION, HIDDEN = 64, (256, 64)
CUTOFF = 0.6  # of a close match
N_SHOWN = 10


class DemoWay:
    """names: N display names. content: [N, D]."""

    def __init__(self, names: Sequence[str], content: NDArray[np.floating[Any]], encoder: TextEncoder) -> None:
        draw = np.random.default_rng(0)
        sizes = (2 * content.shape[1] + ID_DIMENSION, *HIDDEN, 1)
        self._names, self._encoder = list(names), encoder
        self._content = np.asarray(content, np.float32)
        self._ids = draw.standard_normal((len(self._names), ID_DIMENSION), np.float32)
        self._layers = [
            draw.standard_normal((size, after), np.float32) / np.float32(size**0.5) for size, after in pairwise(sizes)
        ]

    def search(self, text: str) -> dict[str, float]:
        """CPU milliseconds of each part, and of the "whole". A query that is no pattern matches nothing."""
        clock = _Clock()
        found = self._pattern_matches(text)
        clock.lap("regular expression")
        if not found:
            difflib.get_close_matches(text, self._names, n=5, cutoff=CUTOFF)
        clock.lap("close matches")
        vector = self._encoder.encode([text])[0]
        clock.lap("encode")
        scores = self._network(vector)
        clock.lap("network")
        wanted = text.lower()
        ratios = [difflib.SequenceMatcher(None, wanted, name.lower()).ratio() for name in self._names]
        clock.lap("title ratios")
        np.argsort(-(scores + np.array(ratios, np.float32)), kind="stable")[:N_SHOWN]
        clock.lap("sort")
        return clock.laps | {"whole": sum(clock.laps.values())}

    def _pattern_matches(self, text: str) -> list[int]:
        try:
            pattern = re.compile(text, re.IGNORECASE)
        except re.error:
            return []
        return [row for row, name in enumerate(self._names) if pattern.search(name)]

    def _network(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32[N]: [query | content | id] of every title through two hidden layers."""
        query = np.broadcast_to(vector, (len(self._content), len(vector)))
        activation = np.concatenate([query, self._content, self._ids], axis=1)  # [N, 2 D + 64]
        for layer in self._layers[:-1]:
            activation = np.maximum(activation @ layer, 0)
        return np.asarray((activation @ self._layers[-1])[:, 0], np.float32)


class _Clock:
    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.process_time()

    def lap(self, name: str) -> None:
        now = time.process_time()
        self.laps[name] = (now - self._last) * 1e3
        self._last = now


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises TimeoutError in the main thread once so much time has passed."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
