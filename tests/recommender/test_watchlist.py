"""My list: in the visitor's order, filtered, taken from with Undo, and taken along."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from catalog import signals
from catalog.models import Interaction, Title
from catalog.signals import Kind, Owner, Said
from recommender.pages import watchlist
from recommender.visitors import CLIENT_COOKIE

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LIST = "/list/"


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    client = Client(headers={"User-Agent": BROWSER})
    client.get(LIST)
    return client


def me(browser: Client) -> Owner:
    return Owner(None, UUID(browser.cookies[CLIENT_COOKIE].value))


def put(browser: Client, *titles: Title, seen: tuple[Title, ...] = ()) -> None:
    """On the list, the first given added last, a year apart."""
    said = [
        Said(title.pk, Kind.WATCHLIST, said=datetime(2024 - n, 5, 1, tzinfo=UTC)) for n, title in enumerate(titles)
    ]
    signals.say(me(browser), *said, *(Said(title.pk, Kind.SEEN) for title in seen))


def listed(page: Any) -> list[str]:
    return [signal.title.name for signal in page.context["page"].object_list]


def test_it_works(browser: Client, standing_world: list[Title], django_assert_max_num_queries: Any) -> None:
    put(browser, *standing_world[:5], seen=(standing_world[1],))
    with django_assert_max_num_queries(12):
        page = browser.get(LIST)
    assert listed(page) == ["Inception", "The Godfather", "Amélie", "Alien", "Ocean's Eleven"]
    text = page.content.decode()
    assert "5 titles" in text
    assert text.count(">Seen</span>") == 1
    assert '<meta name="robots" content="noindex">' in text


def test_an_empty_list_says_what_it_is_for(browser: Client) -> None:
    page = browser.get(LIST).content.decode()
    assert "Nothing is on it yet" in page
    assert 'href="/"' in page
    assert "<select" not in page


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("added", "Inception", "Amélie"),
        ("title", "Amélie", "The Godfather"),
        ("year", "Inception", "The Godfather"),
        ("oldest", "The Godfather", "Inception"),
        ("short", "Amélie", "Inception"),
        ("long", "The Godfather", "Inception"),
        ("no such order", "Inception", "Amélie"),
    ],
)
def test_orders(browser: Client, standing_world: list[Title], sort: str, first: str, last: str) -> None:
    inception, godfather, amelie = standing_world[:3]
    Title.objects.filter(pk=godfather.pk).update(runtime_minutes=175)
    Title.objects.filter(pk=amelie.pk).update(runtime_minutes=122)  # Inception's is unknown here: it comes last
    put(browser, inception, godfather, amelie)
    names = listed(browser.get(LIST, {"sort": sort}))
    assert (names[0], names[-1], len(names)) == (first, last, 3)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"genre": "Crime"}, ["The Godfather"]),
        ({"kind": "movie"}, ["Inception", "The Godfather"]),
        ({"kind": "show"}, ["Amélie"]),
        ({"seen": "yes"}, ["The Godfather"]),
        ({"seen": "no"}, ["Inception", "Amélie"]),
        ({"seen": "no", "genre": "Crime"}, []),
        ({"genre": "No such genre", "kind": "x", "seen": "perhaps"}, ["Inception", "The Godfather", "Amélie"]),
    ],
)
def test_filters(browser: Client, standing_world: list[Title], filters: dict[str, str], names: list[str]) -> None:
    inception, godfather, amelie = standing_world[:3]
    Title.objects.filter(pk=amelie.pk).update(kind="show")
    put(browser, inception, godfather, amelie, seen=(godfather,))
    page = browser.get(LIST, filters)
    assert listed(page) == names
    text = page.content.decode()
    assert ("Nothing on your watchlist fits these filters." in text) is (not names)
    assert f"{len(names)} of 3 titles" in text


def test_long_lists_have_pages_that_keep_the_filters(browser: Client) -> None:
    many = Title.objects.bulk_create(Title(external_id=f"m{n}", name=f"Film {n:03}") for n in range(120))
    put(browser, *many[:60])
    signals.say(me(browser), *(Said(title.pk, Kind.WATCHLIST) for title in many[60:]))
    page = browser.get(LIST, {"sort": "title", "page": "2"})
    assert listed(page) == [f"Film {n:03}" for n in range(50, 100)]
    assert "?sort=title&amp;page=3" in page.content.decode()
    assert len(listed(browser.get(LIST, {"page": "99"}))) == 20, "an old bookmark shows the last page"
    assert watchlist.PAGE_SIZE == 50


def test_removing_can_be_undone_to_the_day(browser: Client, standing_world: list[Title]) -> None:
    put(browser, *standing_world[:2])
    before = set(signals.signals_of(me(browser)).values_list())
    answer = browser.post(reverse("watchlist-remove"), {"title": "f2", "next": "/list/?sort=title"})
    assert (answer.status_code, answer["Location"]) == (302, "/list/?sort=title")
    page = browser.get(LIST)
    assert listed(page) == ["Inception"]
    assert "“The Godfather” is off your watchlist." in page.content.decode()
    assert Interaction.objects.get().action_name == "watchlist_remove"
    token = page.content.decode().split('name="token" value="')[1].split('"')[0]
    assert browser.post(reverse("undo"), {"token": token, "next": LIST})["Location"] == LIST
    assert set(signals.signals_of(me(browser)).values_list()) == before


def test_with_scripts_the_card_is_replaced(browser: Client, standing_world: list[Title]) -> None:
    put(browser, *standing_world[:2])
    answer = browser.post(reverse("watchlist-remove"), {"title": "f2", "next": LIST}, headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert text.startswith("<li")
    assert "Undo" in text
    assert "<html" not in text
    assert "is off your watchlist" not in browser.get(LIST).content.decode(), "said once"


def test_pressed_twice_it_says_so(browser: Client, standing_world: list[Title]) -> None:
    put(browser, standing_world[0])
    browser.post(reverse("watchlist-remove"), {"title": "f1"})
    page = browser.post(reverse("watchlist-remove"), {"title": "f1"}, follow=True)
    assert "was not on your watchlist any more" in page.content.decode()
    assert Interaction.objects.count() == 1
    answer = browser.post(reverse("watchlist-remove"), {"title": "f1"}, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == LIST


@pytest.mark.parametrize("title", ["no-such-title", "", "f1\x00"])
def test_a_title_that_is_none_is_not_found(browser: Client, title: str) -> None:
    assert browser.post(reverse("watchlist-remove"), {"title": title}).status_code == 404


def test_nobody_is_sent_elsewhere(browser: Client, standing_world: list[Title]) -> None:
    put(browser, standing_world[0])
    answer = browser.post(reverse("watchlist-remove"), {"title": "f1", "next": "https://example.org/"})
    assert answer["Location"] == LIST


def test_the_lists_of_others_are_theirs(browser: Client, standing_world: list[Title]) -> None:
    theirs = Owner(None, uuid4())
    signals.say(theirs, Said(standing_world[0].pk, Kind.WATCHLIST))
    assert "Nothing is on it yet" in browser.get(LIST).content.decode()
    browser.post(reverse("watchlist-remove"), {"title": "f1"})
    assert signals.signals_of(theirs).count() == 1


def test_a_title_that_left_the_catalogue_is_not_shown(browser: Client, standing_world: list[Title]) -> None:
    put(browser, *standing_world[:2])
    Title.objects.filter(pk=standing_world[0].pk).update(is_published=False)
    assert listed(browser.get(LIST)) == ["The Godfather"]


def test_csv_and_json_hold_the_whole_list(browser: Client, standing_world: list[Title]) -> None:
    put(browser, standing_world[2], standing_world[0])
    answer = browser.get(reverse("watchlist-export", args=["csv"]), {"genre": "Sci-Fi"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="marquee-list-')
    assert list(csv.reader(io.StringIO(answer.content.decode()))) == [
        ["title", "year", "id", "added"],
        ["Amélie", "2001", "f3", "2024-05-01T00:00:00+00:00"],
        ["Inception", "2010", "f1", "2023-05-01T00:00:00+00:00"],
    ]
    answer = browser.get(reverse("watchlist-export", args=["json"]))
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(answer.content)[0] == {
        "title": "Amélie", "year": 2001, "id": "f3", "added": "2024-05-01T00:00:00+00:00"
    }  # fmt: skip
    assert browser.get(reverse("watchlist-export", args=["xml"])).status_code == 404


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-ism", "@Home", "\t=1", "  =1", "\r=1"])
def test_a_spreadsheet_runs_nothing(browser: Client, name: str) -> None:
    put(browser, Title.objects.create(external_id="evil", name=name))
    answer = browser.get(reverse("watchlist-export", args=["csv"]))
    [_, row] = csv.reader(io.StringIO(answer.content.decode(), newline=""))
    assert row[0] == f"'{name}"
    assert json.loads(browser.get(reverse("watchlist-export", args=["json"])).content)[0]["title"] == name


def test_a_robot_has_no_list(standing_world: list[Title]) -> None:
    robot = Client(headers={"User-Agent": "Googlebot/2.1"})
    assert "Nothing is on it yet" in robot.get(LIST).content.decode()
    assert (
        "was not on your watchlist"
        in robot.post(reverse("watchlist-remove"), {"title": "f1"}, follow=True).content.decode()
    )
    assert robot.get(reverse("watchlist-export", args=["json"])).content == b"[]"


def test_hostile_names_stay_names(browser: Client) -> None:
    put(browser, Title.objects.create(external_id="evil", name='<script>alert("x")</script>' + "é́́" * 200))
    browser.post(reverse("watchlist-remove"), {"title": "evil"})
    page = browser.get(LIST).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
