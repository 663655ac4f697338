"""Search as pages and API call it: ranked, hydrated, logged."""

from uuid import uuid4

import pytest

from catalog.event_log import Visitor
from catalog.models import Interaction, SearchEvent, Title
from recommender import services


def test_it_works(served_world: list[Title]) -> None:
    visitor = Visitor(client_id=uuid4(), session_id=uuid4())
    answer = services.search("the god father", visitor, surface="html")
    assert [item.title.name for item in answer.items][:1] == ["The Godfather"]
    assert answer.items[0].match == "exact"
    logged = SearchEvent.objects.get(pk=answer.query_id)
    assert logged.shown == [item.title.pk for item in answer.items]
    assert (logged.raw_text, logged.normalised_text) == ("the god father", "the god father")
    assert (logged.client_id, logged.model_version) == (visitor.client_id, 0)
    assert len(logged.propensity) == len(logged.source) == len(logged.shown)
    assert logged.xid > 0


def test_a_click_on_a_place_is_logged_once(served_world: list[Title]) -> None:
    visitor = Visitor(client_id=uuid4())
    answer = services.search("incepton", visitor, surface="html")
    assert answer.corrected_query == "Inception"
    for _ in range(2):
        assert services.record_click(answer.query_id, 1, visitor) == answer.items[0].title
    assert Interaction.objects.filter(query_id=answer.query_id, action_name="click").count() == 1


@pytest.mark.parametrize("position", [0, 99, 2**40])
def test_a_click_on_a_place_that_was_not_shown_is_refused(served_world: list[Title], position: int) -> None:
    answer = services.search("incepton", Visitor(), surface="html")
    assert services.record_click(answer.query_id, position, Visitor()) is None
    assert services.record_click(uuid4(), 1, Visitor()) is None
    assert not Interaction.objects.exists()


def test_text_that_postgres_cannot_keep_is_a_query_like_any_other(served_world: list[Title]) -> None:
    answer = services.search("alien\x00 \ud800", Visitor(), surface="api")
    assert SearchEvent.objects.get(pk=answer.query_id).raw_text == "alien\ufffd ?"
