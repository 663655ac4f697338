"""The queue's doors: messages may be lost, late or doubled; the database decides what is done."""

from typing import Any

import pytest

from catalog.models import Title
from recommender.models import Checkpoint
from tests.training.people import choose
from training import child, due, lease, pipeline, tasks
from training.models import TrainingRequest, TrainingRun


@pytest.fixture(autouse=True)
def five_searches_are_enough(settings: Any) -> None:
    settings.LEARN_EVERY_SEARCHES = 5


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the child would do: see test_child for a real one."""
    monkeypatch.setattr(child, "fine_tune", lambda trigger: pipeline.run_fine_tuning(trigger, only_if_due=True))


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], float]]:
    """What was published instead of publishing: (arguments, seconds until it expires)."""
    messages: list[tuple[list[str], float]] = []
    monkeypatch.setattr(
        tasks.fine_tune, "apply_async", lambda arguments, *, expires: messages.append((arguments, expires))
    )
    return messages


@pytest.mark.django_db(transaction=True)
def test_it_works(world: list[Title], rung: list[Any]) -> None:
    choose("crime heist", "The A-Team", n_people=6)
    assert tasks.tick() == "due: searches"
    assert rung == [(["searches"], 60)]
    assert tasks.fine_tune("searches").endswith(": promoted")
    run = TrainingRun.objects.get()
    assert (run.trigger, run.status) == ("searches", "promoted")
    assert tasks.tick() == "nothing to do"


@pytest.mark.django_db(transaction=True)
def test_a_message_that_comes_twice_is_answered_once(world: list[Title]) -> None:
    choose("crime heist", "The A-Team", n_people=6)
    assert tasks.fine_tune("searches").endswith(": promoted")
    for _ in range(3):
        assert tasks.fine_tune("searches") == "no longer due"
    assert TrainingRun.objects.count() == 1
    assert Checkpoint.objects.count() == 2


@pytest.mark.django_db
def test_a_message_without_a_reason_does_nothing(served_world: list[Title]) -> None:
    assert tasks.fine_tune("searches") == "no longer due"
    assert not TrainingRun.objects.exists()


@pytest.mark.django_db
def test_a_message_that_comes_while_somebody_trains_does_nothing(
    served_world: list[Title], monkeypatch: pytest.MonkeyPatch
) -> None:
    TrainingRequest.objects.create(actor="anna")
    with lease.acquire(lease.TRAINING) as held:
        assert held is not None
        assert tasks.fine_tune("request") == "no longer due"
        monkeypatch.setattr(due, "trigger_now", lambda: "request")  # looked a moment before the other began
        assert tasks.fine_tune("request") == "somebody else was faster"
    assert not TrainingRun.objects.exists()


@pytest.mark.django_db
def test_a_tick_rings_at_every_look_until_somebody_answers(served_world: list[Title], rung: list[Any]) -> None:
    """A lost message costs one interval."""
    TrainingRequest.objects.create(actor="anna")
    assert [tasks.tick() for _ in range(2)] == ["due: request"] * 2
    assert rung == [(["request"], 60)] * 2


def test_tasks_have_limits_and_stable_names(settings: Any) -> None:
    limits = {task.name: task.time_limit for task in (tasks.tick, tasks.fine_tune)}
    assert limits["training.tasks.tick"] == 60
    assert limits["training.tasks.fine_tune"] > settings.LEARN_DEADLINE_SECONDS + 2 * child.GRACE_SECONDS
