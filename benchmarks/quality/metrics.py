"""Measures of one answer to one query, and the uncertainty of their mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from training.ml.metrics import ndcg_at_k

RESAMPLES = 1_000


@dataclass(frozen=True)
class Query:
    """What is asked and what is right.

    gains: row of the catalogue → gain > 0. among: the rows to rank; None means all. kind: a part of
    the task that is also reported alone. seeds: rows to find similar ones to, never answers themselves.
    """

    text: str
    gains: dict[int, float] = field(default_factory=dict)
    among: NDArray[np.int64] | None = None
    kind: str = ""
    seeds: tuple[int, ...] = ()


@dataclass(frozen=True)
class Answer:
    """Rows, the best first. corrected: the query was taken for another. refused: "nothing fits"."""

    rows: list[int]
    corrected: bool = False
    refused: bool = False


Measure = Callable[[Answer, Query], float]


def hit_at(k: int) -> Measure:
    """1 if a right row is among the first k, else 0."""
    return lambda answer, query: float(any(row in query.gains for row in answer.rows[:k]))


def recall_at(k: int) -> Measure:
    """The share of min(k, number of right rows) that is among the first k."""

    def measure(answer: Answer, query: Query) -> float:
        return sum(row in query.gains for row in answer.rows[:k]) / min(k, len(query.gains))

    return measure


def reciprocal_rank(answer: Answer, query: Query) -> float:
    """1 / place of the first right row among the first ten, else 0."""
    return next((1 / place for place, row in enumerate(answer.rows[:10], start=1) if row in query.gains), 0.0)


def ndcg(answer: Answer, query: Query) -> float:
    """nDCG@10 over the gains of the query (`training.ml.metrics`)."""
    return ndcg_at_k(answer.rows, query.gains, 10)


def was_corrected(answer: Answer, _: Query) -> float:
    return float(answer.corrected)


def was_refused(answer: Answer, _: Query) -> float:
    return float(answer.refused)


def was_accepted(answer: Answer, _: Query) -> float:
    return float(not answer.refused)


def overlap(first: Sequence[int], second: Sequence[int], k: int = 10) -> float:
    """The share of the first k that two lists have in common, in [0, 1]; 0 if both are empty."""
    return len(set(first[:k]) & set(second[:k])) / max(1, min(k, max(len(first), len(second))))


def interval(values: Sequence[float], *, resamples: int = RESAMPLES, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of the mean by percentile bootstrap over queries. Raises ValueError if there are none.

    Source: Efron and Tibshirani 1993, chapter 13.
    """
    if not len(values):
        raise ValueError("no query, no interval")
    observed = np.asarray(values, np.float64)
    picks = np.random.default_rng(seed).integers(0, len(observed), size=(resamples, len(observed)))
    low, high = np.quantile(observed[picks].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)
