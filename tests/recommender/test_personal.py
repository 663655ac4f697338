"""A visitor's own signals in what they are shown: they count, they explain, and what is muted counts for nothing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.utils import timezone

from catalog import signals
from catalog.event_log import Visitor
from catalog.models import Signal, Title
from catalog.signals import Kind, Said
from recommender import services, serving
from recommender.ml.affinity import Affinity
from recommender.taste import personal

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor(standing_world: list[Title]) -> Visitor:
    return Visitor(client_id=uuid4(), session_id=uuid4())


def title(name: str) -> Title:
    return Title.objects.get(name=name)


def like(visitor: Visitor, *names: str) -> None:
    assert visitor.owner is not None
    signals.say(visitor.owner, *(Said(title(name).pk, Kind.LIKE) for name in names))


def test_nothing_said_is_nothing_personal(visitor: Visitor) -> None:
    assert personal.of(visitor, serving.current()) is None


@pytest.mark.parametrize("off", [{"personalise": False}, {"strength": 0.0}, {"is_robot": True}])
def test_switched_off_it_is_not_even_looked_up(visitor: Visitor, off: dict[str, Any]) -> None:
    like(visitor, "Heat")
    assert personal.of(replace(visitor, **off), serving.current()) is None


def test_a_search_for_a_theme_leans_to_what_was_liked_and_says_so(visitor: Visitor) -> None:
    before = services.search("crime", visitor, surface="html")
    like(visitor, before.items[-1].title.name)
    mine = personal.of(visitor, serving.current())
    assert mine is not None
    after = services.search("crime", visitor, surface="html")
    moved = [item for item in after.items if item.hit.parts.get("taste", 0) > 0]
    assert moved
    for item in after.items:
        assert sum(item.hit.parts.values()) == pytest.approx(item.hit.score, abs=1e-6)
    assert {item.because.title_id for item in moved if item.because} == {before.items[-1].title.pk}


def test_strength_scales_what_taste_adds(visitor: Visitor) -> None:
    like(visitor, "Heat")
    once, twice = (personal.of(replace(visitor, strength=s), serving.current()) for s in (1.0, 2.0))
    assert once is not None
    assert twice is not None
    assert twice.in_search == pytest.approx(2 * once.in_search)


def test_a_muted_signal_changes_the_score(visitor: Visitor) -> None:
    like(visitor, "Heat", "Alien")
    snapshot = serving.current()
    both = personal.of(visitor, snapshot)
    assert both is not None
    assert visitor.owner is not None
    muted = Signal.objects.get(title__name="Heat")
    assert signals.mute(visitor.owner, muted.pk)
    alone = personal.of(visitor, snapshot)
    assert alone is not None
    heat = snapshot.index.row_of_title[muted.title_id]
    assert alone.points[heat] < both.points[heat]
    assert muted.pk not in {signal.pk for signal, _ in alone.because(muted.title_id)}


def test_explanations_add_up_to_the_points(visitor: Visitor) -> None:
    like(visitor, "Alien", "The Godfather")
    mine = personal.of(visitor, serving.current())
    assert mine is not None
    for name in ("Gravity", "Inception"):
        film = title(name)
        parts = sum(points for _, points in mine.because(film.pk, limit=99))
        assert parts == pytest.approx(float(mine.points[mine.tastes.index.row_of_title[film.pk]]), abs=1e-4)


def test_an_opinion_counts_before_what_was_only_opened() -> None:
    now = timezone.now()
    opened, refused, other = (
        Signal(title_id=t, kind=kind, said=now - timedelta(days=d))
        for t, kind, d in ((1, Kind.OPENED, 0), (1, Kind.NOT_FOR_ME, 9), (2, Kind.OPENED, 1))
    )
    assert personal.counting([opened, refused, other]) == [refused, other]


def test_what_is_ticked_in_one_press_counts_alike_and_as_much_as_pages_say(visitor: Visitor) -> None:
    like(visitor, "Heat", "Alien", "Gravity")
    mine = personal.of(visitor, serving.current())
    assert mine is not None
    assert mine.taste.pull.tolist() == pytest.approx([personal.WEIGHTS[Kind.LIKE]] * 3, rel=1e-3)
    assert personal.WEIGHTS[Kind.LIKE] == 1
    assert personal.WEIGHTS[Kind.NOT_FOR_ME] == -1


def test_another_person_has_none_of_it(visitor: Visitor) -> None:
    like(visitor, "Heat")
    assert personal.of(replace(visitor, client_id=uuid4()), serving.current()) is None


def test_of_very_many_signals_only_the_newest_are_read(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal, "MAX_SIGNALS", 2)
    like(visitor, "Heat", "Alien")
    assert visitor.owner is not None
    for days, name in enumerate(("Gravity", "Inception", "Rocky II"), start=1):
        signals.say(visitor.owner, Said(title(name).pk, Kind.LIKE, said=timezone.now() - timedelta(days=days)))
    mine = personal.of(visitor, serving.current())
    assert mine is not None
    assert {signal.title.name for signal in mine.said} == {"Heat", "Alien"}


def test_another_version_is_asked_anew(visitor: Visitor) -> None:
    like(visitor, "Heat")
    snapshot = serving.current()
    before = personal.of(visitor, snapshot)
    heat = title("Heat").pk
    ids = np.array(sorted([heat, title("Alien").pk]), np.int64)
    learnt = Affinity(
        ids,
        np.array([0, 1, 2]),
        np.array([1, 0], np.uint16),
        np.array([4, 4], np.float16),
        ids[:0],
        np.zeros(0, np.float32),
    )
    after = personal.of(visitor, replace(snapshot, state=replace(snapshot.state, affinity=learnt)))
    assert before is not None
    assert after is not None
    alien = snapshot.index.row_of_title[title("Alien").pk]
    assert after.points[alien] > before.points[alien] + 3
