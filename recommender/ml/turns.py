"""Everything somebody chose has a say in the first places of a list: none fills it while others could speak.

A title speaks through the signal that adds most to it. Of the first places one signal fills at most half, and each of
the signals that speak loudest gets one, as far as the candidates go; among those left, the better comes first.
"""

import numpy as np
from numpy.typing import NDArray

N_FIRST = 8  # places, those of a row


def taking_turns(parts: NDArray[np.float32], n_first: int = N_FIRST) -> NDArray[np.intp]:
    """The ranks 0 … n − 1 in the order in which to show them; below the first places they stay.

    parts: float32[S, n], what each signal adds to each candidate, by rank. A candidate that no signal speaks for
    takes nobody's turn.
    """
    n_signals, n = parts.shape
    most = n_first // 2
    if n_signals < 2 or n <= n_first:
        return np.arange(n)
    speaker = np.where(parts.max(axis=0) > 0, parts.argmax(axis=0), -1)
    loudest = np.argsort(-np.maximum(parts, 0).max(axis=1), kind="stable")[:most]
    waiting = [signal for signal in loudest.tolist() if (speaker == signal).any()]
    turns = dict.fromkeys(range(-1, n_signals), 0)
    order: list[int] = []
    left = list(range(n))
    while len(order) < n_first:
        waiting = [signal for signal in waiting if not turns[signal]]
        due = len(waiting) >= n_first - len(order)
        best = next((r for r in left if speaker[r] in waiting), None) if due else None
        if best is None:
            best = next((r for r in left if speaker[r] < 0 or turns[int(speaker[r])] < most), left[0])
        turns[int(speaker[best])] += 1
        order.append(best)
        left.remove(best)
    return np.array(order + left, np.intp)
