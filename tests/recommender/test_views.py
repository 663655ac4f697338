"""The pages as a browser asks for them: what they answer, remember, log, and cost the database."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from catalog.models import Interaction, SearchEvent, Title
from recommender import serving
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
    assert "Pick three you love" not in text_of(page)  # of ten films there is nothing to choose from


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


def test_pages_are_never_kept_by_a_cache(browser: Client, standing_world: list[Title]) -> None:
    for address in ("/", "/search/?q=heat", standing_world[0].get_absolute_url()):
        assert "no-store" in browser.get(address)["Cache-Control"], address


@pytest.mark.parametrize("address", ["/", "/search/"])
def test_pages_are_only_to_be_read(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405


# ---- what pages cost


def test_home_costs_few_queries(browser: Client, django_assert_max_num_queries: AtMost) -> None:
    with django_assert_max_num_queries(8):  # what is known of them, titles, the log, the foot
        browser.get("/")


def test_a_search_costs_few_queries_however_much_it_shows(
    browser: Client, django_assert_max_num_queries: AtMost
) -> None:
    for query in ("crime drama", "heat", "xqzzk vvrtw", "horror from the 1990s"):
        with django_assert_max_num_queries(7):  # preferences, signals and opinions as well
            browser.get("/search/", {"q": query})


def test_a_click_costs_few_queries(browser: Client, django_assert_max_num_queries: AtMost) -> None:
    browser.get("/search/", {"q": "heat"})
    address = reverse("follow", args=[only_search().pk, 1])
    with django_assert_max_num_queries(5):  # preferences, search, title, the log, the signal
        browser.get(address)


def test_a_title_costs_few_queries(
    browser: Client, standing_world: list[Title], django_assert_max_num_queries: AtMost
) -> None:
    browser.get(standing_world[1].get_absolute_url())  # what led to titles is read every few minutes, for all
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


def test_an_address_that_takes_forms_says_so_when_it_is_opened(browser: Client) -> None:
    page = browser.get("/welcome/")
    assert (page.status_code, page.headers["Allow"]) == (405, "POST")
    assert "Nothing to open here" in text_of(page)
