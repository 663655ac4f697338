"""`GET /api/v1/facets`: the counts agree with what a search pages through, and nothing is logged."""

from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from catalog import signals
from catalog.models import SearchEvent, Title
from catalog.signals import Kind, Owner, Said
from recommender import serving
from recommender.models import Rule
from recommender.services import FACETS
from tests.recommender.api.contract import conforms
from tests.recommender.api.test_search import problem

pytestmark = pytest.mark.django_db
URL = "/api/v1/facets"


@pytest.fixture
def api(full_house: list[Title]) -> Client:
    return Client()


def counted(api: Client, asked: dict[str, Any]) -> Any:
    return conforms(api.get(URL, asked), "facets")


def paged(api: Client, asked: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        body = api.get("/api/v1/search", asked | {"limit": 40} | cursor).json()
        items += body["items"]
        if body["next_cursor"] is None:
            return items
        cursor = {"cursor": body["next_cursor"]}


def test_it_works(api: Client) -> None:
    body = counted(api, {})
    assert (body["total"], body["is_capped"], body["filters"]) == (96, False, {})
    assert list(body["facets"]) == list(FACETS)
    assert body["facets"]["kind"] == [{"value": "movie", "count": 96}]
    assert {"value": "Drama", "count": 24} in body["facets"]["genres"]
    assert not SearchEvent.objects.exists()


@pytest.mark.parametrize(
    "asked",
    [
        {"genres": "Drama"}, {"genres": "Drama,-Sport", "year_min": "1980"}, {"q": "heist"}, {"q": "vampires"},
        {"q": "robots", "genres": "Thriller"}, {"q": "sci-fi after 1990"}, {"q": "bride", "year_max": "1999"},
        {"q": "xqzzk vvrtw"}, {"genres": "Nothing"}, {"q": "robotz", "correct": "false"}, {"q": " ", "genres": "War"},
    ],
)  # fmt: skip
def test_the_counts_are_of_what_search_pages_through(api: Client, asked: dict[str, Any]) -> None:
    body, items = counted(api, asked | {"limit": "100"}), paged(api, asked)
    assert body["total"] == len(items)
    genres = Counter(genre for item in items for genre in item["genres"])
    assert {each["value"]: each["count"] for each in body["facets"]["genres"]} == dict(genres)


def test_what_somebody_hid_is_not_counted_for_them(api: Client, full_house: list[Title]) -> None:
    client_id = uuid4()
    signals.say(Owner(None, client_id), Said(full_house[0].pk, Kind.SEEN))
    for asked in ({"genres": "Crime"}, {"q": "thieves heist"}):
        own = asked | {"client_id": str(client_id)}
        assert counted(api, own)["total"] == len(paged(api, own)) == counted(api, asked)["total"] - 1


def test_what_editors_hid_is_not_counted(api: Client, full_house: list[Title]) -> None:
    before = counted(api, {"genres": "Crime"})["total"]
    Rule.objects.create(title=full_house[0], action=Rule.Action.HIDE, match=Rule.Match.ANY)
    serving.refresh()
    assert counted(api, {"genres": "Crime"})["total"] == len(paged(api, {"genres": "Crime"})) == before - 1


def test_only_what_is_asked_for(api: Client) -> None:
    body = counted(api, {"facets": "genres,kind", "limit": "2"})
    assert list(body["facets"]) == ["kind", "genres"]
    assert len(body["facets"]["genres"]) == 2


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"facets": "mood"}, "facets"), ({"cursor": "x"}, "cursor"), ({"q": "x" * 2_001}, "q"),
     ({"limit": "0"}, "limit"), ({"kind": "opera"}, "kind"), ({"client_id": "me"}, "client_id")],
)  # fmt: skip
def test_what_cannot_be_meant_is_named(api: Client, asked: dict[str, str], field: str) -> None:
    answer = api.get(URL, asked)
    conforms(answer, "facets")
    assert problem(answer, 400)["field"] == field
