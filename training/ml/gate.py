"""May the candidate serve? Every condition is checked and says in words what it found."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.ml.config import GatePolicy
from training.ml.golden import GoldenResult
from training.ml.metrics import mean_and_bound


@dataclass(frozen=True)
class Condition:
    name: str
    passed: bool
    reason: str


@dataclass(frozen=True)
class Verdict:
    conditions: tuple[Condition, ...]

    @property
    def promotes(self) -> bool:
        return all(condition.passed for condition in self.conditions)

    @property
    def refusals(self) -> list[str]:
        return [condition.reason for condition in self.conditions if not condition.passed]

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(condition) for condition in self.conditions]


def judge(
    *,
    differences: Sequence[float],
    candidate: GoldenResult,
    champion: GoldenResult,
    version_zero: GoldenResult,
    largest_step: float,
    loads: str | None,
    policy: GatePolicy,
) -> Verdict:
    """differences: nDCG@10 candidate − champion, one for each held-out search with a choice.

    loads: None if the candidate's own bytes came back whole and finite, else what was wrong.
    """
    return Verdict(
        (
            Condition("servable", loads is None, "its bytes load and are finite" if loads is None else loads),
            _training(largest_step, policy),
            _data(len(differences), policy),
            _quality(differences, policy),
            _exact(candidate),
            _misspelt(candidate, champion, policy),
            _themes(candidate, champion, version_zero, policy),
            _coverage(candidate, version_zero, policy),
            _latency(candidate, champion, policy),
        )
    )


def _training(largest_step: float, policy: GatePolicy) -> Condition:
    return Condition(
        "training",
        largest_step <= policy.max_step,
        f"the weights moved by {largest_step:.4f} of their length, at most {policy.max_step:g} is allowed",
    )


def _data(n_judged: int, policy: GatePolicy) -> Condition:
    return Condition(
        "data",
        n_judged >= policy.min_choices,
        f"{n_judged} searches with a choice could be judged, at least {policy.min_choices} are needed",
    )


def _quality(differences: Sequence[float], policy: GatePolicy) -> Condition:
    """No worse on what people chose: by the mean, and by the lower bound of its 95 % interval.

    The bound's margin widens as 1/n: with few searches a single one decides the bound, and
    little is at stake; with hundreds it is the margin itself.
    """
    mean, bound = mean_and_bound(differences)
    margin = policy.bound_margin + policy.bound_margin_small / max(1, len(differences))
    return Condition(
        "quality",
        mean >= -policy.mean_margin and bound >= -margin,
        f"nDCG@10 on {len(differences)} held-out searches changed by {mean:+.4f}, 95 % interval from {bound:+.4f};"
        f" it may not fall below {-policy.mean_margin:+.4f}, the interval not below {-margin:+.4f}",
    )


def _exact(candidate: GoldenResult) -> Condition:
    return Condition(
        "exact titles",
        candidate.exact_share >= 1.0,
        f"{candidate.exact_share:.1%} of exact titles stand first, all of them must",
    )


def _misspelt(candidate: GoldenResult, champion: GoldenResult, policy: GatePolicy) -> Condition:
    return Condition(
        "misspelt titles",
        candidate.misspelt_mrr >= champion.misspelt_mrr - policy.golden_margin,
        f"MRR of misspelt titles is {candidate.misspelt_mrr:.3f}, the champion's {champion.misspelt_mrr:.3f}",
    )


def _themes(
    candidate: GoldenResult, champion: GoldenResult, version_zero: GoldenResult, policy: GatePolicy
) -> Condition:
    """Against the champion, and against a far anchor, so that many small losses cannot add up."""
    return Condition(
        "never-seen themes",
        candidate.theme_ndcg >= champion.theme_ndcg - policy.theme_margin
        and candidate.theme_ndcg >= version_zero.theme_ndcg - policy.anchor_margin,
        f"nDCG@10 of themes nobody typed is {candidate.theme_ndcg:.3f}, the champion's {champion.theme_ndcg:.3f},"
        f" version 0's {version_zero.theme_ndcg:.3f}",
    )


def _coverage(candidate: GoldenResult, version_zero: GoldenResult, policy: GatePolicy) -> Condition:
    return Condition(
        "coverage",
        candidate.n_distinct >= policy.coverage_ratio * version_zero.n_distinct,
        f"{candidate.n_distinct} different titles over the golden themes, version 0 shows {version_zero.n_distinct}",
    )


def _latency(candidate: GoldenResult, champion: GoldenResult, policy: GatePolicy) -> Condition:
    allowed = policy.latency_ratio * champion.median_ms + 5.0  # ms of grace: the clock is noisy
    return Condition(
        "latency",
        candidate.median_ms <= allowed,
        f"a search takes {candidate.median_ms:.1f} ms, the champion {champion.median_ms:.1f} ms",
    )
