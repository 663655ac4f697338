"""The admin's doors to the quarantine, and how far a run is."""

from collections.abc import Iterable
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

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


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        ({"stage": "reading", "step": 0, "of": 0, "loss": 0.0, "seconds_left": None}, "reading<"),
        (
            {"stage": "fold 2", "step": 3, "of": 10, "loss": 0.5, "seconds_left": 42},
            "fold 2, step 3 of 10, loss 0.5, about 42 s left<",
        ),
    ],
)
def test_a_run_shows_how_far_it_is(keeper: Client, progress: dict[str, object], said: str) -> None:
    run = TrainingRun.objects.create(trigger="test", holder=uuid4(), progress=progress)
    assert f">{said}" in keeper.get(reverse(RUNS)).content.decode()
    page = keeper.get(reverse("admin:training_trainingrun_change", args=[run.pk])).content.decode()
    assert said.rstrip("<") in page
