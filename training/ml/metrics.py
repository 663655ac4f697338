"""Ranking measures, per query, and the uncertainty of their differences."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


def ndcg_at_k(ranked: Sequence[int], gains: Mapping[int, float], k: int = 10) -> float:
    """Normalised discounted cumulative gain in [0, 1] of one ranked list of title ids.

    gains: title id → relevance > 0; titles not named have none. Raises ValueError if k < 1 or no
    gain is positive: the measure is then undefined and the caller leaves the query out.
    Source: Järvelin and Kekäläinen 2002, doi:10.1145/582415.582418 (linear gain, log₂ discount).
    """
    ideal = sorted((gain for gain in gains.values() if gain > 0), reverse=True)
    if k < 1 or not ideal:
        raise ValueError("nDCG needs k >= 1 and a positive gain")
    got = sum(gains.get(title, 0.0) / np.log2(place + 1) for place, title in enumerate(ranked[:k], start=1))
    best = sum(gain / np.log2(place + 1) for place, gain in enumerate(ideal[:k], start=1))
    return float(got / best)


def reciprocal_rank(ranked: Sequence[int], right: int, k: int = 10) -> float:
    """1 / place of the right title among the first k, else 0."""
    return next((1.0 / place for place, title in enumerate(ranked[:k], start=1) if title == right), 0.0)


def mean_and_bound(differences: Sequence[float], *, seed: int = 0, draws: int = 2_000) -> tuple[float, float]:
    """(mean, lower end of its 95 % interval) of paired differences, by percentile bootstrap.

    Empty: (0, 0). Source: Efron and Tibshirani 1993, chapter 13; one-sided use of the 2.5 % point.
    """
    values: NDArray[np.float64] = np.asarray(differences, np.float64)
    if not len(values):
        return 0.0, 0.0
    picks = np.random.default_rng(seed).integers(0, len(values), size=(draws, len(values)))
    return float(values.mean()), float(np.quantile(values[picks].mean(axis=1), 0.025))
