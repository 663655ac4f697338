"""`POST /api/v1/rank`: the caller's own titles, all of them, in our order."""

import json
import math
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from catalog import signals
from catalog.models import SearchEvent, Signal, Title
from catalog.signals import Kind, Owner, Said
from recommender import serving
from recommender.ml.curation import Curation, Rule
from recommender.ml.names.folding import fold
from tests.recommender.api.contract import conforms

pytestmark = pytest.mark.django_db
URL = "/api/v1/rank"
QUERIES = ("a heist that goes wrong", "space exploration", "wedding comedy", "crime of the 1970s", "balask", "zzqqx")


@pytest.fixture
def api(full_house: list[Title]) -> Client:
    return Client()


@pytest.fixture
def everything(full_house: list[Title]) -> list[str]:
    return [title.external_id for title in full_house]


def rank(api: Client, item_ids: list[str], **also: Any) -> dict[str, Any]:
    answer = api.post(URL, json.dumps({"item_ids": item_ids} | also), content_type="application/json")
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = conforms(answer, "rank")
    assert [item["position"] for item in body["items"]] == list(range(1, len(body["items"]) + 1))
    assert body["total"] == len(body["items"])
    return body


def ids(body: dict[str, Any]) -> list[str]:
    return [item["item_id"] for item in body["items"]]


@pytest.mark.parametrize("query", [*QUERIES, None, "", "  ", "?!"])
def test_all_titles_come_back_once(api: Client, everything: list[str], query: str | None) -> None:
    body = rank(api, everything, query=query)
    assert sorted(ids(body)) == sorted(everything)
    assert body["warnings"] == []


@pytest.mark.parametrize("query", QUERIES[:-1])
def test_it_begins_with_what_a_search_finds(api: Client, everything: list[str], query: str) -> None:
    """In its order, but for the last places of the first ten, which a search keeps for some."""
    found = api.get("/api/v1/search", {"q": query, "limit": "100"}).json()["items"]
    body = rank(api, everything, query=query)
    speaks = [item["item_id"] for item in body["items"] if item["sources"]]
    assert set(speaks) == {item["item_id"] for item in found}
    assert ids(body)[: len(speaks)] == speaks
    seated = {item["item_id"] for item in found if "seated" in item["sources"]}
    kept = [item["item_id"] for item in found if item["item_id"] not in seated]
    assert [item_id for item_id in speaks if item_id not in seated] == kept
    scores = {item["item_id"]: item["score"] for item in found}
    assert {item["item_id"]: item["score"] for item in body["items"] if item["sources"]} == pytest.approx(scores)


@pytest.mark.parametrize("query", QUERIES)
def test_within_its_group_the_higher_score_stands_first(api: Client, everything: list[str], query: str) -> None:
    for speaks in (True, False):
        scores = [
            item["score"]
            for item in rank(api, everything, query=query)["items"]
            if item["match"] == "semantic" and bool(item["sources"]) is speaks
        ]
        assert scores == sorted(scores, reverse=True)


def test_what_does_not_meet_the_text_stands_below_what_does(api: Client, full_house: list[Title]) -> None:
    late = next(t for t in full_house if t.name.endswith(" he") and (t.year or 0) >= 2000)
    early = next(t for t in full_house if t.name.endswith(" he") and (t.year or 0) < 1960)
    body = rank(api, [early.external_id, late.external_id], query="heist after 2000")
    assert ids(body) == [late.external_id, early.external_id]
    assert [bool(item["sources"]) for item in body["items"]] == [True, False]


def test_a_title_that_the_text_names_stands_first(
    api: Client, full_house: list[Title], everything: list[str]
) -> None:
    obscure = full_house[-1]
    body = rank(api, everything, query=obscure.name)
    assert (ids(body)[0], body["items"][0]["match"]) == (obscure.external_id, "exact")
    assert body["query"]["class"] == "title"


def test_the_order_of_the_ids_does_not_matter(api: Client, everything: list[str]) -> None:
    assert ids(rank(api, everything[::-1], query="robots")) == ids(rank(api, everything, query="robots"))


def test_without_a_text_the_famous_stand_first(api: Client, full_house: list[Title], everything: list[str]) -> None:
    fame = {title.external_id: title.popularity or 0 for title in full_house}
    found = [fame[item_id] for item_id in ids(rank(api, everything))]
    assert found[:20] == sorted(fame.values(), reverse=True)[:20]


def test_without_a_text_it_is_what_the_visitor_would_choose(api: Client, full_house: list[Title]) -> None:
    client_id = uuid4()
    vampires = [title for title in full_house if title.name.endswith(" va")]
    brides = [title for title in full_house if title.name.endswith(" we")]
    signals.say(Owner(None, client_id), *(Said(title.pk, Kind.LIKE) for title in vampires[:3]))
    signals.say(Owner(None, client_id), Said(brides[5].pk, Kind.SEEN))
    items = [title.external_id for title in (*brides[4:8], *vampires[4:8])]
    body = rank(api, items, client_id=str(client_id), explain=True)
    assert set(ids(body)[:3]) <= {title.external_id for title in vampires}
    assert brides[5].external_id in ids(body)  # it is their list: what they hid is not taken out of it
    plain = rank(api, items, client_id=str(client_id), personalize=False, explain=True)
    assert {part["part"] for item in body["items"] for part in item["explanation"]} == {"attention", "taste"}
    assert "taste" not in {part["part"] for item in plain["items"] for part in item["explanation"]}


@pytest.mark.parametrize("query", [*QUERIES, None])
@pytest.mark.parametrize("also", [{}, {"novelty_weight": 3}, {"novelty_weight": -2.5}])
def test_the_points_of_the_parts_sum_to_the_score(
    api: Client, everything: list[str], full_house: list[Title], query: str | None, also: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    client_id = uuid4()
    signals.say(Owner(None, client_id), *(Said(title.pk, Kind.LIKE) for title in full_house[:2]))
    signals.say(Owner(None, client_id), Said(full_house[5].pk, Kind.NOT_FOR_ME))
    lift = Rule("any", "", "lift", full_house[40].pk, points=4.9)
    monkeypatch.setattr(serving._serving, "curation", Curation((lift,)))
    body = rank(api, everything, query=query, explain=True, client_id=str(client_id), **also)
    for item in body["items"]:
        assert math.fsum(part["points"] for part in item["explanation"]) == pytest.approx(item["score"], abs=1e-6)
    assert all("explanation" not in item for item in rank(api, everything, query=query)["items"])


def test_what_editors_say_holds_here_too(
    api: Client, full_house: list[Title], everything: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pin = Rule("exact", fold("space exploration"), "pin", full_house[40].pk, place=2)
    lift = Rule("exact", fold("space exploration"), "lift", full_house[33].pk, points=5.0)
    monkeypatch.setattr(serving._serving, "curation", Curation((pin, lift)))
    body = rank(api, everything, query="space exploration")
    assert ids(body)[:2] == [full_house[33].external_id, full_house[40].external_id]
    assert "pinned" in body["items"][1]["sources"]


def test_ids_that_nobody_knows_are_left_out_and_told(api: Client, everything: list[str]) -> None:
    body = rank(api, ["nobody", everything[4], "\ud800", everything[5], everything[4]], query="heist")
    assert sorted(ids(body)) == sorted(everything[4:6])
    assert [(w["code"], w["field"]) for w in body["warnings"]] == [
        ("unknown_item", "item_ids.0"), ("unknown_item", "item_ids.2"),
    ]  # fmt: skip


def test_a_title_that_is_withdrawn_looks_like_one_that_never_was(api: Client, everything: list[str]) -> None:
    Title.objects.filter(external_id=everything[0]).update(is_published=False)
    withdrawn, unknown = rank(api, [everything[0]]), rank(api, ["nobody"])
    assert withdrawn["items"] == unknown["items"] == []
    said = [body["warnings"][0]["detail"].replace(everything[0], "nobody") for body in (withdrawn, unknown)]
    assert said[0] == said[1]


def test_a_title_that_came_after_the_served_catalogue_is_told(api: Client, everything: list[str]) -> None:
    Title.objects.create(external_id="later", name="Later")
    body = rank(api, ["later", everything[0]], query="heist")
    assert ids(body) == [everything[0]]
    assert [warning["code"] for warning in body["warnings"]] == ["not_served_yet"]


@pytest.mark.parametrize("query", ["heist", None])
def test_nothing_to_rank_is_no_error(api: Client, query: str | None) -> None:
    assert rank(api, [], query=query, explain=True)["items"] == []


def test_it_is_on_the_log_and_taught_to_nobody(api: Client, everything: list[str]) -> None:
    client_id = uuid4()
    body = rank(api, everything[:5], query="Heist", client_id=str(client_id))
    event = SearchEvent.objects.get(pk=body["query_id"])
    shown = Title.objects.in_bulk(event.shown)
    assert [shown[pk].external_id for pk in event.shown] == ids(body)
    assert (event.surface, event.raw_text, event.client_id) == ("rank", "Heist", client_id)
    assert not Signal.objects.exists()


def test_a_thousand_titles_fit(api: Client, everything: list[str]) -> None:
    body = rank(api, everything + [f"no-{n}" for n in range(1_000 - len(everything))], query="heist")
    assert len(body["items"]) == len(everything)
    assert len(body["warnings"]) == 1_000 - len(everything)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "item_ids"),
        ({"item_ids": ["f1"] * 1_001}, "item_ids"),
        ({"item_ids": {"f1": 1}}, "item_ids"),
        ({"item_ids": [None]}, "item_ids.0"),
        ({"item_ids": [True]}, "item_ids.0"),
        ({"item_ids": ["f1"], "query": 7}, "query"),
        ({"item_ids": ["f1"], "query": ["heist"]}, "query"),
        ({"item_ids": ["f1"], "query": "x" * 2_001}, "query"),
        ({"item_ids": ["f1"], "novelty_weight": "1"}, "novelty_weight"),
        ({"item_ids": ["f1"], "novelty_weight": 10**400}, "novelty_weight"),
        ({"item_ids": ["f1"], "explain": "true"}, "explain"),
        ({"item_ids": ["f1"], "correct": 1}, "correct"),
        ({"item_ids": ["f1"], "client_id": 12}, "client_id"),
        ({"item_ids": ["f1"], "limit": 3}, "limit"),
        ({"item_ids": ["f1"], "q": "heist"}, "q"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(api: Client, body: Any, field: str) -> None:
    answer = api.post(URL, json.dumps(body), content_type="application/json")
    assert answer.status_code == 400
    said = conforms(answer, "rank")
    assert (said["field"], bool(said["detail"])) == (field, True)
    assert not SearchEvent.objects.exists()


def test_it_is_to_be_posted(api: Client) -> None:
    answer = api.get(URL)
    assert answer.status_code == 405
    conforms(answer, "rank")


@pytest.mark.parametrize("query", ["heist", None])
def test_it_asks_the_database_eight_times_at_most(
    api: Client, everything: list[str], django_assert_max_num_queries: Callable[[int], Any], query: str | None
) -> None:
    client_id = uuid4()
    signals.say(Owner(None, client_id), Said(Title.objects.get(external_id=everything[0]).pk, Kind.LIKE))
    with django_assert_max_num_queries(8):
        rank(api, everything, query=query, client_id=str(client_id), explain=True)
