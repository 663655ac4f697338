"""What every page promises, whatever it is given: no inline code, one heading, labels, escaped text.

Pages are rendered from objects in memory, so that these tests need neither rows nor a model.
"""

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from uuid import uuid4

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone

from catalog.models import Genre, Title
from recommender import posters, refining
from recommender.answers import Answer, Item, Warn
from recommender.ml.facts.filters import Filters
from recommender.ml.query.understanding import Chip, Understanding
from recommender.ml.ranking import Hit, Source, Tier
from recommender.models import Checkpoint

STATIC = Path(posters.__file__).parent / "static" / "recommender"
EXAMPLES = ("Inception", "heist that goes wrong")
HOSTILE = '<script>alert("x")</script>\'&<b onclick=x>'
FACETS = {
    "kind": [("movie", 3), ("show", 1)], "genres": [("Drama", 3), (HOSTILE, 2)], "countries": [("France", 2)],
    "languages": [("French", 2)], "maturity": [("PG", 1)], "years": [("1980s", 1), ("1990s", 3)],
    "runtime": [("90 to 119 min", 2), ("under 90 min", 1)],
}  # fmt: skip
ASKED = Filters(
    kind="movie", genres=frozenset({HOSTILE}), without_genres=frozenset({"War"}), people=frozenset({HOSTILE}),
    any_genres=frozenset({"Crime"}), year_min=1990, year_max=1999, runtime_min=60,
)  # fmt: skip
SAID = Understanding("theme", chips=(Chip("origins", "Korean", "Korean", 0, 6), Chip("genres", "x", HOSTILE, 7, 9)))
EVERY_PAGE = ["home", "home_empty", "search", "search_filtered", "search_unfiltered", "search_empty",
              "search_refused", "title", "title_bare", "404", "500",
              "400", "403_csrf", "unavailable"]  # fmt: skip


class Page(HTMLParser):
    """The elements of a page: (tag, attributes) in order, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, {key: value or "" for key, value in attributes}))

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag, **wanted):
        return [a for t, a in self.elements if t == tag and all(a.get(k) == v for k, v in wanted.items())]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def film(name="Inception", genres=("Action", "Crime", "Drama", "Sci-Fi"), **facts) -> Title:
    title = Title(pk=1, external_id="tt1", name=name, **{"year": 2010, **facts})
    prefetched = {"genres": [Genre(name=genre) for genre in genres]}
    setattr(title, "_prefetched_objects_cache", prefetched)  # noqa: B010 - what prefetch_related leaves behind
    return title


def answer(*items: Item, **facts) -> Answer:
    defaults = {"user_query": "", "corrected_query": None, "query_class": "theme", "model_version": 3, "took_ms": 9.0,
                "total": len(items), "n_matches": 0, "next_offset": None}  # fmt: skip
    return Answer(query_id=uuid4(), search_id=uuid4(), items=list(items), **defaults | facts)


def item(title: Title, position: int, tier: Tier = Tier.SEMANTIC) -> Item:
    return Item(title, position, Hit(1, tier, 1.0, 1.0, 0.0, Source.DENSE, {}))


def draw(template: str, context=None, address="/search/?q=x", request=True) -> Page:
    return Page(render_to_string(template, context, request=RequestFactory().get(address) if request else None))


def search_page(query="x", address="/search/?q=x", matches=(), recommendations=(), **facts) -> Page:
    paging = {name: facts.pop(name, None) for name in ("previous_page", "next_page", "looser")}
    served = answer(*matches, *recommendations, **{"user_query": query} | facts)
    context = {"query": query, "answer": served, "matches": matches, "heading": "Recommended for this search",
               "recommendations": recommendations, "n_recommendations": len(recommendations),
               "page_number": 1, "examples": EXAMPLES, "panel": refining.panel(served, correct=True),
               "said": refining.said(served, correct=True), "asked": refining.removable(served, correct=True),
               "clear_all": "?q=x", **paging}  # fmt: skip
    return draw("recommender/search.html", context, address)


def title_page(title: Title, **context) -> Page:
    people: dict[str, list[str]] = {"directors": [], "writers": [], "cast": []}
    return draw(
        "recommender/title.html",
        {"title": title, "answer": answer(), "came_from": None, "event_id": uuid4(), **people, **context},
    )


@pytest.fixture
def pages():
    hostile = film(HOSTILE, [HOSTILE], description=HOSTILE, countries=[HOSTILE], maturity=HOSTILE)
    hostile.original_name = "x" + HOSTILE
    match, recommendation = shown = [item(film(), 1, Tier.EXACT), item(hostile, 2)]
    home = "recommender/home.html"
    return {
        "home": draw(home, {"answer": answer(*shown), "examples": EXAMPLES}),
        "home_empty": draw(home, {"answer": answer(), "examples": EXAMPLES}),
        "search": search_page(
            HOSTILE, matches=[match], recommendations=[recommendation], corrected_query=HOSTILE, next_page="?q=x"
        ),
        "search_filtered": search_page(
            "korean xx",
            recommendations=[recommendation],
            facets=FACETS,
            total=9,
            filters=ASKED,
            understanding=SAID,
            text="korean xx",
            suggestions=(HOSTILE, "Heat"),
            unmet=SAID.chips,
            warnings=(Warn("unknown_value", "genres", HOSTILE),),
        ),
        "search_unfiltered": search_page(
            "korean xx",
            filters=ASKED,
            understanding=SAID,
            text="korean xx",
            suggestions=(HOSTILE,),
            themes=(HOSTILE,),
            looser=[refining.Removable(HOSTILE, "?q=x")],
            warnings=(Warn("unknown_value", "genres", HOSTILE),),
        ),
        "search_empty": search_page(HOSTILE),
        "search_refused": draw("recommender/search.html", {"query": "", "errors": [HOSTILE]}),
        "title": title_page(hostile, cast=[HOSTILE] * 9, came_from=uuid4(), answer=answer(*shown)),
        "title_bare": title_page(film("Untitled", [], year=None)),
        "404": draw("404.html"),
        **{name: draw(f"{name}.html", request=False) for name in ("500", "400", "403_csrf")},
        "unavailable": draw("recommender/unavailable.html", request=False),
    }


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
    for fact in ("Inception", "2010", "Movie", "Action", "Drama", "Similar in theme"):
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
    fields = page.all("input")
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
    facts = {"runtime_minutes": 148, "countries": ["France", "Japan"], "languages": ["French"], "maturity": "PG-13"}
    text = title_page(film(**facts), directors=["Ada Lind"], cast=[f"Player {n}" for n in range(9)]).text
    for fact in (
        "148 minutes",
        "France, Japan",
        "Language French",
        "PG-13",
        "Director Ada Lind",
        "All 9",
        "Player 8",
    ):
        assert fact in text


def test_opinions_are_one_form_that_names_the_event_and_the_search():
    event_id, came_from = uuid4(), uuid4()
    page = title_page(film(), event_id=event_id, came_from=came_from)
    assert page.all("form", method="post", action="/title/tt1/feedback/")
    hidden = {a["name"]: a["value"] for a in page.all("input", type="hidden")}
    assert (hidden["event_id"], hidden["query_id"]) == (str(event_id), str(came_from))
    assert hidden["csrfmiddlewaretoken"]
    assert [a["value"] for a in page.all("button", name="action")] == ["like", "not_for_me", "seen", "watchlist_add"]


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
        ({"n_searches": 312}, timedelta(hours=2), "Version 3 · learnt from 312 searches · updated 2 hours ago"),
        ({"n_searches": 1}, None, "Version 3 · learnt from 1 search We"),
        ({}, None, "Version 3 We"),
    ],
)
def test_the_footer_says_what_answers(window, promoted, line):
    checkpoint = Checkpoint(version=3, window=window, promoted=timezone.now() - promoted if promoted else None)
    page = draw("404.html", {"serving": lambda: checkpoint})
    assert line in page.text.replace("\xa0", " ")


def test_style_and_script_stay_small():
    size = {path.name: len(path.read_bytes()) for path in STATIC.iterdir()}
    assert size["tokens.css"] + size["site.css"] <= 20_000
    assert size["site.js"] <= 6_000


def test_every_custom_property_is_defined_and_used():
    tokens, site = (STATIC / "tokens.css").read_text(), (STATIC / "site.css").read_text()
    defined, used = set(re.findall(r"(--[\w-]+):", tokens)), set(re.findall(r"var\((--[\w-]+)", tokens + site))
    assert defined == used


def test_colours_live_in_the_tokens():
    site = (STATIC / "site.css").read_text()
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", site)


def test_every_class_that_is_styled_stands_in_a_template():
    site = (STATIC / "site.css").read_text()
    root = Path(posters.__file__).parent.parent / "templates"
    templates = "".join(path.read_text() for path in [*root.glob("*.html"), *root.glob("recommender/*.html")])
    for name in set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"/\*.*?\*/", "", site, flags=re.DOTALL))):
        stem = re.sub(r"(poster__(words--)?|message--)\w+$", r"\1", name)
        assert stem in templates, f"nothing uses .{name}"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_the_contrast_it_needs(theme):
    """WCAG 2.2, success criteria 1.4.3 (text, 4.5) and 1.4.11 (edges of controls, 3)."""
    colour = _colours(theme)
    for text in ("ink", "ink-soft", "accent", "accent-over"):
        for ground in ("page", "surface"):
            assert _contrast(colour[text], colour[ground]) >= 4.5, (text, ground)
    for ground in ("accent", "accent-over"):
        assert _contrast(colour["on-accent"], colour[ground]) >= 4.5
    for ground in ("page", "surface"):
        assert _contrast(colour["line-strong"], colour[ground]) >= 3
        assert _contrast(colour["focus"], colour[ground]) >= 3
    for text in ("sign-letter", "sign-letter-soft", "sign-button", "sign-button-over"):
        for ground in ("sign-board", "sign-board-low"):
            assert _contrast(colour[text], colour[ground]) >= 4.5, (text, ground)


def test_the_words_on_a_poster_can_be_read():
    sheets = re.findall(r"--ground: (#\w+);.*--ink: (#\w+);", (STATIC / "tokens.css").read_text())
    assert len(sheets) == len(set(posters.PALETTES.values())) + 1
    for ground, ink in sheets:
        assert _contrast(ground, ink) >= 7


def _colours(theme: str) -> dict[str, str]:
    light, dark = (
        (STATIC / "tokens.css").read_text().split(".poster {")[0].split("@media (prefers-color-scheme: dark)")
    )
    found = dict(re.findall(r"--([\w-]+): (#\w{6});", light))
    return found | dict(re.findall(r"--([\w-]+): (#\w{6});", dark)) if theme == "dark" else found


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
