"""Pages as they were logged, and where else exploration could have put their titles."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from recommender.ml.explore import chances
from training.ml.labels import Lesson

ROUNDING = 1e-9  # of logged chances


@dataclass(frozen=True)
class LoggedPage:
    """A served page. shown: title ids in order, from 1-based place first_position on.

    gains: title id → reward >= 0 of what was chosen. propensity: chance in [0, 1] of each shown title
    to stand where it stood. elsewhere: for each shown title, place → chance to have stood there
    instead (what is said of its own place is not counted twice); a title without an entry would not
    have been shown. `elsewhere` tells them from the log; leaving them out overstates what was moved.
    session: pages that are not independent share one.
    Raises ValueError where lengths differ, a chance is outside [0, 1] or a title is shown twice.
    """

    query: str
    shown: tuple[int, ...]
    gains: Mapping[int, float]
    propensity: tuple[float, ...]
    first_position: int = 1
    session: str = ""
    elsewhere: tuple[Mapping[int, float], ...] = ()

    def __post_init__(self) -> None:
        if len(self.propensity) != len(self.shown) or len(self.elsewhere) not in (0, len(self.shown)):
            raise ValueError("one propensity per shown title, and one entry elsewhere or none at all")
        if not all(0 <= chance <= 1 for chance in self.propensity):
            raise ValueError("a propensity is a chance in [0, 1]")
        if len(set(self.shown)) < len(self.shown):
            raise ValueError("a page shows a title once")


def logged_pages(lessons: Iterable[Lesson], rate: float) -> dict[str, LoggedPage]:
    """Query id → page, of the lessons whose pages can be replayed. rate: of exploration, at which they were served.

    Left out are pages that were looked at before, of which only late choices are new: they would seem to be always
    chosen from. So are pages that were served at another rate, before the setting was changed: what else could have
    stood there is not known.
    """
    found = {}
    for lesson in lessons:
        if not lesson.examined:
            continue
        try:
            found[lesson.query_id] = LoggedPage(
                lesson.text,
                lesson.shown,
                lesson.gains,
                lesson.propensity,
                lesson.first_position,
                lesson.session or lesson.query_id,
                elsewhere(lesson.propensity, rate),
            )
        except ValueError:
            continue
    return found


def elsewhere(propensity: Sequence[float], rate: float) -> tuple[Mapping[int, float], ...]:
    """`LoggedPage.elsewhere` of a first page that `recommender.ml.explore` filled at this rate.

    propensity: as logged, by place. One pair at most has changed places, so the titles whose chance is
    not that of the rank of their place are a pair, or one that came from below the page.
    Raises ValueError where no such swap has these chances: the page was served at another rate.
    """
    n, given = len(propensity), np.asarray(propensity, np.float64)
    if (given == 1).all():
        return ()
    n_named = int((given == 1).cumprod().sum())  # titles in tiers never move, and stand first
    for n_ranked in (n + 1, n):  # odds on the page depend on whether anything is below, not on how much
        table, places = _odds(rate, n, n_named, n_ranked)
        ranks = np.arange(n)
        moved = np.flatnonzero(abs(table[ranks, ranks] - given) > ROUNDING)
        if len(moved) == 2:
            ranks[moved] = moved[::-1]
        if len(moved) == 1 and n_ranked > n:
            at = moved[0]  # how far up a title comes does not depend on how far down it stood
            came_from_below = dict(enumerate((table[n] * given[at] / table[n, at]).tolist(), start=1))
            return tuple(came_from_below if place == at else places[place] for place in range(n))
        if (abs(table[ranks, np.arange(n)] - given) <= ROUNDING).all():
            return tuple(places[rank] for rank in ranks)
    raise ValueError(f"no swap at rate {rate} gives these propensities")


@lru_cache(maxsize=256)
def _odds(rate: float, n: int, n_named: int, n_ranked: int) -> tuple[NDArray[np.float64], list[dict[int, float]]]:
    """The chance of each rank at each place, as [ranks, n] and as place → chance by rank."""
    table = chances(rate, n, n_named, n_ranked)
    return table, [{at: p for at, p in enumerate(row, start=1) if p} for row in table.tolist()]
