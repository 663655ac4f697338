"""What a run did and does, in words for people: the admin, the log and the command line say the same."""

import time
from collections.abc import Iterable
from typing import Any

from training.models import TrainingRun

Status = TrainingRun.Status
TRIGGERS = {  # as `due` and those who ask by hand name them
    "searches": "enough new searches",
    "time": "an opinion had waited long enough",
    "suspect": "half of a window that failed twice",
    "request": "asked for by hand",
    "command": "asked for on the command line",
    "forgetting": "somebody asked to be forgotten",
}
STAGES = {
    "reading": "reading the log",
    "encoding": "encoding the queries",
    "fitting": "getting ready to fit",
    "fit": "fitting on everything",
    "judging": "judging the candidate",
    "storing": "storing the result",
}
FAULTS: dict[str, str] = {
    TrainingRun.Blames.WINDOW: "what it read: it was refused, or training broke on it",
    TrainingRun.Blames.LOAD: "too much for this machine, it seems: after three in a row a run reads half as much",
}


def trigger(run: TrainingRun) -> str:
    return TRIGGERS.get(run.trigger, run.trigger)


def outcome(run: TrainingRun) -> str:
    """How it ended, in one line; while it works, that it does."""
    candidate, parent = f"v{run.candidate_version}", f"v{run.parent_version}"
    if run.status == Status.PROMOTED:
        return f"{candidate} promoted, {parent} served before"
    if run.status == Status.HELD:
        return f"{candidate} passed, but {parent} is pinned"
    if run.status == Status.STEP:
        return f"{candidate} passed on the way to a version without somebody who asked to be forgotten"
    if run.status == Status.REFUSED:
        return f"{candidate} refused: {first_of(refusals(run.verdict))}"
    if run.status == Status.NOTHING_NEW:
        return "there was no new choice to learn from"
    if run.status == Status.RUNNING:
        return "at work"
    return f"run {run.pk} {run.status}: {run.error or 'nobody knows why'}"


def refusals(conditions: Iterable[dict[str, Any]]) -> list[str]:
    """Why the gate said no, one line for each condition that failed."""
    return [f"{condition['name']}: {condition['reason']}" for condition in conditions if not condition["passed"]]


def first_of(reasons: list[str]) -> str:
    if not reasons:
        return "nobody knows why"
    return reasons[0] + (f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else "")


def progress(run: TrainingRun, now: float | None = None) -> str:
    """What it does, “fold 2 of 3 · step 120 of 400 · loss 0.412 · about 12 s left”; empty before it has begun.

    now: seconds since 1970. The seconds left were told a while ago: what has passed since is taken off, and
    nothing is said of them once they are over.
    """
    told = run.progress
    if not told:
        return ""
    said = [_stage(run)]
    if told.get("of"):
        said += [f"step {told['step']:,} of {told['of']:,}", f"loss {told['loss']:.3f}"]
    if told.get("seconds_left") is not None:
        since = (time.time() if now is None else now) - told["said"] if "said" in told else 0.0
        left = round(told["seconds_left"] - max(0.0, since))
        said += [f"about {left:,} s left"] if left > 0 else []
    return " · ".join(said)


def _stage(run: TrainingRun) -> str:
    stage = str(run.progress["stage"])
    if stage.startswith("fold ") and "folds" in run.config:
        return f"{stage} of {run.config['folds']}"
    return STAGES.get(stage, stage)
