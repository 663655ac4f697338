"""`GET /api/v1/search`: the answer as promised, errors as problem documents, paging without gaps."""

import base64
import json
import math
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID, uuid4

import pytest
from django.test import Client

from catalog.models import SearchEvent, Title
from recommender import services, serving

pytestmark = pytest.mark.django_db
URL = "/api/v1/search"
STORY = "crime drama heist"  # seven of the planted films fit, none by its name
SEARCH_ID = "0199d3a4-0000-7000-8000-000000000000"
FIELDS = {
    "item_id", "position", "match", "score", "relevance", "novelty", "propensity", "sources", "reason",
    "title", "year", "kind", "genres", "url",
}  # fmt: skip


@pytest.fixture
def api(standing_world: list[Title]) -> Client:
    return Client()


def problem(answer: Any, status: int) -> dict[str, Any]:
    """The problem document of an error, after a look at what every problem must say."""
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert body["title"]
    assert body["detail"]
    assert body["request_id"]
    return body


def test_it_works(api: Client) -> None:
    answer = api.get(URL, {"q": "incepton"})
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {
        "query_id", "search_id", "query", "model_version", "took_ms", "items", "total", "next_cursor",
        "result_quality", "suggestions", "facets", "encoder_truncated", "warnings",
    }  # fmt: skip
    assert 0.5 < body["query"].pop("correction_confidence") <= 1
    assert body["query"] == {
        "user_query": "incepton",
        "corrected_query": "Inception",
        "class": "title",
        "read_as": "incepton",
        "chips": [],
        "unmet": [],
        "filters": {},
    }
    assert (body["result_quality"], body["suggestions"], body["facets"]) == ("high", [], {})
    assert (body["encoder_truncated"], body["warnings"]) == (False, [])
    assert body["model_version"] == 0
    assert answer["X-Model-Version"] == "0"
    assert 0 <= body["took_ms"] < 60_000
    assert body["total"] == len(body["items"])
    assert body["next_cursor"] is None
    first = body["items"][0]
    assert set(first) == FIELDS
    described = ("item_id", "position", "match", "title", "year", "kind", "genres", "url", "propensity")
    assert {name: first[name] for name in described} == {
        "item_id": "f1", "position": 1, "match": "typo", "title": "Inception", "year": 2010, "kind": "movie",
        "genres": ["Sci-Fi", "Thriller"], "url": "/title/f1/", "propensity": 1.0,
    }  # fmt: skip
    assert "title" in first["sources"]
    assert all(math.isfinite(first[name]) for name in ("score", "relevance", "novelty"))


def test_the_answer_is_in_the_log_as_it_was_given(api: Client) -> None:
    client_id, session_id = uuid4(), uuid4()
    body = api.get(URL, {"q": STORY, "client_id": str(client_id), "session_id": str(session_id)}).json()
    logged = SearchEvent.objects.get()
    assert (logged.pk, logged.search_id) == (UUID(body["query_id"]), UUID(body["search_id"]))
    assert (logged.client_id, logged.session_id, logged.surface) == (client_id, session_id, "api")
    shown = Title.objects.in_bulk(logged.shown)
    assert [shown[pk].external_id for pk in logged.shown] == [item["item_id"] for item in body["items"]]
    assert logged.propensity == [item["propensity"] for item in body["items"]]
    assert {item["match"] for item in body["items"]} == {"semantic"}


@pytest.mark.parametrize(("query", "match"), [("inception", "exact"), ("godfather, the", "exact"), ("alein", "typo")])
def test_a_title_stands_first_and_says_why(api: Client, query: str, match: str) -> None:
    assert api.get(URL, {"q": query}).json()["items"][0]["match"] == match


def test_a_correction_can_be_declined(api: Client) -> None:
    body = api.get(URL, {"q": "incepton", "correct": "false"}).json()
    assert body["query"]["corrected_query"] is None
    assert "typo" not in {item["match"] for item in body["items"]}


def test_nonsense_finds_nothing(api: Client) -> None:
    body = api.get(URL, {"q": "xqzzk vvrtw"}).json()
    assert (body["items"], body["total"], body["next_cursor"]) == ([], 0, None)


@pytest.mark.parametrize("asked", [{}, {"q": ""}, {"genres": ""}, {"q": "", "genres": ","}])
def test_an_empty_query_is_one_that_is_left_out_and_finds_nothing(api: Client, asked: dict[str, str]) -> None:
    body = api.get(URL, asked).json()
    assert (body["items"], body["query"]["class"], body["query"]["user_query"]) == ([], "empty", "")


def test_it_costs_one_read_and_two_writes(api: Client, django_assert_max_num_queries: Callable[[int], Any]) -> None:
    """The call is counted, the page is logged; two more reads where its titles are not at hand."""
    for most in (5, 3):
        with django_assert_max_num_queries(most):
            api.get(URL, {"q": STORY})


@pytest.mark.parametrize(
    ("agent", "is_robot"), [("Googlebot/2.1", True), ("curl/8.5", False), ("Mozilla/5.0 Firefox/140.0", False)]
)
def test_a_robot_is_logged_as_one(api: Client, agent: str, is_robot: bool) -> None:
    api.get(URL, {"q": "heat"}, headers={"User-Agent": agent})
    assert SearchEvent.objects.get().is_robot is is_robot


# ---- paging


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_show_nothing_twice_and_skip_nothing(api: Client, limit: int) -> None:
    whole = api.get(URL, {"q": STORY}).json()
    items, cursor, searches = [], None, set()
    for _ in range(whole["total"] + 1):
        asked = {"q": STORY, "limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        page = api.get(URL, asked).json()
        items += page["items"]
        searches.add(page["search_id"])
        assert page["total"] == whole["total"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert whole["total"] > 3
    assert cursor is None
    assert items == whole["items"]  # positions too
    assert len(searches) == 1  # pages of one intent belong together
    assert len({event.pk for event in SearchEvent.objects.filter(search_id=searches.pop())}) == -(
        -whole["total"] // limit
    )


def test_behind_the_end_is_an_empty_page(api: Client) -> None:
    whole = api.get(URL, {"q": STORY}).json()
    body = api.get(URL, {"q": STORY, "cursor": encoded([whole["search_id"], whole["total"]])}).json()
    assert (body["items"], body["total"], body["next_cursor"]) == ([], whole["total"], None)
    assert SearchEvent.objects.get(pk=body["query_id"]).first_position == whole["total"] + 1


@pytest.mark.parametrize(
    "asked",
    [
        {"q": "heat"}, {"q": STORY, "genres": "Crime"}, {"q": STORY, "sort": "oldest"},
        {"q": STORY, "correct": "false"},
        {"q": STORY, "diversity": "0.5"}, {"q": STORY, "novelty_weight": "1"}, {"q": STORY, "cursor": "unknown"},
        {"q": STORY, "cursor": "ahead"},
    ],
)  # fmt: skip
def test_a_cursor_continues_its_own_search_only(api: Client, asked: dict[str, str]) -> None:
    first = api.get(URL, {"q": STORY, "limit": "3"}).json()
    cursors = {
        "unknown": encoded([SEARCH_ID, 3]), "ahead": encoded([first["search_id"], 4]), "": first["next_cursor"],
    }  # fmt: skip
    answer = api.get(URL, asked | {"cursor": cursors[asked.get("cursor", "")]})
    body = problem(answer, 400)
    assert body["field"] == "cursor"
    assert "start again without it" in body["detail"]
    assert SearchEvent.objects.count() == 1


FORGED: list[Any] = [
    None, 7, "x", [], {}, [[]], [SEARCH_ID],
    [SEARCH_ID, 1, 2], [SEARCH_ID, -1], [SEARCH_ID, 1_001], [SEARCH_ID, 2**63],
    [SEARCH_ID, 1.0], [SEARCH_ID, True], [SEARCH_ID, "1"], [SEARCH_ID, None], ["x", 1], [7, 1], [[SEARCH_ID], 1],
    ["\ud800", 1], ["0" * 32, 1], {SEARCH_ID: 1, "x": 2}, [[[[]]]] * 2,
]  # fmt: skip


@pytest.mark.parametrize("place", FORGED)
@pytest.mark.parametrize("url", ["/api/v1/search?q=heat", "/api/v1/recommendations?scenario=popular"])
def test_a_forged_cursor_is_refused(api: Client, url: str, place: Any) -> None:
    for text in (encoded(place), encoded(place).rstrip("="), json.dumps(place)):
        answer = api.get(f"{url}&{urlencode({'cursor': text})}")
        assert problem(answer, 400)["field"] == "cursor"
    assert not SearchEvent.objects.exists()


def test_a_cursor_of_anothers_search_gives_what_it_has_not_shown_yet(api: Client) -> None:
    """It is not signed: nothing can be forged that a search of one's own would not show."""
    anna, ben = ({"q": STORY, "client_id": str(uuid4())} for _ in range(2))
    first = api.get(URL, anna | {"limit": "3"}).json()
    for offset in (1, 3):
        cursor = encoded([first["search_id"], offset])
        mine = api.get(URL, ben | {"cursor": cursor}).json()
        whole = api.get(URL, ben).json()
        assert [item["item_id"] for item in mine["items"]] == [item["item_id"] for item in whole["items"]][offset:]


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense", "====", "%", "é", "a" * 10_000, encoded([SEARCH_ID, -1]), encoded([SEARCH_ID, 1_001]),
        encoded([SEARCH_ID, True]), encoded([SEARCH_ID, 1.5]), encoded([SEARCH_ID]), encoded([7, 7]),
        encoded([None, 7]), encoded({"a": 1, "b": 2}), encoded("ab"), encoded(10**30), encoded(["x", 10**30]),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(), base64.urlsafe_b64encode(b"[NaN, 1]").decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(), "\x00",
    ],
)  # fmt: skip
def test_a_cursor_that_is_not_ours_is_refused(client: Client, cursor: str) -> None:
    assert problem(client.get(URL, {"q": "heat", "cursor": cursor}), 400)["field"] == "cursor"
    assert not SearchEvent.objects.exists()


# ---- filters


def test_filters_and_chips_are_said_back(api: Client) -> None:
    body = api.get(URL, {"q": "films from the 1970s", "genres": "crime,-war", "year_max": "1975"}).json()
    assert [item["title"] for item in body["items"]] == ["The Godfather"]
    assert body["query"]["filters"] == {"genres": ["Crime", "-War"], "year_max": 1975}
    assert body["query"]["chips"] == [
        {"field": "kind", "value": "movie", "label": "Movies", "start": 0, "end": 5},
        {"field": "years", "value": "1970-1979", "label": "1970s", "start": 6, "end": 20},
    ]


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ("genres=Crime,Comedy", ["Ocean's Eleven"]),
        ("genres=Crime&genres=Comedy", ["Ocean's Eleven"]),
        ("any_genres=Sport,Romance", ["Amélie", "Rocky II", "Brief Encounter"]),
        ("genres=Crime,-Comedy,-Thriller", ["The Godfather"]),
        ("genres=Crime&people=-Michael+Mann", ["The Godfather", "Ocean's Eleven"]),
        ("directors=David+Lean&year_max=1950", ["Brief Encounter"]),
        ("people=ridley+scott&people=David+Lean", []),
        ("kind=show", []),
        ("year_min=2010&year_max=2010&kind=movie", ["Inception", "The A-Team"]),
        ("runtime_max=100", []),
        ("q=&genres=Horror", ["Alien"]),
    ],
)
def test_a_filter_without_a_text_browses(api: Client, asked: str, titles: list[str]) -> None:
    answer = api.get(f"{URL}?{asked}")
    assert answer.status_code == 200
    assert sorted(item["title"] for item in answer.json()["items"]) == sorted(titles)


def test_what_the_text_asks_for_and_no_title_is_does_not_narrow(api: Client) -> None:
    body = api.get(URL, {"q": "horror 1990s"}).json()
    assert body["items"]
    assert [chip["label"] for chip in body["query"]["unmet"]] == ["Horror", "1990s"]
    assert body["query"]["chips"] == []
    logged = SearchEvent.objects.get().filters
    assert logged == {"asked": {}, "said": [], "unmet": body["query"]["unmet"]}


def test_a_value_that_nobody_has_is_a_warning(api: Client) -> None:
    body = api.get(f"{URL}?q=heist&genres=Foo,-Bar&people=Nobody").json()
    assert (body["items"], body["result_quality"]) == ([], "low")
    assert [(w["code"], w["field"]) for w in body["warnings"]] == [
        ("unknown_value", "genres"), ("unknown_value", "people"), ("unknown_value", "genres"),
    ]  # fmt: skip
    assert body["warnings"][0]["detail"] == "No title has the genre “Foo”."
    assert "Drama" in body["suggestions"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("kind=film", "kind"),
        ("kind=movie&kind=show", "kind"),
        ("year_min=99999999999999999999", "year_min"),
        ("year_min=" + "9" * 5_000, "year_min"),
        ("year_min=2000&year_max=1990", "year_min"),
        ("runtime_min=-1", "runtime_min"),
        ("runtime_max=%00", "runtime_max"),
        ("genres=Drama,-drama", "genres"),
        ("people=Cher&people=-cher", "people"),
        ("any_genres=-Comedy", "any_genres"),
        ("countries=-France", "countries"),
        ("languages=-English", "languages"),
        ("maturity=-R", "maturity"),
        ("directors=-X", "directors"),
        ("q=dogs", "q"),
        ("limit=1&limit=2", "limit"),
        ("cursor=a&cursor=b", "cursor"),
        ("correct=1&correct=0", "correct"),
        ("facets=kind&facets=genres", "facets"),
        ("&".join(f"people=P{n}" for n in range(101)), "people"),
        ("genres=" + ",".join(f"G{n}" for n in range(101)), "genres"),
        ("genre=Drama", "genre"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused_in_words(client: Client, asked: str, field: str) -> None:
    body = problem(client.get(f"{URL}?q=heat&{asked}"), 400)
    assert body["field"] == field
    assert len(body["detail"]) < 200


def test_a_hundred_filters_are_answered(api: Client) -> None:
    asked = "&".join(f"people=P{n}" for n in range(100))
    body = api.get(f"{URL}?q=heat&{asked}").json()
    assert (body["items"], len(body["warnings"])) == ([], 100)


@pytest.mark.parametrize(
    "value", ["a%00b", "%ED%A0%80", "%E2%80%AE", "%F0%9F%8E%AC", "%25", "%FF", "-", "y-", ",,,", "{}", "x" * 200]
)
@pytest.mark.parametrize(
    "name", ["genres", "any_genres", "countries", "languages", "maturity", "people", "directors"]
)
def test_any_text_is_a_value(api: Client, name: str, value: str) -> None:
    assert api.get(f"{URL}?q=heat&{name}={value}&{name}=x").status_code == 200


@pytest.mark.parametrize("limit", ["1_0", "٥", "٣", "5.0", "1e1", "0x5", ""])
def test_a_number_is_written_in_digits(api: Client, limit: str) -> None:
    assert problem(api.get(URL, {"q": "heat", "limit": limit}), 400)["field"] == "limit"


def test_options_are_not_offered(api: Client) -> None:
    answer = api.options(URL)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST, HEAD")


def test_a_fault_of_ours_is_a_problem_document_too(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: Any, **_options: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(services, "search", broken)
    api.raise_request_exception = False
    answer = api.get(URL, {"q": "heat"}, headers={"X-Request-Id": "mine"})
    assert problem(answer, 500)["request_id"] == answer["X-Request-Id"] == "mine"
    assert b"secret" not in answer.content
    page = api.get("/search/", {"q": "heat"}, headers={"accept": "text/html"})
    assert (page.status_code, page["Content-Type"]) == (500, "text/html; charset=utf-8")


@pytest.mark.parametrize("name", ["genres", "maturity", "people"])
def test_a_value_has_a_length(api: Client, name: str) -> None:
    """The log keeps what was asked for."""
    assert problem(api.get(URL, {"q": "heat", name: "x" * 201}), 400)["field"] == name
    assert problem(api.post(URL, {"q": "heat", name: ["x" * 201]}, "application/json"), 400)["field"].startswith(name)
    many = ",".join(["x" * 200] * 3)
    assert api.get(URL, {"q": "heat", name: many}).status_code == (200 if name != "people" else 400)


def test_facets_are_counted_on_request_over_all_that_was_found(api: Client) -> None:
    body = api.get(URL, {"q": "", "year_min": "1900", "limit": "1", "facets": "genres, kind"}).json()
    assert set(body["facets"]) == {"genres", "kind"}
    assert body["facets"]["kind"] == [{"value": "movie", "count": 10}]
    assert body["facets"]["genres"][0] == {"value": "Drama", "count": 4}
    everything = api.get(URL, {"q": "", "year_min": "1900", "facets": "all"}).json()["facets"]
    assert list(everything) == [
        "kind", "genres", "countries", "languages", "maturity", "years", "runtime", "people",
    ]  # fmt: skip
    assert {"value": "1970s", "count": 3} in everything["years"]
    assert api.get(URL, {"q": "heat", "facets": ""}).json()["facets"] == {}
    assert problem(api.get(URL, {"q": "heat", "facets": "genre"}), 400)["field"] == "facets"


def test_a_text_that_is_cut_is_a_warning(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving.current().encoder, "reads", lambda text: False)
    body = api.get(URL, {"q": STORY}).json()
    assert body["encoder_truncated"] is True
    assert [(w["code"], w["field"]) for w in body["warnings"]] == [("encoder_truncated", "q")]


def test_a_total_that_is_capped_is_a_warning(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert api.get(URL, {"q": STORY}).json()["warnings"] == []
    monkeypatch.setattr("recommender.answers.answer.MAX_DEPTH", 3)
    (warning,) = api.get(URL, {"q": STORY}).json()["warnings"]
    assert (warning["code"], warning["field"]) == ("total_is_capped", "total")
    assert warning["detail"] == "More titles may fit: total and facets count only the 1,000 best."


def test_nothing_found_suggests_themes(api: Client) -> None:
    body = api.get(URL, {"q": "xqzzk vvrtw"}).json()
    assert body["result_quality"] == "low"
    assert body["suggestions"][:1] == ["Drama"]


# ---- errors


def test_an_unknown_parameter_is_named(client: Client) -> None:
    body = problem(client.get(URL, {"q": "heat", "lmit": "3"}), 400)
    assert (body["field"], body["detail"]) == ("lmit", "Unknown field.")


def test_too_many_parameters_are_refused(client: Client) -> None:
    problem(client.get(f"{URL}?q=heat" + "&people=x" * 1_001), 400)


@pytest.mark.parametrize("limit", ["0", "-1", "101", "1.5", "ten", "", "9" * 5_000, "NaN", "\x00"])
def test_a_limit_out_of_bounds_is_refused(client: Client, limit: str) -> None:
    assert problem(client.get(URL, {"q": "heat", "limit": limit}), 400)["field"] == "limit"


@pytest.mark.parametrize("limit", [1, 100])
def test_a_limit_at_the_bounds_is_taken(api: Client, limit: int) -> None:
    body = api.get(URL, {"q": STORY, "limit": str(limit)}).json()
    assert len(body["items"]) == min(limit, body["total"])


@pytest.mark.parametrize("field", ["client_id", "session_id"])
def test_an_id_that_is_no_uuid_is_named(client: Client, field: str) -> None:
    assert problem(client.get(URL, {"q": "heat", field: "me"}), 400)["field"] == field


def test_a_query_of_2001_characters_is_refused_and_one_of_2000_is_not(api: Client) -> None:
    body = problem(api.get(URL, {"q": "é" * 2_001}), 400)
    assert body["field"] == "q"
    assert "2000" in body["detail"]
    assert api.get(URL, {"q": "é" * 2_000}).status_code == 200


@pytest.mark.parametrize(
    "query",
    ["a\x00b", "\x00", "\ud800", "alien \udfff", "%", "\\", "' OR 1=1 --", "[(*+?", "\u202e", "🎬", "ﷺ" * 300],
)
def test_any_text_is_a_query(api: Client, query: str) -> None:
    answer = api.get(f"{URL}?q={quote(query.encode('utf-8', 'surrogatepass'))}")
    assert answer.status_code == 200
    assert SearchEvent.objects.get().raw_text


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_search_is_only_to_be_read(client: Client, method: str) -> None:
    answer = getattr(client, method)(URL)
    body = problem(answer, 405)
    assert body["title"] == "Method Not Allowed"
    assert "GET" in answer["Allow"]


def test_the_callers_request_id_comes_back(client: Client) -> None:
    body = problem(client.get(URL, {"limit": "0"}, headers={"X-Request-Id": "trace-" + "7" * 100}), 400)
    assert body["request_id"] == "trace-" + "7" * 58


def test_without_a_version_it_says_when_to_come_back(api: Client) -> None:
    serving._serving = serving._Serving()
    answer = api.get(URL, {"q": "heat"})
    body = problem(answer, 503)
    assert body["detail"] == "no version has been loaded yet"
    assert answer["Retry-After"] == "5"
    assert not SearchEvent.objects.exists()
