"""Pages of a person and of a genre: facts are listed whole, recommendations leave out what was hidden."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from catalog import signals
from catalog.models import Credit, Person, SearchEvent, Title
from catalog.signals import Kind, Owner, Said
from recommender import services
from recommender.pages import browse
from recommender.visitors import CLIENT_COOKIE

AtMost = Callable[[int], Any]
pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CLIENT = UUID("019a0000-0000-7000-8000-000000000001")


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    client = Client(headers={"User-Agent": BROWSER})
    client.cookies[CLIENT_COOKIE] = str(CLIENT)
    return client


@pytest.fixture
def actor(standing_world: list[Title]) -> Person:
    """In the cast of the first five films, and the writer of the first."""
    somebody = Person.objects.create(name="Ada Lind")
    for film in standing_world[:5]:
        Credit.objects.create(title=film, person=somebody, role=Credit.Role.CAST)
    Credit.objects.create(title=standing_world[0], person=somebody, role=Credit.Role.WRITER)
    return somebody


def text_of(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def names(page: Any) -> list[str]:
    cards = re.findall(r'title-card__name"><a[^>]*><bdi>([^<]*)', page.content.decode())
    return [unescape(name) for name in cards]


def say(film: Title, kind: str) -> None:
    signals.say(Owner(None, CLIENT), Said(film.pk, kind))


# ---- a person


def test_it_works(browser: Client, actor: Person) -> None:
    page = browser.get(reverse("person", args=[actor.pk]))
    assert page.status_code == 200
    assert "5 titles in the catalogue · 1972–2010" in text_of(page)
    assert names(page) == [
        "Inception", "The Godfather", "Amélie", "Alien", "Ocean's Eleven", "Inception",
    ]  # fmt: skip
    assert text_of(page).index("In the cast") < text_of(page).index("As writer")  # the larger part first


def test_the_newest_first_where_asked(browser: Client, actor: Person) -> None:
    page = browser.get(reverse("person", args=[actor.pk]), {"sort": "year", "role": "cast"})
    years = [int(year) for year in re.findall(r'title-card__facts">(\d{4})', page.content.decode())]
    assert years == sorted(years, reverse=True)
    assert len(years) == 5


@pytest.mark.parametrize(
    "query", ["sort=nonsense", "role=nonsense", "page=-7", "page=x", "page=999", "role=cast&page=0"]
)
def test_what_cannot_be_meant_is_left_out(browser: Client, actor: Person, query: str) -> None:
    assert browser.get(f"{reverse('person', args=[actor.pk])}?{query}").status_code == 200


def test_a_long_role_is_cut_and_its_own_pages_show_all(
    browser: Client, actor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "N_FIRST", 2)
    monkeypatch.setattr(browse, "PER_PAGE", 2)
    address = reverse("person", args=[actor.pk])
    overview = browser.get(address)
    assert names(overview) == ["Inception", "The Godfather", "Inception"]
    assert 'href="?role=cast"' in overview.content.decode()
    shown: list[str] = []
    here = "?role=cast"
    while here:
        page = browser.get(address + here)
        shown += names(page)
        following = re.search(r'href="([^"]*)" rel="next"', page.content.decode())
        here = unescape(following[1]) if following else ""
    assert shown == ["Inception", "The Godfather", "Amélie", "Alien", "Ocean's Eleven"]


@pytest.mark.parametrize("query", ["", "?role=cast", "?role=cast&page=2"])
def test_the_years_are_those_of_all_titles_however_few_are_shown(
    browser: Client, actor: Person, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr(browse, "N_FIRST", 1)
    monkeypatch.setattr(browse, "PER_PAGE", 2)
    page = browser.get(reverse("person", args=[actor.pk]) + query)
    assert len(names(page)) <= 2
    assert "5 titles in the catalogue · 1972–2010" in text_of(page)


def test_a_filmography_is_facts_so_it_is_not_logged_and_hides_nothing(
    browser: Client, actor: Person, standing_world: list[Title]
) -> None:
    say(standing_world[1], Kind.SEEN)
    say(standing_world[3], Kind.NOT_FOR_ME)
    say(standing_world[0], Kind.LIKE)
    page = browser.get(reverse("person", args=[actor.pk]), {"role": "cast"})
    assert len(names(page)) == 5
    cards = page.content.decode().split("</li>")
    marked = {"".join(re.findall(r"<bdi>([^<]*)</bdi></a></h3>", card)): card for card in cards if "marks" in card}
    marks = [(name, re.findall(r'class="mark">([^<]*)', card)) for name, card in marked.items()]
    assert marks == [("Inception", ["Liked"]), ("The Godfather", ["Seen"]), ("Alien", ["Not for you"])]
    assert not SearchEvent.objects.exists()


def test_who_worked_on_the_same_titles_twice_is_named(
    browser: Client, actor: Person, standing_world: list[Title]
) -> None:
    often, once = Person.objects.create(name="Often There"), Person.objects.create(name="Once There")
    for film, somebody in ((0, often), (1, often), (1, once)):
        Credit.objects.create(title=standing_world[film], person=somebody, role=Credit.Role.CAST)
    page = text_of(browser.get(reverse("person", args=[actor.pk])))
    assert "Often There 2" in page
    assert "Once There" not in page


def test_a_person_whose_titles_have_left_is_not_there(
    browser: Client, actor: Person, standing_world: list[Title]
) -> None:
    Title.objects.filter(people=actor).update(is_published=False)
    assert browser.get(reverse("person", args=[actor.pk])).status_code == 404
    assert browser.get(reverse("person", args=[10**9])).status_code == 404


def test_a_name_leads_to_its_page(browser: Client, actor: Person) -> None:
    page = browser.get("/person/", {"name": "Ada Lind"})
    assert (page.status_code, page["Location"]) == (302, reverse("person", args=[actor.pk]))
    for nobody in ({}, {"name": "Nobody"}, {"name": "\x00"}):
        assert browser.get("/person/", nobody).status_code == 404


def test_a_name_is_text_whatever_it_is(browser: Client, actor: Person) -> None:
    actor.name = "<script>alert(1)</script>" + "x" * 300
    actor.save()
    page = browser.get(reverse("person", args=[actor.pk]))
    assert b"<script>alert(1)" not in page.content
    assert 'class="is-long"' in page.content.decode()


def test_a_person_costs_few_queries(browser: Client, actor: Person, django_assert_max_num_queries: AtMost) -> None:
    with django_assert_max_num_queries(8):
        browser.get(reverse("person", args=[actor.pk]))


# ---- a genre


def test_a_genre_shows_its_best_known_titles_and_logs_them(browser: Client) -> None:
    page = browser.get("/genre/Crime/")
    assert page.status_code == 200
    assert "3 titles in the catalogue" in text_of(page)
    logged = SearchEvent.objects.get()
    assert (logged.filters["asked"], logged.raw_text) == ({"genres": ["Crime"]}, "")
    assert names(page) == [Title.objects.get(pk=pk).name for pk in logged.shown]
    assert set(names(page)) == {"The Godfather", "Ocean's Eleven", "Heat"}


def test_what_was_hidden_is_left_out_of_a_genre(browser: Client, standing_world: list[Title]) -> None:
    say(standing_world[1], Kind.NOT_FOR_ME)
    assert set(names(browser.get("/genre/Crime/"))) == {"Ocean's Eleven", "Heat"}


def test_decades_and_other_genres_lead_into_the_search(browser: Client) -> None:
    html = unescape(browser.get("/genre/Crime/").content.decode())
    links = dict(re.findall(r'<li><a href="([^"]*)"[^>]*><bdi>([^<]*)', html))
    assert links["/search/?q=&genres=Crime&year_min=1970&year_max=1979"] == "1970s"
    assert links["/search/?q=&genres=Comedy&genres=Crime"] == "Comedy"
    for address in links:
        assert browser.get(address).status_code == 200


def test_pages_of_a_genre_follow_each_other(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    search = services.search
    monkeypatch.setattr(services, "search", lambda *a, **options: search(*a, **options | {"limit": 2}))
    first = browser.get("/genre/Drama/")
    following = re.search(r'href="([^"]*)" rel="next nofollow"', first.content.decode())
    assert following
    second = browser.get("/genre/Drama/" + unescape(following[1]))
    assert "page 2" in text_of(second)
    assert not set(names(first)) & set(names(second))
    assert 'content="noindex"' in second.content.decode()


@pytest.mark.parametrize("cursor", ["nonsense", "", "\x00"])
def test_a_list_that_cannot_go_on_begins_again(browser: Client, cursor: str) -> None:
    page = browser.get("/genre/Crime/", {"cursor": cursor})
    assert (page.status_code, page["Location"]) == (302, "/genre/Crime/")


@pytest.mark.parametrize("name", ["crime", "CRIME", "police", "Crime Movies"])
def test_other_words_for_a_genre_lead_to_it(browser: Client, name: str) -> None:
    page = browser.get(f"/genre/{quote(name)}/")
    assert (page.status_code, page["Location"]) == (302, "/genre/Crime/")


@pytest.mark.parametrize("name", ["nonsense", "Western", "Movies", "%00", "%F0%9F%8E%AC", "<script>", "a/b"])
def test_what_is_no_genre_here_is_not_there(browser: Client, name: str) -> None:
    assert browser.get(f"/genre/{name}/").status_code == 404
    assert not SearchEvent.objects.exists()


def test_a_genre_costs_few_queries(browser: Client, django_assert_max_num_queries: AtMost) -> None:
    with django_assert_max_num_queries(8):
        browser.get("/genre/Crime/")
