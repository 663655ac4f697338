"""One fine-tuning, from lessons to a judged candidate. Pure: the database is read before and written after.

The recipe is judged by cross-validation (every choice is held out once), then the candidate learns
from all of them: with 25 searches a fixed holdout would leave five to judge by, and the newest
choice would have to wait for the next run (docs/decisions/0005).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.ml.engine import Snapshot, search
from recommender.ml.scoring import PRIOR_FLOOR
from recommender.ml.weights import BadCheckpoint, ModelState, digest, from_bytes, to_bytes
from training.ml.config import GatePolicy, TrainConfig
from training.ml.evaluate import Judged, baselines, evaluate, folds, judged_lessons
from training.ml.examples import build
from training.ml.gate import Verdict, judge
from training.ml.golden import GoldenSet, ask
from training.ml.labels import Lesson
from training.ml.loop import FitReport, fit
from training.ml.remember import remember

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
) -> Candidate:
    """fresh: lessons of the window. replay: older ones, for the weights only; the memory has them.

    vectors: folded text → float32[D] for every lesson. judge_by: other lessons to judge the same
    queries by, for drills with spoilt labels; by default what was taught is what is asked.
    """
    truth = {lesson.query_id: lesson for lesson in (judge_by if judge_by is not None else fresh)}
    held_out: dict[str, float] = {}
    for number, (taught, asked) in enumerate(folds(fresh, config.folds)):
        judged = judged_lessons([truth[lesson.query_id] for lesson in asked], policy.max_judged // config.folds)
        if judged:
            state, _ = learn(champion, taught, replay, vectors, config, _named(on_step, f"fold {number + 1}"))
            held_out |= evaluate(replace(champion, state=state), judged).ndcg
    candidate, report = learn(champion, fresh, replay, vectors, config, _named(on_step, "fit"))
    asked_again = [truth[query_id] for query_id in sorted(held_out)]
    by_candidate, by_champion = Judged(held_out), evaluate(champion, asked_again)
    on_step("judging", 0, 0, 0.0)
    results = {
        "candidate": ask(replace(champion, state=candidate), golden),
        "champion": ask(champion, golden),
        "version_zero": ask(version_zero, golden),
    }
    verdict = judge(
        differences=by_candidate.differences(by_champion),
        candidate=results["candidate"],
        champion=results["champion"],
        version_zero=results["version_zero"],
        largest_step=report.largest_step,
        loads=_what_is_wrong(replace(champion, state=candidate), golden),
        policy=policy,
    )
    metrics = {
        "n_judged": len(held_out),
        "ndcg@10": {
            "candidate": by_candidate.mean,
            "champion": by_champion.mean,
            "version_zero": evaluate(version_zero, asked_again).mean,
            **baselines(champion, asked_again),
        },
        "golden": {name: vars(result) for name, result in results.items()},
        "fit": vars(report),
    }
    return Candidate(candidate, verdict, metrics, report)


def learn(
    champion: Snapshot,
    fresh: Sequence[Lesson],
    replay: Sequence[Lesson],
    vectors: Mapping[str, NDArray[np.float32]],
    config: TrainConfig,
    on_step: Callable[[int, int, float], None] = lambda _step, _of, _loss: None,
) -> tuple[ModelState, FitReport]:
    """The champion's state after these lessons: memory and weights."""
    parent, index = champion.state, champion.index
    memory = remember(parent.memory, fresh, vectors, half_life=config.memory_half_life)
    examples = build([*fresh, *replay], champion, vectors, weight_clip=config.weight_clip)
    attention = np.zeros(len(index), np.float32)
    for lesson in [*fresh, *replay]:
        for title_id, weight in lesson.choice_weights.items():
            if title_id in index.row_of_title:
                attention[index.row_of_title[title_id]] += weight
    log_prior = np.log(index.prior + PRIOR_FLOOR).astype(np.float32)
    weights, optimiser, report = fit(
        parent.weights,
        parent.optimiser,
        examples,
        index.content.astype(np.float32, copy=False),
        log_prior,
        attention,
        config,
        on_step=on_step,
    )
    return ModelState(weights, memory, optimiser), report


def _named(on_step: OnStep, stage: str) -> Callable[[int, int, float], None]:
    return lambda step, of, loss: on_step(stage, step, of, loss)


def _what_is_wrong(candidate: Snapshot, golden: GoldenSet) -> str | None:
    """Write the candidate out, read it back as a server would, and look whether its scores are numbers."""
    try:
        blob = to_bytes(candidate.state)
        from_bytes(blob, sha256=digest(blob))
    except BadCheckpoint as error:
        return str(error)
    for text, _ in (*golden.titles[:1], *golden.themes[:1]):
        if not all(isfinite(hit.score) for hit in search(candidate, text).hits):
            return f"its scores for “{text}” are not finite"
    return None
