"""The page of results: order, familiarity, counts, addresses that say everything, and what changes in place."""

import gzip
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from django.test import Client

from catalog.models import SearchEvent, Title
from recommender.answers import arranging
from recommender.answers.arranging import NOVELTY, SURPRISES, View, arranged
from recommender.ml import engine
from tests import worlds

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
STATIC = Path(__file__).parents[2] / "recommender" / "static" / "recommender"
STORY = "crime drama heist"


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    return Client(headers={"User-Agent": BROWSER})


def html_of(page: Any) -> str:
    return unescape(page.content.decode())


def shown() -> list[Title]:
    event = SearchEvent.objects.latest("id")
    titles = Title.objects.in_bulk(event.shown)
    return [titles[title_id] for title_id in event.shown]


# ---- order


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("newest", lambda title: -title.year),
        ("oldest", lambda title: title.year),
        ("title", lambda title: title.name.casefold()),
    ],
)
def test_the_order_asked_for_is_of_everything_that_was_found(
    browser: Client, sort: str, key: Callable[[Title], Any]
) -> None:
    browser.get("/search/", {"q": STORY})
    best = shown()
    page = browser.get("/search/", {"q": STORY, "sort": sort})
    assert sorted(title.pk for title in shown()) == sorted(title.pk for title in best)
    assert [key(title) for title in shown()] == sorted(key(title) for title in best)
    assert f'<option value="{sort}" selected>' in html_of(page)
    assert SearchEvent.objects.latest("id").filters["view"] == {"sort": sort}


def test_titles_that_the_text_names_stay_first(browser: Client) -> None:
    browser.get("/search/", {"q": "heat", "sort": "oldest"})
    assert shown()[0].name == "Heat"
    years = [title.year or 0 for title in shown()[1:]]
    assert years == sorted(years)
    assert years[0] < 1995


def test_what_has_no_length_or_year_comes_last() -> None:
    snapshot = worlds.snapshot(worlds.LIBRARY)
    index = snapshot.index
    ranking = engine.search(snapshot, "drama", limit=100)

    def facts(sort: str, values: Any) -> list[int]:
        return [int(values[index.row_of_title[hit.title_id]]) for hit in arranged(ranking.hits, index, sort)]

    lengths = facts("shortest", index.facets.runtime)
    known = [length for length in lengths if length > 0]
    assert known == sorted(known)
    assert len(known) < len(lengths)
    assert lengths == known + [0] * (len(lengths) - len(known))
    assert arranged(ranking.hits, index, "best") == ranking.hits


def test_sorted_pages_follow_each_other(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from recommender import services

    search = services.search
    monkeypatch.setattr(services, "search", lambda *a, **options: search(*a, **options, limit=3))
    address: str | None = f"/search/?q={STORY}&sort=newest"
    years: list[int] = []
    while address:
        page = browser.get(address)
        years += [title.year for title in shown() if title.year]
        found = re.search(r'href="([^"]*)" rel="next nofollow"', html_of(page))
        address = f"/search/{found[1]}" if found else None
        assert address is None or "sort=newest" in address
    assert len(years) > 6
    assert years == sorted(years, reverse=True)


def test_a_sorted_page_is_served_as_it_must_be(browser: Client) -> None:
    """Nothing was drawn, so every title was certain to stand where it stands."""
    browser.get("/search/", {"q": STORY, "sort": "title"})
    assert set(SearchEvent.objects.latest("id").propensity) == {1.0}


# ---- familiarity


def test_more_surprise_never_makes_a_page_more_familiar() -> None:
    snapshot = worlds.snapshot(worlds.LIBRARY)
    novelty = [
        np.mean([hit.novelty for hit in engine.search(snapshot, "drama", limit=5, novelty=NOVELTY[step]).hits])
        for step in SURPRISES
    ]
    assert novelty == sorted(novelty)
    assert novelty[0] < novelty[-1]


def test_the_slider_reaches_the_engine_and_the_log(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float | None] = []
    search = engine.search

    def noting(*given: Any, **options: Any) -> Any:
        asked.append(options.get("novelty"))
        return search(*given, **options)

    monkeypatch.setattr(engine, "search", noting)
    for step in ("0", "2", "4"):
        page = browser.get("/search/", {"q": STORY, "surprise": step})
        assert f'value="{step}" aria-valuetext="{SURPRISES[int(step)]}"' in html_of(page)
    assert asked == [NOVELTY[0], None, NOVELTY[4]]
    logged = list(SearchEvent.objects.order_by("id").values_list("filters__view", flat=True))
    assert logged == [{"surprise": "0"}, None, {"surprise": "4"}]


@pytest.mark.parametrize("value", ["", "5", "-1", "two", "\x00", "9" * 400, "2.0"])
def test_an_order_or_step_that_there_is_none_of_is_the_plain_one(browser: Client, value: str) -> None:
    page = browser.get("/search/", {"q": STORY, "surprise": value, "sort": value})
    assert page.status_code == 200
    assert 'value="2" aria-valuetext="Balanced"' in html_of(page)
    assert f'<option value="{arranging.BEST}" selected>' in html_of(page)


def test_two_orders_at_once_are_refused_in_words(browser: Client) -> None:
    page = browser.get("/search/?q=heist&sort=newest&sort=oldest")
    assert page.status_code == 400
    assert "There can be one sort; here are “newest” and “oldest”." in html_of(page)


# ---- addresses


def test_the_address_keeps_order_familiarity_and_filters_wherever_it_leads(browser: Client) -> None:
    page = html_of(browser.get(f"/search/?q={STORY}&genres=Crime&sort=newest&surprise=3&correct=0"))
    links = [link for link in re.findall(r'href="(\?[^"]*)"', page) if "correct=0&page" not in link]
    assert len(links) > 3
    for link in links:
        kept = parse_qs(urlsplit(link).query)
        assert (kept["sort"], kept["surprise"], kept["correct"]) == (["newest"], ["3"], ["0"]), link
    for form in ("refine__form", "arrange"):
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', _form(page, form)))
        assert (fields["q"], fields["correct"]) == (STORY, "0")
        assert (fields.get("sort"), fields.get("surprise")) == (
            ("newest", "3") if form == "refine__form" else (None,) * 2
        )
    assert dict(re.findall(r'type="hidden" name="(genres)" value="([^"]*)"', _form(page, "arrange"))) == {
        "genres": "Crime"
    }


def _form(page: str, name: str) -> str:
    found = re.search(rf'<form class="{name}".*?</form>', page, re.DOTALL)
    assert found is not None
    return found[0]


def test_the_plain_view_adds_nothing_to_an_address() -> None:
    assert View().parameters == []
    assert View(correct=False, sort="title", surprise=0).parameters == [
        ("correct", "0"), ("sort", "title"), ("surprise", "0"),
    ]  # fmt: skip


# ---- what changes in place


def test_htmx_gets_the_page_and_an_address_without_what_nobody_asked_for(browser: Client) -> None:
    sent = f"q={STORY}&kind=&genres=Crime&year_min=&year_max=&sort=best&surprise=2"
    page = browser.get(f"/search/?{sent}", headers={"HX-Request": "true"})
    assert page["HX-Push-Url"] == "/search/?q=crime+drama+heist&genres=Crime"
    assert 'id="results"' in html_of(page)
    assert "<title>" in html_of(page)
    assert "HX-Push-Url" not in browser.get(f"/search/?{sent}")


def test_every_control_that_changes_results_swaps_the_same_part(browser: Client) -> None:
    page = html_of(browser.get(f"/search/?q={STORY}&genres=Crime"))
    assert page.count('id="results"') == 1
    swaps = re.findall(r'hx-target="#results" hx-select="#results" hx-swap="outerHTML[^"]*" hx-push-url="true"', page)
    assert len(swaps) >= 3  # chips, filters, order
    assert "hx-on" not in page
    assert "hx-vals" not in page


@pytest.mark.parametrize("query", ["q=xqzzk+vvrtw", "q=heist&year_min=abc", "q=heat"])
def test_whatever_comes_back_has_the_part_to_swap(browser: Client, query: str) -> None:
    assert 'id="results" tabindex="-1"' in html_of(browser.get(f"/search/?{query}", headers={"HX-Request": "true"}))


def test_the_control_that_was_used_has_the_same_id_on_the_next_page(browser: Client) -> None:
    ids = [
        set(
            re.findall(
                r'<input type="checkbox" id="([^"]+)" name="genres" value="Crime"', html_of(browser.get(address))
            )
        )
        for address in (f"/search/?q={STORY}", f"/search/?q={STORY}&genres=Crime")
    ]
    assert ids[0] == ids[1] != set()


# ---- what is observed


def test_a_card_says_what_a_beacon_needs(browser: Client) -> None:
    page = html_of(browser.get("/search/", {"q": STORY}))
    assert f'data-query-id="{SearchEvent.objects.latest("id").pk}"' in page
    assert 'data-position="1" data-item-id="' in page
    assert 'observe.js" defer' in page
    assert 'data-events="/api/v1/events"' in page


def test_robots_are_given_nothing_to_observe_with(standing_world: list[Title]) -> None:
    page = Client(headers={"User-Agent": "Googlebot/2.1"}).get("/search/", {"q": STORY})
    assert "observe.js" not in html_of(page)


# ---- what it weighs


def test_a_full_page_stays_small(browser: Client) -> None:
    page = html_of(browser.get(f"/search/?q={STORY}&genres=Crime"))
    styles = re.findall(r'<link rel="stylesheet" href="/static/recommender/([\w.]+)"', page)
    scripts = re.findall(r'<script src="/static/recommender/([\w.]+)"', page)
    assert {"cards.css", "results.css"} <= set(styles)
    assert {"feedback.js", "observe.js", "results.js"} <= set(scripts)
    assert sum(len((STATIC / name).read_bytes()) for name in styles) <= 20_000
    assert sum(len((STATIC / name).read_bytes()) for name in scripts) <= 20_000
    assert len(gzip.compress(page.encode())) <= 14_000


def test_colours_and_sizes_of_cards_and_results_are_tokens() -> None:
    defined = set(re.findall(r"(--[\w-]+):", (STATIC / "tokens.css").read_text()))
    for name in ("cards.css", "results.css"):
        css = (STATIC / name).read_text()
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", css)
        assert set(re.findall(r"var\((--[\w-]+)", css)) <= defined
