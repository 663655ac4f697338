"""What the pages' own search box gets: groups with addresses, and one's own recent searches, nobody else's."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.event_log import Visitor
from catalog.models import SearchEvent, Title
from recommender import services
from recommender.answers import suggesting
from recommender.visitors import CLIENT_COOKIE

pytestmark = pytest.mark.django_db
URL = "/api/v1/suggest"
CLIENT, OTHER = UUID("019a0000-0000-7000-8000-000000000001"), UUID("019a0000-0000-7000-8000-000000000002")
AGENT = "Mozilla/5.0 (a person)"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has suggested nothing yet."""
    monkeypatch.setattr(suggesting, "_process", suggesting._Names())


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    client = Client(headers={"User-Agent": AGENT})
    client.cookies[CLIENT_COOKIE] = str(CLIENT)
    return client


def asked(browser: Client, text: str = "", **more: str) -> dict[str, Any]:
    answer = browser.get(URL, {"q": text, "grouped": "true"} | more)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def recent(browser: Client, **more: str) -> list[str]:
    return [row["text"] for group in asked(browser, **more)["groups"] for row in group["rows"]]


def search(text: str, client_id: UUID | None = CLIENT, **more: Any) -> None:
    services.search(text, Visitor(client_id, **more), surface="html")


def test_it_works(browser: Client) -> None:
    answer = asked(browser, "incep")
    assert answer["groups"] == [
        {"heading": "Titles", "rows": [{"text": "Inception", "fact": "2010", "url": "/choose/f1/"}]}
    ]
    assert answer["status"] == "1 suggestion"


def test_every_offer_leads_somewhere(browser: Client) -> None:
    Title.objects.filter(external_id__in=["f1", "f5"]).update(themes=["comet & crew"])
    rows = [
        row
        for typed in ("co", "ri", "am", "com")
        for group in asked(browser, typed)["groups"]
        for row in group["rows"]
    ]
    kinds = {row["url"].split("/")[1] for row in rows}
    assert kinds == {"choose", "person", "genre", "search"}
    for row in rows:
        assert browser.get(row["url"], follow=True).status_code == 200, row


def test_the_group_of_the_best_offer_stands_first(browser: Client) -> None:
    assert asked(browser, "ridley")["groups"][0]["heading"] == "People"
    assert asked(browser, "alien")["groups"][0]["heading"] == "Titles"


def test_without_being_asked_for_groups_the_shape_stays(browser: Client) -> None:
    assert set(browser.get(URL, {"q": "incep"}).json()) == {"query", "suggestions"}


# ---- recent searches


def test_ones_own_searches_come_newest_first_and_once(browser: Client) -> None:
    for text in ("heat", "space", "Heat", "amelie"):
        search(text)
    assert recent(browser) == ["amelie", "Heat", "space"]
    assert asked(browser)["groups"][0]["heading"] == "Recent"
    assert asked(browser)["groups"][0]["rows"][0]["url"] == "/search/?q=amelie"


def test_nobody_elses_are_shown(browser: Client) -> None:
    search("space", OTHER)
    assert recent(browser) == []


def test_a_client_id_in_the_address_is_refused_not_heard(browser: Client) -> None:
    search("space", OTHER)
    answer = Client().get(URL, {"q": "", "grouped": "true", "client_id": str(OTHER)})
    assert answer.status_code == 400
    assert b"space" not in answer.content


def test_only_who_asks_for_groups_gets_them(browser: Client) -> None:
    search("space")
    assert browser.get(URL, {"q": ""}).json()["suggestions"] == []


def test_what_was_typed_signed_in_is_not_shown_after_signing_out(browser: Client) -> None:
    user = User.objects.create_user("anna")
    search("heat", user_id=user.pk)
    search("space")
    assert recent(browser) == ["space"]
    browser.force_login(user)
    assert "heat" in recent(browser)
    browser.logout()
    browser.cookies[CLIENT_COOKIE] = str(CLIENT)
    assert "heat" not in recent(browser)


def test_no_cache_keeps_them(browser: Client) -> None:
    assert "no-store" in browser.get(URL, {"q": "", "grouped": "true"})["Cache-Control"]


def test_what_was_deleted_is_gone_at_once(browser: Client) -> None:
    search("heat")
    SearchEvent.objects.filter(client_id=CLIENT).delete()
    assert recent(browser) == []


@pytest.mark.parametrize("cookie", ["", "nonsense", "\x00", "' OR 1=1 --"])
def test_a_cookie_that_is_not_ours_is_nobody(browser: Client, cookie: str) -> None:
    search("heat")
    browser.cookies[CLIENT_COOKIE] = cookie
    assert recent(browser) == []


def test_robots_have_no_past(standing_world: list[Title]) -> None:
    search("heat")
    robot = Client(headers={"User-Agent": "somebot/1.0"})
    robot.cookies[CLIENT_COOKIE] = str(CLIENT)
    assert recent(robot) == []


def test_any_text_that_was_searched_is_shown_as_it_was(browser: Client) -> None:
    for text in ("<script>alert(1)</script> heat", "ليلة space", "100% crime"):
        search(text)
    assert set(recent(browser)) <= {"<script>alert(1)</script> heat", "ليلة space", "100% crime"}
    assert len(recent(browser)) >= 1


# ---- cost


def test_it_costs_three_queries_at_most_beside_the_count_of_calls(
    browser: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    user = User.objects.create_user("anna")
    browser.force_login(user)
    search("heat", user_id=user.pk)
    for text in ("incep", "", "god", "ridley"):
        with django_assert_max_num_queries(4):
            asked(browser, text)
    with django_assert_max_num_queries(2):
        asked(browser, "ali")


def test_nothing_that_is_typed_or_shown_is_logged(browser: Client) -> None:
    asked(browser, "incep")
    recent(browser)
    assert not SearchEvent.objects.exists()


def test_a_name_in_two_kinds_is_offered_in_both(browser: Client) -> None:
    Title.objects.filter(name="Heat").update(name=f"x{uuid4().hex}")
    assert asked(browser, "heat")["status"].startswith("1 ")
