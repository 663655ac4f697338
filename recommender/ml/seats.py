"""Seats: the last places of a first ten, kept for titles that what was learnt of fame and age would crowd out.

What is learnt of titles whatever is asked makes the lists of all queries alike: the same well-liked few everywhere.
For each query that is right, for the catalogue it is not: the others are no longer found, nor learnt about. So up to
N_SEATS of the first N_FIRST places go to titles that would stand there by the hand-set weights, the least looked at
first. What the text names, and what people chose for it or the like, never makes way. Long-tail promotion of this
kind is common (Abdollahpouri et al. 2019, arXiv:1901.07555); docs/learning.md has what it costs. Where nothing was
learnt of titles at large, nobody is crowded out and nothing moves.
"""

import numpy as np
from numpy.typing import NDArray

N_FIRST = 10
N_SEATS = 8
CHOSEN = 0.2  # lift from where on people have chosen a title for a query, and it makes way for nobody


def keep_seats(
    by_hand: NDArray[np.float32],
    looks: NDArray[np.float32],
    fame: NDArray[np.float32],
    stays: NDArray[np.bool_],
    at_most: int = N_SEATS,
) -> tuple[NDArray[np.intp], slice]:
    """(ranks in the order in which to show them, the places among these that are seats).

    All arrays of length n, by rank. by_hand: float32, what would decide without anything learnt of titles at large.
    looks: float32, how much each was looked at, in all queries together; fame, float32 in [0, 1], decides between
    equals. stays: who of the first never makes way.
    """
    n = len(by_hand)
    ranks = np.arange(n)
    if n <= N_FIRST:
        return ranks, slice(0)
    may_go = np.flatnonzero(~stays[:N_FIRST])
    best = np.lexsort((ranks, -by_hand))[:N_FIRST]
    crowded_out = best[best >= N_FIRST]
    n_seats = min(at_most, len(may_go), len(crowded_out))
    least = np.lexsort((crowded_out, fame[crowded_out], looks[crowded_out]))
    seated = np.sort(crowded_out[least][:n_seats])
    first = np.concatenate([np.delete(ranks[:N_FIRST], may_go[len(may_go) - n_seats :]), seated])
    return np.concatenate([first, np.delete(ranks, first)]), slice(N_FIRST - n_seats, N_FIRST)
