"""What a run says of itself: often enough to be seen, seldom enough to cost nothing, and honest about the rest."""

from typing import Any
from uuid import uuid4

import pytest

from training.models import TrainingRun
from training.progress import ENOUGH_STEPS, JUDGING_SHARE, Progress

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
    progress = Progress(run, 3, clock, wall=lambda: 1_800_000_000.04)
    progress.tell("reading")
    assert on_the_row(run) == {
        "stage": "reading", "step": 0, "of": 0, "loss": 0.0, "seconds_left": None, "said": 1_800_000_000.0,
        "seconds": {},
    }  # fmt: skip
    clock.now += 2
    progress.tell("fitting")
    fit(progress, clock, "fold 1", 10, seconds_per_step=2.0, until=3)
    assert on_the_row(run)["seconds"]["reading"] == 2
    assert (on_the_row(run)["step"], on_the_row(run)["of"], on_the_row(run)["loss"]) == (3, 10, 0.33333)
    progress.end()
    assert on_the_row(run)["seconds_left"] == 0


@pytest.fixture
def last_judging(db: None) -> None:
    """The last run took 8 s to judge."""
    TrainingRun.objects.create(
        trigger="test", holder=uuid4(), status="promoted", progress={"stage": "storing", "seconds": {"judging": 8.0}}
    )


def pause(progress: Progress, clock: Clock, stage: str, of: int, seconds: float) -> None:
    """What comes before the first step of a stage, and that step."""
    clock.now += seconds
    progress.tell(stage, 1, of, 1.0)


def steps(progress: Progress, clock: Clock, stage: str, of: int, *, until: int, each: float) -> None:
    """From the second step on."""
    for step in range(2, until + 1):
        clock.now += each
        progress.tell(stage, step, of, 1.0)


@pytest.mark.usefixtures("last_judging")
def test_nothing_is_estimated_before_enough_steps(run: TrainingRun, clock: Clock) -> None:
    """A slow start was once multiplied by all the steps: 974 s were told where 35 were true."""
    progress = Progress(run, 3, clock)
    progress.tell("fitting")
    pause(progress, clock, "fold 1", 100, seconds=4.0)
    steps(progress, clock, "fold 1", 100, until=ENOUGH_STEPS, each=0.01)
    assert progress.seconds_left() is None
    assert on_the_row(run)["seconds_left"] is None
    clock.now += 0.01
    progress.tell("fold 1", ENOUGH_STEPS + 1, 100, 1.0)
    # 94 + 200 + 150 steps of 10 ms, three more pauses, of which only the first is known, and the judging
    assert progress.seconds_left() == pytest.approx(4.44 + 3 * 4.0 + 8.0)


@pytest.mark.usefixtures("last_judging")
def test_the_time_left_is_right_all_along_an_even_run(run: TrainingRun, clock: Clock) -> None:
    """Three folds of 10 steps and a fit of 15 at 2 s, pauses of 6 s, 8 s of judging."""
    progress = Progress(run, 3, clock)
    progress.tell("fitting")
    left = 6.0 * 4 + 2.0 * (9 * 3 + 14) + 8.0
    for stage, of in (("fold 1", 10), ("fold 2", 10), ("fold 3", 10), ("fit", 15)):
        pause(progress, clock, stage, of, seconds=6.0)
        steps(progress, clock, stage, of, until=of, each=2.0)
        left -= 6.0 + 2.0 * (of - 1)
        # the steps still to come are all counted, the first of each stage as well, which here is in the pause
        extra = 2.0 * {"fold 1": 3, "fold 2": 2, "fold 3": 1, "fit": 0}[stage]
        assert progress.seconds_left() == pytest.approx(left + extra)
    assert left == 8.0


@pytest.mark.usefixtures("last_judging")
def test_a_slow_start_is_forgotten_once_another_pause_was_seen(run: TrainingRun, clock: Clock) -> None:
    progress = Progress(run, 2, clock)
    progress.tell("fitting")
    pause(progress, clock, "fold 1", 10, seconds=60.0)
    steps(progress, clock, "fold 1", 10, until=10, each=1.0)
    assert progress.seconds_left() == pytest.approx(10 + 20 + 2 * 60 + 8)
    clock.now += 2.0
    assert progress.seconds_left() == pytest.approx(10 + 20 + 2 * 60 + 8 - 2)  # while a fold is judged
    pause(progress, clock, "fold 2", 10, seconds=1.0)
    assert progress.seconds_left() == pytest.approx(9 + 20 + 3 + 8)


@pytest.mark.usefixtures("last_judging")
def test_the_judging_takes_as_long_as_the_last_runs(run: TrainingRun, clock: Clock) -> None:
    progress = Progress(run, 3, clock)
    progress.tell("fitting")
    fit(progress, clock, "fit", 9, seconds_per_step=1.0)
    assert progress.seconds_left() == pytest.approx(8.0)
    progress.tell("judging")
    clock.now += 3
    assert progress.seconds_left() == pytest.approx(5.0)
    clock.now += 30
    assert progress.seconds_left() is None  # longer than the last time: nobody knows how long
    progress.tell("storing")
    assert on_the_row(run)["seconds_left"] == 0


def test_the_first_judging_of_all_takes_its_share_of_the_run(run: TrainingRun, clock: Clock) -> None:
    progress = Progress(run, 3, clock)
    progress.tell("fitting")
    fit(progress, clock, "fit", 20, seconds_per_step=1.0, until=13)
    assert progress.seconds_left() == pytest.approx(7 + 20 * JUDGING_SHARE / (1 - JUDGING_SHARE))
    fit(progress, clock, "fit", 20, seconds_per_step=7 / 20)  # to the end, 7 s later
    progress.tell("judging")
    assert progress.seconds_left() == pytest.approx(20 * JUDGING_SHARE / (1 - JUDGING_SHARE))


@pytest.mark.usefixtures("last_judging")
def test_a_fold_without_anything_to_judge_is_not_waited_for_once_the_fit_has_begun(
    run: TrainingRun, clock: Clock
) -> None:
    progress = Progress(run, 3, clock)
    progress.tell("fitting")
    fit(progress, clock, "fold 2", 10, seconds_per_step=1.0)
    fit(progress, clock, "fit", 15, seconds_per_step=1.0, until=5)
    assert progress.seconds_left() == pytest.approx(10.0 + 8.0)


def test_steps_are_said_once_a_second_and_stages_at_once(
    run: TrainingRun, clock: Clock, django_assert_num_queries: Any
) -> None:
    progress = Progress(run, 3, clock)
    with django_assert_num_queries(3):
        fit(progress, clock, "fold 1", 20, seconds_per_step=0.1)  # the first, one a second later, and …
        progress.tell("judging")
