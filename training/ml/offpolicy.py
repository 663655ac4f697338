"""What another policy would have earned, judged from the log of the one that served.

Here single slots: one action, one reward; `rankings` does the same for pages. Both give an `OffPolicy`: three
estimates with 95 % intervals, and whether they may be believed. `supported` false means "cannot say" and `why` says
why; the numbers are then only a hint.

    result = estimate_slots(clicks, logged_propensity, target_probability, cluster=session)
    print(result.snips, result.why or "supported")

It compares nothing: intervals of two candidates on one log are not independent.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

MIN_ESS = 50.0  # below these three, intervals no longer cover what they claim
MIN_CLUSTERS = 20
MIN_REWARDS = 8.0  # effective number of rewarded slots or titles, see effective_rewards
MIN_COVERED = 0.9  # of the target, after clipping; what is not covered is extrapolated or modelled
MAX_COVERED = 1.2  # the mean weight is 1 in expectation; well above it, the propensities are wrong
Z_95 = 1.959964

Floats = NDArray[np.float64]


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
    weight = np.minimum(raw, largest_weight(clip, n))
    corrected = models[1] + weight * (r - models[0]) if len(models) == 2 else None
    ess = effective_size(weight)
    return judged(
        earned=weight * r,
        weight=weight,
        raw_weight=raw,
        corrected=corrected,
        cluster=names,
        ess=ess,
        rewards=effective_rewards(weight, r, weight.sum(), ess),
        is_positive=bool((r >= 0).all()),
    )


def largest_weight(clip: float | None, n: int) -> float:
    return float(np.sqrt(n)) if clip is None else clip


def effective_size(weight: Floats) -> float:
    """Effective number of rows with these weights. Source: Kish 1965, Survey Sampling, §11.7."""
    squares = float((weight**2).sum())
    return float(weight.sum()) ** 2 / squares if squares else 0.0


def effective_rewards(weight: Floats, reward: Floats, mass: float, ess: float) -> float:
    """Effective number of rewards: of those seen, or of those that a sample of this size expects if fewer.

    The second is needed because a rare reward of large weight is more often missed than met, and then
    those seen look fine. mass: Σ of the weights that ess speaks of; both in rows or both in looks.
    """
    earned, squares = float((weight * reward).sum()), float((weight * reward**2).sum())
    return min(effective_size(weight * reward), ess * earned**2 / (mass * squares)) if earned else 0.0


def judged(
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
