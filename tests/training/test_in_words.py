"""What a run did and does, in words; no database needed."""

from typing import Any
from uuid import uuid4

import pytest

from training import in_words
from training.models import TrainingRun


def run(**facts: Any) -> TrainingRun:
    return TrainingRun(pk=9, trigger="time", holder=uuid4(), **facts)


FIT = {"stage": "fit", "step": 1_120, "of": 1_400, "loss": 0.5, "seconds_left": 42, "said": 1_000.0}


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        ({}, ""),
        ({"stage": "reading", "step": 0, "of": 0, "loss": 0.0, "seconds_left": None}, "reading the log"),
        (FIT, "fitting on everything · step 1,120 of 1,400 · loss 0.500 · about 39 s left"),
        (FIT | {"stage": "fold 2", "seconds_left": None}, "fold 2 of 3 · step 1,120 of 1,400 · loss 0.500"),
        ({"stage": "judging", "of": 0, "seconds_left": 4, "said": 1_000.0}, "judging the candidate · about 1 s left"),
        ({"stage": "judging", "of": 0, "seconds_left": 3, "said": 1_000.0}, "judging the candidate"),
        ({"stage": "judging", "of": 0, "seconds_left": 3, "said": 1_009.0}, "judging the candidate · about 3 s left"),
        ({"stage": "resting", "of": 0}, "resting"),
    ],
)
def test_progress_is_one_line_and_goes_on_while_nothing_is_told(progress: dict[str, Any], line: str) -> None:
    assert in_words.progress(run(progress=progress, config={"folds": 3}), now=1_003.0) == line


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"status": "running"}, "at work"),
        ({"status": "promoted", "candidate_version": 7, "parent_version": 6}, "v7 promoted, v6 served before"),
        ({"status": "held", "candidate_version": 7, "parent_version": 6}, "v7 passed, but v6 is pinned"),
        ({"status": "nothing_new"}, "there was no new choice to learn from"),
        ({"status": "failed", "error": "no luck"}, "run 9 failed: no luck"),
        ({"status": "died", "error": "it hung"}, "run 9 died: it hung"),
        ({"status": "died"}, "run 9 died: nobody knows why"),
        ({"status": "refused", "candidate_version": 7}, "v7 refused: nobody knows why"),
    ],
)
def test_every_end_has_a_line(facts: dict[str, Any], line: str) -> None:
    assert in_words.outcome(run(**facts)) == line


def test_a_refusal_gives_its_first_reason_and_how_many_more() -> None:
    passed, failed = ({"name": "n", "passed": is_passed, "reason": "why"} for is_passed in (True, False))
    for verdict, more in (([passed, failed], ""), ([failed, passed, failed, failed], " (and 2 more)")):
        assert (
            in_words.outcome(run(status="refused", candidate_version=7, verdict=verdict))
            == f"v7 refused: n: why{more}"
        )


def test_an_unknown_trigger_is_shown_as_it_is() -> None:
    assert in_words.trigger(TrainingRun(trigger="drill")) == "drill"
    assert in_words.trigger(TrainingRun(trigger="request")) == "asked for by hand"
