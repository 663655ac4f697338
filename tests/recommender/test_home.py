"""The first page as a browser asks for it: rows, three favourites to begin with, what it logs and what it costs."""

import gzip
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from catalog import signals
from catalog.event_log import Visitor
from catalog.models import CatalogRevision, Interaction, Preferences, SearchEvent, Signal, Title
from catalog.signals import Kind, Owner, Said
from recommender import services, serving
from recommender.home import favourites
from recommender.home.favourites import N_OFFERED
from recommender.home.rows import N_CARDS
from recommender.visitors import CLIENT_COOKIE

AtMost = Callable[[int], Any]
pytestmark = pytest.mark.django_db
STATIC = Path(__file__).parents[2] / "recommender" / "static" / "recommender"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
OWNER = Owner(None, UUID(int=5))


@pytest.fixture
def browser(full_house: list[Title]) -> Client:
    """Of somebody who has been here before."""
    client = Client(headers={"User-Agent": BROWSER})
    client.cookies[CLIENT_COOKIE] = str(OWNER.client_id)
    return client


@pytest.fixture
def regular(browser: Client, full_house: list[Title]) -> Client:
    """Of somebody with likes and a search behind them, so that they get every row."""
    signals.say(OWNER, *(Said(title.pk, Kind.LIKE) for title in full_house[12:15]))
    signals.set_preferences(OWNER, is_welcomed=True)
    browser.get("/search/", {"q": "courtroom drama"})
    return browser


def html(page: Any) -> str:
    assert page.status_code == 200
    return str(page.content.decode())


def headings(page: Any) -> list[str]:
    return [unescape(words) for words in re.findall(r'<h2 id="row-[^>]*>([^<]*)</h2>', html(page))]


def names(page: Any) -> list[str]:
    return [unescape(name) for name in re.findall(r'rel="nofollow"><bdi>([^<]*)</bdi></a></h3>', html(page))]


def picks(page: Any) -> list[str]:
    return re.findall(r'name="pick" value="([^"]*)"', html(page))


def slates(page: Any) -> dict[str, SearchEvent]:
    """By the name of the row, in the order of the page."""
    return {
        row: SearchEvent.objects.get(variant=row, pk=query_id)
        for row, query_id in re.findall(r'row--(\w+)".*?data-query-id="([^"]*)"', html(page), re.DOTALL)
    }


# ---- rows


def test_it_works(regular: Client) -> None:
    page = regular.get("/")
    assert headings(page)[0] == "For you"
    rows = slates(page)
    assert list(rows) == ["for_you", "because", "continue", "new", "theme", "different", "popular"]
    titles = Title.objects.in_bulk([title_id for slate in rows.values() for title_id in slate.shown])
    assert names(page) == [titles[title_id].name for slate in rows.values() for title_id in slate.shown]
    assert len(titles) == sum(len(slate.shown) for slate in rows.values()) > 6 * N_CARDS
    assert "Pick three you love" not in html(page)


def test_every_row_is_logged_as_a_slate_of_its_own(regular: Client) -> None:
    page = html(regular.get("/"))
    logged = SearchEvent.objects.filter(surface="home")
    assert len(logged) == 7
    assert len({slate.search_id for slate in logged}) == 1
    for slate in logged:
        assert slate.client_id == OWNER.client_id
        assert slate.normalised_text == ""  # nobody typed it: it is never offered to others, nor continued
        assert len(slate.propensity) == len(slate.source) == len(slate.shown)
        assert f'data-query-id="{slate.pk}"' in page
        assert f"/go/{slate.pk}/{len(slate.shown)}/" in page
        assert f"/go/{slate.pk}/{len(slate.shown) + 1}/" not in page
    assert {1.0} == {odds for slate in logged if slate.variant != "different" for odds in slate.propensity}


def test_a_card_leads_to_its_title_and_the_click_is_kept(regular: Client) -> None:
    slate = slates(regular.get("/"))["new"]
    title = Title.objects.get(pk=slate.shown[2])
    assert regular.get(f"/go/{slate.pk}/3/")["Location"].startswith(title.get_absolute_url())
    click = Interaction.objects.get(action_name="click")
    assert (click.title_id, click.query_id, click.position) == (title.pk, slate.pk, 3)
    assert Signal.objects.filter(OWNER.rows, title=title, kind=Kind.OPENED).exists()


def test_not_for_me_is_one_button_and_effective_on_the_next_page(regular: Client) -> None:
    before = regular.get("/")
    name = names(before)[1]
    form = re.search(rf"<form(?:(?!</form>).)*Not for me: {re.escape(name)}", html(before), re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
    action = re.findall(r'action="([^"]*)"', form[0])[-1]
    answer = regular.post(action, {**fields, "action": "not_for_me"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert name not in names(regular.get("/"))
    assert Interaction.objects.get(action_name="not_for_me").query_id == slates(before)["for_you"].pk


def test_event_ids_differ_between_cards_and_stay_with_the_place(regular: Client) -> None:
    ids = re.findall(r'name="event_id" value="([^"]*)"', html(regular.get("/")))
    assert len(ids) == len(set(ids)) > 6 * N_CARDS


def test_a_heading_leads_to_more(regular: Client) -> None:
    page = html(regular.get("/"))
    addresses = [unescape(address) for address in re.findall(r'id="more-\w+" href="([^"]*)"', page)]
    assert len(addresses) == 7
    for address in addresses:
        assert regular.get(address).status_code == 200, address


def test_names_are_text_whatever_they_say(regular: Client, full_house: list[Title]) -> None:
    hostile = '<script>alert("x")</script>'
    Title.objects.all().update(name=hostile)
    page = html(regular.get("/"))
    assert hostile not in page
    assert unescape(page).count(hostile) > 6 * N_CARDS


# ---- what it costs


def test_a_page_costs_few_queries(regular: Client, django_assert_max_num_queries: AtMost) -> None:
    regular.get("/")
    with django_assert_max_num_queries(8):
        regular.get("/")
    with django_assert_max_num_queries(8):
        regular.get("/?pick=1")


@pytest.mark.parametrize("address", ["/", "/?pick=1"])
def test_the_first_html_is_light(regular: Client, address: str) -> None:
    assert len(gzip.compress(regular.get(address).content)) <= 14_000


@pytest.mark.parametrize(
    ("kind", "pattern"), [("style", r'stylesheet" href="([^"]*)"'), ("script", r'<script src="([^"]*)"')]
)
def test_styles_and_scripts_are_light(regular: Client, kind: str, pattern: str) -> None:
    files = [
        address.rpartition("/")[2] for address in re.findall(pattern, html(regular.get("/"))) if "htmx" not in address
    ]
    assert len(files) >= 4
    assert sum(len((STATIC / name).read_bytes()) for name in files) <= 20_000


def test_training_learns_from_no_row(regular: Client) -> None:
    from training.dataset import LEARNT_FROM

    regular.get("/")
    assert "home" not in LEARNT_FROM
    assert set(SearchEvent.objects.values_list("surface", flat=True)) == {"html", "home"}


# ---- an empty house


@pytest.fixture
def empty_house(db: None, tmp_path: Any, settings: Any) -> Iterator[None]:
    from recommender.versions.version_zero import ensure_champion

    settings.STATE_DIR = tmp_path
    Title.objects.update(is_published=False)
    CatalogRevision.bump()
    ensure_champion()
    serving._serving = serving._Serving()
    serving.refresh()
    yield
    serving._serving = serving._Serving()


def test_an_empty_catalogue_says_so(empty_house: None) -> None:
    page = Client(headers={"User-Agent": BROWSER}).get("/")
    assert "The house is still empty" in html(page)
    assert not picks(page)
    assert not SearchEvent.objects.exists()


# ---- three favourites


def test_a_newcomer_is_asked_after_the_first_row(full_house: list[Title]) -> None:
    page = Client(headers={"User-Agent": BROWSER}).get("/")
    offered = picks(page)
    assert len(offered) == len(set(offered)) == N_OFFERED
    assert html(page).index("row--popular") < html(page).index("Pick three you love") < html(page).index("row--theme")
    on_offer = set(Title.objects.filter(external_id__in=offered).values_list("pk", flat=True))
    assert not on_offer & {title_id for slate in slates(page).values() for title_id in slate.shown}


def test_a_newcomers_page_costs_few_queries(full_house: list[Title], django_assert_max_num_queries: AtMost) -> None:
    with django_assert_max_num_queries(8):
        Client(headers={"User-Agent": BROWSER}).get("/")


def test_what_is_offered_differs_in_kind_and_decade(full_house: list[Title]) -> None:
    index = serving.current().index
    chosen = favourites.various(index)[:N_OFFERED]
    assert len({index.facets.years[row] // 10 for row in chosen}) >= 5
    assert len({tuple(index.facets.genres.of(row)) for row in chosen}) >= 6
    assert index.prior[chosen].mean() > index.prior.mean()


def test_picks_change_the_next_page(browser: Client, full_house: list[Title]) -> None:
    assert headings(browser.get("/"))[0] == "Well known and well loved"
    loved = [title.external_id for title in full_house[12:15]]
    answer = browser.post("/welcome/", {"pick": loved, "form_id": str(uuid4())}, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert headings(answer)[:2] == ["For you", headings(answer)[1]]
    assert headings(answer)[1].startswith("Because you liked")
    assert "begins with these 3 films" in html(answer)
    assert not picks(answer)
    assert set(Signal.objects.filter(OWNER.rows).values_list("title__external_id", "kind")) == {
        (external_id, "like") for external_id in loved
    }
    assert Preferences.objects.get(OWNER.rows).is_welcomed


def test_one_pick_will_do(browser: Client, full_house: list[Title]) -> None:
    answer = browser.post("/welcome/", {"pick": full_house[12].external_id, "form_id": str(uuid4())}, follow=True)
    assert "begins with that film" in html(answer)
    assert headings(answer)[0] == "For you"


def test_it_can_be_put_aside_and_asked_for_again(browser: Client) -> None:
    answer = browser.post("/welcome/", {"skip": "1"}, follow=True)
    assert not picks(answer)
    assert not Signal.objects.exists()
    assert not picks(browser.get("/"))
    again = browser.get("/?pick=1")
    assert len(picks(again)) == N_OFFERED
    assert html(again).index("Pick three you love") < html(again).index("row--popular")


def test_who_told_something_is_asked_last_and_who_told_three_is_not(browser: Client, full_house: list[Title]) -> None:
    for n, kind in enumerate((Kind.LIKE, Kind.WATCHLIST)):
        signals.say(OWNER, Said(full_house[n].pk, kind))
        page = html(browser.get("/"))
        last = max(place.start() for place in re.finditer('class="row row--', page))
        assert page.index("Pick three you love") > last
    signals.say(OWNER, Said(full_house[2].pk, Kind.SEEN), Said(full_house[3].pk, Kind.NOT_FOR_ME))
    signals.say(OWNER, Said(full_house[4].pk, Kind.RATING, value=2.0))
    assert "Pick three you love" in html(browser.get("/"))  # that is not what they love
    signals.say(OWNER, Said(full_house[5].pk, Kind.RATING, value=4.5))
    assert "Pick three you love" not in html(browser.get("/"))
    assert len(picks(browser.get("/?pick=1"))) == N_OFFERED


def test_what_somebody_spoke_of_is_not_offered(browser: Client, full_house: list[Title]) -> None:
    first = picks(browser.get("/"))
    signals.say(OWNER, *(Said(title.pk, Kind.NOT_FOR_ME) for title in full_house if title.external_id in first[:4]))
    assert not set(first[:4]) & set(picks(browser.get("/")))


@pytest.mark.parametrize("sent", [
    {}, {"pick": []}, {"pick": "tt-unknown", "form_id": str(UUID(int=1))}, {"pick": "f1", "form_id": "forged"},
    {"pick": "f1"}, {"pick": "\x00", "form_id": str(UUID(int=1))},
])  # fmt: skip
def test_a_form_that_says_nothing_changes_nothing_and_is_shown_again(browser: Client, sent: dict[str, Any]) -> None:
    answer = browser.post("/welcome/", sent, follow=True)
    assert answer.redirect_chain == [("/?pick=1", 302)]
    assert "Tick a film that you love" in html(answer)
    assert len(picks(answer)) == N_OFFERED
    assert not Signal.objects.exists()
    assert not Interaction.objects.exists()


def test_a_form_that_is_sent_twice_counts_once(browser: Client, full_house: list[Title]) -> None:
    sent = {"pick": [full_house[0].external_id, full_house[1].external_id], "form_id": str(uuid4())}
    for _ in range(2):
        browser.post("/welcome/", sent)
    assert (Interaction.objects.count(), Signal.objects.count()) == (2, 2)


def test_unpublished_titles_cannot_be_picked(browser: Client, full_house: list[Title]) -> None:
    Title.objects.filter(pk=full_house[0].pk).update(is_published=False)
    browser.post("/welcome/", {"pick": full_house[0].external_id, "form_id": str(uuid4())})
    assert not Signal.objects.exists()


def test_a_robot_is_not_remembered(full_house: list[Title]) -> None:
    robot = Client(headers={"User-Agent": "Googlebot/2.1"})
    robot.post("/welcome/", {"pick": full_house[0].external_id, "form_id": str(uuid4())})
    assert not Signal.objects.exists()
    assert not Preferences.objects.exists()


def test_favourites_are_asked_for_by_post_alone(browser: Client) -> None:
    assert browser.get("/welcome/").status_code == 405


def test_rows_of_somebody_else_are_not_touched(browser: Client, full_house: list[Title]) -> None:
    browser.post("/welcome/", {"pick": full_house[0].external_id, "form_id": str(uuid4())})
    stranger = services.home(Visitor(client_id=UUID(int=6)))
    assert next(row.name for row, _ in stranger.rows) == "popular"


def test_rows_that_give_reasons_say_why_in_full(regular: Client) -> None:
    page = html(regular.get("/"))
    rows = dict(re.findall(r'aria-labelledby="row-(\w+)"(.*?)</section>', page, re.DOTALL))
    links = {name: re.findall(r'class="why-link" href="([^"]+)"', part) for name, part in rows.items()}
    assert {name for name, found in links.items() if found} == {"for_you", "because"}
    assert all(re.search(r"/\?place=\d$", link) for link in links["for_you"])
    assert all("?like=" in link for link in links["because"])
    for link in links["for_you"] + links["because"]:
        assert regular.get(unescape(link)).context["explanation"] is not None, link
