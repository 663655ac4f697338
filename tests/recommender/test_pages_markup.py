"""What every page promises, whatever it is given: no inline code, one heading, labels, escaped text.

Pages are rendered from objects in memory, so that these tests need neither rows nor a model.
"""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from catalog.models import Person
from recommender.ml.facts.filters import Filters
from recommender.ml.ranking import Tier
from recommender.models import Checkpoint
from recommender.pages.title import Fact, People
from tests.recommender.drawn_pages import (
    EVERY_PAGE,
    HOSTILE,
    SAID,
    Page,
    draw,
    every_page,
    film,
    item,
    search_page,
    title_page,
)


@pytest.fixture
def pages() -> dict[str, Page]:
    return every_page()


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_nothing_is_inline_that_the_policy_forbids(pages, name):
    for tag, attributes in pages[name].elements:
        assert tag not in ("style", "b"), "a hostile text became an element"
        assert "style" not in attributes
        assert not [key for key in attributes if key.startswith("on")]
        if tag == "script":
            assert attributes["src"].startswith("/static/")
            assert "defer" in attributes


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_a_page_has_one_heading_one_main_and_unique_ids(pages, name):
    page = pages[name]
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert page.all("html")[0]["lang"] == "en"


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_every_field_that_is_seen_has_a_label(pages, name):
    page = pages[name]
    labelled = {a["for"] for a in page.all("label")}
    assert {a["id"] for a in page.all("input") if a.get("type") != "hidden"} <= labelled


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_nothing_is_loaded_from_elsewhere(pages, name):
    for _, attributes in pages[name].elements:
        if attributes.get("rel") == "canonical":
            continue  # an address to know the page by, not one to load
        for key in ("src", "href", "action"):
            assert not attributes.get(key, "").startswith(("http", "//", "data:"))


def test_a_result_links_through_the_log():
    page = search_page(recommendations=[item(film(), 7)])
    link = next(a for a in page.all("a") if "/go/" in a["href"])
    assert re.fullmatch(r"/go/[0-9a-f-]{36}/7/", link["href"])
    assert link["rel"] == "nofollow"
    query_id = link["href"].split("/")[2]
    assert page.all("ol", **{"data-query-id": query_id})
    assert page.all("li", **{"data-position": "7"})


def test_positions_above_a_thousand_are_plain_digits():
    assert search_page(recommendations=[item(film(), 1234)]).all("li", **{"data-position": "1234"})


def test_a_card_says_what_and_why():
    text = search_page(recommendations=[item(film(), 1)]).text
    for fact in ("Inception", "2010", "Film", "Action", "Drama", "Similar in theme"):
        assert fact in text
    assert "Sci-Fi" not in text.split("Recommended")[1].split("Similar")[0]


def test_a_correction_says_so_and_offers_the_way_back():
    page = search_page("the god father", "/search/?q=the+god+father&page=2", [item(film(), 1, Tier.TYPO)],
                       corrected_query="the godfather")  # fmt: skip
    assert "Showing results for the godfather . Search instead for the god father" in page.text
    back = next(a["href"] for a in page.all("a") if "correct=0" in a["href"])
    assert back == "?q=the+god+father&correct=0"


def test_the_query_stays_in_the_box():
    assert search_page(HOSTILE).all("input", name="q")[0]["value"] == HOSTILE


def test_paging_leads_on_and_back():
    page = search_page(recommendations=[item(film(), 21)], previous_page="?q=x&cursor=a", next_page="?q=x&cursor=b")
    addresses = {
        a["rel"].split()[0]: a["href"] for a in page.all("a") if a.get("rel", "").startswith(("prev", "next"))
    }
    assert addresses == {"prev": "?q=x&cursor=a", "next": "?q=x&cursor=b"}


def test_a_filter_in_use_can_be_removed_by_a_link_that_says_so(pages):
    page = pages["search_filtered"]
    removing = [a["href"] for a in page.all("a") if a.get("class") == "chip chip--on"]
    assert len(removing) == len(SAID.chips) + 7
    assert removing[0].startswith("?q=xx&kind=movie&genres=")
    assert "Remove filter: Korean ×" in page.text
    assert "Remove filter: Not War ×" in page.text
    assert "1990–1999" in page.text
    assert "At least 60 min" in page.text


def test_filters_of_one_word_say_of_what_they_are():
    asked = Filters(countries=frozenset({"France"}), languages=frozenset({"Korean"}), maturity=frozenset({"R"}))
    page = search_page(
        "korean", filters=asked, understanding=SAID, text="korean xx", recommendations=[item(film(), 1)]
    )
    for label in ("Korean", "Language: Korean", "Country: France", "Rated R"):
        assert f"Remove filter: {label} ×" in page.text


def test_the_form_of_filters_holds_what_is_asked_and_offers_what_is_there(pages):
    page = pages["search_filtered"]
    (form,) = page.all("form", **{"class": "refine__form"})
    assert (form["method"], form["action"]) == ("get", "/search/")
    fields = page.fields_of(form)
    checked = {(a["name"], a["value"]) for a in fields if "checked" in a}
    assert checked == {("kind", "movie"), ("genres", HOSTILE), ("genres", "-War")}
    kept = {(a["name"], a["value"]) for a in fields if a.get("type") == "hidden"}
    assert kept == {("q", "korean xx"), ("any_genres", "Crime"), ("people", HOSTILE)}
    ends = {a["name"]: a["value"] for a in fields if a.get("type") == "number"}
    assert ends == {"year_min": "1990", "year_max": "1999", "runtime_min": "60", "runtime_max": ""}
    offered = {(a["name"], a["value"]) for a in fields if a.get("type") in ("radio", "checkbox")} - checked
    assert offered == {
        ("kind", ""), ("kind", "show"), ("genres", "Drama"), ("countries", "France"), ("languages", "French"),
        ("maturity", "PG"),
    }  # fmt: skip
    assert "Leave out Drama" in page.text


def test_decades_and_running_times_are_links_and_the_one_in_use_takes_itself_away(pages):
    links = {a["href"]: a for a in pages["search_filtered"].all("a") if a.get("class") == "refine__link"}
    current = [href for href, a in links.items() if "aria-current" in a]
    assert len(links) == 4
    assert len(current) == 1
    assert "year" not in current[0]
    assert any("year_min=1980&year_max=1989" in href for href in links)
    assert any("runtime_min=90&runtime_max=119" in href for href in links)


def test_names_that_may_be_meant_are_offered():
    page = search_page(recommendations=[item(film(), 1)], suggestions=("Heat", "Alien"))
    assert "Did you mean Heat , Alien ?" in page.text
    assert len(page.all("span", **{"class": "correction__name"})) == 2  # each with what follows it
    assert [a["href"] for a in page.all("a") if "q=Alien" in a["href"]] == ["/search/?q=Alien"]


def test_nothing_found_says_which_filter_to_loosen_and_what_may_be_meant(pages):
    page = pages["search_unfiltered"]
    assert "There are titles without one of them" in page.text
    assert "Did you mean one of these?" in page.text
    assert "Fewer or other words" not in page.text


def test_nothing_found_says_so_and_offers_examples():
    page = search_page("qqqq")
    assert "Nothing fits “ qqqq ”" in page.text
    assert [a for a in page.all("a") if "q=heist%20that" in a["href"]]


def test_a_refused_search_shows_the_reason_as_an_alert():
    page = draw("recommender/search.html", {"query": "", "errors": ["That is 2,431 characters."]})
    assert page.all("div", role="alert")
    assert "That is 2,431 characters." in page.text


def test_a_title_page_shows_its_facts():
    facts = {"runtime_minutes": 148, "maturity": "PG-13"}
    cast = [Person(pk=n, name=f"Player {n}") for n in range(9)]
    page = title_page(
        film(**facts),
        people=[People("Director", [Person(pk=99, name="Ada Lind")], []), People("Cast", cast[:6], cast[6:])],
        countries=[Fact("France", "/search/?countries=France"), Fact("Japan", "/search/?countries=Japan")],
        languages=[Fact("French", "/search/?languages=French")],
    )
    for fact in (
        "148 minutes",
        "Countries France Japan",
        "Language French",
        "Rated PG-13",
        "Director Ada Lind",
        "3 more",
        "Player 8",
    ):
        assert fact in page.text
    assert page.all("a", href="/person/99/")
    assert page.all("a", href="/search/?countries=France")


def test_opinions_are_one_form_that_names_the_event_and_the_search():
    came_from = uuid4()
    page = title_page(film(), came_from=came_from, said=frozenset({"like", "watchlist"}))
    (form,) = page.all("form", method="post", action="/title/tt1/feedback/")
    hidden = {a["name"]: a["value"] for a in page.fields_of(form)}
    assert UUID(hidden["event_id"]) != came_from
    assert (hidden["query_id"], hidden["next"]) == (str(came_from), "/search/?q=x")
    assert hidden["csrfmiddlewaretoken"]
    pressing = {a["value"]: (a["name"], a["aria-pressed"]) for a in page.all("button") if "aria-pressed" in a}
    assert pressing == {
        "like": ("undo", "true"), "not_for_me": ("action", "false"), "seen": ("action", "false"),
        "watchlist_remove": ("action", "true"),
    }  # fmt: skip


def test_dwell_is_measured_only_after_a_search():
    came_from = uuid4()
    measured = title_page(film(), came_from=came_from).all("article")[0]
    assert measured["data-dwell-url"] == "/api/v1/events"
    assert (measured["data-query-id"], measured["data-item-id"]) == (str(came_from), "tt1")
    unmeasured = title_page(film())
    assert "data-dwell-url" not in unmeasured.all("article")[0]
    assert not unmeasured.all("input", name="query_id")


@pytest.mark.parametrize(
    ("window", "promoted", "line"),
    [
        ({"n_searches": 312}, timedelta(hours=2), "Version 3 · learnt from 312 searches · updated 2 hours ago How"),
        ({"n_searches": 1}, None, "Version 3 · learnt from 1 search How"),
        ({}, None, "Version 3 How"),
    ],
)
def test_the_footer_says_what_answers(window, promoted, line):
    checkpoint = Checkpoint(version=3, window=window, promoted=timezone.now() - promoted if promoted else None)
    page = draw("404.html", {"serving": lambda: checkpoint})
    assert line in page.text.replace("\xa0", " ")
