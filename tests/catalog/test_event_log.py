"""The learning log's only writer: what was served is kept as it was, what was done counts once."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from catalog import common_searches, event_log
from catalog.event_log import Deed, Served, Shown, Visitor, record_interactions, record_search, storable
from catalog.identifiers import uuid7
from catalog.models import Interaction, SearchEvent, Title
from tests.returning import was_here

pytestmark = pytest.mark.django_db
SERVED = Served(
    raw_text="The God Father", normalised_text="the god father", query_class="title", corrected_text="The Godfather",
    surface="html", model_version=7, latency_ms=12.5, shown=[Shown(3, 1.0, 1), Shown(9, 0.25, 12)],
    search_id=uuid7(), first_position=21, filters={"kind": "movie"},
)  # fmt: skip


@pytest.fixture
def film() -> Title:
    return Title.objects.create(external_id="f1", name="Alien")


def test_it_works(django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("anna")
    visitor = Visitor(uuid4(), uuid4(), user.pk, is_robot=True)
    logged = SearchEvent.objects.get(pk=record_search(SERVED, visitor))
    assert (logged.raw_text, logged.normalised_text, logged.corrected_text) == (
        "The God Father", "the god father", "The Godfather",
    )  # fmt: skip
    assert (logged.shown, logged.propensity, logged.source) == ([3, 9], [1.0, 0.25], [1, 12])
    assert (logged.surface, logged.query_class, logged.model_version) == ("html", "title", 7)
    assert (logged.first_position, logged.latency_ms, logged.filters) == (21, 12.5, {"kind": "movie"})
    assert (logged.search_id, logged.variant) == (SERVED.search_id, "")
    assert (logged.client_id, logged.session_id, logged.user, logged.is_robot) == (
        visitor.client_id, visitor.session_id, user, True,
    )  # fmt: skip
    assert abs(timezone.now() - logged.created) < timedelta(minutes=1)


def test_a_row_knows_the_transaction_that_wrote_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text")
        (current,) = cursor.fetchone()
    assert SearchEvent.objects.get(pk=record_search(SERVED, Visitor())).xid == int(current)


def test_query_ids_grow_with_time() -> None:
    ids = [record_search(SERVED, Visitor()) for _ in range(3)]
    assert len(set(ids)) == 3
    assert [query_id.version for query_id in ids] == [7, 7, 7]
    assert [query_id.int >> 80 for query_id in ids] == sorted(query_id.int >> 80 for query_id in ids)


def test_an_empty_page_is_logged_too() -> None:
    logged = SearchEvent.objects.get(pk=record_search(replace(SERVED, shown=[], corrected_text=""), Visitor()))
    assert (logged.shown, logged.propensity, logged.source) == ([], [], [])
    assert (logged.client_id, logged.session_id, logged.user_id, logged.is_robot) == (None, None, None, False)


def test_a_search_is_one_insert(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        record_search(SERVED, Visitor())


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Amélie 🎬", "Amélie 🎬"), ("a\x00b", "a\ufffdb"), ("\ud800", "?"), ("a\udfffb", "a?b"), ("", ""),
        ("'; DROP TABLE", "'; DROP TABLE"), ("%s %(a)s {}", "%s %(a)s {}"),
    ],
)  # fmt: skip
def test_any_text_can_be_kept(text: str, kept: str) -> None:
    assert storable(text) == kept
    served = replace(SERVED, raw_text=text, normalised_text=text, corrected_text=text)
    logged = SearchEvent.objects.get(pk=record_search(served, Visitor()))
    assert {logged.raw_text, logged.normalised_text, logged.corrected_text} == {kept}


# ---- interactions


def test_a_deed_is_kept_as_it_was_sent(film: Title) -> None:
    visitor, query_id, occurred = Visitor(uuid4(), uuid4()), uuid4(), datetime(2026, 1, 2, 3, tzinfo=UTC)
    deed = Deed(uuid4(), "dwell", film.pk, query_id, 4, 31.5, occurred)
    record_interactions([deed], visitor)
    logged = Interaction.objects.get(pk=deed.event_id)
    assert (logged.action_name, logged.title, logged.query_id) == ("dwell", film, query_id)
    assert (logged.position, logged.value, logged.occurred) == (4, 31.5, occurred)
    assert (logged.client_id, logged.session_id, logged.is_robot) == (visitor.client_id, visitor.session_id, False)
    assert abs(timezone.now() - logged.created) < timedelta(minutes=1)
    assert logged.xid > 0


def test_without_a_clock_of_its_own_a_deed_gets_ours(film: Title) -> None:
    record_interactions([Deed(uuid4(), "click", film.pk)], Visitor())
    logged = Interaction.objects.get()
    assert abs(logged.created - logged.occurred) < timedelta(minutes=1)
    assert (logged.query_id, logged.position, logged.value) == (None, None, None)


def test_a_resend_counts_once_and_changes_nothing(film: Title) -> None:
    deed = Deed(uuid4(), "click", film.pk)
    record_interactions([deed], Visitor())
    record_interactions([replace(deed, action_name="like"), Deed(uuid4(), "seen", film.pk)], Visitor(uuid4()))
    assert sorted(Interaction.objects.values_list("action_name", flat=True)) == ["click", "seen"]
    assert Interaction.objects.get(pk=deed.event_id).client_id is None


def test_the_same_deed_twice_in_one_batch_counts_once(film: Title) -> None:
    deed = Deed(uuid4(), "click", film.pk)
    record_interactions([deed, deed, replace(deed, action_name="like")], Visitor())
    assert Interaction.objects.get().action_name == "click"


def test_who_records_is_told_what_is_new(film: Title) -> None:
    known, new = Deed(uuid4(), "click", film.pk), Deed(uuid4(), "seen", film.pk, position=3, value=1.5)
    assert record_interactions([known], Visitor()) == {known.event_id}
    assert record_interactions([replace(known, action_name="like"), new], Visitor()) == {new.event_id}
    assert record_interactions([known, new], Visitor()) == set()


@pytest.mark.django_db(transaction=True)
def test_two_batches_of_the_same_deeds_at_once_share_them(film: Title, at_once: Callable[..., list[Any]]) -> None:
    """In opposite orders, which would be a deadlock if each was written in its own."""
    deeds = [Deed(uuid4(), "click", film.pk) for _ in range(400)]
    found = at_once(*[lambda turn=turn: record_interactions(deeds[::turn], Visitor()) for turn in (1, -1, 1, -1)])
    assert sum(map(len, found)) == 400
    assert set().union(*found) == {deed.event_id for deed in deeds}
    assert Interaction.objects.count() == 400
    Interaction.objects.all().delete()


def test_the_log_keeps_only_so_much_of_filters() -> None:
    long = {"asked": {"people": ["x" * 20_000] * 300, "\ud800" + "n" * 999: 1}, "view": {"sort": "best"}}
    kept = SearchEvent.objects.get(pk=record_search(replace(SERVED, filters=long), Visitor())).filters
    assert kept == {"asked": {"people": ["x" * 200] * 200}, "view": {}}
    usual = {"asked": {"people": ["Ann"] * 100, "year_min": 1990}, "said": [{"text": "funny", "at": [0, 5]}]}
    query_id = record_search(replace(SERVED, filters=usual), Visitor())
    assert SearchEvent.objects.get(pk=query_id).filters == usual


def test_nothing_to_record_is_no_error(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        record_interactions([], Visitor())


def test_a_title_that_does_not_exist_is_no_deed(film: Title) -> None:
    record_interactions([Deed(uuid4(), "click", film.pk + 1)], Visitor())
    with pytest.raises(IntegrityError), transaction.atomic():
        connection.check_constraints()  # as a commit would
    Interaction.objects.all().delete()


def test_a_title_that_people_used_is_not_deleted_behind_the_logs_back(film: Title) -> None:
    record_interactions([Deed(uuid4(), "click", film.pk)], Visitor())
    with pytest.raises(ProtectedError):
        film.delete()


def test_who_is_deleted_leaves_the_log_without_a_name(film: Title, django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("anna")
    record_search(SERVED, Visitor(user_id=user.pk))
    record_interactions([Deed(uuid4(), "click", film.pk)], Visitor(user_id=user.pk))
    user.delete()
    assert SearchEvent.objects.get().user_id is None
    assert Interaction.objects.get().user_id is None


# ---- what was shown, and what is asked by many


def served(**facts: Any) -> UUID:
    """One page in the log, clicked by nobody; the query_id."""
    client_id = facts.pop("client_id", None)
    is_robot = facts.pop("is_robot", False)
    return record_search(replace(SERVED, **{"corrected_text": ""} | facts), Visitor(client_id, is_robot=is_robot))


def test_the_pages_of_a_search_are_known_and_no_others(django_assert_num_queries: Any) -> None:
    search_id = uuid7()
    for first in (1, 3, 5):
        served(search_id=search_id, first_position=first)
    served(search_id=uuid7())
    served(search_id=search_id, surface="similar")
    with django_assert_num_queries(1):
        pages = event_log.pages_of(search_id)
        shown = sorted((page.first_position, page.shown) for page in pages)
        assert shown == [(1, [3, 9]), (3, [3, 9]), (5, [3, 9])]
    assert event_log.pages_of(uuid7()) == []


def test_the_pages_of_a_search_are_found_by_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT shown FROM catalog_searchevent WHERE search_id = %s", [uuid7()])
        assert "search_event_search" in "".join(line for (line,) in cursor.fetchall())


def searched_and_clicked(film: Title, text: str, n_clients: int, clicks: int = 1, **facts: Any) -> None:
    age = facts.pop("age", timedelta(days=2))
    for _ in range(n_clients):
        client_id = uuid4()
        if age is not None:
            was_here(client_id, age)
        query_id = served(normalised_text=text, client_id=client_id, **facts)
        for _ in range(clicks):
            deed = Deed(uuid4(), "click", film.pk, query_id)
            record_interactions([deed], Visitor(client_id, is_robot=facts.get("is_robot", False)))


def test_queries_that_many_people_clicked_after_are_popular_the_most_first(film: Title) -> None:
    searched_and_clicked(film, "heist", 3)
    searched_and_clicked(film, "space", 5)
    searched_and_clicked(film, "noir", 5)
    searched_and_clicked(film, "my own name", 2, clicks=9)
    assert common_searches.popular_queries(3, 10) == [("noir", 5), ("space", 5), ("heist", 3)]
    assert common_searches.popular_queries(3, 1) == [("noir", 5)]
    assert common_searches.popular_queries(6, 10) == []


@pytest.mark.parametrize(
    "facts", [{"is_robot": True}, {"surface": "similar"}, {"corrected_text": "Heist"}, {"normalised_text": ""}]
)
def test_what_nobody_meant_to_ask_is_not_popular(film: Title, facts: dict[str, Any]) -> None:
    searched_and_clicked(film, facts.pop("normalised_text", "heits"), 5, **facts)
    assert common_searches.popular_queries(2, 10) == []


def test_one_client_and_the_clicks_of_others_make_nothing_popular(film: Title) -> None:
    client_id = uuid4()
    was_here(client_id)
    query_id = served(normalised_text="heist", client_id=client_id)
    for _ in range(9):
        record_interactions([Deed(uuid4(), "click", film.pk, query_id)], Visitor(uuid4()))
    searched_and_clicked(film, "heist", 0)
    served(normalised_text="heist", client_id=uuid4())
    assert common_searches.popular_queries(1, 10) == []


def test_who_was_not_here_before_makes_nothing_popular(film: Title) -> None:
    """Ids that are made up at once, however many."""
    searched_and_clicked(film, "buy here", 9, age=None)
    searched_and_clicked(film, "buy there", 9, age=timedelta(hours=23))
    searched_and_clicked(film, "heist", 2, age=timedelta(hours=25))
    assert common_searches.popular_queries(1, 10) == [("heist", 2)]
    assert common_searches.texts_that_led(1) == [(film.pk, "heist")]


@pytest.mark.parametrize(
    ("raw", "folded", "is_offered"),
    [
        ("see example.com now", "see example com now", False), ("Http heist", "http heist", False),
        ("www.heist", "www heist", False), ("ann@heist", "ann heist", False), ("ann＠heist", "ann heist", False),
        ("call 089 12 34 567", "call 089 12 34 567", False), ("E.T. in L.A.", "e t in l a", True),
        ("2001 odyssey", "2001 odyssey", True), ("mr. ripley", "mr ripley", True),
    ],
)  # fmt: skip
def test_what_may_be_an_address_is_offered_to_nobody(film: Title, raw: str, folded: str, is_offered: bool) -> None:
    searched_and_clicked(film, folded, 3, raw_text=raw)
    assert common_searches.popular_queries(1, 10) == ([(folded, 3)] if is_offered else [])
    assert common_searches.texts_that_led(1) == ([(film.pk, folded)] if is_offered else [])


def test_only_recent_searches_are_popular(film: Title, monkeypatch: pytest.MonkeyPatch) -> None:
    searched_and_clicked(film, "old", 2)
    time.sleep(0.01)  # ids of one millisecond have no order
    searched_and_clicked(film, "new", 2)
    monkeypatch.setattr(common_searches, "RECENT_SEARCHES", 3)
    assert common_searches.popular_queries(2, 10) == [("new", 2)]
    assert common_searches.popular_queries(1, 10) == [("new", 2), ("old", 1)]
