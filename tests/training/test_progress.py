"""What a run says of itself: often enough to be seen, seldom enough to cost nothing, and honest about the rest."""

from typing import Any
from uuid import uuid4

import pytest

from training.models import TrainingRun
from training.progress import Progress

pytestmark = pytest.mark.django_db


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def run() -> TrainingRun:
    return TrainingRun.objects.create(trigger="test", holder=uuid4())


def on_the_row(run: TrainingRun) -> dict[str, Any]:
    return dict(TrainingRun.objects.get(pk=run.pk).progress)


def fit(
    progress: Progress, clock: Clock, stage: str, of: int, *, seconds_per_step: float, until: int = 10**6
) -> None:
    for step in range(1, min(of, until) + 1):
        clock.now += seconds_per_step
        progress.tell(stage, step, of, 1.0 / step)


def test_it_works(run: TrainingRun, clock: Clock) -> None:
    progress = Progress(run, 3, clock)
    progress.tell("reading")
    assert on_the_row(run) == {
        "stage": "reading", "step": 0, "of": 0, "loss": 0.0, "seconds_left": None, "seconds": {}
    }  # fmt: skip
    clock.now += 2
    progress.tell("fitting")
    fit(progress, clock, "fold 1", 10, seconds_per_step=2.0, until=3)
    assert on_the_row(run)["seconds"]["reading"] == 2
    assert (on_the_row(run)["step"], on_the_row(run)["of"], on_the_row(run)["loss"]) == (3, 10, 0.33333)
    progress.end()
    assert on_the_row(run)["seconds_left"] == 0


def test_the_time_left_is_right_when_steps_are_even(run: TrainingRun, clock: Clock) -> None:
    """Three folds of 10 steps and a fit of 15 at 2 s: after 3 steps 42 are left."""
    progress = Progress(run, 3, clock)
    progress.tell("fitting")
    begun = clock.now
    fit(progress, clock, "fold 1", 10, seconds_per_step=2.0, until=3)
    assert progress.seconds_left() == pytest.approx(42 * 2.0)
    for stage, of in (("fold 1", 10), ("fold 2", 10), ("fold 3", 10)):
        clock.now = begun + 2.0 * 10 * (int(stage[-1]) - 1)
        fit(progress, clock, stage, of, seconds_per_step=2.0)
    assert progress.seconds_left() == pytest.approx(15 * 2.0)
    fit(progress, clock, "fit", 15, seconds_per_step=2.0, until=5)
    assert progress.seconds_left() == pytest.approx(10 * 2.0)


def test_judging_between_the_folds_is_in_the_estimate(run: TrainingRun, clock: Clock) -> None:
    progress = Progress(run, 2, clock)
    progress.tell("fitting")
    fit(progress, clock, "fold 1", 10, seconds_per_step=1.0)
    clock.now += 10  # judging
    fit(progress, clock, "fold 2", 10, seconds_per_step=1.0)
    assert progress.seconds_left() == pytest.approx(20 * 1.5)


def test_the_last_judging_takes_as_long_as_the_last_runs(run: TrainingRun, clock: Clock) -> None:
    TrainingRun.objects.create(
        trigger="test", holder=uuid4(), status="promoted", progress={"stage": "storing", "seconds": {"judging": 8.0}}
    )
    progress = Progress(run, 3, clock)
    progress.tell("fitting")
    fit(progress, clock, "fit", 4, seconds_per_step=1.0)
    assert progress.seconds_left() == pytest.approx(8.0)
    progress.tell("judging")
    clock.now += 3
    assert progress.seconds_left() == pytest.approx(5.0)
    clock.now += 30
    assert progress.seconds_left() == 0.0
    progress.tell("storing")
    assert on_the_row(run)["seconds_left"] == 0


def test_a_fold_without_anything_to_judge_is_not_waited_for_once_the_fit_has_begun(
    run: TrainingRun, clock: Clock
) -> None:
    progress = Progress(run, 3, clock)
    progress.tell("fitting")
    fit(progress, clock, "fold 2", 10, seconds_per_step=1.0)
    fit(progress, clock, "fit", 15, seconds_per_step=1.0, until=5)
    assert progress.seconds_left() == pytest.approx(10.0)


def test_steps_are_said_once_a_second_and_stages_at_once(
    run: TrainingRun, clock: Clock, django_assert_num_queries: Any
) -> None:
    progress = Progress(run, 3, clock)
    with django_assert_num_queries(3):
        fit(progress, clock, "fold 1", 20, seconds_per_step=0.1)  # the first, one a second later, and …
        progress.tell("judging")
