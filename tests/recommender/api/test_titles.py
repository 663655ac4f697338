"""`GET /api/v1/titles` and `/titles/{item_id}`: the catalogue as facts, in an order that new ones do not disturb."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from catalog.models import Credit, Interaction, Person, SearchEvent, Title, TitleAlias
from tests.recommender.api.contract import conforms
from tests.recommender.api.test_search import problem

pytestmark = pytest.mark.django_db
URL = "/api/v1/titles"


@pytest.fixture
def api(standing_world: list[Title]) -> Client:
    return Client()


def pages(api: Client, between: Callable[[int], object] = lambda _: None, **asked: Any) -> list[str]:
    """Ids over all pages; `between` is called with the number of each page that was read."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    for number in range(1, 100):
        body = conforms(api.get(URL, asked | cursor), "list_titles")
        found += [item["item_id"] for item in body["items"]]
        if body["next_cursor"] is None:
            return found
        cursor = {"cursor": body["next_cursor"]}
        between(number)
    raise AssertionError("it does not end")


def test_it_works(api: Client) -> None:
    body = conforms(api.get(URL, {"limit": 2}), "list_titles")
    assert (body["total"], len(body["items"])) == (10, 2)
    assert body["items"][0] == {
        "item_id": "f1", "title": "Inception", "year": 2010, "kind": "movie", "genres": ["Sci-Fi", "Thriller"],
        "runtime_minutes": None, "maturity": "", "url": "/title/f1/", "poster_url": "/poster/f1.svg",
    }  # fmt: skip
    assert not SearchEvent.objects.exists()
    assert not Interaction.objects.exists()


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("name", lambda title: (title.name, title.pk)),
        ("year", lambda title: (-(title.year or -1), title.pk)),
        ("popularity", lambda title: (-(title.popularity if title.popularity is not None else -1), title.pk)),
        ("newest", lambda title: (-title.added_on.toordinal() if title.added_on else -(10**9), title.pk)),
    ],
)
def test_each_order_holds_over_pages(api: Client, sort: str, key: Callable[[Title], Any]) -> None:
    Title.objects.filter(external_id__in=["f2", "f3"]).update(popularity=None, year=None)
    Title.objects.filter(external_id__in=["f4", "f7"]).update(added_on=date(2001, 2, 3))
    expected = [title.external_id for title in sorted(Title.objects.all(), key=key)]
    assert pages(api, sort=sort, limit=3) == expected


@pytest.mark.parametrize("sort", ["name", "year", "popularity", "newest"])
def test_what_comes_or_goes_between_pages_repeats_and_hides_nothing(api: Client, sort: str) -> None:
    before = pages(api, sort=sort)
    gone = before[1]

    def meanwhile(number: int) -> None:
        Title.objects.create(
            external_id=f"n{number}", name="AAA", year=2030, popularity=10.0**6, added_on=date(2031, 1, number)
        )
        Title.objects.filter(external_id=gone).update(is_published=False)

    found = pages(api, meanwhile, sort=sort, limit=2)
    assert [item_id for item_id in found if not item_id.startswith("n")] == before
    assert len(found) == len(set(found))


def test_filters_are_those_of_search(api: Client) -> None:
    body = conforms(api.get(URL + "?genres=Sci-Fi,-Horror&year_min=2000&sort=year"), "list_titles")
    assert ([item["item_id"] for item in body["items"]], body["total"]) == (["f6", "f1"], 2)
    assert conforms(api.get(URL, {"genres": "Nothing"}), "list_titles")["items"] == []
    assert problem(api.get(URL, {"year_min": "soon"}), 400)["field"] == "year_min"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"limit": "101"}, "limit"), ({"limit": "0"}, "limit"), ({"sort": "best"}, "sort"), ({"q": "x"}, "q"),
        ({"cursor": "x"}, "cursor"), ({"cursor": ""}, "cursor"), ({"cursor": "\x00"}, "cursor"),
        ({"cursor": "é" * 3_000}, "cursor"), ({"cursor": "W10.AAAA"}, "cursor"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_named(api: Client, asked: dict[str, str], field: str) -> None:
    answer = api.get(URL, asked)
    conforms(answer, "list_titles")
    assert problem(answer, 400)["field"] == field


def test_a_cursor_continues_its_own_list_only(api: Client) -> None:
    cursor = api.get(URL, {"limit": "2", "sort": "name"}).json()["next_cursor"]
    others: list[dict[str, str]] = [{"sort": "year"}, {"sort": "name", "genres": "Drama"}]
    for other in others:
        body = problem(api.get(URL, other | {"cursor": cursor}), 400)
        assert (body["field"], body["detail"]) == (
            "cursor", "This cursor continues another list; start again without it.",
        )  # fmt: skip
    assert api.get(URL, {"limit": "5", "sort": "name", "cursor": cursor}).status_code == 200


def test_who_has_it_already_is_not_sent_it_again(api: Client) -> None:
    for url, name in ((URL, "list_titles"), (f"{URL}/f1", "get_title")):
        first = api.get(url)
        assert first["Cache-Control"] == "public, max-age=60"
        for known in (first["ETag"], first["ETag"].removeprefix("W/"), f'"other", {first["ETag"]}', "*"):
            again = api.get(url, headers={"If-None-Match": known})
            assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
            conforms(again, name)
        assert api.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
        Title.objects.filter(external_id="f1").update(name=f"{name} renamed")
        changed = api.get(url, headers={"If-None-Match": first["ETag"]})
        assert changed.status_code == 200
        assert changed["ETag"] != first["ETag"]


def test_a_page_costs_three_queries_and_the_budget(
    api: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_max_num_queries(4):
        api.get(URL, {"genres": "Drama", "limit": "100"})


def test_one_title_with_all_its_facts(api: Client, django_assert_max_num_queries: Callable[[int], Any]) -> None:
    title = Title.objects.get(external_id="f1")
    title.original_name, title.themes, title.countries, title.languages = "Origin", ["dreams"], ["USA"], ["English"]
    title.runtime_minutes, title.maturity, title.popularity, title.added_on = 148, "PG-13", 9.5, date(2020, 1, 2)
    title.save()
    TitleAlias.objects.create(title=title, name="El origen")
    actor = Person.objects.create(name="Elliot Page")
    Credit.objects.create(title=title, person=actor, role=Credit.Role.CAST)
    with django_assert_max_num_queries(5):
        body = conforms(api.get(f"{URL}/f1"), "get_title")
    director = Person.objects.get(name="Christopher Nolan")
    assert body == {
        "item_id": "f1", "title": "Inception", "original_title": "Origin", "aliases": ["El origen"], "year": 2010,
        "kind": "movie", "genres": ["Sci-Fi", "Thriller"], "countries": ["USA"], "languages": ["English"],
        "runtime_minutes": 148, "seasons": None, "maturity": "PG-13", "synopsis": title.description,
        "themes": ["dreams"], "popularity": 9.5, "added_on": "2020-01-02", "url": "/title/f1/",
        "poster_url": "/poster/f1.svg",
        "people": [
            {"person_id": str(actor.pk), "name": "Elliot Page", "role": "cast"},
            {"person_id": str(director.pk), "name": "Christopher Nolan", "role": "director"},
        ],
    }  # fmt: skip


def test_withdrawn_and_unknown_look_alike(api: Client) -> None:
    Title.objects.filter(external_id="f2").update(is_published=False)
    withdrawn, unknown = (api.get(f"{URL}/{item_id}", headers={"X-Request-Id": "1"}) for item_id in ("f2", "x2"))
    conforms(withdrawn, "get_title")
    assert withdrawn.content.replace(b"f2", b"x2") == unknown.content
    assert problem(unknown, 404)["detail"] == "No title has the id “x2”."


@pytest.mark.parametrize("item_id", ["%00", "%FF", "x" * 3_000, "f1%20", "F1"])
def test_an_odd_id_is_nobodys(api: Client, item_id: str) -> None:
    problem(api.get(f"{URL}/{item_id}"), 404)


def test_an_unknown_parameter_is_refused(api: Client) -> None:
    assert problem(api.get(f"{URL}/f1", {"fields": "all"}), 400)["field"] == "fields"
