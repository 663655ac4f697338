"""`/api/v1/recommendations`: the rows of the first page, one list at a time, and what goes with what was seen."""

import json
import math
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog import signals
from catalog.models import SearchEvent, Signal, Title
from catalog.signals import Kind, Owner, Said
from recommender import serving
from recommender.accounts import keys
from recommender.ml.curation import Curation, Rule
from tests.recommender.api.contract import conforms

pytestmark = pytest.mark.django_db
URL, SESSION = "/api/v1/recommendations", "/api/v1/recommendations/session"
LISTS = ("for_you", "because_you_liked", "new", "popular")


@pytest.fixture
def api(full_house: list[Title]) -> Client:
    return Client()


@pytest.fixture
def fan(api: Client, full_house: list[Title]) -> str:
    """The client_id of somebody who likes three films of vampires, and wants to see none of the first boxers."""
    client_id = uuid4()
    liked = [title for title in full_house if title.name.endswith(" va")][:3]
    signals.say(Owner(None, client_id), *(Said(title.pk, Kind.LIKE) for title in liked))
    refused = next(title for title in full_house if title.name.endswith(" bo"))
    signals.say(Owner(None, client_id), Said(refused.pk, Kind.NOT_FOR_ME))
    return str(client_id)


def get(api: Client, scenario: str, **parameters: Any) -> dict[str, Any]:
    answer = api.get(URL, {"scenario": scenario} | parameters)
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = conforms(answer, "recommendations")
    return body


def after(api: Client, *item_ids: str, **also: Any) -> dict[str, Any]:
    answer = api.post(SESSION, json.dumps({"item_ids": item_ids} | also), content_type="application/json")
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = conforms(answer, "recommendations_for_session")
    return body


def ids(body: dict[str, Any]) -> list[str]:
    return [item["item_id"] for item in body["items"]]


def codes(body: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in body["warnings"]]


def kinds(body: dict[str, Any]) -> list[str]:
    """Which kind of film each is, see the house in conftest."""
    return [item["title"][-2:] for item in body["items"]]


def logged(body: dict[str, Any]) -> SearchEvent:
    """The row of the log, after a look that it says what was shown."""
    event = SearchEvent.objects.get(pk=body["query_id"])
    shown = Title.objects.in_bulk(event.shown)
    assert [shown[pk].external_id for pk in event.shown] == ids(body)
    assert event.propensity == [item["propensity"] for item in body["items"]]
    return event


def taste_for(body: dict[str, Any], kind: str) -> float:
    """What taste adds to titles of a kind on the list, together."""
    explained = [item["explanation"] for item in body["items"] if item["title"].endswith(kind)]
    return math.fsum(part["points"] for parts in explained for part in parts if part["part"] == "taste")


def sums(items: list[dict[str, Any]]) -> None:
    for item in items:
        assert math.fsum(part["points"] for part in item["explanation"]) == pytest.approx(item["score"], abs=1e-6)


# ---- one list


def test_for_you_is_what_ones_own_signals_speak_for(api: Client, fan: str) -> None:
    body = get(api, "for_you", client_id=fan, explain="true", limit="100")
    assert taste_for(body, "va") > 2 * taste_for(body, "we")
    assert not body["warnings"]
    points = [part["points"] for item in body["items"] for part in item["explanation"] if part["part"] == "taste"]
    assert len(points) == len(body["items"])
    assert min(points) > 0
    liked = {signal.title.external_id for signal in Signal.objects.filter(kind=Kind.LIKE)}
    assert not liked.intersection(ids(body))
    event = logged(body)
    assert (event.surface, event.variant, str(event.client_id)) == ("home", "for_you", fan)
    vampire = next(item for item in body["items"] if item["title"].endswith(" va"))
    assert vampire["reason"].startswith("Because you liked")


def test_because_you_liked_is_about_the_newest_favourite_or_the_title_asked_for(
    api: Client, fan: str, full_house: list[Title]
) -> None:
    body = get(api, "because_you_liked", client_id=fan)
    newest = Signal.objects.filter(kind=Kind.LIKE).latest("said", "id")
    assert body["query"]["user_query"] == newest.title.name
    assert logged(body).variant == "because"
    ship = next(title for title in full_house if title.name.endswith(" sp"))
    about = get(api, "because_you_liked", client_id=fan, item_id=ship.external_id, limit="5")
    assert (about["query"]["user_query"], kinds(about)) == (ship.name, ["sp"] * 5)
    anybody = get(api, "because_you_liked", item_id=ship.external_id, limit="5")
    assert ids(anybody) == ids(about)
    assert not anybody["warnings"]


def test_new_is_what_came_last(api: Client, full_house: list[Title]) -> None:
    body = get(api, "new", limit="5")
    assert logged(body).variant == "new"
    assert len(body["items"]) == 5


def test_popular_is_what_most_know(api: Client, full_house: list[Title]) -> None:
    body = get(api, "popular", limit="10")
    fame = {title.external_id: title.popularity or 0 for title in full_house}
    assert [fame[item_id] for item_id in ids(body)] == sorted(fame.values(), reverse=True)[:10]
    assert logged(body).variant == "popular"


@pytest.mark.parametrize("scenario", ["for_you", "because_you_liked"])
@pytest.mark.parametrize(
    ("who", "why"),
    [
        ({}, "names nobody"),
        ({"client_id": "0199d3a4-0000-7000-8000-000000000000"}, "Nothing is known of this visitor"),
    ],
)
def test_a_stranger_gets_what_is_popular_and_is_told(
    api: Client, scenario: str, who: dict[str, str], why: str
) -> None:
    body = get(api, scenario, **who)
    assert ids(body) == ids(get(api, "popular"))
    assert codes(body) == ["fallback"]
    assert why in body["warnings"][0]["detail"]
    assert logged(body).variant == "popular"


def test_the_cookie_of_our_own_pages_says_nothing_here(api: Client, fan: str) -> None:
    """A guest's likes on the site: who calls is said by client_id, and the warning does not claim to know nobody."""
    known = get(api, "for_you", client_id=fan)
    api.cookies["mq_client"] = fan
    body = get(api, "for_you")
    assert (codes(known), codes(body)) == ([], ["fallback"])
    assert "client_id" in body["warnings"][0]["detail"]
    assert "known" not in body["warnings"][0]["detail"]
    assert get(api, "for_you", client_id=fan)["items"] == known["items"]


@pytest.mark.parametrize("scenario", ["for_you", "because_you_liked"])
def test_without_a_profile_nobody_is_known(api: Client, fan: str, scenario: str) -> None:
    body = get(api, scenario, client_id=fan, personalize="false")
    assert codes(body) == ["fallback"]
    assert "No profile" in body["warnings"][0]["detail"]
    asked = api.get(URL, {"scenario": scenario, "client_id": fan}, headers={"Sec-GPC": "1"}).json()
    assert codes(asked) == ["fallback"]


def test_only_refusals_recommend_nothing(api: Client, full_house: list[Title]) -> None:
    client_id = uuid4()
    signals.say(Owner(None, client_id), Said(full_house[0].pk, Kind.NOT_FOR_ME))
    body = get(api, "for_you", client_id=str(client_id), limit="100")
    assert codes(body) == ["fallback"]
    assert full_house[0].external_id not in ids(body)


@pytest.mark.parametrize("scenario", LISTS)
def test_what_somebody_or_an_editor_hides_is_in_no_list(
    api: Client, fan: str, full_house: list[Title], scenario: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = full_house[3]
    rule = Rule("any", "", "hide", hidden.pk)
    monkeypatch.setattr(serving._serving, "curation", Curation((rule,)))
    refused = Signal.objects.get(kind=Kind.NOT_FOR_ME).title.external_id
    shown = ids(get(api, scenario, client_id=fan, limit="100"))
    assert shown
    assert hidden.external_id not in shown
    assert refused not in shown


@pytest.mark.parametrize("scenario", LISTS)
def test_filters_narrow_every_list(api: Client, fan: str, scenario: str) -> None:
    body = get(api, scenario, client_id=fan, genres="Horror", year_max="2000", limit="50")
    assert body["items"]
    assert body["query"]["filters"] == {"genres": ["Horror"], "year_max": 2000}
    for item in body["items"]:
        assert "Horror" in item["genres"]
        assert item["year"] <= 2000


def test_a_filter_that_nothing_passes_is_told(api: Client, fan: str) -> None:
    body = get(api, "for_you", client_id=fan, genres="Opera")
    assert (body["items"], body["total"]) == ([], 0)
    assert set(codes(body)) == {"unknown_value", "fallback"}


@pytest.mark.parametrize("scenario", LISTS)
def test_the_points_of_the_parts_sum_to_the_score(api: Client, fan: str, scenario: str) -> None:
    body = get(api, scenario, client_id=fan, explain="true", limit="50")
    assert body["items"]
    sums(body["items"])


def test_for_you_names_the_signals_it_rests_on(api: Client, fan: str) -> None:
    first = get(api, "for_you", client_id=fan, explain="true")["items"][0]
    causes = [cause for part in first["explanation"] for cause in part["causes"]]
    assert {cause["kind"] for cause in causes} <= {"like", "not_for_me"}
    assert causes[0]["item_id"] in {s.title.external_id for s in Signal.objects.filter(kind=Kind.LIKE)}


# ---- further pages


@pytest.mark.parametrize("scenario", ["for_you", "new", "popular"])
def test_pages_show_nothing_twice_and_skip_nothing(api: Client, fan: str, scenario: str) -> None:
    whole = get(api, scenario, client_id=fan, limit="100")
    found: list[str] = []
    places: list[int] = []
    cursor: dict[str, str] = {}
    for _ in range(100):
        page = get(api, scenario, client_id=fan, limit="7", **cursor)
        assert page["total"] == whole["total"]
        found += ids(page)
        places += [item["position"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert len(found) > 7
    # In "for you" all that somebody likes takes turns anew on every page.
    assert (sorted(found) == sorted(ids(whole))) if scenario == "for_you" else (found == ids(whole))
    assert places == list(range(1, len(found) + 1))


def test_a_stranger_pages_through_what_is_popular(api: Client) -> None:
    first = get(api, "for_you", limit="5")
    second = get(api, "for_you", limit="5", cursor=first["next_cursor"])
    assert ids(first) + ids(second) == ids(get(api, "popular", limit="10"))
    assert codes(second) == ["fallback"]


def test_a_list_goes_on_as_it_began(api: Client, full_house: list[Title]) -> None:
    """Though by now something is known of them."""
    client_id = uuid4()
    first = get(api, "for_you", limit="5", client_id=str(client_id))
    signals.say(Owner(None, client_id), Said(full_house[0].pk, Kind.LIKE))
    second = get(api, "for_you", limit="5", client_id=str(client_id), cursor=first["next_cursor"])
    assert not set(ids(first)).intersection(ids(second))
    assert logged(second).variant == "popular"


# ---- home


def test_home_is_the_rows_of_the_first_page(api: Client, fan: str) -> None:
    body = get(api, "home", client_id=fan)
    names = [row["name"] for row in body["rows"]]
    assert names[:2] == ["for_you", "because"]
    assert "popular" in names
    shown = [item["item_id"] for row in body["rows"] for item in row["items"]]
    assert len(shown) == len(set(shown))
    assert all(4 <= len(row["items"]) <= 8 for row in body["rows"])
    assert all(row["heading"] for row in body["rows"])
    for row in body["rows"]:
        event = logged(row)
        assert (event.variant, str(event.search_id), event.surface) == (row["name"], body["search_id"], "home")


def test_home_for_a_stranger_is_a_page_too(api: Client) -> None:
    names = [row["name"] for row in get(api, "home")["rows"]]
    assert names[0] == "popular"
    assert "for_you" not in names


def test_home_heeds_filters_and_limit(api: Client, fan: str) -> None:
    body = get(api, "home", client_id=fan, genres="Sci-Fi", limit="3", explain="true")
    assert body["rows"]
    for row in body["rows"]:
        assert len(row["items"]) <= 3
        assert all("Sci-Fi" in item["genres"] for item in row["items"])
        logged(row)
        sums(row["items"])


# ---- what cannot be meant


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({}, "scenario"),
        ({"scenario": ""}, "scenario"),
        ({"scenario": "best"}, "scenario"),
        ({"scenario": "popular", "limit": "0"}, "limit"),
        ({"scenario": "popular", "limit": "101"}, "limit"),
        ({"scenario": "popular", "limit": str(2**63)}, "limit"),
        ({"scenario": "popular", "cursor": "x"}, "cursor"),
        ({"scenario": "home", "cursor": "WyIwMTk5ZDNhNC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAiLCAxXQ=="}, "cursor"),
        ({"scenario": "popular", "cursor": "WyIwMTk5ZDNhNC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAiLCAxXQ=="}, "cursor"),
        ({"scenario": "popular", "item_id": "f1"}, "item_id"),
        ({"scenario": "because_you_liked", "item_id": "nobody"}, "item_id"),
        ({"scenario": "because_you_liked", "item_id": "\x00"}, "item_id"),
        ({"scenario": "because_you_liked", "item_id": ""}, "item_id"),
        ({"scenario": "because_you_liked", "item_id": "x" * 201}, "item_id"),
        ({"scenario": "popular", "client_id": "me"}, "client_id"),
        ({"scenario": "popular", "year_min": "soon"}, "year_min"),
        ({"scenario": "popular", "q": "heat"}, "q"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(api: Client, parameters: dict[str, str], field: str) -> None:
    answer = api.get(URL, parameters)
    assert answer.status_code == 400
    body = conforms(answer, "recommendations")
    assert (body["field"], bool(body["detail"])) == (field, True)
    assert not SearchEvent.objects.exists()


def test_a_cursor_goes_on_with_its_own_list_only(api: Client, fan: str) -> None:
    cursor = get(api, "popular", limit="5")["next_cursor"]
    search = api.get("/api/v1/search", {"q": "vampires", "limit": "3"}).json()["next_cursor"]
    for parameters in (
        {"scenario": "new", "cursor": get(api, "for_you", client_id=fan, limit="5")["next_cursor"]},
        {"scenario": "popular", "cursor": cursor, "genres": "Horror"},
        {"scenario": "popular", "cursor": search},
    ):
        answer = api.get(URL, parameters)
        assert answer.status_code == 400, parameters
        assert conforms(answer, "recommendations")["field"] == "cursor"
    assert api.get("/api/v1/search", {"q": "", "genres": "Drama", "cursor": cursor}).status_code == 400


# ---- after what was looked at


def test_a_session_leads_to_what_is_like_it(api: Client, full_house: list[Title]) -> None:
    seen = [title.external_id for title in full_house if title.name.endswith(" pi")][:3]
    body = after(api, *seen, limit=100, explain=True)
    assert taste_for(body, "pi") > 2 * taste_for(body, "we")
    assert not set(seen).intersection(ids(body))
    assert body["warnings"] == []
    pirate = next(item for item in body["items"] if item["title"].endswith(" pi"))
    assert pirate["reason"].startswith("Because you looked at")
    assert logged(body).variant == "session"


def test_what_was_looked_at_last_counts_most(api: Client, full_house: list[Title]) -> None:
    pirate, robot = (
        next(title.external_id for title in full_house if title.name.endswith(end)) for end in (" pi", " ro")
    )
    pirate_last = after(api, pirate, robot, limit=100, explain=True)
    robot_last = after(api, robot, pirate, limit=100, explain=True)
    assert taste_for(pirate_last, "pi") > 1.1 * taste_for(robot_last, "pi")
    assert taste_for(robot_last, "ro") > 1.1 * taste_for(pirate_last, "ro")


def test_a_session_is_kept_as_no_signal_of_anybody(api: Client, fan: str, full_house: list[Title]) -> None:
    said = Signal.objects.count()
    seen = full_house[70].external_id
    with_them, alone = after(api, seen, client_id=fan), after(api, seen)
    assert Signal.objects.count() == said
    assert set(ids(with_them)) <= set(ids(alone))  # but for what they hid
    hidden = Signal.objects.get(kind=Kind.NOT_FOR_ME).title.external_id
    assert hidden not in ids(with_them)
    assert logged(with_them).client_id == UUID(fan)


def test_ids_that_nobody_knows_are_told(api: Client, full_house: list[Title]) -> None:
    seen = full_house[0].external_id
    body = after(api, "nobody", seen, "\ud800\x00", seen)
    assert [(w["code"], w["field"]) for w in body["warnings"]] == [
        ("unknown_item", "item_ids.0"),
        ("unknown_item", "item_ids.2"),
    ]
    assert ids(body) == ids(after(api, seen))


@pytest.mark.parametrize("item_ids", [[], ["nobody"], ["", "\x00"]])
def test_where_nothing_is_known_it_is_what_is_popular(api: Client, item_ids: list[str]) -> None:
    body = after(api, *item_ids)
    assert ids(body) == ids(get(api, "popular"))
    assert codes(body) == ["unknown_item"] * len(item_ids) + ["fallback"]


def test_a_session_is_explained_and_filtered(api: Client, full_house: list[Title]) -> None:
    seen = [title.external_id for title in full_house[18:30]]
    body = after(api, *seen, explain=True, genres=["Horror"], year_min=1960, limit=50)
    assert body["items"]
    assert all("Horror" in item["genres"] for item in body["items"])
    sums(body["items"])
    taste = [part for item in body["items"] for part in item["explanation"] if part["part"] == "taste"]
    assert {cause["kind"] for part in taste for cause in part["causes"]} == {"opened"}
    assert {cause["item_id"] for part in taste for cause in part["causes"]} <= set(seen)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "item_ids"),
        ({"item_ids": None}, "item_ids"),
        ({"item_ids": "f1"}, "item_ids"),
        ({"item_ids": [1]}, "item_ids.0"),
        ({"item_ids": [["f1"]]}, "item_ids.0"),
        ({"item_ids": ["x" * 201]}, "item_ids.0"),
        ({"item_ids": ["f1"] * 101}, "item_ids"),
        ({"item_ids": ["f1"], "limit": "3"}, "limit"),
        ({"item_ids": ["f1"], "limit": 101}, "limit"),
        ({"item_ids": ["f1"], "personalize": True}, "personalize"),
        ({"item_ids": ["f1"], "genres": ["A", "-A"]}, "genres"),
    ],
)
def test_a_session_that_cannot_be_meant_is_refused_in_words(api: Client, body: Any, field: str) -> None:
    answer = api.post(SESSION, json.dumps(body), content_type="application/json")
    assert answer.status_code == 400
    assert conforms(answer, "recommendations_for_session")["field"] == field
    assert not SearchEvent.objects.exists()


# ---- what it costs, and for whom


@pytest.mark.parametrize("scenario", LISTS)
@pytest.mark.parametrize("explain", ["false", "true"])
def test_a_list_asks_the_database_nine_times_at_most(
    api: Client, fan: str, django_assert_max_num_queries: Callable[[int], Any], scenario: str, explain: str
) -> None:
    with django_assert_max_num_queries(9):
        api.get(URL, {"scenario": scenario, "client_id": fan, "explain": explain})


def test_home_and_a_session_ask_it_nine_times_at_most(
    api: Client, fan: str, full_house: list[Title], django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    get(api, "new")  # a process asks once for what came last to a catalogue
    with django_assert_max_num_queries(9):
        get(api, "home", client_id=fan)
    with django_assert_max_num_queries(9):
        after(api, *(title.external_id for title in full_house[:90]), client_id=fan)


def test_reading_is_enough_for_a_key(api: Client, django_user_model: type[User]) -> None:
    owner = django_user_model.objects.create_user("ada", password="a long password")
    reads = keys.create(owner, "reads", ["search:read"]).secret
    other = keys.create(owner, "other", ["events:write"]).secret
    for secret, status in ((reads, 200), (other, 403)):
        headers = {"Authorization": f"Bearer {secret}"}
        assert api.get(URL, {"scenario": "popular"}, headers=headers).status_code == status
        answer = api.post(SESSION, {"item_ids": ["f1"]}, content_type="application/json", headers=headers)
        assert answer.status_code == status
        conforms(answer, "recommendations_for_session")
