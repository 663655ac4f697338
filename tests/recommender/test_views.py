"""The pages as a browser asks for them: what they answer, remember, log, and cost the database."""

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from catalog.models import Interaction, SearchEvent, Title
from recommender import services, serving
from recommender.visitors import CLIENT_COOKIE, SESSION_COOKIE, is_robot

AtMost = Callable[[int], Any]
pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    return Client(headers={"User-Agent": BROWSER})


def text_of(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def only_search() -> SearchEvent:
    return SearchEvent.objects.get()


def test_it_works(browser: Client) -> None:
    page = browser.get("/search/", {"q": "godfather"})
    assert page.status_code == 200
    assert "The Godfather" in text_of(page)
    logged = only_search()
    assert (logged.raw_text, logged.surface, logged.first_position) == ("godfather", "html", 1)
    assert (logged.client_id, logged.session_id) == (
        UUID(browser.cookies[CLIENT_COOKIE].value),
        UUID(browser.cookies[SESSION_COOKIE].value),
    )
    assert not logged.is_robot


# ---- home


def test_home_shows_the_most_famous_titles_and_logs_them(browser: Client, standing_world: list[Title]) -> None:
    page = browser.get("/")
    assert page.status_code == 200
    logged = only_search()
    assert (logged.surface, logged.query_class, logged.raw_text) == ("home", "home", "")
    assert logged.shown[:3] == [title.pk for title in standing_world[:3]]
    assert f"/go/{logged.pk}/1/" in page.content.decode()


def test_a_visitor_keeps_the_same_ids(browser: Client) -> None:
    browser.get("/")
    first = browser.cookies[CLIENT_COOKIE].value
    browser.get("/search/", {"q": "heat"})
    assert browser.cookies[CLIENT_COOKIE].value == first
    assert set(SearchEvent.objects.values_list("client_id", flat=True)) == {UUID(first)}


def test_the_cookies_are_ours_alone(browser: Client) -> None:
    page = browser.get("/")
    for name in (CLIENT_COOKIE, SESSION_COOKIE):
        cookie = page.cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert page.cookies[CLIENT_COOKIE]["max-age"] == 365 * 24 * 3600
    assert page.cookies[SESSION_COOKIE]["max-age"] == 1800


def test_a_cookie_that_is_not_ours_is_replaced(browser: Client) -> None:
    browser.cookies[CLIENT_COOKIE] = "'; DROP TABLE catalog_title; --"
    assert browser.get("/").status_code == 200
    assert only_search().client_id == UUID(browser.cookies[CLIENT_COOKIE].value)


def test_a_person_who_is_logged_in_is_on_the_log(browser: Client, django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("anna")
    browser.force_login(user)
    browser.get("/search/", {"q": "heat"})
    assert only_search().user_id == user.pk


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


def test_a_page_without_its_search_is_the_first(browser: Client) -> None:
    assert browser.get("/search/", {"q": "heat", "page": "3"}).status_code == 200
    assert only_search().first_position == 1


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
    said = "Counts are of the 1,000 best."
    assert said not in text_of(browser.get("/search/?q=heist"))
    monkeypatch.setattr("recommender.answers.MAX_DEPTH", 1)
    assert said in text_of(browser.get("/search/?q=heist"))


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


def test_pages_are_never_kept_by_a_cache(browser: Client, standing_world: list[Title]) -> None:
    for address in ("/", "/search/?q=heat", standing_world[0].get_absolute_url()):
        assert "no-store" in browser.get(address)["Cache-Control"], address


@pytest.mark.parametrize("address", ["/", "/search/"])
def test_pages_are_only_to_be_read(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405


# ---- what pages cost


def test_home_costs_few_queries(browser: Client, django_assert_max_num_queries: AtMost) -> None:
    with django_assert_max_num_queries(4):  # titles, genres, the log, the version in the foot
        browser.get("/")


def test_a_search_costs_few_queries_however_much_it_shows(
    browser: Client, django_assert_max_num_queries: AtMost
) -> None:
    for query in ("crime drama", "heat", "xqzzk vvrtw", "horror from the 1990s"):
        with django_assert_max_num_queries(4):
            browser.get("/search/", {"q": query})


def test_a_click_costs_few_queries(browser: Client, django_assert_max_num_queries: AtMost) -> None:
    browser.get("/search/", {"q": "heat"})
    address = reverse("follow", args=[only_search().pk, 1])
    with django_assert_max_num_queries(3):
        browser.get(address)


def test_a_title_costs_few_queries(
    browser: Client, standing_world: list[Title], django_assert_max_num_queries: AtMost
) -> None:
    with django_assert_max_num_queries(8):
        browser.get(standing_world[0].get_absolute_url())


# ---- follow


def test_a_click_is_logged_without_scripts(browser: Client) -> None:
    browser.get("/search/", {"q": "heat"})
    search = only_search()
    page = browser.get(f"/go/{search.pk}/1/")
    heat = Title.objects.get(name="Heat")
    assert (page.status_code, page["Location"]) == (302, f"{heat.get_absolute_url()}?from={search.pk}")
    click = Interaction.objects.get()
    assert (click.action_name, click.title_id, click.position) == ("click", heat.pk, 1)
    assert (click.query_id, click.client_id) == (search.pk, search.client_id)


def test_a_reload_is_no_second_click_but_another_place_is(browser: Client) -> None:
    browser.get("/search/", {"q": "crime drama heist"})
    search = only_search()
    for position in (1, 1, 2):
        browser.get(f"/go/{search.pk}/{position}/")
    assert list(Interaction.objects.order_by("position").values_list("position", flat=True)) == [1, 2]


@pytest.mark.parametrize("position", [0, 999, 10**30])
def test_a_place_that_was_not_shown_leads_home_with_a_word(browser: Client, position: int) -> None:
    browser.get("/search/", {"q": "heat"})
    page = browser.get(f"/go/{only_search().pk}/{position}/", follow=True)
    assert page.redirect_chain[0] == ("/", 302)
    assert "no longer there" in text_of(page)
    assert not Interaction.objects.exists()


def test_a_search_that_nobody_made_leads_home(browser: Client) -> None:
    assert browser.get(f"/go/{uuid4()}/1/")["Location"] == "/"
    assert browser.get("/go/not-a-uuid/1/").status_code == 404


def test_a_title_that_left_the_catalogue_meanwhile_leads_home(browser: Client) -> None:
    browser.get("/search/", {"q": "heat"})
    Title.objects.filter(name="Heat").update(is_published=False)
    assert browser.get(f"/go/{only_search().pk}/1/")["Location"] == "/"
    assert not Interaction.objects.exists()


# ---- title


def test_a_title_shows_itself_and_what_is_like_it(browser: Client, standing_world: list[Title]) -> None:
    godfather = standing_world[1]
    page = browser.get(f"/title/{godfather.external_id}/")
    assert page.status_code == 200
    for word in ("The Godfather", "1972", "Crime", "Francis Ford Coppola", "mafia family", "Like"):
        assert word in text_of(page)
    similar = only_search()
    assert (similar.surface, similar.query_class) == ("similar", "similar")
    assert godfather.pk not in similar.shown
    assert similar.shown


@pytest.mark.parametrize("external_id", ["nobody", "%00", "f1%00", "../../etc/passwd", "a/b/c", "%FF", "x" * 3_000])
def test_an_unknown_title_is_not_found(client: Client, external_id: str) -> None:
    page = client.get(f"/title/{external_id}/")
    assert page.status_code == 404
    assert client.post(f"/title/{external_id}/feedback/").status_code == 404


def test_an_unpublished_title_is_not_found(browser: Client, standing_world: list[Title]) -> None:
    Title.objects.filter(pk=standing_world[0].pk).update(is_published=False)
    assert browser.get(standing_world[0].get_absolute_url()).status_code == 404


@pytest.mark.parametrize("came_from", ["", "nonsense", "\x00", "0" * 5_000])
def test_where_somebody_came_from_may_be_anything(
    browser: Client, standing_world: list[Title], came_from: str
) -> None:
    page = browser.get(standing_world[0].get_absolute_url(), {"from": came_from})
    assert page.status_code == 200
    assert b'data-query-id=""' not in page.content


# ---- feedback


def opinion(action: str = "like", **others: Any) -> dict[str, Any]:
    return {"action": action, "event_id": str(uuid4())} | others


@pytest.mark.parametrize("action", ["like", "not_for_me", "seen", "watchlist_add"])
def test_an_opinion_is_recorded_with_the_search_it_came_from(
    browser: Client, standing_world: list[Title], action: str
) -> None:
    browser.get("/search/", {"q": "heat"})
    search, heat = only_search(), Title.objects.get(name="Heat")
    sent = opinion(action, query_id=str(search.pk))
    page = browser.post(f"/title/{heat.external_id}/feedback/", sent)
    assert (page.status_code, page["Location"]) == (302, f"{heat.get_absolute_url()}?from={search.pk}")
    deed = Interaction.objects.get()
    assert (deed.action_name, deed.title, deed.query_id) == (action, heat, search.pk)
    assert (str(deed.pk), deed.client_id) == (sent["event_id"], search.client_id)
    assert "Heat" in text_of(browser.get(page["Location"])).split("Like")[0]


def test_an_opinion_without_a_search_is_recorded_too(browser: Client, standing_world: list[Title]) -> None:
    browser.post("/title/f1/feedback/", opinion())
    assert Interaction.objects.get().query_id is None


def test_the_same_opinion_sent_twice_counts_once(browser: Client, standing_world: list[Title]) -> None:
    sent = opinion()
    for _ in range(2):
        assert browser.post("/title/f1/feedback/", sent).status_code == 302
    assert Interaction.objects.count() == 1


@pytest.mark.parametrize(
    "spoilt",
    [{"event_id": "17"}, {"event_id": ""}, {"action": "explode"}, {"action": "click"}, {"query_id": "somewhere"}],
)
def test_an_opinion_that_is_not_whole_changes_nothing_and_says_so(browser: Client, spoilt: dict[str, str]) -> None:
    page = browser.post("/title/f1/feedback/", opinion() | spoilt, follow=True)
    assert page.redirect_chain == [("/title/f1/", 302)]
    assert "nothing was changed" in text_of(page)
    assert not Interaction.objects.exists()


def test_an_opinion_from_another_site_is_refused(standing_world: list[Title]) -> None:
    careful = Client(enforce_csrf_checks=True)
    assert careful.post("/title/f1/feedback/", opinion()).status_code == 403
    careful.get("/title/f1/")
    sent = opinion(csrfmiddlewaretoken=careful.cookies["csrftoken"].value)
    assert careful.post("/title/f1/feedback/", sent).status_code == 302
    assert Interaction.objects.count() == 1


def test_an_opinion_cannot_be_given_by_a_link(client: Client) -> None:
    assert client.get("/title/f1/feedback/", opinion()).status_code == 405


# ---- robots


@pytest.mark.parametrize(
    ("headers", "is_one"),
    [
        ({"User-Agent": BROWSER}, False),
        ({}, False),
        ({"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}, True),
        ({"User-Agent": "Mozilla/5.0 (compatible; bingbot/2.0)"}, True),
        ({"User-Agent": "Mozilla/5.0 HeadlessChrome/120.0"}, True),
        ({"User-Agent": "facebookexternalhit/1.1"}, True),
        ({"User-Agent": "a botanist's browser"}, False),
        ({"User-Agent": BROWSER, "Sec-Purpose": "prefetch;prerender"}, True),
        ({"User-Agent": BROWSER, "Sec-Purpose": "Prefetch"}, True),
    ],
)
def test_robots_are_known_by_their_word_and_prefetches_by_theirs(headers: dict[str, str], is_one: bool) -> None:
    request: WSGIRequest = RequestFactory().get("/", headers=headers)
    assert is_robot(request) is is_one


def test_what_a_robot_does_is_logged_as_a_robots(standing_world: list[Title]) -> None:
    robot = Client(headers={"User-Agent": "Googlebot/2.1"})
    robot.get("/search/", {"q": "heat"})
    robot.get(f"/go/{only_search().pk}/1/")
    robot.post("/title/f1/feedback/", opinion())
    assert SearchEvent.objects.filter(is_robot=False).count() == 0
    assert list(Interaction.objects.values_list("is_robot", flat=True)) == [True, True]


def test_a_prefetched_link_is_a_robots_click(browser: Client) -> None:
    browser.get("/search/", {"q": "heat"})
    browser.get(f"/go/{only_search().pk}/1/", headers={"Sec-Purpose": "prefetch"})
    assert Interaction.objects.get().is_robot


# ---- no version yet


@pytest.mark.parametrize("address", ["/", "/search/?q=heat", "/title/f1/"])
def test_without_a_version_a_page_asks_for_patience(browser: Client, address: str) -> None:
    serving._serving = serving._Serving()
    page = browser.get(address)
    assert page.status_code == 503
    assert page["Retry-After"].isdigit()
    assert "in a moment" in text_of(page)
    assert not SearchEvent.objects.exists()
