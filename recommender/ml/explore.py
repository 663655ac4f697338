"""Exploration: now and then two titles of a page change places, with known odds.

A log of what one ranking showed cannot say what it never showed, nor tell a good title from a good place. So on
some first pages one pair changes places, drawn without a look at who the titles are: either two places of the page,
mostly neighbours near the top, which tells how much attention a place gets (`training.ml.examination`), or a place
below the best and a title from the next pages, which finds what stands too low. A page whose best title leads by far
stays as it is: there a swap costs most. Decision 0011 has the figures behind the shapes.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MIN_PLACES = 10  # of a page; on a shorter one, one swap is more than MAX_SHARE can bear
MAX_SHARE = 0.1  # of a page's places, in expectation
PAGES_DEEP = 3  # how far down a title may come from, the first page included
ON_PAGE = 0.6  # of the swaps; the others fetch a title from below the page ...
FROM_PLACE = 5  # ... to this place or a later one: those above are worth too much
LEAD = 0.4  # points of score by which the best may lead: about twice as likely to be chosen as the next


@dataclass(frozen=True)
class Exploration:
    """rate: chance that a first page has a swap, at most MAX_SHARE · n / 2 on n places. seed: decides the draw.

    Raises ValueError for a rate outside [0, 1].
    """

    rate: float
    seed: int

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise ValueError(f"a rate of exploration is from 0 to 1, not {self.rate}")


class Draw(NamedTuple):
    """ranks int64[n]: which rank of the ranking stands at each place, both from 0. propensity float64[n]: how
    likely it was, over all draws, that this rank stands at this place; never 0.
    """

    ranks: NDArray[np.int64]
    propensity: NDArray[np.float64]


def seed_of(*parts: object) -> int:
    """The same parts, the same draw: a page loaded again is the same page."""
    written = "\0".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(written, digest_size=8).digest())


def draw(exploration: Exploration, n_places: int, n_named: int, n_ranked: int) -> Draw:
    """The page of one seed. n_named: titles in tiers, which never move. n_ranked: all that the ranking holds."""
    odds = _swaps(exploration.rate, n_places, n_named, _depth(n_places, n_ranked))
    ranks = np.arange(n_places)
    drawn = int(np.searchsorted(odds.cumsum(), Random(exploration.seed).random(), side="right"))  # noqa: S311
    if drawn < odds.size:
        place, rank = divmod(drawn, odds.shape[1])
        ranks[place] = rank
        if rank < n_places:
            ranks[rank] = place
    return Draw(ranks, _chances(odds)[ranks, np.arange(n_places)])


def is_close(scores: NDArray[np.float32]) -> bool:
    """Whether a page may have a swap. scores: float32[n], by place, of the titles that may move.

    All of its swaps or none: the pages that have some then move each rank at the same rates, whatever they hold, and
    a difference between them is one of places.
    """
    return len(scores) < 2 or bool(scores[0] - scores[1] <= LEAD)


def chances(rate: float, n_places: int, n_named: int, n_ranked: int) -> NDArray[np.float64]:
    """float64[ranks, n_places]: how likely each rank is to stand at each place; every place sums to 1."""
    return _chances(_swaps(rate, n_places, n_named, _depth(n_places, n_ranked)))


def _depth(n_places: int, n_ranked: int) -> int:
    return max(n_places, min(n_ranked, PAGES_DEEP * n_places))


@lru_cache(maxsize=256)
def _swaps(rate: float, n_places: int, n_named: int, depth: int) -> NDArray[np.float64]:
    """float64[n_places, depth]: the chance that place a and rank b > a change; together at most `rate`.

    With places and ranks from 1: on the page in proportion to 1 / (a·b·(b − a)⁴), from below it 1 / (a·b²). That
    a title comes from below does not depend on the length of the ranking, so that all pages of a size are alike.
    """
    odds = np.zeros((n_places, depth))
    if n_places < MIN_PLACES or n_places - n_named < 2:
        return odds
    rate = min(rate, MAX_SHARE * n_places / 2)
    place, rank = np.arange(1, n_places + 1)[:, None], np.arange(1, depth + 1)[None, :]
    is_free = place > n_named
    near = is_free & (rank > place) & (rank <= n_places)
    odds[near] = (1 / (place * rank * np.maximum(rank - place, 1) ** 4.0))[near]
    odds *= rate * ON_PAGE / odds.sum()
    if depth > n_places:
        may_take = is_free & (place >= FROM_PLACE) & (rank > n_places)
        below = np.where(may_take, 1 / (place * rank**2.0), 0)
        if below.any():  # not where title matches fill the page down to there
            odds += rate * (1 - ON_PAGE) * below / below.sum()
    return odds


def _chances(swaps: NDArray[np.float64]) -> NDArray[np.float64]:
    own = np.arange(len(swaps))
    chances = swaps.T.copy()  # who comes up …
    chances[own] += swaps[:, own]  # … and who goes down for it
    chances[own, own] = 1 - chances.sum(axis=0)
    return chances
