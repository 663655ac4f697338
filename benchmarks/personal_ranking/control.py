"""Does a row depend on the title it is named for, and does a refusal work?"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.personal_ranking.histories import SECONDS_PER_DAY, Case
from recommender.ml.engine import similar
from recommender.ml.snapshot import Snapshot
from recommender.ml.taste import WEIGHTS, Signal, Tastes

PLACES = 20  # of a list
NEIGHBOURS = 20  # nearest titles of a refused one
ROW = 10  # places of "Because you liked X"


@dataclass(frozen=True)
class Refusal:
    """before, after: places of the list that near neighbours hold. others: share of the other places that stay."""

    before: int
    after: int
    others: float


def shared_rows(
    snapshot: Snapshot, tastes: Tastes, cases: Sequence[Case], *, seed: int = 0
) -> dict[str, list[float]]:
    """Share of places that the rows of two films of one person have in common, one pair a case; two kinds of row."""
    draw = random.Random(seed)
    shared: dict[str, list[float]] = {"more like X": [], "chosen after X": []}
    for case in cases:
        if len(case.known) < 2:
            continue
        pair = draw.sample(case.known.tolist(), 2)
        for name, row in (("more like X", _like(snapshot)), ("chosen after X", _after(tastes))):
            first, second = (row(title) for title in pair)
            shared[name].append(len(first & second) / ROW)
    return shared


def _like(snapshot: Snapshot):
    return lambda title: {hit.title_id for hit in similar(snapshot, [title], limit=ROW).hits}


def _after(tastes: Tastes):
    return lambda title: set(_best(tastes.scores(tastes.taste([Signal(title, 1.0, 0.0)])), np.array([title]), ROW))


def refusal(snapshot: Snapshot, tastes: Tastes, case: Case, prior: NDArray[np.float32], *, seed: int = 0) -> Refusal:
    """ "Not for me" on one title of this person's list, drawn by chance: what becomes of the titles most like it.

    Near neighbours are what the site shows as "more like this", which is not made of what is measured here. The
    refused title itself is hidden and counts on neither side. prior: float32[N].
    """
    ages = (case.moment - case.times) / SECONDS_PER_DAY
    signals = [Signal(title, 1.0, age) for title, age in zip(case.known.tolist(), ages.tolist(), strict=True)]
    before = _best(prior + tastes.scores(tastes.taste(signals)), case.known, PLACES)
    refused = int(random.Random(f"{seed} {case.target} {len(case.known)}").choice(before))
    near = {hit.title_id for hit in similar(snapshot, [refused], limit=NEIGHBOURS).hits}
    signals.append(Signal(refused, WEIGHTS["not_for_me"], 0.0))
    hidden = np.append(case.known, refused)
    after = _best(prior + tastes.scores(tastes.taste(signals)), hidden, PLACES)
    others = set(before) - near - {refused}
    return Refusal(len(near & set(before)), len(near & set(after)), len(others & set(after)) / max(1, len(others)))


def _best(scores: NDArray[np.float32], hidden: NDArray[np.int64], n: int) -> list[int]:
    scores = scores.copy()
    scores[hidden] = -np.inf
    return [int(row) for row in np.argsort(-scores, kind="stable")[:n]]
