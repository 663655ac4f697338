"""Editors who change the same thing at the same moment."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from catalog.models import Title
from recommender import curation
from recommender.curation import Gone
from recommender.models import Rule, SynonymSet

pytestmark = pytest.mark.django_db(transaction=True)
AtOnce = Callable[..., list[Any]]


@pytest.fixture
def titles() -> list[Title]:
    return [Title.objects.create(external_id=f"t{number}", name=f"Film {number}") for number in range(4)]


def pin(title: Title) -> Rule:
    return Rule(title=title, action=Rule.Action.PIN, match=Rule.Match.EXACT, text="heat", position=1)


def test_a_place_goes_to_one_pin(titles: list[Title], at_once: AtOnce) -> None:
    made = at_once(*[lambda title=title: curation.save_rule(pin(title)) for title in titles])
    assert sum(isinstance(one, Rule) for one in made) == 1
    assert sum(isinstance(one, ValidationError) and "position" in one.message_dict for one in made) == 3
    assert Rule.objects.count() == 1


def test_what_is_removed_while_it_is_changed_stays_removed(titles: list[Title]) -> None:
    rule, words = curation.save_rule(pin(titles[0])), curation.save_synonyms(SynonymSet(words=["heist", "robbery"]))
    curation.delete([Rule.objects.get(), SynonymSet.objects.get()])
    with pytest.raises(Gone):
        curation.save_rule(rule)
    with pytest.raises(Gone):
        curation.save_synonyms(words)
    assert not Rule.objects.exists()
    assert not SynonymSet.objects.exists()


def test_many_who_change_and_remove_it_meet_no_fault(titles: list[Title], at_once: AtOnce) -> None:
    rule = curation.save_rule(pin(titles[0]))

    def change() -> Rule:
        return curation.save_rule(Rule.objects.get(pk=rule.pk))

    def remove() -> None:
        curation.delete(Rule.objects.filter(pk=rule.pk))

    outcomes = at_once(change, remove, change, remove, change)
    assert all(one is None or isinstance(one, Rule | Gone | Rule.DoesNotExist) for one in outcomes), outcomes
    assert not Rule.objects.exists()
