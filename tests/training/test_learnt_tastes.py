"""What people choose after what, learnt in a real run, and felt by somebody new on their next page."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from catalog import signals
from catalog.event_log import Visitor
from catalog.models import Title
from catalog.signals import Kind, Owner, Said
from recommender import serving
from recommender.taste import personal
from recommender.versions import registry, stored
from tests.training.people import choose
from training.models import TrainingRun
from training.pipeline import run_fine_tuning

pytestmark = [pytest.mark.usefixtures("world"), pytest.mark.django_db(transaction=True)]
ENOUGH, FEW = 150, 35  # people
FIRST, NEXT = "Amélie", "Rocky II"  # nothing in their texts says that they go together


def id_of(name: str) -> int:
    return Title.objects.get(name=name).pk


def both_liked_by(n_people: int) -> None:
    now = timezone.now()
    for day in range(n_people):
        owner = Owner(None, uuid4())
        signals.say(owner, Said(id_of(FIRST), Kind.LIKE, said=now - timedelta(days=day, hours=1)))
        signals.say(owner, Said(id_of(NEXT), Kind.LIKE, said=now - timedelta(days=day)))


def points_of_next(visitor: Visitor) -> float:
    serving.refresh()
    snapshot = serving.current()
    mine = personal.of(visitor, snapshot)
    assert mine is not None
    return float(mine.points[snapshot.index.row_of_title[id_of(NEXT)]])


def test_a_run_learns_what_is_chosen_after_what_and_the_next_page_shows_it() -> None:
    somebody = Visitor(client_id=uuid4())
    assert somebody.owner is not None
    signals.say(somebody.owner, Said(id_of(FIRST), Kind.LIKE))
    before = points_of_next(somebody)
    both_liked_by(ENOUGH)
    choose("crime heist", "The A-Team", n_people=12)
    done = run_fine_tuning("test")
    assert done is not None
    assert done.status == TrainingRun.Status.PROMOTED
    assert done.evaluation["taste"]["is_new"]
    assert done.evaluation["taste"]["n_asked"] == ENOUGH
    assert points_of_next(somebody) > before + 1

    registry.roll_back(to=None, reason="a test", actor="test")
    assert points_of_next(somebody) == pytest.approx(before)


def test_a_few_people_teach_nobody_else_what_to_like() -> None:
    somebody = Visitor(client_id=uuid4())
    assert somebody.owner is not None
    signals.say(somebody.owner, Said(id_of(FIRST), Kind.LIKE))
    both_liked_by(FEW)
    choose("crime heist", "The A-Team", n_people=12)
    assert run_fine_tuning("test") is not None
    champion = registry.champion()
    assert champion is not None
    table = stored.load(champion).affinity
    assert not len(table)
    assert not table.attention.any()


def test_with_little_that_is_new_the_table_stays() -> None:
    both_liked_by(2)
    choose("crime heist", "The A-Team", n_people=12)
    done = run_fine_tuning("test")
    assert done is not None
    champion = registry.champion()
    assert champion is not None
    assert not len(stored.load(champion).affinity)
