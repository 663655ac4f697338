"""`GET /api/v1/suggest`: what to offer while somebody types; nothing of it is kept."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.test import Client

from catalog.event_log import Deed, Visitor
from catalog.models import Interaction, SearchEvent, Title
from recommender import services, serving
from recommender.answers import suggesting
from tests.recommender.api.test_search import problem
from tests.returning import was_here

pytestmark = pytest.mark.django_db
URL = "/api/v1/suggest"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has suggested nothing yet."""
    monkeypatch.setattr(suggesting, "_process", suggesting._Names())


@pytest.fixture
def api(standing_world: list[Title]) -> Client:
    return Client()


def offered(api: Client, text: str, **more: str) -> list[tuple[str, str]]:
    answer = api.get(URL, {"q": text} | more)
    assert answer.status_code == 200, answer.content
    return [(one["kind"], one["text"]) for one in answer.json()["suggestions"]]


def ask_and_click(text: str, n_clients: int) -> None:
    for _ in range(n_clients):
        visitor = Visitor(uuid4())
        was_here(visitor.client_id)
        answer = services.search(text, visitor, surface="html")
        services.record([Deed(uuid4(), "click", answer.items[0].title.pk, answer.query_id, 1)], visitor)


def test_it_works(api: Client) -> None:
    answer = api.get(URL, {"q": "incep"})
    assert answer.json() == {
        "query": "incep",
        "suggestions": [{"kind": "title", "text": "Inception", "item_id": "f1", "year": 2010}],
    }


@pytest.mark.parametrize(
    ("typed", "offer"),
    [
        ("godf", ("title", "The Godfather")),
        ("AMÉ", ("title", "Amélie")),
        ("ridl", ("person", "Ridley Scott")),
        ("com", ("genre", "Comedy")),
        ("incepton", ("title", "Inception")),
    ],
)
def test_it_knows_the_names_of_the_catalogue(api: Client, typed: str, offer: tuple[str, str]) -> None:
    assert offer in offered(api, typed)


def test_a_theme_that_titles_share_is_offered(api: Client) -> None:
    Title.objects.filter(external_id__in=["f1", "f5"]).update(themes=["time loop"])
    Title.objects.filter(external_id="f4").update(themes=["time travel"])
    assert offered(api, "time") == [("theme", "time loop")]


def test_what_enough_people_asked_and_clicked_is_offered(api: Client, settings: Any) -> None:
    settings.SUGGEST_MIN_CLIENTS = 3
    ask_and_click("thieves at night", 3)
    ask_and_click("thieves by day", 2)
    assert offered(api, "thie") == [("query", "thieves at night")]


def test_popular_queries_are_read_seldom(
    api: Client, django_assert_num_queries: Callable[[int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with django_assert_num_queries(4):  # the call is counted; themes, popular queries, titles
        offered(api, "god")
    with django_assert_num_queries(2):
        offered(api, "godf")
    with django_assert_num_queries(1):
        offered(api, "qqq")
    monkeypatch.setattr(suggesting, "REFRESH_SECONDS", -1)
    with django_assert_num_queries(2):
        offered(api, "qqq")


def test_a_title_that_left_is_not_offered(api: Client) -> None:
    Title.objects.filter(external_id="f1").update(is_published=False)
    assert offered(api, "incep") == []


def test_nothing_that_is_typed_is_kept(api: Client) -> None:
    offered(api, "incep")
    assert not SearchEvent.objects.exists()
    assert not Interaction.objects.exists()


def test_the_limit_is_kept(api: Client) -> None:
    assert len(offered(api, "a", limit="2")) == 2
    assert offered(api, "") == []


@pytest.mark.parametrize("text", ["\x00", "\ud800", "%", "\u202e", "🎬", "x" * 2_000, "' OR 1=1 --", "   "])
def test_any_text_is_an_answer(api: Client, text: str) -> None:
    assert api.get(f"{URL}?q={quote(text.encode('utf-8', 'surrogatepass'))}").status_code == 200


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "q"), ({"q": "x" * 2_001}, "q"), ({"q": "x", "kind": "movie"}, "kind"),
        ({"q": "x", "limit": "0"}, "limit"), ({"q": "x", "limit": "21"}, "limit"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(client: Client, asked: dict[str, str], field: str) -> None:
    assert problem(client.get(URL, asked), 400)["field"] == field


def test_without_a_version_it_says_when_to_come_back(api: Client) -> None:
    serving._serving = serving._Serving()
    problem(api.get(URL, {"q": "heat"}), 503)
