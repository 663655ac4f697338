"""May the candidate serve? Every condition is checked and says in words what it found."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any

from training.ml.config import GatePolicy
from training.ml.evaluate import Change
from training.ml.golden import GoldenResult
from training.ml.offpolicy import Interval, OffPolicy
from training.ml.plausible import WindowFacts


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


@dataclass(frozen=True)
class Answered:
    """The golden set by each version."""

    candidate: GoldenResult
    champion: GoldenResult
    version_zero: GoldenResult


@dataclass(frozen=True)
class Findings:
    """What a run measured. loads: None if the candidate's own bytes came back whole and finite, else what was wrong.

    latency_ms: of a search by candidate and champion. step: `golden.score_step`. change: of the held-out searches
    with a choice, candidate − champion; slices: the same by how well their queries were known.
    window_spread: (different titles, Gini) over the window's queries, of candidate and version 0. records: version →
    what earlier champions answered to the golden set.
    """

    loads: str | None
    latency_ms: tuple[float, float]
    window: WindowFacts
    losses: tuple[float, float]
    step: float
    change: Change
    slices: Mapping[str, Change]
    golden: Answered
    window_spread: tuple[tuple[int, float], tuple[int, float]]
    records: Mapping[int, GoldenResult] = field(default_factory=dict)


def judge(found: Findings, policy: GatePolicy, more: Sequence[Condition] = ()) -> Verdict:
    """more: conditions that other modules have checked."""
    return Verdict(
        (
            _servable(found, policy),
            _latency(found, policy),
            _data(found, policy),
            _choices(found, policy),
            _concentration(found, policy),
            _pages(found, policy),
            _training(found, policy),
            _quality(found, policy),
            _slices(found, policy),
            _exact(found),
            _misspelt(found, policy),
            _themes(found, policy),
            _decay(found, policy),
            _diversity(found, policy),
            *more,
        )
    )


def earns(off_policy: Mapping[str, OffPolicy]) -> Condition:
    """No less than the champion on the logged pages, by both estimates; off_policy: of "candidate" and "champion".

    Refuses only if both intervals lie wholly below the champion's: they come of one log, so that is surer than it
    looks. What cannot say refuses nobody.
    """
    if not off_policy:
        return Condition("off-policy", passed=True, reason="no page of the log can be replayed")
    candidate, champion = off_policy["candidate"], off_policy["champion"]
    pairs = ((candidate.snips, champion.snips), (candidate.doubly_robust, champion.doubly_robust))
    is_less = all(ours and theirs and ours.high < theirs.low for ours, theirs in pairs)
    told = "; ".join(
        f"the {name} {_earned(of.snips)} by SNIPS, {_earned(of.doubly_robust)} doubly robust"
        for name, of in off_policy.items()
    )
    why = candidate.why or champion.why
    return Condition(
        "off-policy",
        passed=bool(why) or not is_less,
        reason=f"a page would have earned, on {candidate.n} logged ones: {told}" + (f"; {why}" if why else ""),
    )


def _earned(found: Interval | None) -> str:
    return f"{found.value:.3f} [{found.low:.3f} {found.high:.3f}]" if found else "nobody knows what"


def _servable(found: Findings, _policy: GatePolicy) -> Condition:
    return Condition("servable", found.loads is None, found.loads or "its bytes load, are finite and answer")


def _latency(found: Findings, policy: GatePolicy) -> Condition:
    candidate, champion = found.latency_ms
    return Condition(
        "latency",
        candidate <= policy.latency_ratio * champion + policy.latency_grace_ms,
        f"a search takes {candidate:.1f} ms, the champion {champion:.1f} ms",
    )


def _data(found: Findings, policy: GatePolicy) -> Condition:
    """Too little to decide by is nobody's fault: more may come."""
    n_judged, window = found.change.n, found.window
    unsaid = -policy.min_evidence < window.evidence < policy.min_evidence
    sure = f"e^{policy.min_evidence:g} or e^-{policy.min_evidence:g}"
    told = [
        (
            n_judged >= policy.min_choices,
            f"{n_judged} searches with a choice could be judged, at least {policy.min_choices} are needed.",
        ),
        (
            window.n_sessions >= policy.min_sessions,
            f"Sessions with a choice: {window.n_sessions} of at least {policy.min_sessions}.",
        ),
        (not unsaid, f"That people made the choices is {_odds(window)}; to say whether they did takes {sure}."),
    ]
    failed_first = sorted(told, key=lambda one: one[0])
    return Condition("data", all(met for met, _ in told), " ".join(words for _, words in failed_first))


def _choices(found: Findings, policy: GatePolicy) -> Condition:
    return Condition(
        "choices",
        found.window.evidence > -policy.min_evidence,
        f"that {found.window.n_choices} choices fell as people look down a page, and not evenly over it,"
        f" is {_odds(found.window)}",
    )


def _odds(window: WindowFacts) -> str:
    return f"e^{window.evidence:.1f} times as likely as chance"


def _concentration(found: Findings, policy: GatePolicy) -> Condition:
    window = found.window
    allowed = max(policy.min_crowded, policy.max_crowded * window.n_texts)
    return Condition(
        "concentration",
        window.most_chosen_for <= allowed,
        f"one title was chosen for {window.most_chosen_for} of {window.n_texts} different queries,"
        f" at most {allowed:.0f} are believed",
    )


def _pages(found: Findings, policy: GatePolicy) -> Condition:
    known, chance = found.window.known, found.window.known_by_chance
    can_say = chance < policy.max_chance
    return Condition(
        "pages",
        not can_say or known - chance >= policy.min_known * (1 - chance),
        f"{known:.0%} of the titles on the logged pages are found by the champion for the same queries,"
        f" {chance:.0%} would be by chance" + ("" if can_say else ", too many to say anything"),
    )


def _training(found: Findings, policy: GatePolicy) -> Condition:
    first, last = found.losses
    return Condition(
        "training",
        isfinite(first) and isfinite(last) and found.step <= policy.max_step,
        f"the loss went from {first:.4f} to {last:.4f}; the scores of themes moved by {found.step:.3f} of their"
        f" spread, at most {policy.max_step:g} is allowed",
    )


def _quality(found: Findings, policy: GatePolicy) -> Condition:
    """No worse on what people chose: neither surely, nor by the mean, nor by the lower end of its 95 % interval.

    The last two margins widen as 1/n: with few searches a single one decides, and little is at stake; with thousands
    they are what they are. What is surely worse is refused however few saw it.
    """
    change, n = found.change, max(1, found.change.n)
    mean_margin = policy.mean_margin + policy.mean_margin_small / n
    bound_margin = policy.bound_margin + policy.bound_margin_small / n
    return Condition(
        "quality",
        change.high >= -policy.mean_margin and change.mean >= -mean_margin and change.low >= -bound_margin,
        f"DCG@10 of what people chose on {change.n} held-out searches changed by {change.mean:+.4f}, 95 % interval"
        f" {change.low:+.4f} to {change.high:+.4f}; the mean may not fall below {-mean_margin:+.4f}, the interval not"
        f" reach below {-bound_margin:+.4f} nor lie wholly below {-policy.mean_margin:+.4f}",
    )


def _slices(found: Findings, policy: GatePolicy) -> Condition:
    told = [f"{name} {of.mean:+.4f} ({of.n})" for name, of in found.slices.items()]
    return Condition(
        "slices",
        all(of.n < policy.min_slice or of.mean >= -policy.slice_margin for of in found.slices.values()),
        f"the same by how well the query was known: {', '.join(told)}; from {policy.min_slice} searches on"
        f" none may fall below {-policy.slice_margin:+.3f}",
    )


def _exact(found: Findings) -> Condition:
    share = found.golden.candidate.exact_share
    return Condition("exact titles", share >= 1.0, f"{share:.1%} of exact titles stand first, all of them must")


def _misspelt(found: Findings, policy: GatePolicy) -> Condition:
    candidate, champion = found.golden.candidate.misspelt_mrr, found.golden.champion.misspelt_mrr
    return Condition(
        "misspelt titles",
        candidate >= champion - policy.golden_margin,
        f"MRR of misspelt titles is {candidate:.3f}, the champion's {champion:.3f}",
    )


def _themes(found: Findings, policy: GatePolicy) -> Condition:
    candidate, champion = found.golden.candidate.theme_ndcg, found.golden.champion.theme_ndcg
    return Condition(
        "never-seen themes",
        candidate >= champion - policy.theme_margin,
        f"nDCG@10 of themes nobody typed is {candidate:.3f}, the champion's {champion:.3f};"
        f" it may be {policy.theme_margin:g} less",
    )


def _decay(found: Findings, policy: GatePolicy) -> Condition:
    """Against version 0 and the best that any champion reached, so that many small losses cannot add up."""
    candidate = found.golden.candidate
    comparable = {v: past for v, past in found.records.items() if past.asked == candidate.asked}
    anchors = {0: found.golden.version_zero} | comparable
    best_theme, of_theme = max((past.theme_ndcg, version) for version, past in anchors.items())
    best_misspelt, of_misspelt = max((past.misspelt_mrr, version) for version, past in anchors.items())
    return Condition(
        "slow decay",
        candidate.theme_ndcg >= best_theme - policy.anchor_margin
        and candidate.misspelt_mrr >= best_misspelt - policy.golden_anchor_margin,
        f"of version 0 and {len(comparable)} earlier champions the best answer themes at {best_theme:.3f} (version"
        f" {of_theme}) and misspelt titles at {best_misspelt:.3f} (version {of_misspelt}), this one at"
        f" {candidate.theme_ndcg:.3f} and {candidate.misspelt_mrr:.3f}; it may have lost {policy.anchor_margin:g} and"
        f" {policy.golden_anchor_margin:g}",
    )


def _diversity(found: Findings, policy: GatePolicy) -> Condition:
    """On themes nobody typed, and on what people typed, where choices may concentrate more."""
    candidate, anchor = found.golden.candidate, found.golden.version_zero
    (shown, gini), (shown_by_anchor, gini_of_anchor) = found.window_spread
    return Condition(
        "diversity",
        candidate.n_distinct >= policy.coverage_ratio * anchor.n_distinct
        and candidate.gini <= anchor.gini + policy.gini_margin
        and shown >= policy.chosen_coverage_ratio * shown_by_anchor
        and gini <= gini_of_anchor + policy.chosen_gini_margin,
        f"{candidate.n_distinct} different titles over the golden themes, Gini {candidate.gini:.3f}, version 0"
        f" {anchor.n_distinct} and {anchor.gini:.3f}; over the window's queries {shown} and {gini:.3f}, version 0"
        f" {shown_by_anchor} and {gini_of_anchor:.3f}; allowed are {policy.coverage_ratio:.0%} and"
        f" {policy.gini_margin:+g}, {policy.chosen_coverage_ratio:.0%} and {policy.chosen_gini_margin:+g}",
    )
