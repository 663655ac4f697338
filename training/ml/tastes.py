"""How much anybody would like any title, from the ratings that are known: the truth of simulated people.

Own rating where there is one; elsewhere overall mean + title + person + a few shared directions of taste, each
shrunk by how little is known of it, by alternating least squares (Koren, Bell and Volinsky 2009,
doi:10.1109/MC.2009.263).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

SHRINK_TITLE, SHRINK_PERSON = 25.0, 10.0  # imagined ratings at the mean
DIRECTIONS, SHRINK_DIRECTION, SWEEPS = 12, 15.0, 6  # of taste; imagined ratings that show none; rounds of fitting
MIDDLE, STEEPNESS = 3.5, 1.5  # stars that half of all people who look would take; slope per star


@dataclass(frozen=True)
class Tastes:
    """P people, N titles. liking: float32[P, N] in (0, 1), of everybody for everything. own: bool[P, N], where it
    is a rating and no guess.
    """

    liking: NDArray[np.float32]
    own: NDArray[np.bool_]

    @cached_property
    def mean(self) -> NDArray[np.float32]:
        """float32[N]: what the average person makes of each title."""
        return np.asarray(self.liking.mean(axis=0), np.float32)

    @cached_property
    def mean_of_own(self) -> NDArray[np.float32]:
        """float32[N]: the same by those who rated it; 0 where nobody did."""
        n = self.own.sum(axis=0)
        total = np.where(self.own, self.liking, 0).sum(axis=0)
        return np.asarray(np.divide(total, n, out=np.zeros(len(n), np.float64), where=n > 0), np.float32)


def fit_tastes(
    people: NDArray[np.int64],
    titles: NDArray[np.int64],
    ratings: NDArray[np.float32],
    shape: tuple[int, int],
    *,
    seed: int = 0,
) -> Tastes:
    """people, titles: int64[R], the row and column of each rating; ratings: float32[R] in stars, 0.5 to 5."""
    n_people, n_titles = shape
    mean = float(ratings.mean())
    left = ratings - mean
    of_title = _shrunk_means(titles, left, n_titles, SHRINK_TITLE)
    left = left - of_title[titles]
    of_person = _shrunk_means(people, left, n_people, SHRINK_PERSON)
    left = left - of_person[people]
    stars = mean + of_title[None, :] + of_person[:, None]
    of_people, of_titles = _directions(people, titles, left, shape, seed)
    stars = stars + of_people @ of_titles.T
    stars[people, titles] = ratings
    own = np.zeros(shape, np.bool_)
    own[people, titles] = True
    return Tastes((1 / (1 + np.exp(-STEEPNESS * (stars - MIDDLE)))).astype(np.float32), own)


def _shrunk_means(
    places: NDArray[np.int64], values: NDArray[np.float32], n: int, imagined: float
) -> NDArray[np.float32]:
    total = np.bincount(places, values, minlength=n)
    return np.asarray(total / (np.bincount(places, minlength=n) + imagined), np.float32)


def _directions(
    people: NDArray[np.int64], titles: NDArray[np.int64], left: NDArray[np.float32], shape: tuple[int, int], seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """float32[P, k] and float32[N, k], whose products come near what the means leave unexplained."""
    of_titles = np.random.default_rng(seed).standard_normal((shape[1], DIRECTIONS)).astype(np.float32)
    of_people = np.zeros((shape[0], DIRECTIONS), np.float32)
    for _ in range(SWEEPS):
        of_people = _ridge(people, titles, left, of_titles, shape[0])
        of_titles = _ridge(titles, people, left, of_people, shape[1])
    return of_people, of_titles


def _ridge(
    mine: NDArray[np.int64], others: NDArray[np.int64], left: NDArray[np.float32], known: NDArray[np.float32], n: int
) -> NDArray[np.float32]:
    """float32[n, k]: for each of mine the directions that explain its ratings best, given those of the others."""
    found = np.zeros((n, DIRECTIONS), np.float32)
    order = np.argsort(mine, kind="stable")
    starts = np.searchsorted(mine[order], np.arange(n + 1))
    shrink = SHRINK_DIRECTION * np.eye(DIRECTIONS, dtype=np.float32)
    for row in range(n):
        rated = order[starts[row] : starts[row + 1]]
        if len(rated):
            of = known[others[rated]]
            found[row] = np.linalg.solve(of.T @ of + shrink, of.T @ left[rated])
    return found
