"""What another policy would have earned, judged from the log of the one that served.

`estimate_slots` judges single slots: one action, one reward. `estimate` judges rankings of searches
under the position-based model, where reward = examination of the place × what the title earns once it
is looked at. Both give an `OffPolicy`: three estimates with 95 % intervals, and whether they may be
believed. `supported` false means "cannot say" and `why` says why; the numbers are then only a hint.

    result = estimate(pages, lambda page: candidate.rank(page.query), examination)
    print(result.snips, result.doubly_robust, result.why or "supported")

What the log cannot tell: a title that the log never showed for a query is covered by no weight. SNIPS
takes it to earn as much per look as the covered titles; doubly robust takes the reward model's word,
which for such titles is the rate of the last place. `covered` says how much of the target was seen.
It compares nothing: intervals of two candidates on one log are not independent.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recommender.ml.explore import chances

MIN_ESS = 50.0  # below these three, intervals no longer cover what they claim
MIN_CLUSTERS = 20
MIN_REWARDS = 8.0  # effective number of rewarded slots or titles, see _rewarded
MIN_COVERED = 0.9  # of the target, after clipping; what is not covered is extrapolated or modelled
MAX_COVERED = 1.2  # the mean weight is 1 in expectation; well above it, the propensities are wrong
FOLDS = 5  # of sessions; a page is never judged by a reward model that saw its session
PRIOR_REWARDS = 0.5  # reward that a place, query or title must expect before its own rate counts for half
ROUNDING = 1e-9  # of logged chances
Z_95 = 1.959964

Floats = NDArray[np.float64]
Ranking = Sequence[int] | Mapping[int, Sequence[float]]


@dataclass(frozen=True)
class Interval:
    """An estimate and its 95 % confidence interval, in the unit of the reward."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class OffPolicy:
    """ips, snips, doubly_robust: reward per slot or page; None where there is nothing to estimate it from.

    ess: effective sample size in rows (Kish): as many rows of the target's own log would say as much.
    n: logged rows. covered: mean clipped weight, 1 in expectation where the log covers all of the target.
    """

    ips: Interval | None
    snips: Interval | None
    doubly_robust: Interval | None
    ess: float
    n: int
    covered: float
    why: str = ""  # it cannot say, in words; empty: it can

    @property
    def supported(self) -> bool:
        return not self.why


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
def _odds(rate: float, n: int, n_named: int, n_ranked: int) -> tuple[Floats, list[dict[int, float]]]:
    """The chance of each rank at each place, as [ranks, n] and as place → chance by rank."""
    table = chances(rate, n, n_named, n_ranked)
    return table, [{at: p for at, p in enumerate(row, start=1) if p} for row in table.tolist()]


def estimate_slots(
    reward: ArrayLike,
    logged_propensity: ArrayLike,
    target_probability: ArrayLike,
    *,
    q_logged: ArrayLike | None = None,
    q_target: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    clip: float | None = None,
) -> OffPolicy:
    """Expected reward per slot of the target policy. All arrays are [n], a row per logged slot.

    logged_propensity, target_probability: chance of the logged action under either policy, given the
    context. A propensity of 0 covers nothing: the row weighs 0. q_logged: reward that a model which
    has not seen the row expects of the logged action; q_target: the same, averaged over the target's
    actions. cluster: rows that are not independent share one, for instance their session. clip:
    largest weight, by default √n, with which the bias vanishes as the log grows.
    Raises ValueError for lengths that differ, numbers that are not finite, and negative chances.

    Sources: IPS, Horvitz and Thompson 1952; SNIPS, Swaminathan and Joachims 2015 (NIPS 28); doubly
    robust, Dudík et al. 2014, doi:10.1214/14-STS500; clip, Ionides 2008, doi:10.1198/106186008X320456.
    """
    r, p, target = (np.asarray(a, np.float64) for a in (reward, logged_propensity, target_probability))
    n = len(r)
    names = np.arange(n) if cluster is None else np.asarray(cluster)
    models = [np.asarray(q, np.float64) for q in (q_logged, q_target) if q is not None]
    if any(a.shape != (n,) for a in (p, target, names, *models)):
        raise ValueError("all arrays have one entry a row")
    if not all(np.isfinite(a).all() for a in (r, p, target, *models)) or (p < 0).any() or (target < 0).any():
        raise ValueError("rewards and chances are finite, chances not negative")
    raw = np.divide(target, p, out=np.zeros(n), where=p > 0)
    weight = np.minimum(raw, _clip(clip, n))
    corrected = models[1] + weight * (r - models[0]) if len(models) == 2 else None
    ess = _kish(weight)
    return _judge(
        earned=weight * r,
        weight=weight,
        raw_weight=raw,
        corrected=corrected,
        cluster=names,
        ess=ess,
        rewards=_rewarded(weight, r, weight.sum(), ess),
        is_positive=bool((r >= 0).all()),
    )


def estimate(
    pages: Sequence[LoggedPage],
    ranking_of: Callable[[LoggedPage], Ranking],
    examination: Callable[[int], float],
    *,
    clip: float | None = None,
    seed: int = 0,
) -> OffPolicy:
    """Expected reward per page if `ranking_of` had filled the places of each logged page.

    ranking_of(page): title ids in order, of which as many count as the page showed; or title id →
    chances [places of the page] to stand at each. examination(place): chance in (0, 1] that somebody
    looks at a 1-based place. clip: largest weight of a title, by default √pages. seed: of the folds.

    A shown title's reward counts with the ratio of the attention that the target gives it to what the
    log gave it on average, Σ_k P(title at k)·examination(k). It is unbiased, whatever titles do to the
    rest of the page, as far as clicks follow the position-based model and its curve is right.
    Sources: Li et al. 2018, doi:10.1145/3219819.3220028, position-based estimator; self-normalised and
    with a model of rewards as in Swaminathan et al. 2017 (NIPS 30) and Oosterhuis 2023,
    doi:10.1145/3569453; folds, Chernozhukov et al. 2018, doi:10.1111/ectj.12097.
    Raises ValueError if a ranking holds a title twice.
    """
    n = len(pages)
    looks = cache(examination)
    largest = _clip(clip, n)
    sessions, session_of = np.unique([page.session for page in pages], return_inverse=True)
    fold_of = (np.random.default_rng(seed).permutation(len(sessions)) % FOLDS)[session_of]
    rates = [_Rates([p for p, own in zip(pages, fold_of, strict=True) if own != f], looks) for f in range(FOLDS)]
    earned, modelled, attention, covered, raw_covered = np.zeros((5, n))
    squares = logged = 0.0
    weights: list[float] = []
    gains: list[float] = []
    for row, page in enumerate(pages):
        rate = rates[fold_of[row]]
        wanted = _attention(ranking_of(page), page, looks)
        attention[row] = sum(wanted.values())
        modelled[row] = sum(mass * rate(page.query, title) for title, mass in wanted.items())
        for place, title, given in _given(page, looks):
            seen = looks(place)
            logged += seen
            raw = wanted.get(title, 0.0) / given if given > 0 else 0.0
            weight = min(raw, largest)
            gain = page.gains.get(title, 0.0)
            earned[row] += weight * gain
            modelled[row] += weight * (gain - seen * rate(page.query, title))
            covered[row] += weight * seen
            raw_covered[row] += raw * seen
            squares += weight**2 * seen
            weights.append(weight)
            gains.append(gain)
    scale = attention.mean() if n and attention.any() else 1.0
    # Kish's size in looks, not pages: a title moved far up leans on the few looks it had.
    ess = float(covered.sum() ** 2 / squares) if squares else 0.0
    return _judge(
        earned=earned,
        weight=covered / scale,
        raw_weight=raw_covered / scale,
        corrected=modelled,
        cluster=session_of,
        ess=ess * n / logged if ess else 0.0,
        rewards=_rewarded(np.array(weights), np.array(gains), covered.sum(), ess),
        is_positive=all(gain >= 0 for page in pages for gain in page.gains.values()),
    )


def _clip(clip: float | None, n: int) -> float:
    return float(np.sqrt(n)) if clip is None else clip


def _kish(weight: Floats) -> float:
    """Effective number of rows with these weights. Source: Kish 1965, Survey Sampling, §11.7."""
    squares = float((weight**2).sum())
    return float(weight.sum()) ** 2 / squares if squares else 0.0


def _rewarded(weight: Floats, reward: Floats, mass: float, ess: float) -> float:
    """Effective number of rewards: of those seen, or of those that a sample of this size expects if fewer.

    The second is needed because a rare reward of large weight is more often missed than met, and then
    those seen look fine. mass: Σ of the weights that ess speaks of; both in rows or both in looks.
    """
    earned, squares = float((weight * reward).sum()), float((weight * reward**2).sum())
    return min(_kish(weight * reward), ess * earned**2 / (mass * squares)) if earned else 0.0


def _attention(ranking: Ranking, page: LoggedPage, looks: Callable[[int], float]) -> dict[int, float]:
    """Title id → expected examination that the ranking gives it on the places of the page."""
    n_places = len(page.shown)
    if isinstance(ranking, Mapping):
        return {
            title: sum(chance * looks(page.first_position + at) for at, chance in enumerate(chances[:n_places]))
            for title, chances in ranking.items()
        }
    titles = ranking[:n_places]
    if len(set(titles)) < len(titles):
        raise ValueError("a ranking holds a title once")
    return {int(title): looks(page.first_position + at) for at, title in enumerate(titles)}


def _given(page: LoggedPage, looks: Callable[[int], float]) -> Iterable[tuple[int, int, float]]:
    """(place, title id, examination that the log gave it on average) of each shown title."""
    elsewhere = page.elsewhere or ({},) * len(page.shown)
    for at, (title, chance, others) in enumerate(zip(page.shown, page.propensity, elsewhere, strict=True)):
        place = page.first_position + at
        # A place it stood at with no chance says that the log is wrong about this title: it covers nothing.
        given = chance * looks(place) + sum(p * looks(k) for k, p in others.items() if k != place)
        yield place, title, given if chance > 0 else 0.0


class _Rates:
    """Reward per look by query and title: the place's rate × lift of the query × lift of the title.

    Each factor is shrunk towards 1 as a gamma prior on a Poisson rate would. A title not seen with the
    query has the rate of the last place, for the ranking that served put it below all that it showed.
    """

    def __init__(self, pages: Sequence[LoggedPage], looks: Callable[[int], float]) -> None:
        impressions = [
            (page.first_position + at, page.query, title, page.gains.get(title, 0.0))
            for page in pages
            for at, title in enumerate(page.shown)
        ]
        n_looks = sum(looks(place) for place, *_ in impressions)
        overall = sum(gain for *_, gain in impressions) / n_looks if n_looks else 0.0
        places = _Lift()
        for place, _, _, gain in impressions:
            places.add(place, gain, overall * looks(place))
        by_place = {place: overall * places.of(place) for place, *_ in impressions}
        self._last = by_place[max(by_place)] if by_place else 0.0
        self._queries, self._titles = _Lift(), _Lift()
        for place, query, _, gain in impressions:
            self._queries.add(query, gain, by_place[place] * looks(place))
        total: defaultdict[tuple[str, int], float] = defaultdict(float)
        base: defaultdict[tuple[str, int], float] = defaultdict(float)
        for place, query, title, gain in impressions:
            expected = by_place[place] * looks(place)
            self._titles.add((query, title), gain, expected * self._queries.of(query))
            total[query, title] += looks(place)
            base[query, title] += expected
        self._base = {key: base[key] / looked for key, looked in total.items() if looked}

    def __call__(self, query: str, title: int) -> float:
        key = query, title
        return self._base.get(key, self._last) * self._queries.of(query) * self._titles.of(key)


class _Lift:
    """By key, observed over expected reward, shrunk towards 1."""

    def __init__(self) -> None:
        self._seen: defaultdict[object, list[float]] = defaultdict(lambda: [PRIOR_REWARDS, PRIOR_REWARDS])

    def add(self, key: object, gain: float, expected: float) -> None:
        sums = self._seen[key]
        sums[0] += gain
        sums[1] += expected

    def of(self, key: object) -> float:
        gain, expected = self._seen.get(key, (1.0, 1.0))
        return gain / expected


def _judge(
    *,
    earned: Floats,
    weight: Floats,
    raw_weight: Floats,
    corrected: Floats | None,
    cluster: NDArray,
    ess: float,
    rewards: float,
    is_positive: bool,
) -> OffPolicy:
    """All arrays [n]. corrected: model of the target + weighted residual. rewards: effective number."""
    n = len(earned)
    names, cluster = np.unique(cluster, return_inverse=True)
    if len(names) < 2:
        covered = float(weight.mean()) if n else 0.0
        return OffPolicy(
            None, None, None, ess, n, covered, f"cannot say: {'one session' if n else 'the log is empty'}"
        )
    ones = np.ones(n)
    covered, mean_weight = float(weight.mean()), _ratio(raw_weight, ones, cluster, is_positive=True)
    reasons = [
        (len(names) < MIN_CLUSTERS, f"only {len(names)} independent clusters, {MIN_CLUSTERS} needed"),
        (ess < MIN_ESS, f"effective sample size {ess:.0f}, {MIN_ESS:.0f} needed"),
        (covered < MIN_COVERED, f"the log covers {covered:.0%} of the target, {MIN_COVERED:.0%} needed"),
        (mean_weight.low > MAX_COVERED, f"mean weight {mean_weight.value:.2f} instead of 1: wrong propensities"),
        (rewards < MIN_REWARDS, f"only {rewards:.1f} effective rewards, {MIN_REWARDS:.0f} needed"),
    ]
    found = "; ".join(words for is_so, words in reasons if is_so)
    return OffPolicy(
        # Not 0 ± 0, which sounds sure, where nothing was earned.
        ips=_ratio(earned, ones, cluster, is_positive=is_positive) if rewards else None,
        snips=_ratio(earned, weight, cluster, is_positive=is_positive) if rewards else None,
        doubly_robust=None if corrected is None else _ratio(corrected, ones, cluster, is_positive=is_positive),
        ess=ess,
        n=n,
        covered=covered,
        why=f"cannot say: {found}" if found else "",
    )


def _ratio(top: Floats, bottom: Floats, cluster: NDArray[np.intp], *, is_positive: bool) -> Interval:
    """Σ top / Σ bottom with the cluster-robust interval of its linear form; Σ bottom > 0, two clusters or more.

    Rewards that cannot be negative get it on the square-root scale, which evens out the variance of
    counts: the plain one is too short above when rewards are rare. Few clusters widen it to Student's t.
    Sources: Cochran 1977, Sampling Techniques, §6.3; Bartlett 1936, doi:10.2307/2983678;
    t from z, Abramowitz and Stegun 26.7.5, first term.
    """
    value = float(top.sum() / bottom.sum())
    residuals = np.bincount(cluster, top - value * bottom)
    n = len(residuals)
    error = float(np.sqrt(n / (n - 1) * (residuals**2).sum()) / bottom.sum())
    half = (Z_95 + (Z_95**3 + Z_95) / (4 * (n - 1))) * error
    if not is_positive or value <= 0:
        return Interval(value, value - half, value + half)
    root, step = value**0.5, half / (2 * value**0.5)
    return Interval(value, max(0.0, root - step) ** 2, (root + step) ** 2)
