"""Time and memory of searches in this process, on a stored index. One process measures one index."""

import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from recommender.ml import engine, questions, reading
from recommender.ml.encoder import CachedEncoder, TextEncoder
from recommender.ml.engine import search
from recommender.ml.index import CatalogIndex
from recommender.ml.names.suggest import Source, Suggester
from recommender.ml.scoring import Scorer
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import ModelConfig, ModelState

SHARES = {"titles": 0.3, "typos": 0.2, "themes": 0.2, "descriptions": 0.25, "2,000 characters": 0.05}
N_MIXED = 200  # queries in the mix
N_WARM = 5
N_GENRES = 200
STAGES: tuple[tuple[str, Any, str], ...] = (
    ("understand", reading, "understand"),
    ("titles", reading, "match"),
    ("evidence", questions, "_evidence"),
    ("score", Scorer, "score"),
    ("rank", engine, "ordered"),
)

Spread = dict[str, float]


def mixed(queries: dict[str, list[str]], n: int = N_MIXED) -> list[tuple[str, str]]:
    """(kind, query) by SHARES, the kinds taking turns so that no cache is warm for one of them."""
    mix = [
        (place / len(queries[kind][: round(share * n)]), kind, text)
        for kind, share in SHARES.items()
        for place, text in enumerate(queries[kind][: round(share * n)])
    ]
    return [(kind, text) for _, kind, text in sorted(mix)]


def spread(values: Sequence[float]) -> Spread:
    """Median, 95th percentile and mean, of milliseconds."""
    return {
        "p50": float(np.quantile(values, 0.5)),
        "p95": float(np.quantile(values, 0.95)),
        "mean": statistics.fmean(values),
    }


def time_calls(function: Callable[[str], object], asked: Sequence[tuple[str, str]]) -> dict[str, dict[str, Spread]]:
    """{"all" or a kind: {"cpu": …, "wall": …}} in ms a call. Warms up first."""
    for _, text in asked[:N_WARM]:
        function(text)
    taken = []
    for kind, text in asked:
        cpu, wall = time.process_time(), time.perf_counter()
        function(text)
        taken.append((kind, (time.process_time() - cpu) * 1e3, (time.perf_counter() - wall) * 1e3))
    kinds = list(dict.fromkeys(kind for kind, _ in asked))
    return {
        kind: {
            "cpu": spread([cpu for each, cpu, _ in taken if kind in ("all", each)]),
            "wall": spread([wall for each, _, wall in taken if kind in ("all", each)]),
        }
        for kind in ("all", *kinds)
    }


def time_searches(snapshot: Snapshot, asked: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """ "not cached": every query is encoded. "cached": its vector is remembered."""
    without = time_calls(lambda text: search(snapshot, text), asked)
    remembering = replace(snapshot, encoder=CachedEncoder(snapshot.encoder))
    for _, text in asked:
        search(remembering, text)
    return {"not cached": without, "cached": time_calls(lambda text: search(remembering, text), asked)}


def time_stages(snapshot: Snapshot, asked: Sequence[tuple[str, str]]) -> dict[str, Spread]:
    """{stage: ms of wall time}, without those of stages inside it, and once more the title tier for
    names and for misspelt ones alone. The engine knows nothing of this: its functions are wrapped.
    """
    stages: dict[str, list[float]] = {}
    watch = _Stopwatch()
    search(snapshot, "once")
    with ExitStack() as wrapped:
        for name, owner, function in (*STAGES, ("encode", type(snapshot.encoder), "encode")):
            wrapped.enter_context(patch.object(owner, function, watch.timed(name, getattr(owner, function))))
        for kind, text in asked:
            watch.ms.clear()
            search(snapshot, text)
            for stage, ms in watch.ms.items():
                stages.setdefault(stage, []).append(ms)
            if kind in ("titles", "typos"):
                stages.setdefault(f"titles of {kind}", []).append(watch.ms["titles"])
    return {stage: spread(values) for stage, values in stages.items()}


class _Stopwatch:
    """ms: what each wrapped function took since the last `ms.clear()`, less what wrapped ones inside it took."""

    def __init__(self) -> None:
        self.ms: Counter[str] = Counter()
        self._inside = [0.0]

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            self._inside.append(0.0)
            try:
                return function(*args, **kwargs)
            finally:
                took = (time.perf_counter() - begun) * 1e3
                self.ms[name] += took - self._inside.pop()  # type: ignore[assignment]
                self._inside[-1] += took

        return timed


def time_suggest(index: CatalogIndex, names: Sequence[str]) -> Spread:
    """CPU ms for each beginning of one to eight letters of the names, among titles, people and genres."""
    genres = Source.of("genre", index.facets.counts(None, ["genres"], N_GENRES)["genres"])
    titles = Source("title", index.names, index.titles, index.title_completions)
    people = Source("person", index.facets.people_names, index.people.names, index.people_completions)
    suggester = Suggester((titles, people, genres))
    beginnings = [("", name[:length]) for name in names[:100] for length in range(1, 9)]
    return time_calls(suggester.suggest, beginnings)["all"]["cpu"]


def refusal(snapshot: Snapshot, text: str) -> str:
    """What the engine does with a text that is too long, and how fast."""
    begun = time.perf_counter()
    try:
        search(snapshot, text)
        outcome = "answered"
    except ValueError as refused:
        outcome = f"refused ({refused})"
    return f"{outcome} in {(time.perf_counter() - begun) * 1e3:.1f} ms"


def snapshot_of(index: CatalogIndex, encoder: TextEncoder) -> Snapshot:
    return Snapshot(0, index, ModelState.untrained(ModelConfig(encoder.dimension)), encoder)


def seconds_since_start() -> float:
    """Since this process was started, interpreter and imports included (man 5 proc, starttime)."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")


def memory_mb() -> dict[str, float]:
    """Of this process. private and shared: resident pages, those of the mapped index being shared
    as soon as a second process maps it. own: what no file backs. peak: the most resident so far.
    """
    rollup = _kilobytes(Path("/proc/self/smaps_rollup"))
    return {
        "resident": rollup["Rss"] / 1024,
        "private": (rollup["Private_Clean"] + rollup["Private_Dirty"]) / 1024,
        "shared": (rollup["Shared_Clean"] + rollup["Shared_Dirty"]) / 1024,
        "own": rollup["Anonymous"] / 1024,
        "peak": _kilobytes(Path("/proc/self/status"))["VmHWM"] / 1024,
    }


def _kilobytes(file: Path) -> dict[str, float]:
    lines = (line.split() for line in file.read_text().splitlines())
    return {line[0].rstrip(":"): float(line[1]) for line in lines if line[-1:] == ["kB"]}
