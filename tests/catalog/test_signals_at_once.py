"""Signals where two speak at the same moment: the last word holds, and nobody waits in a circle."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from catalog import signals
from catalog.models import Signal, Title
from catalog.signals import Kind, Owner, Said

pytestmark = pytest.mark.django_db(transaction=True)
AtOnce = Callable[..., list[Any]]


@pytest.fixture
def titles() -> list[Title]:
    return [Title.objects.create(external_id=f"f{n}", name=f"Film {n}") for n in range(30)]


@pytest.fixture(params=["account", "browser"])
def owner(request: pytest.FixtureRequest) -> Owner:
    if request.param == "browser":
        return Owner(None, uuid4())
    return Owner(User.objects.create(username="anna").pk, None)


def test_it_works(titles: list[Title], owner: Owner) -> None:
    signals.say(owner, Said(titles[0].pk, Kind.LIKE))
    signals.say(owner, Said(titles[0].pk, Kind.NOT_FOR_ME))
    assert [signal.kind for signal in signals.signals_of(owner)] == [Kind.NOT_FOR_ME]


def test_for_and_against_at_once(titles: list[Title], owner: Owner, at_once: AtOnce) -> None:
    title_id = titles[0].pk
    says = [lambda kind=kind: signals.say(owner, Said(title_id, kind)) for kind in (Kind.LIKE, Kind.NOT_FOR_ME)] * 8
    assert at_once(*says) == [None] * 16
    assert Signal.objects.filter(owner.rows).count() == 1


def test_all_that_is_done_to_them_at_once(titles: list[Title], owner: Owner, at_once: AtOnce) -> None:
    likes = [Said(title.pk, Kind.LIKE) for title in titles]
    signals.say(owner, *likes)
    said = list(signals.signals_of(owner))
    outcomes = at_once(
        lambda: signals.say(owner, *likes),
        lambda: signals.say(owner, *reversed(likes)),
        lambda: signals.say(owner, *(Said(title.pk, Kind.NOT_FOR_ME) for title in reversed(titles))),
        lambda: signals.unsay(owner, titles[0].pk, Kind.LIKE, Kind.NOT_FOR_ME),
        lambda: signals.forget(owner, [signal.pk for signal in said]),
        lambda: signals.restore(owner, reversed(said)),
        lambda: signals.reset(owner),
    )
    assert [one for one in outcomes if isinstance(one, Exception)] == []


def test_several_owners_are_held_in_one_order(titles: list[Title], at_once: AtOnce) -> None:
    accounts = [Owner(User.objects.create(username=f"u{n}").pk, None) for n in range(4)]
    owners = [*accounts, *(Owner(None, UUID(int=n)) for n in range(4))]

    def speak(everybody: list[Owner]) -> None:
        with transaction.atomic():
            signals.hold(everybody)
            for each in everybody:
                signals.say(each, Said(titles[0].pk, Kind.LIKE))

    assert at_once(*[lambda turn=turn: speak(owners[::turn]) for turn in (1, -1, 1, -1)]) == [None] * 4
    assert Signal.objects.count() == 8


def test_a_lock_needs_a_transaction(owner: Owner) -> None:
    with pytest.raises(RuntimeError):
        signals.hold([owner])
