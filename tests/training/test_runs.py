"""The end of a run: said once in the log, and blamed on what it was."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from catalog.models import Delivery, Webhook
from training.models import TrainingRun
from training.runs import bury_the_dead, finish

pytestmark = pytest.mark.django_db(transaction=True)
Status = TrainingRun.Status
REFUSED = [
    {"name": "data", "passed": True, "reason": "9 searches"},
    {"name": "quality", "passed": False, "reason": "nDCG@10 fell by 0.1"},
]


def begun(**facts: Any) -> TrainingRun:
    return TrainingRun.objects.create(trigger="test", holder=uuid4(), **facts)


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(r.levelname, r.getMessage()) for r in caplog.records if r.name == "training.runs"]


@pytest.mark.parametrize(
    ("status", "level", "line"),
    [
        ("promoted", "INFO", "v7 promoted, v6 served before"),
        ("held", "INFO", "v7 passed, but v6 is pinned"),
        ("nothing_new", "INFO", "there was no new choice to learn from"),
        ("refused", "WARNING", "v7 refused: quality: nDCG@10 fell by 0.1"),
    ],
)
def test_every_end_is_one_line_of_the_log(
    caplog: pytest.LogCaptureFixture, status: str, level: str, line: str
) -> None:
    caplog.set_level("INFO", "training.runs")
    run = begun(parent_version=6, candidate_version=7, verdict=REFUSED)
    finish(run, status)
    assert lines(caplog) == [(level, line)]


def test_an_end_that_is_rolled_back_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "training.runs")
    run = begun(candidate_version=7, verdict=REFUSED)
    with transaction.atomic():
        finish(run, Status.REFUSED)
        transaction.set_rollback(True)
    run.refresh_from_db()
    assert run.status == Status.RUNNING
    assert lines(caplog) == []


def test_a_run_that_ended_with_its_worker_is_nobodys_fault(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("WARNING", "training.runs")
    begun(status=Status.PROMOTED)
    run = begun()
    bury_the_dead()
    run.refresh_from_db()
    assert (run.status, run.blames) == (Status.DIED, "")
    assert run.error == "it was ended together with its worker: killed, stopped with the site, or without power"
    assert lines(caplog) == [("WARNING", f"run {run.pk} died: {run.error}")]


def test_again_and_again_it_is_taken_for_the_load() -> None:
    """A system that runs out of memory may end worker and child together."""
    for _ in range(3):
        begun()
        bury_the_dead()
    blames = TrainingRun.objects.order_by("id").values_list("blames", flat=True)
    assert list(blames) == ["", "load", "load"]
    assert TrainingRun.objects.latest("id").error.endswith(", like the run before")


def test_of_two_that_were_left_the_older_is_buried_first() -> None:
    begun()
    begun()
    bury_the_dead()
    assert list(TrainingRun.objects.order_by("id").values_list("blames", flat=True)) == ["", "load"]


def test_strangers_are_told_of_a_refusal_and_its_reasons() -> None:
    Webhook.objects.create(url="https://example.com/", events=["model.refused"], secret="whsec_AA==")
    finish(begun(parent_version=6, candidate_version=7, verdict=REFUSED), Status.PROMOTED)
    run = begun(parent_version=6, candidate_version=8, verdict=REFUSED)
    with transaction.atomic():
        finish(run, Status.REFUSED)
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()
    finish(run, Status.REFUSED)
    assert Delivery.objects.get().data == {
        "run": str(run.pk), "version": 8, "champion": 6, "reasons": ["quality: nDCG@10 fell by 0.1"],
    }  # fmt: skip
