"""The admin's doors to the quarantine, and how far a run is."""

import re
from collections.abc import Iterable
from html import unescape
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from training import due, in_words
from training.management.commands import fine_tune
from training.models import QuarantinedWindow, TrainingRequest, TrainingRun

pytestmark = pytest.mark.django_db
STRETCHES = "admin:training_quarantinedwindow_changelist"
RUNS = "admin:training_trainingrun_changelist"


@pytest.fixture
def keeper(client: Client) -> Client:
    """A member of staff who may look at everything of training and change the quarantine."""
    return logged_in(client, ["view_trainingrun", "view_quarantinedwindow", "change_quarantinedwindow"])


def logged_in(client: Client, permissions: Iterable[str]) -> Client:
    user = User.objects.create_user("anna", password="secret", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


@pytest.fixture
def stretch() -> QuarantinedWindow:
    return QuarantinedWindow.objects.create(wm_from=10, wm_to=20, status="quarantined", reason="the loss is nan")


def act(client: Client, page: str, action: str, pk: int, reason: str) -> str:
    answer = client.post(reverse(page), {"action": action, "_selected_action": [pk], "reason": reason}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_stretch_is_released_with_a_reason(keeper: Client, stretch: QuarantinedWindow) -> None:
    assert "the loss is nan" in keeper.get(reverse(STRETCHES)).content.decode()
    assert "Nothing was changed: a release needs a reason." in act(keeper, STRETCHES, "release", stretch.pk, " ")
    assert "the next run heeds it" in act(keeper, STRETCHES, "release", stretch.pk, "it was a festival")
    stretch.refresh_from_db()
    assert (stretch.status, stretch.released_by, stretch.release_reason) == ("released", "anna", "it was a festival")
    assert TrainingRequest.objects.get().actor == "anna"
    assert "is not in quarantine" in act(keeper, STRETCHES, "release", stretch.pk, "again")


def test_who_may_only_look_releases_nothing(client: Client, stretch: QuarantinedWindow) -> None:
    logged_in(client, ["view_quarantinedwindow"])
    act(client, STRETCHES, "release", stretch.pk, "let me")
    stretch.refresh_from_db()
    assert stretch.status == "quarantined"


def test_the_window_of_a_run_is_put_aside(keeper: Client) -> None:
    run = TrainingRun.objects.create(trigger="test", holder=uuid4(), status="promoted", wm_from=0, wm_to=9)
    assert "a quarantine needs a reason" in act(keeper, RUNS, "put_aside", run.pk, "")
    act(keeper, RUNS, "put_aside", run.pk, "spam")
    row = QuarantinedWindow.objects.get()
    assert (row.wm_from, row.wm_to, row.status, row.reason) == (0, 9, "quarantined", "spam (anna)")


def page_of(client: Client, run: TrainingRun) -> str:
    """The text of the run's page, without markup."""
    page = client.get(reverse("admin:training_trainingrun_change", args=[run.pk])).content.decode()
    return " ".join(unescape(strip_tags(page)).split())


def test_a_run_shows_how_far_it_is(keeper: Client) -> None:
    progress = {"stage": "fit", "step": 120, "of": 400, "loss": 0.41234, "seconds_left": 12}
    run = TrainingRun.objects.create(trigger="time", holder=uuid4(), progress=progress)
    line = "fitting on everything · step 120 of 400 · loss 0.412 · about 12 s left"
    assert f">{line}<" in keeper.get(reverse(RUNS)).content.decode()
    assert f"Progress: {line} Outcome: at work" in page_of(keeper, run)


def test_a_run_that_has_ended_shows_how(keeper: Client) -> None:
    verdict = [
        {"name": "data", "passed": True, "reason": "9 searches could be judged"},
        {"name": "quality", "passed": False, "reason": "nDCG@10 fell by 0.1"},
        {"name": "exact", "passed": False, "reason": "“Heat” is not found"},
    ]
    run = TrainingRun.objects.create(
        trigger="request", holder=uuid4(), status="refused", blames="window", parent_version=6, candidate_version=7,
        wm_from=1_200, wm_to=1_500, skipped=[[1_250, 1_260]], verdict=verdict, config={"folds": 3},
        counts={"searches": 30, "used": 25, "dropped: too fast": 5, "dropped: robot": 0},
        progress={"stage": "storing", "seconds_left": 0, "seconds": {"judging": 1.5}},
    )  # fmt: skip
    rows = keeper.get(reverse(RUNS)).content.decode()
    assert ">v7 refused: quality: nDCG@10 fell by 0.1 (and 1 more)<" in rows
    assert ">asked for by hand<" in rows
    page = page_of(keeper, run)
    for told in (
        "Outcome: v7 refused: quality: nDCG@10 fell by 0.1 (and 1 more)",
        "Whose fault: what it read: it was refused, or training broke on it",
        "Set off by: asked for by hand",
        "REFUSED quality: nDCG@10 fell by 0.1REFUSED exact: “Heat” is not foundpassed data: 9 searches",
        "from transaction 1,200 to before 1,500",
        "1,250 to before 1,260",
        "dropped: too fast5searches30used25",
    ):
        assert told in page
    assert "{" not in page.split("Outcome:")[1].split("In full")[0]  # nothing as a program writes it


def test_runs_are_listed_by_what_set_them_off(keeper: Client) -> None:
    for trigger in ("request", "time"):
        TrainingRun.objects.create(trigger=trigger, holder=uuid4(), status="failed", error=f"{trigger} broke")
    page = keeper.get(reverse(RUNS), {"trigger": "request"}).content.decode()
    assert "request broke" in page
    assert "time broke" not in page
    assert "an opinion had waited long enough" in page  # the filter's other choice


def test_every_trigger_has_words() -> None:
    """What `due`, the command and the child call it; a new one must be named."""
    sources = [Path(due.__file__).read_text(), Path(fine_tune.__file__).read_text()]
    named = {word for source in sources for word in re.findall(r'return "(\w+)"|default="(\w+)"', source)}
    named = {one or other for one, other in named} | set(re.findall(r'return "(\w+)" if', sources[0]))
    assert {"searches", "time", "request", "suspect", "command"} <= named
    assert named <= set(in_words.TRIGGERS)
