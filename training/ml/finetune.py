"""One fine-tuning, from lessons to a judged candidate. Pure: the database is read before and written after.

The recipe is judged by cross-validation (every choice is held out once), then the candidate learns
from all of them: with 25 searches a fixed holdout would leave five to judge by, and the newest
choice would have to wait for the next run (docs/decisions/0005). What is asked and why is in docs/decisions/0013.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.ml.engine import answer
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import BadCheckpoint, ModelState, digest, from_bytes, to_bytes
from training.ml.config import GatePolicy, TrainConfig
from training.ml.evaluate import Asks, Texts, asking, baselines, by_hash, folds, judged_lessons, median_ms
from training.ml.examination import Examination, fit
from training.ml.gate import Answered, Findings, Verdict, earns, judge
from training.ml.golden import GoldenResult, GoldenSet, ask, score_step
from training.ml.heldout import HeldOut
from training.ml.labels import Lesson
from training.ml.learning import learn, tally_of
from training.ml.lift import targeted_lift
from training.ml.logged_pages import LoggedPage
from training.ml.loop import FitReport
from training.ml.plausible import facts_of

OnStep = Callable[[str, int, int, float], None]


@dataclass(frozen=True)
class Candidate:
    """A new state, what it was measured at, and whether it may serve."""

    state: ModelState
    verdict: Verdict
    metrics: dict[str, Any]
    fit: FitReport


def fine_tune(
    champion: Snapshot,
    version_zero: Snapshot,
    fresh: Sequence[Lesson],
    replay: Sequence[Lesson],
    vectors: Mapping[str, NDArray[np.float32]],
    golden: GoldenSet,
    config: TrainConfig,
    policy: GatePolicy,
    *,
    judge_by: Sequence[Lesson] | None = None,
    on_step: OnStep = lambda _stage, _step, _of, _loss: None,
    records: Mapping[int, Mapping[str, Any]] | None = None,
    support: Mapping[int, int] | None = None,
    pages: Mapping[str, LoggedPage] | None = None,
    looks: Callable[[int], float] = Examination(),  # noqa: B008 - frozen
    asks: Asks | None = None,
) -> Candidate:
    """fresh: lessons of the window. replay: older ones, for the weights only; the memory has them.

    vectors: folded text → float32[D] for every lesson. judge_by: other lessons to judge the same
    queries by, for drills with spoilt labels; by default what was taught is what is asked. records: version →
    what `metrics` said of it when it was the candidate, for the versions that became champions. support: title id →
    how many clients ever chose it; by default those of the lessons. pages: query id → page as logged, for off-policy
    estimates. looks: chance that a 1-based place is looked at. asks: how a text becomes a question, for those who
    keep questions.
    """
    asks = asks or asking(champion)
    truth = {lesson.query_id: lesson for lesson in (judge_by if judge_by is not None else fresh)}
    held_out = HeldOut(pages or {})
    for number, (taught, asked) in enumerate(folds(fresh, config.folds)):
        at_most = policy.max_judged // config.folds
        judged = judged_lessons([truth[lesson.query_id] for lesson in asked], at_most)
        if judged:
            state, _ = learn(champion, taught, replay, vectors, config, _named(on_step, f"fold {number + 1}"))
            held_out.judge(
                replace(champion, state=state), champion, version_zero, judged, by_hash(asked, at_most), asks
            )
    state, report = learn(champion, fresh, replay, vectors, config, _named(on_step, "fit"))
    on_step("judging", 0, 0, 0.0)
    candidate = replace(champion, state=state)
    answered = ask([candidate, champion, version_zero], golden, asks)
    found = Findings(
        loads=_what_is_wrong(candidate, golden, asks),
        latency_ms=_latency(candidate, champion, golden),
        window=facts_of(fresh, by_hash(fresh, policy.n_pages), champion, asks),
        losses=(report.loss_first, report.loss_last),
        step=score_step(candidate, champion, golden, asks),
        change=held_out.change(),
        slices=held_out.slices(champion),
        golden=Answered(*answered),
        window_spread=held_out.spread(),
        records=_golden_records(records or {}),
    )
    lift = targeted_lift(
        candidate,
        version_zero,
        Texts([*_texts(fresh, policy.max_lifted), *dict(golden.themes)], asks),
        _clients(fresh, replay) if support is None else support,
        policy,
    )
    off_policy = held_out.off_policy(looks, _ends_of_attention(champion.state))
    metrics = {
        "n_judged": found.change.n,
        "ndcg@10": held_out.means() | baselines(champion, held_out.lessons),
        "golden": dict(zip(("candidate", "champion", "version_zero"), map(asdict, answered), strict=True)),
        "fit": asdict(report),
        "window": asdict(found.window),
        "change": asdict(found.change),
        "slices": {name: asdict(change) for name, change in found.slices.items()},
        "score_step": found.step,
        "latency_ms": dict(zip(("candidate", "champion"), found.latency_ms, strict=True)),
        "off_policy": {name: asdict(estimated) for name, estimated in off_policy.items()},
    }
    return Candidate(state, judge(found, policy, [lift, earns(off_policy)]), _finite(metrics), report)


def _ends_of_attention(state: ModelState) -> tuple[Examination, Examination]:
    """The 95 % interval of the curve, by what exploration has shown until this version."""
    found = fit(tally_of(state))
    return Examination(found.low), Examination(found.high)


def _texts(lessons: Sequence[Lesson], at_most: int) -> list[str]:
    return list(dict.fromkeys(lesson.text for lesson in by_hash(lessons, at_most)))


def _clients(*groups: Sequence[Lesson]) -> dict[int, int]:
    """Title id → how many clients chose it."""
    chosen = {
        (title, lesson.who or lesson.query_id) for group in groups for lesson in group for title in lesson.gains
    }
    return Counter(title for title, _ in chosen)


def _named(on_step: OnStep, stage: str) -> Callable[[int, int, float], None]:
    return lambda step, of, loss: on_step(stage, step, of, loss)


def _what_is_wrong(candidate: Snapshot, golden: GoldenSet, asks: Asks) -> str | None:
    """Write the candidate out, read it back as a server would, and look whether its scores are numbers."""
    try:
        blob = to_bytes(candidate.state)
        from_bytes(blob, sha256=digest(blob))
    except BadCheckpoint as error:
        return str(error)
    for text, _ in (*golden.titles[:1], *golden.themes[:1]):
        if not all(isfinite(hit.score) for hit in answer(candidate, asks(text)).hits):
            return f"its scores for “{text}” are not finite"
    return None


def _latency(candidate: Snapshot, champion: Snapshot, golden: GoldenSet) -> tuple[float, float]:
    """Of a few golden questions, each asked and answered as a server would."""
    texts = [text for text, _ in (*golden.titles[:2], *golden.misspelt[:2], *golden.themes[:2], *golden.themes[-2:])]
    of_candidate, of_champion = median_ms([candidate, champion], texts)
    return of_candidate, of_champion


def _golden_records(records: Mapping[int, Mapping[str, Any]]) -> dict[int, GoldenResult]:
    """What earlier candidates answered; those that were recorded otherwise cannot be compared with."""
    found = {}
    for version, metrics in records.items():
        recorded = metrics.get("golden", {}).get("candidate", {})
        if recorded.keys() == GoldenResult.__dataclass_fields__.keys():
            found[version] = GoldenResult(**recorded)
    return found


def _finite(value: Any) -> Any:
    """The same without infinities and NaN, which JSON does not have: null instead."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and not isfinite(value) else value
