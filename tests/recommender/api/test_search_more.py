"""`/api/v1/search`, beyond the text: by POST, explained, in another order, with and without a profile."""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.test import Client

from catalog import signals
from catalog.event_log import Visitor
from catalog.models import CatalogRevision, SearchEvent, Title
from catalog.signals import Kind, Owner, Said
from recommender import services, serving, witnesses
from recommender.index import embeddings
from recommender.index.encoders import embedding_fingerprint, encoder
from recommender.ml.affinity import Affinity
from recommender.ml.curation import Curation, Rule
from recommender.ml.memory import ClickMemory
from recommender.ml.names.folding import fold
from recommender.services import searching
from tests.recommender.api.contract import conforms

pytestmark = pytest.mark.django_db
URL = "/api/v1/search"
STORY = "crime drama heist"
QUERIES = (
    STORY, "inception", "incepton", "heist that goes wrong", "like alien", "alien", "romantic comedies in paris",
    "christopher nolan", "two astronauts drift in space after debris destroys their shuttle", "heat 1995", "the",
    "dramas of the 1970s", "not horror", "boxer",
)  # fmt: skip


@pytest.fixture
def api(standing_world: list[Title]) -> Client:
    return Client()


@pytest.fixture
def somebody(api: Client) -> str:
    """The client_id of somebody who likes, refuses, rated and opened things."""
    client_id = uuid4()
    owner = Owner(None, client_id)
    said = {"Heat": Kind.LIKE, "Alien": Kind.NOT_FOR_ME, "Gravity": Kind.OPENED}
    signals.say(owner, *(Said(title(name).pk, kind) for name, kind in said.items()))
    signals.say(owner, Said(title("Amélie").pk, Kind.RATING, value=2.0))
    return str(client_id)


@pytest.fixture
def learnt(api: Client) -> Iterator[None]:
    """A memory of “heist” and of “space”, what is chosen after what, and a rule that lifts a title."""
    served = serving._serving
    snapshot = serving.current()
    texts = ["heist", "space"]
    memory = ClickMemory.empty(snapshot.encoder.dimension).merged(
        texts,
        snapshot.encoder.encode(texts),
        [("heist", title("Rocky II").pk, 9.0, 8.0), ("space", title("Alien").pk, 9.0, 7.0)],
        fade=1.0,
    )
    heat, ocean = title("Heat").pk, title("Ocean's Eleven").pk
    affinity = Affinity(
        np.array([ocean, heat]), np.array([0, 0, 1]), np.array([0], np.uint16), np.array([2.5], np.float16),
        np.array([ocean]), np.array([30.0], np.float32),
    )  # fmt: skip
    affinity.check()
    state = replace(snapshot.state, memory=memory, affinity=affinity)
    lift = Rule("contains", fold("heist"), "lift", heat, points=4.7)
    pin = Rule("exact", fold("boxer"), "pin", title("Alien").pk, place=1)
    before = served.snapshot, served.curation
    served.snapshot, served.curation = replace(snapshot, state=state), Curation((lift, pin))
    yield
    served.snapshot, served.curation = before


def title(name: str) -> Title:
    return Title.objects.get(name=name)


def get(api: Client, **parameters: Any) -> Any:
    return conforms(api.get(URL, parameters), "search")


def post(api: Client, body: Any) -> Any:
    return api.post(URL, json.dumps(body), content_type="application/json")


def refused(answer: Any, field: str, operation_id: str = "search_by_body") -> str:
    assert answer.status_code == 400, answer.content
    body = conforms(answer, operation_id)
    assert body.get("field") == field, body
    assert body["detail"]
    return str(body["detail"])


def told(body: dict[str, Any]) -> dict[str, Any]:
    """What two answers to the same question share."""
    goes_on = {"next_cursor": body["next_cursor"] is not None}
    return {name: value for name, value in body.items() if name not in ("query_id", "search_id", "took_ms")} | goes_on


# ---- by POST


BOTH_WAYS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"q": STORY}, {"q": STORY}),
    ({"q": STORY, "limit": "3"}, {"q": STORY, "limit": 3}),
    ({"q": "incepton", "correct": "false"}, {"q": "incepton", "correct": False}),
    ({"genres": "Crime,-Comedy"}, {"genres": ["Crime", "-Comedy"]}),
    ({"q": STORY, "any_genres": "Crime,Drama"}, {"q": STORY, "any_genres": ["Crime", "Drama"]}),
    ({"year_min": "1979", "year_max": "2001"}, {"year_min": 1979, "year_max": 2001}),
    ({"kind": "movie", "q": ""}, {"kind": "movie"}),
    ({}, {"q": ""}),
    ({"q": ""}, {"genres": [""]}),
    ({"genres": ""}, {}),
    ({"directors": "Michael Mann"}, {"directors": ["Michael Mann"]}),
    ({"countries": "Atlantis", "q": "crime"}, {"countries": ["Atlantis"], "q": "crime"}),
    ({"q": STORY, "facets": "all"}, {"q": STORY, "facets": ["all"]}),
    ({"q": STORY, "facets": "years,genres"}, {"q": STORY, "facets": ["years", "genres"]}),
    ({"q": STORY, "sort": "newest"}, {"q": STORY, "sort": "newest"}),
    ({"q": STORY, "diversity": "0.7"}, {"q": STORY, "diversity": 0.7}),
    ({"q": STORY, "novelty_weight": "-1.5"}, {"q": STORY, "novelty_weight": -1.5}),
    ({"q": STORY, "explain": "true"}, {"q": STORY, "explain": True}),
    ({"q": "? heat"}, {"q": "\ud800 heat"}),
    ({"q": "a\x00b"}, {"q": "a\x00b"}),
]


@pytest.mark.parametrize(("parameters", "body"), BOTH_WAYS)
def test_a_body_is_answered_as_the_same_address_is(
    api: Client, parameters: dict[str, Any], body: dict[str, Any]
) -> None:
    answer = post(api, body)
    assert answer.status_code == 200, answer.content
    by_body, by_address = conforms(answer, "search_by_body"), get(api, **parameters)
    assert told(by_body) == told(by_address)
    assert answer["X-Model-Version"] == "0"
    first, second = SearchEvent.objects.order_by("id")
    for name in ("raw_text", "filters", "shown", "propensity", "surface", "query_class"):
        assert getattr(first, name) == getattr(second, name), name


def test_pages_of_a_search_go_on_by_either_way(api: Client) -> None:
    whole = get(api, q=STORY)
    first = conforms(post(api, {"q": STORY, "limit": 2}), "search_by_body")
    second = conforms(post(api, {"q": STORY, "limit": 2, "cursor": first["next_cursor"]}), "search_by_body")
    third = get(api, q=STORY, limit=2, cursor=second["next_cursor"])
    assert [*first["items"], *second["items"], *third["items"]] == whole["items"][:6]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"q": None}, "q"),
        ({"q": 7}, "q"),
        ({"q": ["heat"]}, "q"),
        ({"q": "x" * 2_001}, "q"),
        ({"q": "heat", "limit": "5"}, "limit"),
        ({"q": "heat", "limit": True}, "limit"),
        ({"q": "heat", "limit": 0}, "limit"),
        ({"q": "heat", "limit": 2**63}, "limit"),
        ({"q": "heat", "limit": 1.5}, "limit"),
        ({"q": "heat", "cursor": "nonsense"}, "cursor"),
        ({"q": "heat", "cursor": {}}, "cursor"),
        ({"q": "heat", "correct": "yes"}, "correct"),
        ({"q": "heat", "explain": 1}, "explain"),
        ({"q": "heat", "personalize": None}, "personalize"),
        ({"q": "heat", "facets": "genres"}, "facets"),
        ({"q": "heat", "facets": ["stars"]}, "facets.0"),
        ({"q": "heat", "sort": "worst"}, "sort"),
        ({"q": "heat", "diversity": 1.01}, "diversity"),
        ({"q": "heat", "diversity": "0.5"}, "diversity"),
        ({"q": "heat", "diversity": True}, "diversity"),
        ({"q": "heat", "novelty_weight": 3.5}, "novelty_weight"),
        ({"q": "heat", "novelty_weight": -4}, "novelty_weight"),
        ({"q": "heat", "client_id": 7}, "client_id"),
        ({"q": "heat", "client_id": "me"}, "client_id"),
        ({"q": "heat", "genres": "Crime"}, "genres"),
        ({"q": "heat", "genres": [["Crime"]]}, "genres.0"),
        ({"q": "heat", "genres": ["x"] * 101}, "genres"),
        ({"q": "heat", "people": [{"name": "Jane"}]}, "people.0"),
        ({"q": "heat", "countries": ["-France"]}, "countries"),
        ({"q": "heat", "kind": "book"}, "kind"),
        ({"q": "heat", "year_min": "1990"}, "year_min"),
        ({"q": "heat", "year_min": 1}, "year_min"),
        ({"q": "heat", "year_min": 2001, "year_max": 1990}, "year_min"),
        ({"q": "heat", "novelty": 1}, "novelty"),
        ({"q": "heat", "Limit": 1}, "Limit"),
    ],
)
def test_a_body_that_cannot_be_meant_is_refused_in_words(api: Client, body: Any, field: str) -> None:
    refused(post(api, body), field)
    assert not SearchEvent.objects.exists()


@pytest.mark.parametrize(
    "body",
    ["[]", "7", "null", "{", "[" * 100_000, '{"q": NaN}', '{"q": "heat", "diversity": 1e400}', '{"q": "x\\'],
)
def test_a_body_that_is_no_object_is_refused_in_words(api: Client, body: str) -> None:
    answer = api.post(URL, body, content_type="application/json")
    assert answer.status_code == 400
    assert conforms(answer, "search_by_body")["detail"]


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "\ud83c heat \udfac", "🎬" * 199])
def test_any_text_is_a_text(api: Client, text: str) -> None:
    answer = post(api, {"q": text, "people": [text], "genres": [f"-{text}"]})
    assert answer.status_code == 200, answer.content
    conforms(answer, "search_by_body")


def test_a_body_and_parameters_together_are_refused(api: Client) -> None:
    answer = api.post(f"{URL}?limit=3", json.dumps({"q": "heat"}), content_type="application/json")
    refused(answer, "limit")


def test_a_form_is_no_body(api: Client) -> None:
    assert api.post(URL, {"q": "heat"}).status_code == 415


# ---- explained


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("also", [{}, {"novelty_weight": "2.5"}, {"diversity": "0.8"}, {"sort": "title"}])
def test_the_points_of_the_parts_sum_to_the_score(
    api: Client, somebody: str, learnt: None, query: str, also: dict[str, str]
) -> None:
    body = get(api, q=query, explain="true", client_id=somebody, **also)
    assert body["items"]
    for item in body["items"]:
        points = [part["points"] for part in item["explanation"]]
        assert math.fsum(points) == pytest.approx(item["score"], abs=1e-6)
        assert [abs(each) for each in points] == sorted(map(abs, points), reverse=True)
        for part in item["explanation"]:
            assert part["words"]
            if part["part"] == "taste":
                assert math.fsum(cause["points"] for cause in part["causes"]) == pytest.approx(
                    part["points"], abs=1e-6
                )  # four signals, all of them told
    served = SearchEvent.objects.get(pk=body["query_id"])
    assert len(served.shown) == len(body["items"])


@pytest.mark.parametrize("query", QUERIES)
def test_they_do_so_before_anything_is_said_of_rounding(api: Client, somebody: str, learnt: None, query: str) -> None:
    answer = services.search(query, Visitor(client_id=UUID(somebody)), surface="api")
    assert answer.items
    for item in answer.items:
        assert math.fsum(item.hit.parts.values()) == pytest.approx(item.hit.score, abs=1e-6)


def test_every_kind_of_part_is_told(api: Client, somebody: str, learnt: None) -> None:
    """Else the test above is of less than it says."""
    found = {
        part["part"]
        for query in QUERIES
        for item in get(api, q=query, explain="true", client_id=somebody)["items"]
        for part in item["explanation"]
    }
    assert found >= {"content", "lexical", "title", "facts", "memory", "taste", "lift", "prior", "novelty"}


def test_filters_alone_are_explained_too(api: Client, somebody: str) -> None:
    for item in get(api, genres="Drama", explain="true", client_id=somebody)["items"]:
        assert math.fsum(part["points"] for part in item["explanation"]) == pytest.approx(item["score"], abs=1e-6)


def test_nothing_is_explained_unasked(api: Client) -> None:
    assert all("explanation" not in item for item in get(api, q=STORY)["items"])
    items = get(api, q=STORY, explain="true")["items"]
    assert [{k: v for k, v in item.items() if k != "explanation"} for item in items] == get(api, q=STORY)["items"]


def test_taste_names_the_signals_it_rests_on(api: Client, somebody: str) -> None:
    items = get(api, q=STORY, explain="true", client_id=somebody)["items"]
    causes = [cause for item in items for part in item["explanation"] for cause in part["causes"]]
    assert ("like", "f10", "Heat") in {(cause["kind"], cause["item_id"], cause["text"]) for cause in causes}


def memory_of(body: dict[str, Any], item_id: str) -> dict[str, Any]:
    item = next(item for item in body["items"] if item["item_id"] == item_id)
    found: dict[str, Any] = next(part for part in item["explanation"] if part["part"] == "memory")
    return found


def test_words_that_few_searched_for_are_told_to_nobody_else(
    api: Client, learnt: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, others = "heist", "heist movie"
    own = memory_of(get(api, q=theirs, explain="true"), "f7")
    assert own["causes"] == [{"kind": "search", "text": theirs, "item_id": None, "points": own["points"]}]
    rare = get(api, q=others, explain="true")
    assert memory_of(rare, "f7")["causes"] == []
    popular = witnesses._Popular(frozenset([theirs]))
    monkeypatch.setattr(witnesses, "_popular", popular)
    assert memory_of(get(api, q=others, explain="true"), "f7")["causes"][0]["text"] == theirs


# ---- with and without a profile, in another order


def test_without_a_profile_it_is_the_answer_for_anybody(api: Client, somebody: str) -> None:
    anybody = [(item["item_id"], item["score"]) for item in get(api, q="crime")["items"]]
    mine = get(api, q="crime", client_id=somebody, explain="true")["items"]
    asked = get(api, q="crime", client_id=somebody, personalize="false")["items"]
    assert [(item["item_id"], item["score"]) for item in mine] != anybody
    assert [(item["item_id"], item["score"]) for item in asked] == anybody
    assert SearchEvent.objects.filter(client_id=UUID(somebody)).count() == 2


def test_what_surprise_counts_for_moves_the_score_by_exactly_that(api: Client) -> None:
    plain = {item["item_id"]: item for item in get(api, q=STORY, novelty_weight="0")["items"]}
    for weight in (-2.0, 0.25, 3.0):
        for item in get(api, q=STORY, novelty_weight=str(weight))["items"]:
            moved = item["score"] - plain[item["item_id"]]["score"]
            assert moved == pytest.approx(weight * item["novelty"], abs=1e-5)


def test_the_familiar_and_the_surprising_lead_at_the_ends(api: Client) -> None:
    novelty = {
        weight: [item["novelty"] for item in get(api, q=STORY, novelty_weight=weight)["items"]]
        for weight in ("-3", "3")
    }
    assert novelty["-3"][0] < novelty["3"][0]


def test_what_was_arranged_is_on_the_log(api: Client) -> None:
    get(api, q=STORY, novelty_weight="0.5", diversity="0.25")
    assert SearchEvent.objects.get().filters["view"] == {"novelty_weight": "0.5", "diversity": "0.25"}


def test_other_orders(api: Client) -> None:
    newest = [item["year"] for item in get(api, q=STORY, sort="newest")["items"]]
    names = [item["title"] for item in get(api, q=STORY, sort="title")["items"]]
    assert len(newest) > 3
    assert newest == sorted(newest, reverse=True)
    assert [fold(name) for name in names] == sorted(map(fold, names))


def test_the_best_matches_are_arranged_before_the_weaker_ones(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "N_GOOD", 3)
    best = [item["item_id"] for item in get(api, q=STORY, limit="100")["items"]]
    pages: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        page = get(api, q=STORY, sort="newest", limit="2", **cursor)
        pages += page["items"]
        cursor = {"cursor": page["next_cursor"]}
    assert {item["item_id"] for item in pages[:3]} == set(best[:3])
    for part in (pages[:3], pages[3:]):
        years = [item["year"] for item in part]
        assert years == sorted(years, reverse=True)


def test_titles_that_the_text_names_are_arranged_before_all_others(api: Client) -> None:
    for year, name in ((1990, "Zebra Town"), (2001, "Zebra Town"), (1995, "Zebra Town")):
        Title.objects.create(external_id=f"z{year}", name=name, year=year, popularity=5)
    embeddings.embed_missing(encoder(), embedding_fingerprint())
    CatalogRevision.bump()
    serving.refresh()
    found = get(api, q="zebra town", sort="oldest")["items"]
    assert [(item["title"], item["year"]) for item in found[:3]] == [("Zebra Town", y) for y in (1990, 1995, 2001)]


def test_where_only_filters_were_asked_for_all_are_arranged(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "N_GOOD", 1)
    years = [item["year"] for item in get(api, genres="Crime", sort="oldest")["items"]]
    assert len(years) > 2
    assert years == sorted(years)


def test_diversity_keeps_the_titles_and_the_first_of_them(api: Client) -> None:
    plain, diverse = get(api, q=STORY)["items"], get(api, q=STORY, diversity="1")["items"]
    assert plain[0]["item_id"] == diverse[0]["item_id"]
    assert {item["item_id"] for item in plain} == {item["item_id"] for item in diverse}
    assert [item["item_id"] for item in plain] != [item["item_id"] for item in diverse]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("novelty_weight", "nan"), ("novelty_weight", "inf"), ("novelty_weight", "3.01"), ("novelty_weight", "many"),
        ("diversity", "-0.1"), ("diversity", "nan"), ("diversity", "1e9"), ("sort", "worst"), ("sort", ""),
        ("explain", "perhaps"), ("personalize", "2"), ("surprise", "3"),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_meant_is_refused_in_words(api: Client, name: str, value: str) -> None:
    refused(api.get(URL, {"q": "heat", name: value}), name, "search")


@pytest.mark.parametrize("explain", ["false", "true"])
def test_it_asks_the_database_eight_times_at_most(
    api: Client, somebody: str, django_assert_max_num_queries: Callable[[int], Any], explain: str
) -> None:
    with django_assert_max_num_queries(8):
        api.get(URL, {"q": STORY, "client_id": somebody, "explain": explain})
