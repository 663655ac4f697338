"""The buttons under a title: one click, effective on the next page, taken back by another, harmless when resent."""

import re
from html import unescape
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from catalog import signals
from catalog.models import Interaction, SearchEvent, Signal, Title
from catalog.signals import Owner
from recommender.visitors import CLIENT_COOKIE

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    return Client(headers={"User-Agent": BROWSER})


def text_of(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", unescape(page.content.decode())).split())


def press(browser: Client, title: Title, *, htmx: bool = False, **fields: Any) -> Any:
    sent = {"event_id": str(uuid4())} | fields
    return browser.post(reverse("feedback", args=[title.external_id]), sent, headers=HTMX if htmx else {})


def me(browser: Client) -> Owner:
    return Owner(None, UUID(browser.cookies[CLIENT_COOKIE].value))


def stands(browser: Client) -> dict[int, frozenset[str]]:
    return signals.opinions(me(browser))


def shown_since(n_before: int) -> set[int]:
    events = SearchEvent.objects.order_by("id")[n_before:]
    return {title for event in events for title in event.shown}


@pytest.fixture
def heat(standing_world: list[Title]) -> Title:
    return Title.objects.get(name="Heat")


def test_it_works(browser: Client, heat: Title) -> None:
    """Pressed, it is said; pressed again, it is taken back."""
    press(browser, heat, action="like")
    assert stands(browser) == {heat.pk: {"like"}}
    press(browser, heat, undo="like")
    assert stands(browser) == {}
    assert list(Interaction.objects.order_by("created").values_list("action_name", flat=True)) == ["like", "undo"]


@pytest.mark.parametrize(
    ("says", "kind", "unsays"),
    [
        ({"action": "like"}, "like", {"undo": "like"}),
        ({"action": "not_for_me"}, "not_for_me", {"undo": "not_for_me"}),
        ({"action": "seen"}, "seen", {"action": "undo", "of": "seen"}),
        ({"action": "watchlist_add"}, "watchlist", {"action": "watchlist_remove"}),
    ],
)
def test_what_stands_is_pressed_on_every_page_and_can_be_taken_back(
    browser: Client, heat: Title, says: dict[str, Any], kind: str, unsays: dict[str, Any]
) -> None:
    press(browser, heat, **says)
    for address in ("/search/?q=heat", heat.get_absolute_url()):
        form = forms_of(browser.get(address), heat)[0]
        assert len(re.findall(r'aria-pressed="true"', form)) == 1, address
        name, value = next(iter(unsays.items()))
        assert kind == "seen" or f'name="{name}" value="{value}" aria-pressed="true"' in form
    press(browser, heat, **unsays)
    assert stands(browser) == {}
    assert 'aria-pressed="true"' not in forms_of(browser.get("/search/?q=heat"), heat)[0]


def forms_of(page: Any, title: Title) -> list[str]:
    address = reverse("feedback", args=[title.external_id])
    return re.findall(rf'<form class="feedback[^>]*action="{address}".*?</form>', page.content.decode(), re.DOTALL)


def test_an_undo_takes_back_only_what_it_is_of(browser: Client, heat: Title) -> None:
    for action in ("like", "seen", "watchlist_add"):
        press(browser, heat, action=action)
    press(browser, heat, undo="seen")
    assert stands(browser) == {heat.pk: {"like", "watchlist"}}
    press(browser, heat, action="undo")  # of everything that is an opinion; a list is none
    assert stands(browser) == {heat.pk: {"watchlist"}}


def test_a_reason_is_kept_beside_the_refusal_and_is_not_logged_again(browser: Client, heat: Title) -> None:
    press(browser, heat, action="not_for_me")
    page = press(browser, heat, note="genre", htmx=True)
    assert "Noted, thank you." in text_of(page)
    kept = Signal.objects.get()
    assert (kept.kind, kept.note) == ("not_for_me", "genre")
    assert Interaction.objects.count() == 1


# ---- hidden titles


def test_what_is_hidden_is_in_none_of_the_next_hundred_lists(browser: Client, standing_world: list[Title]) -> None:
    godfather, heat = (Title.objects.get(name=name) for name in ("The Godfather", "Heat"))
    amelie = Title.objects.get(name="Amélie")
    asked = ["crime drama heist", "thieves", "family", "films like inception", "drama", "love in a station"]
    for query in asked:
        browser.get("/search/", {"q": query})
    assert {godfather.pk, heat.pk} <= shown_since(0)
    press(browser, godfather, action="not_for_me")
    press(browser, heat, action="seen")
    n_before = SearchEvent.objects.count()
    browsing = ["/", amelie.get_absolute_url(), "/search/?q=&genres=Crime", "/search/?q=crime&sort=oldest"]
    for address in 12 * [*browsing, *(f"/search/?q={quote(query)}" for query in asked)]:
        assert browser.get(address).status_code == 200
    assert SearchEvent.objects.count() - n_before >= 100
    assert not shown_since(n_before) & {godfather.pk, heat.pk}


def test_others_still_see_what_somebody_hid(browser: Client, heat: Title) -> None:
    press(browser, heat, action="seen")
    Client(headers={"User-Agent": BROWSER}).get("/search/", {"q": "thieves heist"})
    assert heat.pk in shown_since(0)


@pytest.mark.parametrize("query", ["heat", "haet"])
def test_whoever_types_the_name_of_a_hidden_title_finds_it_marked(browser: Client, heat: Title, query: str) -> None:
    press(browser, heat, action="not_for_me")
    page = browser.get("/search/", {"q": query})
    assert heat.pk in SearchEvent.objects.latest("id").shown
    (form,) = forms_of(page, heat)
    assert "Hidden by you" in form
    assert 'name="undo" value="hidden"' in form
    press(browser, heat, undo="hidden")
    assert stands(browser) == {}
    assert "Hidden by you" not in text_of(browser.get("/search/", {"q": query}))


def test_restoring_takes_back_every_reason_to_hide(browser: Client, heat: Title) -> None:
    for action in ("like", "seen"):
        press(browser, heat, action=action)
    press(browser, heat, undo="hidden")
    assert stands(browser) == {heat.pk: {"like"}}


def test_the_other_listing_of_a_hidden_title_is_hidden_too(browser: Client, heat: Title) -> None:
    from recommender import serving
    from recommender.answers.hiding import Opinions

    index = serving.current().index
    hidden = Opinions({heat.pk: frozenset({"seen"})}).hidden(index)
    work = index.facets.work[index.row_of_title[heat.pk]]
    assert hidden is not None
    assert set(index.facets.work[hidden]) == {work}
    assert Opinions({heat.pk: frozenset({"like"})}).hidden(index) is None
    assert Opinions({10**9: frozenset({"seen"})}).hidden(index) is None  # left the catalogue


# ---- with htmx


@pytest.mark.parametrize(("action", "line"), [("not_for_me", "Heat : not for you."), ("seen", "Heat : seen.")])
def test_a_card_that_is_put_away_leaves_a_line_with_undo(
    browser: Client, heat: Title, action: str, line: str
) -> None:
    query_id = str(uuid4())
    page = press(browser, heat, action=action, query_id=query_id, next="/search/?q=x", htmx=True)
    html = page.content.decode()
    assert page.status_code == 200
    assert line in text_of(page)
    assert "<html" not in html
    assert f'name="undo" value="{action}" autofocus' in html
    assert f'value="{query_id}"' in html
    assert "data-say=" in html
    assert ("Not this kind of film" in html) == (action == "not_for_me")
    back = press(browser, heat, undo=action, htmx=True)
    assert f'name="action" value="{action}" aria-pressed="false" autofocus' in back.content.decode()
    assert "put-away" not in back.content.decode()


def test_a_card_that_is_liked_stays_and_keeps_the_focus(browser: Client, heat: Title) -> None:
    html = press(browser, heat, action="like", htmx=True).content.decode()
    assert 'name="undo" value="like" aria-pressed="true" autofocus' in html
    assert html.count("autofocus") == 1
    assert "put-away" not in html


def test_every_drawing_of_the_buttons_is_a_new_event(browser: Client, heat: Title) -> None:
    page = browser.get("/search/?q=crime+drama+heist").content.decode()
    ids = re.findall(r'name="event_id" value="([^"]+)"', page)
    assert len(ids) == len(set(ids)) > 3
    again = press(browser, heat, action="like", htmx=True).content.decode()
    assert re.findall(r'name="event_id" value="([^"]+)"', again)[0] not in ids


# ---- without scripts


def test_without_scripts_it_goes_back_to_where_it_came_from_with_an_undo(browser: Client, heat: Title) -> None:
    page = press(browser, heat, action="not_for_me", next="/search/?q=heat")
    assert (page.status_code, page["Location"]) == (302, "/search/?q=heat")
    shown = browser.get(page["Location"]).content.decode()
    message = re.search(r'<form class="message__form".*?</form>', shown, re.DOTALL)
    assert message is not None
    assert 'name="undo" value="not_for_me"' in message[0]
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', message[0].split("<div")[0]))
    address = re.search(r'action="([^"]+)"', message[0])
    assert address is not None
    undone = browser.post(address[1], sent, follow=True)
    assert undone.redirect_chain == [("/search/?q=heat", 302)]
    assert "Taken back: Heat is as it was." in text_of(undone)
    assert stands(browser) == {}


def test_without_scripts_the_reasons_are_offered_too(browser: Client, heat: Title) -> None:
    for action, n_reasons in (("like", 0), ("seen", 0), ("not_for_me", 4)):
        shown = browser.get(press(browser, heat, action=action, next="/search/?q=heat")["Location"]).content.decode()
        message = shown.split('<form class="message__form"')[1].split("</form>")[0]
        assert len(re.findall(r'<button class="chip" name="note" value="\w+">', message)) == n_reasons, action
    sent = dict(re.findall(r'<input[^>]* name="(\w+)" value="([^"]*)"', message))
    address = message.split('action="')[1].split('"')[0]
    said = browser.post(address, sent | {"note": "mood"}, follow=True)
    assert said.redirect_chain == [("/search/?q=heat", 302)]
    assert "that is why Heat is not for you" in text_of(said)
    assert Signal.objects.get(kind="not_for_me").note == "mood"
    assert Interaction.objects.filter(action_name="not_for_me").count() == 1


@pytest.mark.parametrize(
    "elsewhere",
    ["https://example.com/", "//example.com", "javascript:alert(1)", "\\\\example.com", "/" * 5_000, "\x00"],
)
def test_it_never_leads_to_another_site(browser: Client, heat: Title, elsewhere: str) -> None:
    assert press(browser, heat, action="like", next=elsewhere)["Location"] == heat.get_absolute_url()


def test_a_message_is_safe_whatever_a_title_is_called(browser: Client, heat: Title) -> None:
    Title.objects.filter(pk=heat.pk).update(name='<script>alert("x")</script>{} %s')
    page = press(browser, heat, action="like", next="/search/?q=alien")
    assert b"<script>alert" not in browser.get(page["Location"]).content
    assert b"<script>alert" not in press(browser, heat, action="seen", htmx=True).content


# ---- what goes wrong


def test_the_same_form_sent_twice_counts_once(browser: Client, heat: Title) -> None:
    event_id = str(uuid4())
    for _ in range(2):
        press(browser, heat, action="not_for_me", event_id=event_id)
    assert (Interaction.objects.count(), Signal.objects.count()) == (1, 1)


@pytest.mark.parametrize("htmx", [True, False])
def test_a_title_that_left_the_catalogue_meanwhile_is_said_kindly(
    browser: Client, heat: Title, *, htmx: bool
) -> None:
    Title.objects.filter(pk=heat.pk).update(is_published=False)
    page = press(browser, heat, action="like", htmx=htmx, next="/search/?q=alien")
    said = page if htmx else browser.get(page["Location"])
    assert "Heat has left the catalogue since that page was made." in text_of(said)
    assert not Interaction.objects.exists()
    assert not Signal.objects.exists()


@pytest.mark.parametrize(
    "spoilt",
    [
        {}, {"action": "explode"}, {"action": "like", "undo": "like"}, {"action": "like", "note": "genre"},
        {"undo": "everything"}, {"note": "because"}, {"action": "undo", "of": "nothing"}, {"action": "\x00"},
        {"action": "like", "event_id": "17"},
    ],
)  # fmt: skip
def test_what_is_not_whole_changes_nothing_and_says_so(browser: Client, heat: Title, spoilt: dict[str, Any]) -> None:
    assert press(browser, heat, htmx=True, **spoilt).status_code == 422
    page = press(browser, heat, **spoilt)
    assert page.status_code == 302
    assert "nothing was changed" in text_of(browser.get(page["Location"]))
    assert not Interaction.objects.exists()
    assert not Signal.objects.exists()


def test_a_robot_has_no_opinion(standing_world: list[Title], heat: Title) -> None:
    robot = Client(headers={"User-Agent": "Googlebot/2.1"})
    press(robot, heat, action="like")
    assert not Signal.objects.exists()
    assert Interaction.objects.get().is_robot


def test_it_costs_few_queries(browser: Client, heat: Title, django_assert_max_num_queries: Any) -> None:
    browser.get("/search/", {"q": "heat"})
    with django_assert_max_num_queries(10):  # title, preferences, log, signals under a lock, what stands now
        press(browser, heat, action="not_for_me", htmx=True)


def before_of(page: Any) -> str:
    """What stood before the press, as the message of it carries it."""
    found = re.search(r'name="before" value="([^"]+)"', page.content.decode())
    assert found is not None
    return found[1]


def test_undo_restores_what_the_press_took_the_place_of(browser: Client, heat: Title) -> None:
    """Liked, then not for me, then Undo: liked again, and the log says so too."""
    press(browser, heat, action="like")
    press(browser, heat, action="not_for_me")
    page = browser.get(heat.get_absolute_url())
    press(browser, heat, undo="not_for_me", before=before_of(page))
    assert stands(browser) == {heat.pk: {"like"}}
    said = list(Interaction.objects.order_by("created", "id").values_list("action_name", flat=True))
    assert said == ["like", "not_for_me", "undo", "like"]


def test_in_place_undo_restores_as_well(browser: Client, heat: Title) -> None:
    press(browser, heat, action="like")
    put_away = press(browser, heat, htmx=True, action="not_for_me")
    press(browser, heat, htmx=True, undo="not_for_me", before=before_of(put_away))
    assert stands(browser) == {heat.pk: {"like"}}


def test_undo_brings_back_nothing_of_somebody_else(browser: Client, heat: Title) -> None:
    press(browser, heat, action="like")
    press(browser, heat, action="not_for_me")
    before = before_of(browser.get(heat.get_absolute_url()))
    stranger = Client(headers={"User-Agent": BROWSER})
    press(stranger, heat, undo="not_for_me", before=before)
    assert stands(stranger) == {}


def test_a_robot_is_told_that_nothing_was_kept(heat: Title) -> None:
    robot = Client(headers={"User-Agent": "HeadlessChrome"})
    press(robot, heat, action="like")
    assert "nothing was kept" in text_of(robot.get("/"))
    assert not Signal.objects.exists()


def test_a_robot_keeps_its_buttons(heat: Title) -> None:
    robot = Client(headers={"User-Agent": "HeadlessChrome"})
    page = press(robot, heat, action="not_for_me", htmx=True)
    assert "nothing was kept" in text_of(page)
    assert page.content.decode().count('aria-pressed="false"') == 4
