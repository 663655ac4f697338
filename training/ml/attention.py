"""How strongly attention goes with fame: one number, fitted at each window to all choices that are remembered.

The share of attention that a title is due is p̂_i = exp(b · renown_i + c_i · a) / Σ_j exp(…). The loop fits a in small
steps. Were b held fast, shares would be too even in one place and too uneven in another, since people differ in how
far they keep to what is famous. So b is the mode of its posterior: concave, one unknown, exact.
"""

import numpy as np
from numpy.typing import NDArray

from recommender.ml.weights import UNTRAINED_FAME

DOUBT = 3.0  # standard deviation of b before anything is seen
WORTH = 0.1  # of a remembered choice, in independent ones: they come in clumps, many of one query
MOST = 20.0  # of b
TOLERANCE = 1e-9


def weight_of_fame(
    renown: NDArray[np.float32], by_content: NDArray[np.float32], chosen: NDArray[np.float64]
) -> float:
    """b in [0, MOST]. All arrays of length N, by title. renown: see `scoring`. by_content: c · a. chosen: ≥ 0."""
    if not chosen.any():
        return UNTRAINED_FAME
    worth = WORTH * chosen
    known, log_content = np.asarray(renown, np.float64), np.asarray(by_content, np.float64)

    def slope(b: float) -> float:
        logits = b * known + log_content
        share = np.exp(logits - logits.max())
        mean = share @ known / share.sum()
        return float(worth @ known - worth.sum() * mean - (b - UNTRAINED_FAME) / DOUBT**2)

    low, high = 0.0, MOST
    if slope(low) <= 0 or slope(high) >= 0:  # it falls all the way, so the mode is at an end
        return low if slope(low) <= 0 else high
    while high - low > TOLERANCE:
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return (low + high) / 2
