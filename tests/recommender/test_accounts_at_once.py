"""Accounts where two do the same thing at the same moment: it is done once, and nobody sees an error."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from catalog import signals
from catalog.event_log import Visitor
from catalog.models import HistoryJoin, Signal, Title
from catalog.signals import Kind, Owner, Said
from recommender.accounts import joining, keys, leaving
from tests.recommender.browsing import another, sign_up

pytestmark = pytest.mark.django_db(transaction=True)
AtOnce = Callable[..., list[Any]]


@pytest.fixture
def title() -> Title:
    return Title.objects.create(external_id="t", name="Heat")


def test_it_works(served_world: list[Title]) -> None:
    assert sign_up(another()).status_code == 302


def test_a_name_goes_to_one(served_world: list[Title], at_once: AtOnce) -> None:
    answers = at_once(*[lambda name=name: sign_up(another(), name) for name in ("Anna", "ANNA", "anna", "aNNa")])
    assert sorted(answer.status_code for answer in answers) == [302, 422, 422, 422]
    assert User.objects.count() == 1


@pytest.fixture
def goes_meanwhile(monkeypatch: pytest.MonkeyPatch, at_once: AtOnce) -> None:
    """Whoever says something of a title is deleted on another connection just before it is written."""
    say = signals.say

    def late(owner: Owner, *said: Any, **options: Any) -> Any:
        at_once(lambda: User.objects.get(pk=owner.user_id or 0).delete())
        return say(owner, *said, **options)

    monkeypatch.setattr(signals, "say", late)


def test_an_account_that_goes_during_a_call_is_told(served_world: list[Title], goes_meanwhile: None) -> None:
    user = User.objects.create(username="Anna")
    secret = keys.create(user, "script", ["me:write"]).secret
    answer = Client(headers={"Authorization": f"Bearer {secret}"}).post(
        "/api/v1/me/signals", {"item_id": served_world[0].external_id, "kind": "like"}, "application/json"
    )
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer.json()["detail"] == "This account was deleted a moment ago."
    assert not Signal.objects.exists()


def test_an_account_that_goes_during_a_press_is_told(served_world: list[Title], goes_meanwhile: None) -> None:
    browser = another()
    sign_up(browser)
    answer = browser.post(
        reverse("feedback", args=[served_world[0].external_id]),
        {"event_id": str(uuid4()), "action": "like"},
        follow=True,
    )
    assert answer.redirect_chain == [("/", 302)]
    assert "This account was deleted a moment ago; nothing was changed." in answer.content.decode()
    assert not Signal.objects.exists()


def test_any_other_fault_stays_one(served_world: list[Title], monkeypatch: pytest.MonkeyPatch) -> None:
    browser = another()
    sign_up(browser)

    def broken(*_arguments: Any, **_options: Any) -> None:
        raise IntegrityError("of something else")

    monkeypatch.setattr(signals, "say", broken)
    with pytest.raises(IntegrityError, match="of something else"):
        browser.post(
            reverse("feedback", args=[served_world[0].external_id]), {"event_id": str(uuid4()), "action": "like"}
        )


def test_a_history_joins_once(title: Title, at_once: AtOnce) -> None:
    user, client_id = User.objects.create(username="Anna"), uuid4()
    signals.say(Owner(None, client_id), Said(title.pk, Kind.LIKE))
    joined = at_once(*[lambda: joining.join(client_id, user)] * 4)
    assert sum(one is not None for one in joined) == 1
    (join,) = HistoryJoin.objects.all()
    parted = at_once(*[lambda: joining.part(user, join.pk)] * 4)
    assert sum(one is not None for one in parted) == 1
    assert Signal.objects.get().client_id == client_id


def test_one_leaves_once_and_nobody_writes_for_them_meanwhile(title: Title, at_once: AtOnce) -> None:
    user = User.objects.create(username="Anna")
    owner, visitor = Owner(user.pk, None), Visitor(client_id=uuid4(), user_id=user.pk)
    outcomes = at_once(
        *[lambda: leaving.leave(visitor)] * 2,
        *[lambda: signals.say(owner, Said(title.pk, Kind.LIKE))] * 3,
        lambda: signals.set_preferences(owner, strength=2.0),
    )
    assert sum(isinstance(outcome, leaving.Left) for outcome in outcomes) == 1
    assert not User.objects.exists()
    assert not Signal.objects.exists()


def test_who_leaves_while_they_speak_leaves(title: Title, at_once: AtOnce) -> None:
    """The account's row is locked by both, before anything else."""
    for _ in range(5):
        user = User.objects.create(username="Anna")
        kinds = [Kind.LIKE, Kind.NOT_FOR_ME] * 3
        says = [partial(signals.say, Owner(user.pk, None), Said(title.pk, kind)) for kind in kinds]
        left, *said = at_once(partial(leaving.leave, Visitor(user_id=user.pk)), *says)
        assert isinstance(left, leaving.Left)
        assert all(each is None or isinstance(each, IntegrityError) for each in said)
        assert not User.objects.exists()
        assert not Signal.objects.exists()


def test_a_like_and_a_refusal_at_once_are_both_taken(title: Title, at_once: AtOnce) -> None:
    user = User.objects.create(username="Anna")
    secret = keys.create(user, "script", ["me:write"]).secret

    def says(kind: str) -> int:
        api = Client(headers={"Authorization": f"Bearer {secret}"})
        told = {"item_id": title.external_id, "kind": kind}
        return api.post("/api/v1/me/signals", told, "application/json").status_code

    statuses = at_once(*[lambda kind=kind: says(kind) for kind in ("like", "not_for_me")] * 8)
    assert set(statuses) <= {200, 201}
    assert Signal.objects.filter(user=user).count() == 1
