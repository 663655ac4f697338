"""The page of privacy: its switches, what may be taken along, and what the pages never tell of others."""

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from catalog import signals
from catalog.models import Interaction, SearchEvent, Title
from catalog.signals import Kind, Owner, Said
from reco_site.management.commands import up
from recommender import witnesses
from recommender.answers.reasons import reason
from recommender.ml.ranking import Hit, Source, Tier
from recommender.visitors import CLIENT_COOKIE
from tests.recommender.browsing import (
    BROWSER,
    another,
    client_of,
    guest_of,
    history,
    sign_in,
    sign_up,
    text_of,
    url_of,
)
from tests.returning import was_here

pytestmark = pytest.mark.django_db
HIT = Hit(1, Tier.SEMANTIC, 1.0, 1.0, 0.0, Source.MEMORY, {"memory": 0.5}, witness="my aunt gertrude")


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    return another()


def test_it_works(browser: Client, standing_world: list[Title]) -> None:
    page = browser.get(reverse("privacy"))
    assert page.status_code == 200
    assert "What Marquee learns from you" in text_of(page)
    assert page.content.decode().count('aria-pressed="true"') == 2


# ---- switches


@pytest.mark.parametrize("name", ["learning", "personalise"])
def test_a_switch_goes_where_it_is_told_and_stays_there(browser: Client, name: str) -> None:
    for to, expected in (("off", False), ("off", False), ("on", True)):
        assert url_of(browser.post(reverse("privacy-switch"), {"switch": name, "to": to})) == reverse("privacy")
        assert getattr(signals.preferences_of(guest_of(browser)), name) is expected


@pytest.mark.parametrize(
    "sent", [{}, {"switch": "learning"}, {"switch": "strength", "to": "on"}, {"switch": "learning", "to": "0"}]
)
def test_what_is_no_switch_changes_nothing(browser: Client, sent: dict[str, str]) -> None:
    browser.get("/")
    page = browser.post(reverse("privacy-switch"), sent, follow=True)
    assert "nothing was changed" in text_of(page)
    assert signals.preferences_of(guest_of(browser)).pk is not None
    assert signals.preferences_of(guest_of(browser)).learning


def test_switched_off_the_log_does_not_say_who_or_what(browser: Client) -> None:
    browser.post(reverse("privacy-switch"), {"switch": "learning", "to": "off"})
    browser.get("/search/", {"q": "godfather"})
    event = SearchEvent.objects.latest("created")
    assert (event.client_id, event.session_id, event.user_id, event.raw_text) == (None, None, None, "")


def test_a_browser_that_asks_for_privacy_is_told_that_it_is_heard(browser: Client) -> None:
    page = browser.get(reverse("privacy"), headers={"Sec-GPC": "1"})
    assert "Your browser asks for privacy by Global Privacy Control, so your lists do not follow" in text_of(page)
    assert page.content.decode().count('aria-pressed="false"') == page.content.decode().count("disabled") == 2
    assert "Global Privacy Control" not in text_of(browser.get(reverse("privacy")))


def test_nothing_is_learnt_from_a_browser_that_asks_for_privacy(standing_world: list[Title]) -> None:
    browser = Client(headers={"User-Agent": BROWSER, "Sec-GPC": "1"})
    page = browser.get("/search/", {"q": "godfather"})
    event = SearchEvent.objects.get()
    assert (event.may_teach, event.client_id, event.session_id, event.raw_text) == (False, None, None, "")
    position = page.context["answer"].items[0].position
    browser.get(reverse("follow", args=[event.pk, position]))
    deed = Interaction.objects.get()
    assert (deed.may_teach, deed.client_id, deed.session_id) == (False, None, None)
    sent = {"events": [{"event_id": str(uuid4()), "action_name": "click", "item_id": standing_world[0].external_id}]}
    assert browser.post("/api/v1/events", sent, "application/json").status_code < 300
    assert not Interaction.objects.filter(may_teach=True).exists()


def test_its_new_number_ends_with_its_session_and_one_that_it_had_stays(browser: Client) -> None:
    private = Client(headers={"User-Agent": BROWSER, "Sec-GPC": "1"})
    assert private.get("/").cookies[CLIENT_COOKIE]["max-age"] == ""
    assert CLIENT_COOKIE not in private.get("/").cookies, "set once"
    assert browser.get("/").cookies[CLIENT_COOKIE]["max-age"] == 365 * 86_400
    assert CLIENT_COOKIE not in browser.get("/", headers={"Sec-GPC": "1"}).cookies
    sign_up(private, "Anna")
    assert private.cookies[CLIENT_COOKIE]["max-age"] == ""
    private.post(reverse("sign-out"))
    assert private.cookies[CLIENT_COOKIE]["max-age"] == ""


def test_robots_have_nothing_to_switch(standing_world: list[Title]) -> None:
    page = Client(headers={"User-Agent": "Googlebot/2.1"}).get(reverse("privacy"))
    assert page.status_code == 200
    assert b"aria-pressed" not in page.content
    assert "right beside it" not in text_of(page)
    assert "there is nothing to switch" in text_of(page)


# ---- taking along


def exported(browser: Client) -> dict[str, Any]:
    answer = browser.get(reverse("my-data"))
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="marquee-my-data-')
    assert "no-store" in answer.headers["Cache-Control"]
    found: dict[str, Any] = json.loads(answer.content)
    return found


def test_a_guest_takes_along_what_the_browser_told(browser: Client, standing_world: list[Title]) -> None:
    history(browser, standing_world[0])
    signals.set_preferences(guest_of(browser), strength=2.0)
    mine = exported(browser)
    assert mine["account"] is None
    assert mine["browsers"] == [str(client_of(browser))]
    (search,) = mine["searches"]
    assert (search["raw_text"], search["shown"][0]) == ("godfather", standing_world[1].external_id)
    assert [deed["action_name"] for deed in mine["interactions"]] == ["like"]
    assert mine["signals"][0]["title"]["name"] == standing_world[0].name
    assert mine["preferences"][0]["strength"] == 2.0


def test_an_account_takes_along_all_of_it(browser: Client, standing_world: list[Title]) -> None:
    history(browser, standing_world[0])
    sign_up(browser, "ליאור כהן", "lior@example.org")
    elsewhere = another()
    sign_in(elsewhere, "ליאור כהן")
    history(elsewhere, standing_world[1])
    mine = exported(browser)
    assert (mine["account"]["name"], mine["account"]["email"]) == ("ליאור כהן", "lior@example.org")
    assert "password" not in json.dumps(mine["account"])
    assert len(mine["searches"]) == 2
    assert {said["title"]["id"] for said in mine["signals"]} >= {standing_world[0].external_id}
    assert len(mine["joined_histories"]) == 1


def test_nobody_takes_along_what_is_anothers(browser: Client, standing_world: list[Title]) -> None:
    other = another()
    history(other, standing_world[0])
    sign_up(other, "Ben")
    history(other, standing_world[1])
    history(browser, standing_world[2])
    sign_up(browser)
    mine = json.dumps(exported(browser))
    for theirs in SearchEvent.objects.filter(user__username="Ben"):
        assert str(theirs.pk) not in mine
        assert str(theirs.client_id) not in mine
    ben = User.objects.get(username="Ben")
    signals.say(Owner(ben.pk, None), Said(standing_world[3].pk, Kind.LIKE, note="secret"))
    assert "secret" not in json.dumps(exported(browser))


def test_one_file_costs_the_same_however_much_was_done(
    browser: Client, standing_world: list[Title], django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        history(browser, *standing_world[:5])
    with django_assert_max_num_queries(12):
        exported(browser)


# ---- words of others


def test_words_that_few_searched_for_are_not_told_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reason(HIT) == "Chosen by people who searched “my aunt gertrude”"
    told = reason(witnesses.discreet(HIT, "aunts"))
    assert told == "Chosen by people who searched for something like this"
    assert "gertrude" in reason(witnesses.discreet(HIT, "my aunt gertrude")), "one's own words"
    monkeypatch.setattr(witnesses, "_popular", witnesses._Popular(frozenset({"my aunt gertrude"})))
    assert "gertrude" in reason(witnesses.discreet(HIT, "aunts")), "everybody's words"
    assert witnesses.discreet(replace(HIT, witness=None), "aunts").witness is None


def test_what_is_popular_is_what_enough_people_chose_by(
    standing_world: list[Title], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witnesses, "_popular", witnesses._Popular())
    settings.SUGGEST_MIN_CLIENTS = 3
    for n_people, text in ((3, "crime"), (2, "gertrude")):
        for _ in range(n_people):
            one = another()
            one.get("/search/", {"q": text})
            was_here(client_of(one))
            event = SearchEvent.objects.filter(client_id=client_of(one)).latest("created")
            one.get(reverse("follow", args=[event.pk, event.first_position]))
    witnesses.refresh(0)
    assert witnesses._popular.texts == {"crime"}
    SearchEvent.objects.all().delete()
    witnesses.refresh(0)
    assert witnesses._popular.texts, "not asked again so soon"
    witnesses.refresh(1)
    assert not witnesses._popular.texts, "unless somebody was forgotten"


# ---- addresses


def test_no_column_and_no_log_is_there_for_addresses(browser: Client, caplog: pytest.LogCaptureFixture) -> None:
    from tests.recommender import every_column

    address = "203.0.113.77"
    caplog.set_level("DEBUG")
    browser.defaults |= {"REMOTE_ADDR": address, "HTTP_X_FORWARDED_FOR": address}
    browser.get("/search/", {"q": "godfather"})
    browser.get("/nowhere/")
    browser.post(reverse("sign-in"), {"name": "Anna", "password": "x"})
    browser.post(reverse("sign-up"), {})
    assert every_column.where({address}) == set()
    assert address not in caplog.text


def test_the_web_server_writes_no_access_log() -> None:
    (web,) = [program for program in up.Command().programs() if program.name == "web"]
    assert "--access-log" not in web.command


def test_the_privacy_page_is_found_from_the_account(browser: Client) -> None:
    sign_up(browser)
    assert f'href="{reverse("privacy")}"' in browser.get(reverse("account")).content.decode()
