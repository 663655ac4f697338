"""Which signals teach what is chosen after what."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from catalog import signals
from catalog.models import Title
from catalog.signals import Kind, Owner, Said
from recommender.ml.affinity import Affinity
from training import tastes
from training.ml.affinity import FORMULA
from training.ml.tasting import Choices

pytestmark = pytest.mark.django_db


@pytest.fixture
def titles(db: None) -> list[Title]:
    return [Title.objects.create(external_id=f"t{n}", name=f"Film {n}") for n in range(4)]


def guest() -> Owner:
    return Owner(None, uuid4())


def test_choices_are_sorted_by_person_and_time(titles: list[Title]) -> None:
    now = timezone.now()
    one, other = Owner(None, UUID(int=1)), Owner(None, UUID(int=2))
    signals.say(one, Said(titles[1].pk, Kind.LIKE, said=now))
    signals.say(one, Said(titles[0].pk, Kind.SEEN, said=now - timedelta(days=3)))
    signals.say(other, Said(titles[2].pk, Kind.RATING, value=4.5, said=now))
    found = tastes.choices()
    assert found.people.tolist() == [0, 0, 1]
    assert found.titles.tolist() == [titles[0].pk, titles[1].pk, titles[2].pk]
    assert found.times[0] < found.times[1]
    assert (found.weights > 0).all()


def test_what_nobody_wants_learnt_is_left_out(titles: list[Title]) -> None:
    silent, muted, hostile, sour, open_ = (guest() for _ in range(5))
    user = Owner(User.objects.create(username="u").pk, None)
    for owner in (silent, muted, open_, user):
        signals.say(owner, Said(titles[0].pk, Kind.LIKE))
    signals.say(hostile, Said(titles[1].pk, Kind.NOT_FOR_ME))
    signals.say(sour, Said(titles[1].pk, Kind.RATING, value=1.0))
    signals.set_preferences(silent, learning=False)
    signals.set_preferences(user, learning=False)
    signals.set_preferences(open_, learning=True)
    assert signals.mute(muted, signals.signals_of(muted).get().pk)
    assert len(tastes.choices()) == 1


def test_little_that_is_new_waits(titles: list[Title], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def relearnt(old: Any, _index: Any, said: Choices, *, seed: int) -> tuple[Any, dict[str, Any]]:
        asked.append(len(said))
        return old, {"seed": seed}

    monkeypatch.setattr(tastes, "relearnt", relearnt)
    for _ in range(tastes.LEAST_NEW - 1):
        signals.say(guest(), Said(titles[0].pk, Kind.LIKE))
    tastes.next_affinity(None, {}, None)  # type: ignore[arg-type]
    assert asked == []
    signals.say(guest(), Said(titles[0].pk, Kind.LIKE))
    tastes.next_affinity(None, {}, None)  # type: ignore[arg-type]
    assert asked == [tastes.LEAST_NEW]
    known = {"n_choices": tastes.LEAST_NEW, "formula": FORMULA}
    tastes.next_affinity(None, known, None)  # type: ignore[arg-type]
    assert len(asked) == 1


def test_a_table_of_an_older_formula_serves_no_longer(titles: list[Title], monkeypatch: pytest.MonkeyPatch) -> None:
    old = Affinity(
        np.array([1]), np.array([0, 1]), np.zeros(1, np.uint16), np.ones(1, np.float16), np.array([1]),
        np.array([88], np.float32),
    )  # fmt: skip
    table, report = tastes.next_affinity(old, {"n_choices": 105}, None)  # type: ignore[arg-type]
    assert len(table) == len(table.attended) == 0
    assert report == {}
    beaten: list[Affinity] = []

    def relearnt(old: Affinity, *_: Any, **__: Any) -> tuple[Affinity, dict[str, Any]]:
        beaten.append(old)
        return old, {}

    monkeypatch.setattr(tastes, "relearnt", relearnt)
    for _ in range(tastes.LEAST_NEW):
        signals.say(guest(), Said(titles[0].pk, Kind.LIKE))
    tastes.next_affinity(old, {"n_choices": 105}, None)  # type: ignore[arg-type]
    assert len(beaten[0]) == 0
