"""What another ranking of the logged pages would have earned, under the position-based model.

There a title's reward is the examination of its place × what it earns once it is looked at.

    result = estimate(pages, lambda page: candidate.rank(page.query), examination)
    print(result.snips, result.doubly_robust, result.why or "supported")

What the log cannot tell: a title that the log never showed for a query is covered by no weight. SNIPS
takes it to earn as much per look as the covered titles; doubly robust takes the reward model's word,
which for such titles is the rate of the last place. It may be anything from nothing to what a first
place earns, and the intervals of both reach as far. `covered` says how much of the target was seen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from training.ml.logged_pages import LoggedPage
from training.ml.offpolicy import Floats, Interval, OffPolicy, effective_rewards, judged, largest_weight

FOLDS = 5  # of sessions; a page is never judged by a reward model that saw its session
PRIOR_REWARDS = 0.5  # reward that a place, query or title must expect before its own rate counts for half

Ints = NDArray[np.int64]
Ranking = Sequence[int] | Mapping[int, Sequence[float]]
Curve = Callable[[int], float]


def estimate(
    pages: Sequence[LoggedPage],
    ranking_of: Callable[[LoggedPage], Ranking],
    examination: Curve,
    *,
    other_curves: Sequence[Curve] = (),
    accidents: float = 0.0,
    clip: float | None = None,
    seed: int = 0,
) -> OffPolicy:
    """Expected reward per page if `ranking_of` had filled the places of each logged page.

    ranking_of(page): title ids in order, of which as many count as the page showed; or title id →
    chances [places of the page] to stand at each. examination(place): chance in (0, 1] that somebody
    looks at a 1-based place. other_curves: ends of its 95 % interval; what they change widens the
    intervals. accidents: share in [0, 1) of rewards that hit any place of the page, whatever stands
    there. clip: largest weight of a title, by default √pages. seed: of the folds.

    A shown title's reward counts with the ratio of the attention that the target gives it to what the
    log gave it on average, Σ_k P(title at k)·examination(k). It is unbiased, whatever titles do to the
    rest of the page, as far as clicks follow the position-based model and its curve is right. Accidents
    do not follow it: at the foot of a page they would count twenty times. So each title of a page has its
    share of them taken off before weighing, and the rest is scaled up to what was earned.
    Sources: Li et al. 2018, doi:10.1145/3219819.3220028, position-based estimator; self-normalised and
    with a model of rewards as in Swaminathan et al. 2017 (NIPS 30) and Oosterhuis 2023,
    doi:10.1145/3569453; folds, Chernozhukov et al. 2018, doi:10.1111/ectj.12097.
    Raises ValueError if a ranking holds a title twice.
    """
    log = _Shown.of(pages, accidents)
    target = _Wanted.of(pages, ranking_of, log)
    sessions, session_of = np.unique([page.session for page in pages], return_inverse=True)
    fold_of = (np.random.default_rng(seed).permutation(len(sessions)) % FOLDS)[session_of]

    def by(curve: Curve) -> OffPolicy:
        return _by_curve(log, target, _looks(pages, curve), fold_of, session_of, largest_weight(clip, len(pages)))

    return _widened(by(examination), [by(curve) for curve in other_curves])


@dataclass(frozen=True)
class _Shown:
    """Every shown title of every page, [m]: its page, place, pair and query by number, and reward, less accidents.

    pairs: (query, title) → number. stood: (of which title [j], place [j], chance [j]) for all it could have had.
    """

    page: Ints
    place: Ints
    pair: Ints
    query: Ints
    gain: Floats
    raw_gain: Floats
    stood: tuple[Ints, Ints, Floats]
    pairs: dict[tuple[str, int], int]
    n_pages: int
    n_queries: int

    @classmethod
    def of(cls, pages: Sequence[LoggedPage], accidents: float) -> Self:
        pairs: dict[tuple[str, int], int] = {}
        queries: dict[str, int] = {}
        rows: list[tuple[int, int, int, int, float, float]] = []
        stood: list[tuple[int, int, float]] = []
        elsewhere: list[tuple[int, Mapping[int, float]]] = []
        for number, page in enumerate(pages):
            query = queries.setdefault(page.query, len(queries))
            by_accident = (
                accidents * sum(page.gains.get(title, 0.0) for title in page.shown) / max(1, len(page.shown))
            )
            others = page.elsewhere or ({},) * len(page.shown)
            for at, (title, chance, places) in enumerate(zip(page.shown, page.propensity, others, strict=True)):
                place, gain = page.first_position + at, page.gains.get(title, 0.0)
                if chance > 0:  # a place it stood at with no chance says that the log is wrong about this title
                    own = chance - places.get(place, 0.0)  # what is said elsewhere of its own place is not added
                    stood.append((len(rows), place, own))
                    elsewhere.append((len(rows), places))
                pair = pairs.setdefault((page.query, title), len(pairs))
                rows.append((number, place, pair, query, (gain - by_accident) / (1 - accidents), gain))
        page_, place_, pair_, query_ = (_column(rows, n, np.int64) for n in range(4))
        gain_, raw_gain = (_column(rows, n, np.float64) for n in (4, 5))
        together = _together(stood, elsewhere)
        return cls(page_, place_, pair_, query_, gain_, raw_gain, together, pairs, len(pages), len(queries))


@dataclass(frozen=True)
class _Wanted:
    """Every title and place of the target, [t]: its page, which shown title of it that is (−1: none), place, chance,
    pair (−1: never shown for the query) and query.
    """

    page: Ints
    shown: Ints
    place: Ints
    chance: Floats
    pair: Ints
    query: Ints

    @classmethod
    def of(cls, pages: Sequence[LoggedPage], ranking_of: Callable[[LoggedPage], Ranking], log: _Shown) -> Self:
        rows: list[tuple[int, int, int, float, int, int]] = []
        start = 0
        for number, page in enumerate(pages):
            row_of = {title: start + at for at, title in enumerate(page.shown)}
            for title, at, chance in _places(ranking_of(page), len(page.shown)):
                pair = log.pairs.get((page.query, title), -1)
                place = page.first_position + at
                rows.append((number, row_of.get(title, -1), place, chance, pair, int(log.query[start])))
            start += len(page.shown)
        kinds = (np.int64, np.int64, np.int64, np.float64, np.int64, np.int64)
        return cls(*(_column(rows, n, kind) for n, kind in enumerate(kinds)))


def _together(
    stood: Sequence[tuple[int, int, float]], elsewhere: Sequence[tuple[int, Mapping[int, float]]]
) -> tuple[Ints, Ints, Floats]:
    """(title [j], place [j], chance [j]). Titles of one rank share a mapping, which is read once."""
    read = {id(places): (np.array([*places], np.int64), np.array([*places.values()])) for _, places in elsewhere}
    found = [read[id(places)] for _, places in elsewhere]
    of = np.repeat(np.array([title for title, _ in elsewhere], np.int64), [len(places) for places, _ in found])
    return (
        np.concatenate([_column(stood, 0, np.int64), of]),
        np.concatenate([_column(stood, 1, np.int64), *(places for places, _ in found)]),
        np.concatenate([_column(stood, 2, np.float64), *(chances for _, chances in found)]),
    )


def _column(rows: Sequence[tuple[float, ...]], n: int, kind: type) -> NDArray:
    return np.array([row[n] for row in rows], kind)


def _places(ranking: Ranking, n_places: int) -> list[tuple[int, int, float]]:
    """(title, place from 0, chance to stand there)."""
    if isinstance(ranking, Mapping):
        return [
            (int(title), at, float(chance))
            for title, chances in ranking.items()
            for at, chance in enumerate(chances[:n_places])
        ]
    titles = ranking[:n_places]
    if len(set(titles)) < len(titles):
        raise ValueError("a ranking holds a title once")
    return [(int(title), at, 1.0) for at, title in enumerate(titles)]


def _looks(pages: Sequence[LoggedPage], curve: Curve) -> Floats:
    """float64[last place + 1]: the curve as a table; place 0 is not looked at."""
    last = max((page.first_position + len(page.shown) for page in pages), default=1)
    last = max([last, *(max(places, default=0) for page in pages for places in page.elsewhere)])
    return np.array([0.0, *(curve(place) for place in range(1, last + 1))])


def _by_curve(
    log: _Shown, target: _Wanted, looks: Floats, fold_of: Ints, session_of: Ints, largest: float
) -> OffPolicy:
    """The estimate as if the curve were known."""
    n, m = log.n_pages, len(log.page)
    mass = target.chance * looks[target.place]
    is_shown = target.shown >= 0
    wanted = _sums(target.shown[is_shown], mass[is_shown], m)
    of, at, chance = log.stood
    given = _sums(of, chance * looks[at], m)
    raw = np.divide(wanted, given, out=np.zeros(m), where=given > 0)
    weight, seen = np.minimum(raw, largest), looks[log.place]
    of_shown, of_wanted = _modelled(log, target, seen, fold_of)
    attention = _sums(target.page, mass, n)
    covered = _sums(log.page, weight * seen, n)
    scale = float(attention.mean()) if n and attention.any() else 1.0
    # Kish's size in looks, not pages: a title moved far up leans on the few looks it had.
    squares = float((weight**2 * seen).sum())
    ess = float(covered.sum()) ** 2 / squares if squares else 0.0
    found = judged(
        earned=_sums(log.page, weight * log.gain, n),
        weight=covered / scale,
        raw_weight=_sums(log.page, raw * seen, n) / scale,
        corrected=_sums(target.page, mass * of_wanted, n) + np.bincount(log.page, weight * (log.gain - of_shown), n),
        cluster=session_of,
        ess=ess * n / float(seen.sum()) if ess else 0.0,
        rewards=effective_rewards(weight, log.raw_gain, float(covered.sum()), ess),
        is_positive=bool((log.raw_gain >= 0).all()),
    )
    first = log.place == (log.place.min() if m else 1)
    best_rate = float(log.gain[first].sum() / seen[first].sum()) if first.any() else 0.0
    return _reaching(found, max(0.0, 1 - found.covered) * scale, best_rate)


def _modelled(log: _Shown, target: _Wanted, seen: Floats, fold_of: Ints) -> tuple[Floats, Floats]:
    """(reward expected of each shown title where it stood, per look of each wanted one), by the other folds' pages.

    Reward per look: the place's rate × lift of the query × lift of the title. Each factor is shrunk towards 1 as a
    gamma prior on a Poisson rate would. A title not seen with the query has the rate of the last place, for the
    ranking that served put it below all that it showed.
    """
    of_shown, of_wanted = np.zeros(len(log.page)), np.zeros(len(target.page))
    n_pairs, fold, target_fold = len(log.pairs), fold_of[log.page], fold_of[target.page]
    for number in range(FOLDS):
        others, own, asked = fold != number, fold == number, target_fold == number
        if not others.any() or not (own.any() or asked.any()):
            continue
        place, pair, query, gain = (a[others] for a in (log.place, log.pair, log.query, log.gain))
        looked = seen[others]
        overall = gain.sum() / looked.sum()
        by_place = overall * _lift(place, gain, overall * looked, int(log.place.max()) + 1)
        expected = by_place[place] * looked
        of_query = _lift(query, gain, expected, log.n_queries)
        of_title = _lift(pair, gain, expected * of_query[query], n_pairs)
        times = _sums(pair, looked, n_pairs)
        base = np.full(n_pairs + 1, by_place[place.max()])  # the last entry: a pair that was never shown
        np.divide(_sums(pair, expected, n_pairs), times, out=base[:-1], where=times > 0)
        rate = base * np.append(of_title, 1.0)
        of_shown[own] = seen[own] * rate[log.pair[own]] * of_query[log.query[own]]
        of_wanted[asked] = rate[target.pair[asked]] * of_query[target.query[asked]]
    return of_shown, of_wanted


def _sums(key: Ints, values: Floats, n: int) -> Floats:
    """float64[n]: Σ of the values by key."""
    return np.bincount(key, values, n).astype(np.float64, copy=False)


def _lift(key: Ints, gain: Floats, expected: Floats, n: int) -> Floats:
    """float64[n]: by key, observed over expected reward, shrunk towards 1; not below 0."""
    observed = np.maximum(_sums(key, gain, n), 0)
    return np.asarray((observed + PRIOR_REWARDS) / (_sums(key, expected, n) + PRIOR_REWARDS))


def _reaching(found: OffPolicy, unseen: float, best_rate: float) -> OffPolicy:
    """With intervals that hold what titles the log never showed may earn: from nothing to a first place's rate.

    unseen: attention per page that they get. Source: Manski 1990, bounds without assumptions on what is not observed.
    """

    def reach(interval: Interval | None, supposed: float) -> Interval | None:
        if interval is None or not unseen:
            return interval
        down = (1 - found.covered) * interval.value
        up = unseen * best_rate - supposed * down
        return Interval(interval.value, max(0.0, interval.low - down), interval.high + max(0.0, up))

    # SNIPS has supposed them to be as good as the rest; what doubly robust has supposed is next to nothing.
    return replace(found, snips=reach(found.snips, 1.0), doubly_robust=reach(found.doubly_robust, 0.0))


def _widened(found: OffPolicy, others: Sequence[OffPolicy]) -> OffPolicy:
    """With intervals that hold what other curves change: independent errors, so squares add."""

    def wider(name: str) -> Interval | None:
        own: Interval | None = getattr(found, name)
        values = [other.value for result in others if (other := getattr(result, name)) is not None]
        if own is None or not values:
            return own
        down, up = max(0.0, own.value - min(values)), max(0.0, max(values) - own.value)
        return Interval(
            own.value,
            own.value - float(np.hypot(own.value - own.low, down)),
            own.value + float(np.hypot(own.high - own.value, up)),
        )

    return replace(found, ips=wider("ips"), snips=wider("snips"), doubly_robust=wider("doubly_robust"))
