"""The page of results as it is asked for: texts, pages, filters, and what is refused in words."""

import re
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from django.test import Client

from catalog.models import SearchEvent, Title
from recommender import services, serving

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    return Client(headers={"User-Agent": BROWSER})


def text_of(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def only_search() -> SearchEvent:
    return SearchEvent.objects.get()


# ---- search


def test_a_misspelt_title_is_corrected_and_says_so(browser: Client) -> None:
    page = browser.get("/search/", {"q": "incepton"})
    assert "Showing results for Inception" in text_of(page)
    as_typed = browser.get("/search/", {"q": "incepton", "correct": "0"})
    assert "Showing results for Inception" not in text_of(as_typed)
    corrections = list(SearchEvent.objects.order_by("id").values_list("corrected_text", flat=True))
    assert corrections == ["Inception", ""]


def test_a_search_that_finds_nothing_says_so_and_is_logged(browser: Client) -> None:
    page = browser.get("/search/", {"q": "xqzzk vvrtw"})
    assert page.status_code == 200
    assert "Nothing fits" in text_of(page)
    assert only_search().shown == []


@pytest.mark.parametrize("address", ["/search/", "/search/?q=", "/search/?q=%20%20"])
def test_an_empty_search_goes_home(client: Client, address: str) -> None:
    page = client.get(address)
    assert (page.status_code, page["Location"]) == (302, "/")
    assert not SearchEvent.objects.exists()


def test_a_query_that_is_too_long_is_refused_in_words(client: Client) -> None:
    page = client.get("/search/", {"q": "a" * 2_001})
    assert page.status_code == 400
    assert "That is 2,001 characters; a search may have up to 2,000." in text_of(page)
    assert not SearchEvent.objects.exists()


def test_a_query_of_the_greatest_length_is_answered(browser: Client) -> None:
    assert browser.get("/search/", {"q": "a" * 2_000}).status_code == 200


@pytest.mark.parametrize("page_number", ["0", "-1", "51", "one", "9" * 400])
def test_a_page_that_there_cannot_be_is_refused_in_words(client: Client, page_number: str) -> None:
    page = client.get("/search/", {"q": "heat", "page": page_number})
    assert page.status_code == 400
    assert "Traceback" not in text_of(page)


@pytest.mark.parametrize(
    "query",
    [
        "a\x00b", "%", "' OR 1=1 --", "[(*", "\\", "\u202e\u0000", "🎬", "ı̇", "<script>alert(1)</script>", "\ud800",
        "{{ 7 }}",
    ],
)  # fmt: skip
def test_any_text_is_a_query(browser: Client, query: str) -> None:
    page = browser.get("/search/?q=" + quote(query.encode("utf-8", "surrogatepass")))
    assert page.status_code == 200
    assert b"<script>alert(1)" not in page.content
    assert only_search().raw_text != ""


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    search = services.search
    monkeypatch.setattr(services, "PAGE_SIZE", 3)
    monkeypatch.setattr(services, "search", lambda *a, **options: search(*a, **options, limit=3))


def link(page: Any, rel: str) -> str | None:
    """The address behind "next" or "prev", as a browser would follow it."""
    found = re.search(rf'href="([^"]*)" rel="{rel} nofollow"', page.content.decode())
    return f"/search/{unescape(found[1])}" if found else None


@pytest.mark.parametrize("asked", ["q=crime+drama+heist", "q=&year_min=1900&genres=-War&correct=0"])
def test_pages_follow_each_other_forward_and_back(browser: Client, short_pages: None, asked: str) -> None:
    pages = [browser.get(f"/search/?{asked}")]
    while address := link(pages[-1], "next"):
        pages.append(browser.get(address))
        assert f"page {len(pages)}" in text_of(pages[-1])
    events = list(SearchEvent.objects.order_by("id"))
    shown = [title for event in events for title in event.shown]
    assert len(shown) == len(set(shown)) > 6
    assert [event.first_position for event in events] == [1, 4, 7, 10][: len(events)]
    assert len({event.search_id for event in events}) == 1
    while address := link(pages[-1], "prev"):
        pages.append(browser.get(address))
    back = list(SearchEvent.objects.order_by("id"))[len(events) :]
    assert [event.shown for event in back] == [event.shown for event in events[-2::-1]]


@pytest.mark.parametrize("cursor", ["nonsense", "\x00", "a" * 10_000, "019a0000-0000-7000-8000-000000000000"])
def test_a_cursor_that_is_not_ours_is_refused_in_words(client: Client, cursor: str) -> None:
    page = client.get("/search/", {"q": "heat", "cursor": cursor})
    assert page.status_code == 400
    assert "did not go through" in text_of(page)


def test_a_cursor_of_another_search_leads_back_to_this_one(browser: Client, short_pages: None) -> None:
    address = link(browser.get("/search/", {"q": "crime drama heist"}), "next")
    assert address is not None
    page = browser.get(address.replace("crime", "space"))
    assert page.status_code == 400
    assert "belong to another search" in text_of(page)
    assert 'href="?q=space+drama+heist"' in page.content.decode()
    assert SearchEvent.objects.count() == 1


# ---- filters


def test_filters_narrow_and_can_be_taken_away_one_by_one(browser: Client) -> None:
    page = browser.get("/search/?q=heist&genres=Crime&genres=-Comedy&year_min=1990&people=Michael+Mann")
    assert [title.name for title in Title.objects.filter(pk__in=only_search().shown)] == ["Heat"]
    html = unescape(page.content.decode())
    for label, rest in (
        ("Crime", "genres=-Comedy&people=Michael+Mann&year_min=1990"),
        ("Not Comedy", "genres=Crime&people=Michael+Mann&year_min=1990"),
        ("From 1990", "genres=Crime&genres=-Comedy&people=Michael+Mann"),
        ("With Michael Mann", "genres=Crime&genres=-Comedy&year_min=1990"),
    ):
        assert f"Remove filter: {label} ×" in text_of(page)
        assert f'href="?q=heist&{rest}"' in html
    assert 'href="?q=heist" rel="nofollow">Clear all' in html


def test_a_person_who_is_left_out_is_said_and_kept(browser: Client) -> None:
    page = browser.get("/search/?q=&genres=Crime&people=-Michael+Mann")
    assert [title.name for title in Title.objects.filter(name="Heat", pk__in=only_search().shown)] == []
    assert "Remove filter: Not Michael Mann ×" in text_of(page)
    assert 'type="hidden" name="people" value="-Michael Mann"' in page.content.decode()


def test_a_misspelt_genre_to_leave_out_is_named(browser: Client) -> None:
    page = browser.get("/search/?q=heist&genres=-Horor")
    assert "No title has the genre “Horor”." in text_of(page)
    assert only_search().shown


def test_a_count_of_running_times_is_what_its_link_finds(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = serving.current()
    minutes = np.array([89, 90, 119, 120, 120, 150, 151, 200, 0, 0], np.int16)
    facets = replace(snapshot.index.facets, runtime=minutes)
    monkeypatch.setattr(serving._serving, "snapshot", replace(snapshot, index=replace(snapshot.index, facets=facets)))
    page = browser.get("/search/?q=&year_min=1900").content.decode()
    links = re.findall(r'href="([^"]*runtime_m[^"]*)"[^>]*>([^<]*)</a> <span class="refine__count">(\d+)', page)
    assert [(label, int(n)) for _, label, n in links] == [
        ("under 90 min", 1), ("90 to 119 min", 2), ("120 to 150 min", 3), ("over 150 min", 2),
    ]  # fmt: skip
    for address, _, n in links:
        browser.get(f"/search/{unescape(address)}")
        assert len(SearchEvent.objects.latest("id").shown) == int(n)


def test_counts_of_the_best_only_say_so(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "Counted among the first 1,000 titles."
    assert said not in text_of(browser.get("/search/?q=heist"))
    monkeypatch.setattr("recommender.answers.answer.MAX_DEPTH", 1)
    page = text_of(browser.get("/search/?q=heist"))
    assert said in page
    assert "best results" in page  # how many fit nobody knows


def test_what_was_read_from_the_text_can_be_taken_away(browser: Client) -> None:
    page = browser.get("/search/?q=films+from+the+1970s&genres=Crime")
    assert "Remove filter: 1970s" in text_of(page)
    assert 'href="?q=films&genres=Crime"' in unescape(page.content.decode())
    assert [chip["label"] for chip in only_search().filters["said"]] == ["Movies", "1970s"]


def test_what_no_title_meets_is_said_and_what_comes_near_is_shown(browser: Client) -> None:
    page = browser.get("/search/?q=horror+1990s")
    assert "No title is all of this: Horror , 1990s . These come near." in text_of(page)
    assert only_search().shown


def test_filters_alone_browse(browser: Client) -> None:
    page = browser.get("/search/?q=&genres=Crime")
    assert "Browse the catalogue" in text_of(page)
    assert len(only_search().shown) == 3


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("q=ridley+scott", "Films with Ridley Scott"),
        ("q=films+directed+by+ridley+scott", "Films directed by Ridley Scott"),
        ("q=&directors=Michael+Mann&people=Michael+Mann", "Films directed by Michael Mann with Michael Mann"),
        ("q=films+like+heat", "Like Heat"),
        ("q=heist+night", "Recommended for this search"),
        ("q=heat", "Title matches"),
        ("q=&year_min=1900", "Well known and well loved"),
        ("q=there+is+this+film+where+a+thief+enters+the+dreams+of+an+heir+to+plant+an+idea", "what you describe"),
    ],
)
def test_the_heading_says_what_was_understood(browser: Client, query: str, heading: str) -> None:
    assert heading in text_of(browser.get(f"/search/?{query}"))


@pytest.mark.parametrize(
    ("query", "said", "again"),
    [
        ("q=heist&year_min=abc", "The first year is a whole number", "q=heist"),
        ("q=heist&year_min=99999999999999999999", "The first year is a whole number", "q=heist"),
        ("q=heist&year_min=2000&year_max=1990", "The first year, 2000, is after the last", "q=heist&year_max=1990"),
        ("q=heist&kind=film&genres=Crime&correct=0", "“film” is neither", "q=heist&genres=Crime&correct=0"),
        ("q=heist&kind=film&year_min=abc&genres=Crime", "The first year is a whole number", "q=heist&genres=Crime"),
        ("q=heist&countries=-France&people=-Cher", "only genres and people can be excluded with a minus.",
         "q=heist&people=-Cher"),
        ("q=heat&q=heist&genres=Crime", "There can be one q; here are “heat” and “heist”.", "q=heist&genres=Crime"),
        ("q=heist&page=1&page=2", "There can be one page", "q=heist"),
        ("q=heist" + "&people=x" * 101, "up to 100 filter values; these are 101.", "q=heist"),
    ],
)  # fmt: skip
def test_a_filter_that_cannot_be_meant_is_refused_in_words(client: Client, query: str, said: str, again: str) -> None:
    page = client.get(f"/search/?{query}")
    assert page.status_code == 400
    assert said in text_of(page)
    assert f'href="?{again}"' in unescape(page.content.decode())


@pytest.mark.parametrize("value", ["a%00b", "%ED%A0%80", "%E2%80%AE", "%F0%9F%8E%AC", "%FF", "<script>alert(1)", "'"])
@pytest.mark.parametrize(
    "name", ["genres", "any_genres", "countries", "languages", "maturity", "people", "directors"]
)
def test_any_text_is_a_value_of_a_filter(browser: Client, name: str, value: str) -> None:
    page = browser.get(f"/search/?q=heist&{name}={value}")
    assert page.status_code == 200
    assert b"<script>alert(1)" not in page.content


def test_a_value_that_nobody_has_is_named_and_can_be_taken_away(browser: Client) -> None:
    page = browser.get("/search/?q=heist&genres=Foo")
    assert "Nothing fits “ heist ” with these filters." in text_of(page)
    assert "No title has the genre “Foo”." in text_of(page)
    assert re.search(r"Without “Foo” \d", text_of(page))
    assert 'class="chip" href="?q=heist"' in page.content.decode()


@pytest.mark.parametrize(
    ("query", "without"),
    [
        ("q=&genres=Horror&year_min=1990", {"?q=&genres=Horror", "?q=&year_min=1990"}),
        ("q=horror&year_min=1990", {"?q=horror"}),
        ("q=drama+1970s&genres=Horror", {"?q=drama+1970s", "?q=1970s&genres=Horror"}),
        ("q=heist&genres=War&kind=show", {"?q=heist"}),
    ],
)
def test_the_filter_that_leaves_nothing_is_named(browser: Client, query: str, without: set[str]) -> None:
    page = browser.get(f"/search/?{query}")
    assert only_search().shown == []
    listed = unescape(page.content.decode()).split("There are titles without one of them")[1]
    assert set(re.findall(r'class="chip" href="([^"]*)"', listed)) >= without


def test_a_further_page_without_its_cursor_is_the_first(browser: Client) -> None:
    """What a page shows depends on what those before it showed."""
    assert browser.get("/search/?q=heist&page=3").headers["Location"] == "/search/?q=heist"


@pytest.mark.parametrize("page", ["0", "51", "99999", "abc", "-1", "1e3", "²"])
def test_a_page_that_there_is_not_is_named(browser: Client, page: str) -> None:
    answer = browser.get("/search/", {"q": "heist", "page": page})
    assert answer.status_code == 400
    assert "no such page of results" in text_of(answer)
