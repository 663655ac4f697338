"""Unlike titles first: the best of a ranking, rearranged so that each also says something new beside those before it.

Maximal marginal relevance (Carbonell and Goldstein 1998, doi:10.1145/290941.291025, with λ = 1 − diversity):

    next = argmax (1 − diversity) · relevance − diversity · max similarity to what was taken
"""

import numpy as np
from numpy.typing import NDArray

DEPTH = 100  # titles that are rearranged; what stands below them stays


def rearranged(heights: NDArray[np.float32], content: NDArray[np.float32], diversity: float) -> NDArray[np.intp]:
    """intp[n]: the ranks 0 … n − 1 in the order in which to show them, the first always first.

    heights: float32[n], scores by rank. Seats and ties apart they fall; a title on a seat counts for as much as its
    place says, so the scores are put in order before they are used. content: float32[n, D], unit rows or zero.
    diversity: in [0, 1]; with 0 the order stays, with 1 only unlikeness counts. Ties go to the better rank.
    Raises ValueError for a diversity outside [0, 1].
    """
    if not 0 <= diversity <= 1:
        raise ValueError(f"diversity is from 0 to 1, not {diversity}")
    n = len(heights)
    if n < 3 or not diversity:
        return np.arange(n)
    falling = np.sort(heights.astype(np.float64))[::-1]
    relevance = (falling - falling[-1]) / (span if (span := falling[0] - falling[-1]) > 0 else 1.0)
    alike = content @ content.T  # [n, n]
    nearest = alike[0].copy()
    left = np.ones(n, np.bool_)
    left[0] = False
    order = [0]
    while left.any():
        worth = np.where(left, (1 - diversity) * relevance - diversity * nearest, -np.inf)
        best = int(worth.argmax())
        order.append(best)
        left[best] = False
        np.maximum(nearest, alike[best], out=nearest)
    return np.array(order, np.intp)
