"""A run in a process of its own: who starts it stays small, and its death is cleaned up at once."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from catalog.models import Title
from recommender.models import Checkpoint
from recommender.versions import registry
from tests import others
from tests.training.people import choose
from tests.waiting import eventually
from training import child, due, lease, pipeline, tasks
from training.models import TrainingRun

Status = TrainingRun.Status

# Six choices are few: by which of them judge the others, chance of their ids, a run may also refuse.
JUDGED = (Status.PROMOTED, Status.REFUSED)


@pytest.fixture
def shared_database(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """What this test has committed is what its child processes see."""
    for name, value in (others.environment() | {"LEARN_EVERY_SEARCHES": "5"}).items():
        monkeypatch.setenv(name, value)
    settings.LEARN_EVERY_SEARCHES = 5


def in_a_fresh_process(code: str) -> subprocess.CompletedProcess[str]:
    begin = "import django; django.setup(); from django.conf import settings; from training import child, tasks\n"
    return subprocess.run([sys.executable, "-c", begin + code], capture_output=True, text=True, timeout=120)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("shared_database")
def test_it_works(world: list[Title]) -> None:
    choose("crime heist", "The A-Team", n_people=6)
    run = child.fine_tune("searches")
    assert run is not None
    assert (run.trigger, run.error) == ("searches", "")
    assert run.status in JUDGED
    assert not lease.is_held(lease.TRAINING)
    assert child.fine_tune("searches") is None  # nothing is due any more
    assert TrainingRun.objects.count() == 1


@pytest.mark.usefixtures("shared_database")
@pytest.mark.django_db
def test_whoever_starts_it_loads_no_torch() -> None:
    told = in_a_fresh_process("import sys; print('torch' in sys.modules)")
    assert told.stdout == "False\n", told.stderr


def test_it_is_nice_however_nice_we_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for ours, more in ((0, "10"), (4, "6"), (19, "0")):
        monkeypatch.setattr(os, "getpriority", lambda *_, ours=ours: ours)
        assert child.command("time", uuid4())[:3] == ["nice", "-n", more]


def running() -> bool:
    return TrainingRun.objects.filter(status=Status.RUNNING).exclude(progress={}).exists()


def pid_of(holder: object) -> int:
    found = subprocess.run(["pgrep", "-f", f"fine_tune.*--holder {holder}"], capture_output=True, text=True)
    return int(found.stdout.split()[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("shared_database")
def test_a_killed_child_leaves_a_run_that_died_and_the_next_tick_goes_on_at_once(
    world: list[Title], at_once: Callable[..., list[Any]]
) -> None:
    choose("crime heist", "The A-Team", n_people=6)

    def kill() -> None:
        with transaction.atomic():
            registry.lock()  # it cannot end before it is killed
            assert eventually(running)
            os.kill(pid_of(TrainingRun.objects.get(status=Status.RUNNING).holder), signal.SIGKILL)

    run, _ = at_once(lambda: child.fine_tune("searches"), kill)
    assert (run.status, run.blames) == (Status.DIED, "load")
    assert "killed (SIGKILL)" in run.error
    assert run.finished is not None
    assert not lease.is_held(lease.TRAINING)
    assert Checkpoint.objects.count() == 1
    assert due.trigger_now() == "searches"
    again = child.fine_tune("searches")
    assert again is not None
    assert again.counts["searches"] == 6
    assert again.status in JUDGED


@pytest.mark.django_db(transaction=True)
def test_a_child_that_hangs_is_killed(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.LEARN_DEADLINE_SECONDS = 0.2 - 2 * child.GRACE_SECONDS
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*arguments: Any, **options: Any) -> Any:
        started.append(popen(*arguments, **options))
        return started[-1]

    def hang(_trigger: str, holder: Any) -> list[str]:
        TrainingRun.objects.create(trigger="test", holder=holder)
        assert lease._take(lease.Held(lease.TRAINING, holder))
        return ["sleep", "60"]

    monkeypatch.setattr(child, "command", hang)
    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(subprocess.TimeoutExpired):
        child.fine_tune("searches")
    assert started[0].returncode == -signal.SIGKILL
    hung = TrainingRun.objects.get()
    assert (hung.status, hung.blames, hung.error) == (Status.DIED, "load", child.HUNG.error)
    assert not lease.is_held(lease.TRAINING)


class Dismissed(BaseException):
    """What Celery raises in a task whose worker is told to stop."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("ends", "status", "blames", "said"),
    [
        (["sh", "-c", "kill -KILL $$"], Status.DIED, "load", "killed (SIGKILL): by the system, where memory ran out"),
        (["sh", "-c", "kill -SEGV $$"], Status.DIED, "load", "killed (SIGSEGV)"),
        (["sh", "-c", "kill -ALRM $$"], Status.DIED, "load", "it hung"),
        (["sh", "-c", "kill -TERM $$"], Status.DIED, "", "asked to stop (SIGTERM)"),
        (["sh", "-c", "exit 3"], Status.FAILED, "", "exit code 3; the worker's log says why"),
        (None, Status.DIED, "", "its worker was told to stop"),
    ],
)
def test_how_a_child_ended_is_on_its_run(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, ends: list[str] | None, status: str,
    blames: str, said: str,
) -> None:  # fmt: skip
    def begin(_trigger: str, holder: Any) -> list[str]:
        TrainingRun.objects.create(trigger="test", holder=holder)
        return ends or ["sleep", "60"]

    def dismiss(*_arguments: Any, **_options: Any) -> None:
        monkeypatch.undo()
        raise Dismissed

    caplog.set_level("WARNING", "training.runs")
    monkeypatch.setattr(child, "command", begin)
    if ends is None:
        monkeypatch.setattr(subprocess.Popen, "wait", dismiss)
        with pytest.raises(Dismissed):
            child.fine_tune("searches")
    else:
        child.fine_tune("searches")
    run = TrainingRun.objects.get()
    assert (run.status, run.blames) == (status, blames)
    assert said in run.error
    assert [(r.levelname, r.getMessage()) for r in caplog.records if r.name == "training.runs"] == [
        ("WARNING", f"run {run.pk} {status}: {run.error}")
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("signal_name", "n_runs"), [("KILL", 1), ("TERM", 0)])
def test_a_child_that_is_killed_before_it_has_a_run_is_seen(
    monkeypatch: pytest.MonkeyPatch, signal_name: str, n_runs: int
) -> None:
    monkeypatch.setattr(child, "command", lambda *_: ["sh", "-c", f"kill -{signal_name} $$"])
    run = child.fine_tune("searches")
    assert TrainingRun.objects.count() == n_runs
    assert run is None or (run.status, "exit code -9" in run.error) == (Status.FAILED, True)


@pytest.mark.django_db
def test_a_child_that_cannot_begin_is_seen_and_not_started_at_every_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "command", lambda *_: [sys.executable, "-c", "import no_such_module"])
    run = child.fine_tune("searches")
    assert run is not None
    assert (run.status, run.blames) == (Status.FAILED, "")
    assert "exit code 1 before it began" in run.error
    finished = TrainingRun.objects.get().finished
    assert finished is not None
    assert due._seconds_since(finished) < due.RETRY_SECONDS


@pytest.mark.django_db
def test_only_the_dead_childs_lease_is_freed() -> None:
    with lease.acquire(lease.TRAINING) as held:
        assert held is not None
        run = TrainingRun.objects.create(trigger="test", holder=held.holder)
        child.bury(uuid4(), child.HUNG)
        assert lease.is_held(lease.TRAINING)
        run.refresh_from_db()
        assert run.status == Status.RUNNING


def test_a_child_that_nobody_watches_ends_by_itself_even_in_foreign_code() -> None:
    told = in_a_fresh_process(
        "import ctypes; child.GRACE_SECONDS = 1; settings.LEARN_DEADLINE_SECONDS = 0.0; child.end_if_it_hangs();"
        " ctypes.CDLL(None).sleep(60)"
    )
    assert told.returncode == -signal.SIGALRM, told.stderr


# ---- one run per window


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("shared_database")
def test_of_three_workers_at_once_one_works(world: list[Title], at_once: Callable[..., list[Any]]) -> None:
    choose("crime heist", "The A-Team", n_people=6)
    outcomes = at_once(*[lambda: tasks.fine_tune("searches")] * 3)
    assert sum(str(outcome).endswith(tuple(f": {status}" for status in JUDGED)) for outcome in outcomes) == 1, (
        outcomes
    )
    assert TrainingRun.objects.get().status in JUDGED, outcomes


@pytest.mark.django_db(transaction=True)
def test_of_fifty_messages_one_is_answered(
    world: list[Title], at_once: Callable[..., list[Any]], settings: Any
) -> None:
    """Two beats, fifty messages for one reason, whoever takes them when: one run for the window."""
    settings.LEARN_EVERY_SEARCHES = 5
    choose("crime heist", "The A-Team", n_people=6)
    everybody = threading.Barrier(10)

    def answer() -> Any:
        everybody.wait(timeout=60)
        return [pipeline.run_fine_tuning("searches", only_if_due=True) for _ in range(5)]

    outcomes = [run for runs in at_once(*[answer] * 10) for run in runs]
    assert len(outcomes) == 50
    assert sum(1 for run in outcomes if run is not None) == 1
    assert TrainingRun.objects.get().status == Status.PROMOTED
    assert Checkpoint.objects.count() == 2
