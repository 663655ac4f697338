"""Fits what people choose after what, in closed form, and where attention went lately.

Every choice of every person is a lesson: x, what the person had chosen before, the newer the more, is to predict y,
what came next, beyond the attention a that everything got in those days:

    B = (Σ x xᵀ + λ I)⁻¹ Σ x (y − a)ᵀ

It is EASE (Steck 2019, doi:10.1145/3308558.3313710) without the constraint on its diagonal, which is not needed
where the past predicts the future, as in SLIST (Choi et al. 2021, doi:10.1145/3442381.3450005). No draw and no
gradient: equal histories give equal bytes.

Both are worth what is behind them, which is people and not choices: shrunk towards nothing, as an empirical Bayes
estimate is towards its prior, by `trust`, 0 up to a floor of people.

    affinity = fit(people, titles, times)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from recommender.ml.affinity import MAX_TITLES, Affinity

FORMULA = 2  # of what a table says: one that another formula made is learnt anew
SECONDS_PER_DAY = 86_400
MAX_STEPS = 1_000  # moments at which attention is looked at, while fitting
BLOCK = 256  # rows sorted at once


@dataclass(frozen=True)
class AffinityConfig:
    """What is fitted and how much of it is kept; the defaults were picked in docs/decisions/0015."""

    fading: float = 3.0  # as `TasteConfig.fading`
    window: int = 50  # choices before the next one that are looked at
    ridge: float = 200.0  # λ, in choices just made
    min_people: int = 3  # who chose a title before it gets a row
    max_titles: int = 4_000  # with a row, the most chosen; memory and time grow with its square and cube
    entries: int = 300  # kept of a row, the largest by size
    half_lives_days: tuple[float, ...] = (14.0, 3.0)  # of attention, each leaning on the one before
    lean: float = 300.0  # imagined choices that go where attention went in the longer run
    least_people: int = 50  # up to which nothing is believed
    half_people: float = 1_000.0  # more than that, and half of it is

    def __post_init__(self) -> None:
        """Raises ValueError for numbers that nothing can be fitted with."""
        least = min(
            self.fading, self.window, self.ridge, self.min_people, self.max_titles, self.entries, self.lean,
            self.half_people, *self.half_lives_days,
        )  # fmt: skip
        if least <= 0 or self.least_people < 0 or self.max_titles > MAX_TITLES:
            raise ValueError(f"nothing can be fitted with {self}")


def fit(
    people: NDArray[np.int64],
    titles: NDArray[np.int64],
    times: NDArray[np.float64],
    config: AffinityConfig | None = None,
    *,
    now: float | None = None,
) -> Affinity:
    """The table that R choices teach, in any order; the first choice of a title by a person counts.

    people, titles: int64[R], any ids. times: float64[R], Unix seconds; of choices at one time the later given is the
    newer. now: the moment that attention is as of, by default just after the newest choice. Raises ValueError where
    lengths differ or a time is not finite.
    """
    config = config or AffinityConfig()
    if not len(people) == len(titles) == len(times):
        raise ValueError("every choice has a person, a title and a time")
    if not np.isfinite(times).all():
        raise ValueError("a time is not finite")
    if not (believed := trust(len(np.unique(people)), config)):
        return Affinity.nothing()
    order = np.lexsort((np.arange(len(times)), times, people))
    people, titles, times = people[order], titles[order], times[order]
    _, first = np.unique(np.stack([people, titles]), axis=1, return_index=True)
    kept = np.sort(first)
    people, titles, times = people[kept], titles[kept], times[kept]
    attended, column = np.unique(titles, return_inverse=True)
    moment = np.array([np.nextafter(times.max(), np.inf) if now is None else now])
    attention = 100 * attention_shares(column, times, moment, len(attended), config)[0]
    attention = np.asarray(believed * attention, np.float32)
    n_people = np.bincount(column)
    rows = np.sort(np.lexsort((attended, -n_people))[: config.max_titles])
    rows = rows[n_people[rows] >= config.min_people]
    place = np.full(len(attended), -1)
    place[rows] = np.arange(len(rows))
    told = place[column] >= 0
    points = np.float32(100 * believed) * _next_after(
        people[told], place[column[told]], times[told], len(rows), config
    )
    starts, places, kept_points = _largest(points, config.entries)
    return Affinity(attended[rows], starts, places, kept_points, attended, attention)


def trust(n_people: int, config: AffinityConfig | None = None) -> float:
    """How far what so many people did is believed to be what others will do, in [0, 1)."""
    config = config or AffinityConfig()
    more = max(0, n_people - config.least_people)
    return more / (more + config.half_people)


def attention_shares(
    titles: NDArray[np.int64],
    times: NDArray[np.float64],
    moments: NDArray[np.float64],
    n_titles: int,
    config: AffinityConfig | None = None,
) -> NDArray[np.float32]:
    """The share of the next choices that goes to each title, from those before each moment, float32[m, n_titles].

    titles: int64[R] < n_titles. times: float64[R]. moments: float64[m], ascending. Shares of all time, then of ever
    shorter half-lives: each takes `lean` imagined choices from the one before, so that where little happens of late
    the longer run decides. A row sums to 1 less the share of what never happened, lean / (choices + lean): that a
    choice is recent makes it no second choice.
    """
    config = config or AffinityConfig()
    order = np.argsort(times, kind="stable")
    titles, times = titles[order], times[order]
    lives = np.array([np.inf, *config.half_lives_days])[:, None] * SECONDS_PER_DAY
    counts = np.zeros((len(lives), n_titles))
    shares = np.zeros((len(moments), n_titles), np.float32)
    done, before = 0, float(moments[0]) if len(moments) else 0.0
    for row, moment in enumerate(moments.tolist()):
        upto = int(np.searchsorted(times, moment))
        counts *= 0.5 ** ((moment - before) / lives)
        for level, fresh in enumerate(0.5 ** ((moment - times[done:upto]) / lives)):
            counts[level] += np.bincount(titles[done:upto], fresh, minlength=n_titles)
        share = counts[0] / (counts[0].sum() + config.lean)
        happened = share.sum()
        for count in counts[1:]:
            share = (happened * count + config.lean * share) / (count.sum() + config.lean)
        shares[row] = share
        done, before = upto, moment
    return shares


def _next_after(
    people: NDArray[np.int64],
    titles: NDArray[np.int64],
    times: NDArray[np.float64],
    n_titles: int,
    config: AffinityConfig,
) -> NDArray[np.float32]:
    """B, float32[n_titles, n_titles]: from what was chosen to what is next. Sorted by person, then by time.

    Both sums are over pairs of choices of one person at most a window apart, so no x is ever built: a pair (p,
    q = p + lag) is in x xᵀ of the k-th lesson after q with fade(k − 1) · fade(k − 1 + lag), which sums to
    overlap[n] over the n lessons left.
    """
    if not n_titles:
        return np.zeros((0, 0), np.float32)
    window = config.window
    fade = 1 / (1 + np.arange(window) / config.fading)
    starts = np.flatnonzero(np.append(True, np.diff(people) != 0))
    sizes = np.diff(np.append(starts, len(people)))
    nth = np.arange(len(people)) - np.repeat(starts, sizes)  # of a person's choices
    left = np.repeat(sizes, sizes) - 1 - nth  # that come after
    moments, step = _moments(times)
    gram, cross = np.zeros((2, n_titles * n_titles), np.float32)
    seen = np.zeros(len(moments) * n_titles, np.float32)  # Σ x by the moment of the lesson
    for lag in range(window + 1):
        newer = np.flatnonzero(nth >= lag)
        older = newer - lag
        overlap = np.append(0, np.cumsum(fade[: window - lag] * fade[lag:]))
        both = overlap[np.minimum(left[newer], window - lag)].astype(np.float32)
        np.add.at(gram, titles[older] * n_titles + titles[newer], both)
        if lag:
            np.add.at(gram, titles[newer] * n_titles + titles[older], both)
            weight = np.float32(fade[lag - 1])
            np.add.at(cross, titles[older] * n_titles + titles[newer], weight)
            np.add.at(seen, step[newer] * n_titles + titles[older], weight)
    gram, cross = gram.reshape(n_titles, n_titles), cross.reshape(n_titles, n_titles)
    shares = attention_shares(titles, times, moments, n_titles, config)
    cross -= seen.reshape(-1, n_titles).T @ shares
    for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
        own, when = titles[start : start + size], step[start : start + size]
        _give_back(cross, own, shares[when[:, None], own[None, :]], fade)
    gram[np.diag_indices(n_titles)] += np.float32(config.ridge)
    factor = cho_factor(gram, overwrite_a=True, check_finite=False)
    return np.asarray(cho_solve(factor, cross, overwrite_b=True, check_finite=False), np.float32)


def _give_back(
    cross: NDArray[np.float32], own: NDArray[np.int64], share: NDArray[np.float32], fade: NDArray[np.float64]
) -> None:
    """Add to `cross` what was taken off for titles that a person already knew, of one person.

    What is known is not chosen again, whatever the history says: without this, long histories would teach that
    whoever chose anything turns from what everybody chooses. own: int64[n], the titles chosen in order. share:
    float32[n, n], the attention of each at the moment of each.
    """
    n = len(own)
    ago = np.arange(n)[:, None] - np.arange(n)[None, :] - 1  # [lesson, choice]
    recent = np.where((ago >= 0) & (ago < len(fade)), fade[np.clip(ago, 0, len(fade) - 1)], 0).astype(np.float32)
    cross[own[:, None], own[None, :]] += recent.T @ np.where(ago >= 0, share, 0)


def _moments(times: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Beginnings of days (of longer spells where there would be too many) and which of them each time is in."""
    if not len(times):
        return np.zeros(0), np.zeros(0, np.int64)
    days = np.floor(times / SECONDS_PER_DAY)
    spell = max(1.0, np.ceil((days.max() - days.min() + 1) / MAX_STEPS))
    begins, step = np.unique(days // spell, return_inverse=True)
    return begins * spell * SECONDS_PER_DAY, step


def _largest(
    points: NDArray[np.float32], n_entries: int
) -> tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.float16]]:
    """starts, places and points of the entries largest by size in each row."""
    n_titles = len(points)
    n_kept = min(n_entries, n_titles)
    places = np.zeros((n_titles, n_kept), np.uint16)
    for start in range(0, n_titles, BLOCK):
        size = np.abs(points[start : start + BLOCK])
        places[start : start + BLOCK] = np.sort(np.argpartition(-size, n_kept - 1, axis=1)[:, :n_kept], axis=1)
    kept = np.take_along_axis(points, places.astype(np.int64), axis=1).astype(np.float16)
    return np.arange(n_titles + 1, dtype=np.int64) * n_kept, places.ravel(), kept.ravel()
