"""How much attention a place gets, fitted from titles that a draw moved.

The position-based model: P(click on rank r at place k) = A_r · k^-η + ν, where A_r is how attractive the titles of
an (unexplored) rank are and ν a floor of clicks by accident. What stands lower is also worse, so the fall of clicks
along a page cannot tell η from A. Where exploration moved titles, the same ranks were seen at several places that
nobody chose, and η is what makes their clicks agree (Joachims et al. 2017, doi:10.1145/3018661.3018699, with
swaps; Wang et al. 2018, doi:10.1145/3159652.3159732).

    tally = before.faded(0.5).plus(ExaminationTally.of(pages))
    examination = fit(tally).examination

Titles that stand elsewhere because a newer version ranks otherwise are not used as evidence: they rose because they
had been clicked, often by luck, so they seem to lose by rising, and η comes out too small.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.ml.explore import MIN_PLACES
from recommender.ml.ranking import Source

MAX_PLACES = 20  # of a page that is tallied
SHAPE = (MAX_PLACES - MIN_PLACES + 1, MAX_PLACES + 1, MAX_PLACES)
DEFAULT_EXPONENT = 1.0
PRIOR_SD = 0.3  # of η around the default, before anything is seen
ACCIDENTS = 0.05  # share of clicks that hit any place of the page
RANGE = (0.0, 3.0)  # of η
EM_STEPS = 100
NOTHING = 1e-12  # instead of a division by nothing
Z_95 = 1.959964


@dataclass(frozen=True)
class Examination:
    """The curve place^-exponent: 1 at the first place."""

    exponent: float = DEFAULT_EXPONENT

    def __call__(self, place: float) -> float:
        """Chance in (0, 1] that somebody looks at a place, from 1 on, as a share of the first."""
        return float(place**-self.exponent)


class FirstPage(NamedTuple):
    """A served first page, place by place: `propensity` and `source` as logged, and whether it was clicked."""

    propensity: Sequence[float]
    source: Sequence[int]
    clicked: Sequence[bool]


@dataclass(frozen=True)
class ExaminationTally:
    """shows, clicks float64[lengths, MAX_PLACES + 1, MAX_PLACES]: by length of the page from MIN_PLACES on, of titles
    of unexplored rank r at place k, both from 0. The last rank are titles from below the page. Sums over windows;
    nothing else is needed to fit.
    """

    shows: NDArray[np.float64]
    clicks: NDArray[np.float64]

    @classmethod
    def empty(cls) -> "ExaminationTally":
        return cls(np.zeros(SHAPE), np.zeros(SHAPE))

    @classmethod
    def of(cls, pages: Iterable[FirstPage]) -> "ExaminationTally":
        """Of the pages on which every place could be drawn, moved or not; the others are passed over.

        Only pages of one length move a rank at the same rates, and only where no title match stands fast. Mixing
        rates would mistake a difference of queries for one of places.
        """
        tally = cls.empty()
        for page in pages:
            length = len(page.source)
            if not MIN_PLACES <= length <= MAX_PLACES or min(page.propensity) >= 1:
                continue
            source, places = np.asarray(page.source), np.arange(length)
            moved = np.flatnonzero(source & Source.EXPLORED)
            if (source & Source.TITLE).any() or len(moved) > 2:
                continue
            ranks = places.copy()
            ranks[moved] = moved[::-1] if len(moved) == 2 else MAX_PLACES
            tally.shows[length - MIN_PLACES, ranks, places] += 1
            tally.clicks[length - MIN_PLACES, ranks, places] += np.asarray(page.clicked, np.float64)
        return tally

    def plus(self, other: "ExaminationTally") -> "ExaminationTally":
        return ExaminationTally(self.shows + other.shows, self.clicks + other.clicks)

    def faded(self, factor: float) -> "ExaminationTally":
        """The same with every count at `factor` of its worth, so that habits may change."""
        return ExaminationTally(self.shows * factor, self.clicks * factor)


@dataclass(frozen=True)
class ExaminationFit:
    """low, high: 95 % interval of the exponent. n_moved_clicks: on titles that a draw had moved."""

    examination: Examination
    low: float
    high: float
    n_moved_clicks: float


def fit(
    tally: ExaminationTally,
    *,
    default: Examination | None = None,
    prior_sd: float = PRIOR_SD,
    accidents: float = ACCIDENTS,
) -> ExaminationFit:
    """The most likely exponent and its interval, by the curvature of the posterior there.

    default, prior_sd: the Gaussian prior of the exponent; with nothing tallied, that is the answer.
    """
    centre = (default or Examination()).exponent

    def log_posterior(exponent: float) -> float:
        return _profile_log_likelihood(tally, exponent, accidents) - 0.5 * ((exponent - centre) / prior_sd) ** 2

    low, high = RANGE
    while high - low > 1e-4:
        grid = np.linspace(low, high, 9)
        best = float(grid[np.argmax([log_posterior(float(exponent)) for exponent in grid])])
        low, high = max(low, best - (grid[1] - grid[0])), min(high, best + (grid[1] - grid[0]))
    step = 0.02
    curvature = (2 * log_posterior(best) - log_posterior(best - step) - log_posterior(best + step)) / step**2
    error = min(prior_sd, curvature**-0.5) if curvature > 0 else prior_sd
    moved = tally.clicks.sum() - np.trace(tally.clicks, axis1=1, axis2=2).sum()
    return ExaminationFit(Examination(best), best - Z_95 * error, best + Z_95 * error, float(moved))


def _profile_log_likelihood(tally: ExaminationTally, exponent: float, accidents: float) -> float:
    """Poisson log-likelihood of the clicks, with the most likely attractiveness of each rank put in, for
    each length of page by itself: short pages are of narrower queries.

    That is found by expectation-maximisation: share out each cell's clicks between attraction and accident, and
    divide the attracted ones by the looks.
    """
    seen = tally.shows.any(axis=(1, 2))
    shows, clicks = tally.shows[seen], tally.clicks[seen]
    floor = (accidents * clicks.sum(axis=(1, 2)) / shows.sum(axis=(1, 2)))[:, None, None]
    curve = np.arange(1, MAX_PLACES + 1) ** -exponent
    looks = np.maximum(shows @ curve, NOTHING)  # [lengths, ranks]
    attraction = clicks.sum(axis=2) / looks
    for _ in range(EM_STEPS):
        attracted = attraction[:, :, None] * curve
        attraction = (clicks * attracted / np.maximum(attracted + floor, NOTHING)).sum(axis=2) / looks
    rate = np.maximum(attraction[:, :, None] * curve + floor, NOTHING)
    return float((clicks * np.log(rate) - shows * rate).sum())
