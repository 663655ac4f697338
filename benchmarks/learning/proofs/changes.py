"""Changes of what is measured twice, with their intervals."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def relative_interval(
    after: ArrayLike, before: ArrayLike, weights: ArrayLike | None = None, *, seed: int = 0, draws: int = 2_000
) -> tuple[float, float, float]:
    """(value, low, high): Σ after / Σ before − 1 with its 95 % interval, by percentile bootstrap over paired entries.

    after, before, weights: [n], as of queries; pairs that are not finite are left out. Raises ValueError where
    nothing is left.
    """
    gained, base = np.asarray(after, np.float64), np.asarray(before, np.float64)
    weight = np.ones(len(gained)) if weights is None else np.asarray(weights, np.float64)
    kept = np.isfinite(gained) & np.isfinite(base)
    gained, base = (gained * weight)[kept], (base * weight)[kept]
    if not kept.any() or base.sum() <= 0:
        raise ValueError("nothing to compare with")
    picks = np.random.default_rng(seed).integers(0, len(base), (draws, len(base)))
    ratios: NDArray[np.float64] = gained[picks].sum(axis=1) / base[picks].sum(axis=1) - 1
    low, high = np.quantile(ratios, (0.025, 0.975))
    return float(gained.sum() / base.sum() - 1), float(low), float(high)


def percent(value: float, low: float, high: float) -> str:
    return f"{value:+.2%} [{low:+.2%} {high:+.2%}]"
