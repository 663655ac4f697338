"""One title's page: facts that lead on, why it may be liked, what led here; and titles picked among suggestions."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from catalog import signals
from catalog.event_log import Deed, Visitor
from catalog.models import Credit, Interaction, Person, SearchEvent, Signal, Title
from catalog.signals import Kind, Owner, Said
from recommender import services
from recommender.answers import led_here
from recommender.visitors import CLIENT_COOKIE
from tests.returning import was_here

AtMost = Callable[[int], Any]
pytestmark = pytest.mark.django_db
CLIENT = UUID("019a0000-0000-7000-8000-000000000001")
OWNER = Owner(None, CLIENT)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has not read the log yet."""
    monkeypatch.setattr(led_here, "_process", led_here._Read())


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    client = Client(headers={"User-Agent": "Mozilla/5.0 (a person)"})
    client.cookies[CLIENT_COOKIE] = str(CLIENT)
    return client


def text_of(page: Any) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split()))


def links(page: Any) -> dict[str, str]:
    """Words → address, of links within the page's main part."""
    main = page.content.decode().split("<main")[1].split("</main>")[0]
    found = re.findall(r'<a[^>]*href="([^"]*)"[^>]*>(.*?)</a>', main, re.DOTALL)
    return {unescape(re.sub(r"<[^>]+>", "", words)).strip(): unescape(address) for address, words in found}


def named(name: str) -> Title:
    return Title.objects.get(name=name)


def test_every_fact_leads_to_others_like_it(browser: Client) -> None:
    Title.objects.filter(name="Heat").update(
        countries=["USA"], languages=["English"], runtime_minutes=170, maturity="R", themes=["one last job"]
    )
    found = links(browser.get("/title/f10/"))
    assert found["1995"] == "/search/?q=&year_min=1990&year_max=1999"
    assert found["Film"] == "/search/?q=&kind=movie"
    assert found["170 minutes"] == "/search/?q=&runtime_min=151"
    assert found["Rated R"] == "/search/?q=&maturity=R"
    assert found["USA"] == "/search/?q=&countries=United+States"
    assert found["English"] == "/search/?q=&languages=English"
    assert found["one last job"] == "/search/?q=one%20last%20job"
    assert found["Crime"] == "/genre/Crime/"
    assert found["Michael Mann"] == f"/person/{Person.objects.get(name='Michael Mann').pk}/"
    for words, address in found.items():
        assert browser.get(address).status_code in (200, 302), words


@pytest.mark.parametrize(
    ("minutes", "asked"),
    [
        (1, "runtime_max=89"), (89, "runtime_max=89"), (90, "runtime_min=90&runtime_max=119"),
        (120, "runtime_min=120&runtime_max=150"), (150, "runtime_min=120&runtime_max=150"), (151, "runtime_min=151"),
        (32_000, "runtime_min=151"),
    ],
)  # fmt: skip
def test_any_length_has_a_band(browser: Client, minutes: int, asked: str) -> None:
    Title.objects.filter(name="Heat").update(runtime_minutes=minutes)
    assert f"/search/?q=&{asked}" in links(browser.get("/title/f10/")).values()


def test_a_long_cast_folds(browser: Client) -> None:
    heat = named("Heat")
    for n in range(9):
        Credit.objects.create(title=heat, person=Person.objects.create(name=f"Player {n}"), role=Credit.Role.CAST)
    page = text_of(browser.get("/title/f10/"))
    assert page.index("Player 5") < page.index("3 more") < page.index("Player 6")


# ---- why somebody might like it


def test_a_liked_title_speaks_for_one_like_it_with_what_they_share(browser: Client) -> None:
    assert "Why you might like it" not in text_of(browser.get("/title/f10/"))
    signals.say(OWNER, Said(named("Ocean's Eleven").pk, Kind.LIKE))
    page = browser.get("/title/f10/")
    assert "Why you might like it Because you liked Ocean's Eleven Crime" in text_of(page)
    assert links(page)["Because you liked Ocean's Eleven"] == "/title/f5/"


def test_what_was_not_liked_speaks_against(browser: Client) -> None:
    signals.say(OWNER, Said(named("Ocean's Eleven").pk, Kind.NOT_FOR_ME))
    assert "Although Ocean's Eleven was not for you" in text_of(browser.get("/title/f10/"))


def test_who_has_said_it_needs_no_guess(browser: Client) -> None:
    signals.say(OWNER, Said(named("Ocean's Eleven").pk, Kind.LIKE), Said(named("Heat").pk, Kind.LIKE))
    assert "Why you might like it" not in text_of(browser.get("/title/f10/"))


@pytest.mark.parametrize("off", ["by switch", "by signal", "by muting"])
def test_nothing_personal_is_said_where_it_is_switched_off(browser: Client, off: str) -> None:
    signals.say(OWNER, Said(named("Ocean's Eleven").pk, Kind.LIKE))
    headers = {}
    if off == "by switch":
        signals.set_preferences(OWNER, personalise=False)
    elif off == "by muting":
        Signal.objects.update(is_muted=True)
    else:
        headers = {"Sec-GPC": "1"}
    assert "Why you might like it" not in text_of(browser.get("/title/f10/", headers=headers))


# ---- searches that led here


def ask_and_click(text: str, n_clients: int, name: str = "Heat") -> None:
    for _ in range(n_clients):
        visitor = Visitor(uuid4())
        was_here(visitor.client_id)
        answer = services.search(text, visitor, surface="html")
        services.record([Deed(uuid4(), "click", named(name).pk, answer.query_id, 1)], visitor)


def test_only_searches_of_enough_people_are_shown(browser: Client, settings: Any) -> None:
    settings.SUGGEST_MIN_CLIENTS = 3
    ask_and_click("thieves at night", 3)
    ask_and_click("my neighbour at number nine", 2)
    ask_and_click("a night heist", 3, "Ocean's Eleven")
    page = text_of(browser.get("/title/f10/"))
    assert "Searches that led here thieves at night" in page
    assert "neighbour" not in page
    assert "a night heist" not in page


def test_one_person_many_times_is_one(browser: Client, settings: Any) -> None:
    settings.SUGGEST_MIN_CLIENTS = 2
    visitor = Visitor(uuid4())
    was_here(visitor.client_id)
    for _ in range(3):
        answer = services.search("thieves at night", visitor, surface="html")
        services.record([Deed(uuid4(), "click", named("Heat").pk, answer.query_id, 1)], visitor)
    assert "Searches that led here" not in text_of(browser.get("/title/f10/"))


def test_people_who_switched_learning_off_are_not_counted(browser: Client, settings: Any) -> None:
    settings.SUGGEST_MIN_CLIENTS = 2
    ask_and_click("thieves at night", 2)
    SearchEvent.objects.update(may_teach=False)
    assert "Searches that led here" not in text_of(browser.get("/title/f10/"))


# ---- chosen among suggestions


def test_a_title_that_was_picked_is_logged_as_the_search_that_was_spared(browser: Client) -> None:
    page = browser.get("/choose/f10/")
    logged = SearchEvent.objects.get()
    assert page["Location"] == f"/title/f10/?from={logged.pk}"
    assert (logged.raw_text, logged.surface, logged.shown) == ("Heat", "html", [named("Heat").pk])
    click = Interaction.objects.get()
    assert (click.action_name, click.query_id, click.client_id) == ("click", logged.pk, CLIENT)


def test_a_namesake_is_not_taken_for_it(browser: Client, standing_world: list[Title]) -> None:
    twin = Title.objects.create(external_id="twin", name="Heat", year=1995)  # in no index yet
    page = browser.get("/choose/twin/")
    assert page["Location"] == twin.get_absolute_url()
    assert not Interaction.objects.exists()


def test_a_name_longer_than_a_search_is_shown_all_the_same(browser: Client) -> None:
    Title.objects.filter(name="Heat").update(name="x" * 3_000)
    assert browser.get("/choose/f10/")["Location"] == "/title/f10/"


def test_what_left_cannot_be_picked(browser: Client) -> None:
    Title.objects.filter(name="Heat").update(is_published=False)
    assert browser.get("/choose/f10/").status_code == 404
    assert not SearchEvent.objects.exists()


# ---- cost


def test_a_title_costs_few_queries_however_much_there_is_to_say(
    browser: Client, django_assert_max_num_queries: AtMost, django_user_model: Any
) -> None:
    user = django_user_model.objects.create_user("anna")
    browser.force_login(user)
    owner = Owner(user.pk, None)
    signals.say(owner, Said(named("Ocean's Eleven").pk, Kind.LIKE), Said(named("Alien").pk, Kind.SEEN))
    with django_assert_max_num_queries(12):
        browser.get("/title/f10/")
