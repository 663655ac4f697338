"""Somebody who leaves is gone from every column of every table, and nobody else is."""

import json
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from catalog import event_log, signals
from catalog.event_log import Visitor
from catalog.models import HistoryJoin, Interaction, SearchEvent, Signal, TasteImport, Title
from catalog.signals import Kind, Owner, Person, Said
from recommender.accounts import leaving
from recommender.models import Forgetting, ServingChange, Visit
from recommender.versions import registry
from recommender.visitors import CLIENT_COOKIE, SESSION_COOKIE
from tests.recommender import every_column
from tests.recommender.browsing import (
    PASSWORD,
    another,
    client_of,
    history,
    link_in_the_letter,
    sign_in,
    sign_up,
    state,
)
from training.models import QuarantinedWindow, TrainingRequest

pytestmark = pytest.mark.django_db
CANARY = "Zwölfkanarien"  # a word that nothing else holds


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    return another()


def live(browser: Client, titles: list[Title]) -> set[str]:
    """Do everything that the site offers; the ids that stood for this person on the way."""
    ids: set[str] = set()

    def note() -> None:
        for name in (CLIENT_COOKIE, SESSION_COOKIE, "sessionid"):
            if name in browser.cookies and browser.cookies[name].value:
                ids.add(browser.cookies[name].value)

    def look_around(word: str) -> None:
        for text in (f"{CANARY} {word}", f"godfather {CANARY}", "crime", f"godfater {word}"):
            browser.get("/search/", {"q": text})
        browser.get("/")
        note()
        event = (
            SearchEvent.objects.filter(client_id=client_of(browser), surface="html")
            .exclude(shown=[])
            .latest("created")
        )
        browser.get(reverse("follow", args=[event.pk, event.first_position]))
        for action in ("like", "not_for_me", "seen", "watchlist_add"):
            form = {"action": action, "event_id": str(uuid4()), "query_id": str(event.pk)}
            browser.post(reverse("feedback", args=[titles[0].external_id]), form)
        sent = {
            "event_id": str(uuid4()), "query_id": str(event.pk), "action_name": "dwell", "value": 30,
            "item_id": titles[1].external_id,
        }  # fmt: skip
        browser.post("/api/v1/events", json.dumps({"events": [sent]}), content_type="application/json")
        browser.get("/api/v1/search", {"q": f"{CANARY} api", "client_id": browser.cookies[CLIENT_COOKIE].value})
        browser.get("/api/v1/suggest", {"q": CANARY[:5]})
        file = SimpleUploadedFile(
            f"{CANARY}.csv", f"Date,Name,Year,Letterboxd URI,Rating\n2024-01-01,{CANARY} the film,1999,x,4\n".encode()
        )
        browser.post(reverse("taste-import"), {"file": file})
        for name in ("learning", "personalise"):
            browser.post(reverse("privacy-switch"), {"switch": name, "to": "off"})
            browser.get("/search/", {"q": f"{CANARY} unlearnt"})
            browser.post(reverse("privacy-switch"), {"switch": name, "to": "on"})
        browser.get(reverse("my-data"))
        note()

    look_around("as a guest")
    if browser.get(reverse("account")).status_code != 200:
        wrong = {"name": f"{CANARY} Grün", "password": f"{CANARY} wrong"}
        browser.post(reverse("sign-in"), wrong)
        sign_up(browser, f"{CANARY} Grün", f"{CANARY}@example.org".encode("ascii", "ignore").decode())
        note()
        look_around("with an account")
        browser.post(reverse("account-email"), {"email": "zwoelfkanarien@example.org", "password": PASSWORD})
        browser.post(reverse("password-forgotten"), {"email": "zwoelfkanarien@example.org"})
    for model in (Interaction, Signal, TasteImport):
        ids |= {str(pk) for pk in model._default_manager.values_list("pk", flat=True)}
    # Those made with learning off stay: without words, and without anything that says whose they were.
    for pair in SearchEvent.objects.filter(may_teach=True).values_list("pk", "search_id"):
        ids |= set(map(str, pair))
    return ids


WORDS = {CANARY, "zwolfkanarien", "zwoelfkanarien"}  # as typed, as folded, as in the address


def test_an_account_leaves_nothing(browser: Client, standing_world: list[Title]) -> None:
    ids = live(browser, standing_world)
    user = User.objects.get()
    elsewhere = another()
    sign_in(elsewhere, user.username)
    elsewhere.get("/search/", {"q": f"{CANARY} elsewhere"})
    ids |= {elsewhere.cookies[CLIENT_COOKIE].value, elsewhere.cookies["sessionid"].value}
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(user=user, action_flag=ADDITION, object_repr="x", object_id="1", content_type=kind)
    boss = User.objects.create(username="Boss")
    LogEntry.objects.create(
        user=boss, action_flag=ADDITION, object_repr=str(user), object_id=str(user.pk), content_type=kind
    )
    ServingChange.objects.create(version=0, action="pin", reason="test", actor=user.username)
    TrainingRequest.objects.create(actor=user.username)
    QuarantinedWindow.objects.create(
        wm_from=1, wm_to=2, status="released", reason=f"odd ({user.username})", released_by=user.username
    )
    assert every_column.where(WORDS) >= {
        "auth_user.username", "auth_user.email", "catalog_searchevent.raw_text",
        "catalog_searchevent.normalised_text", "catalog_tasteimport.file_name", "django_admin_log.object_repr",
        "recommender_servingchange.actor", "training_trainingrequest.actor", "training_quarantinedwindow.reason",
    }  # fmt: skip
    assert every_column.where(ids) >= {
        "catalog_searchevent.client_id", "catalog_interaction.query_id", "catalog_signal.id",
        "recommender_visit.session_key", "catalog_historyjoin.client_id", "catalog_searchevent.search_id",
    }  # fmt: skip
    gone = browser.post(reverse("leave"), {"password": PASSWORD})
    assert gone.status_code == 200
    assert every_column.where(WORDS | ids) == set()
    assert every_column.references_to_user(user.pk) == set()
    assert list(User.objects.values_list("username", flat=True)) == ["Boss"]
    assert elsewhere.get(reverse("account")).status_code == 302
    for name in (CLIENT_COOKIE, SESSION_COOKIE, "sessionid", "messages"):
        assert name not in browser.cookies or not browser.cookies[name].value, name


def test_a_guest_leaves_nothing(
    browser: Client, standing_world: list[Title], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.recommender.test_leaving.sign_up", lambda *_: None)
    ids = live(browser, standing_world)
    assert every_column.where(WORDS)
    assert not User.objects.exists()
    assert browser.post(reverse("leave")).status_code == 200
    assert every_column.where(WORDS | ids) == set()
    assert CLIENT_COOKIE not in browser.cookies or not browser.cookies[CLIENT_COOKIE].value


def test_others_keep_everything(browser: Client, standing_world: list[Title]) -> None:
    other, account = another(), another()
    history(other, standing_world[2])
    sign_up(account, "Ben")
    history(account, standing_world[3])
    before = state()
    sessions = Visit.objects.count()
    live(browser, standing_world)
    browser.post(reverse("leave"), {"password": PASSWORD})
    SearchEvent.objects.filter(may_teach=False).delete()  # made with learning off: nobody's, and without words
    assert state() == before
    assert Visit.objects.count() == sessions
    assert account.get(reverse("account")).status_code == 200


def test_who_answers_to_a_search_that_was_shared_keeps_the_answer_alone(
    browser: Client, standing_world: list[Title]
) -> None:
    history(browser)
    event = SearchEvent.objects.get()
    friend = another()
    friend.get("/")
    friend.get(reverse("follow", args=[event.pk, event.first_position]))
    browser.post(reverse("leave"))
    (deed,) = Interaction.objects.all()
    assert (deed.query_id, deed.client_id) == (None, client_of(friend))


def test_a_guest_at_a_browser_does_not_delete_what_an_account_did_there(
    browser: Client, standing_world: list[Title]
) -> None:
    history(browser, standing_world[0])
    user = User.objects.create(username="Anna")
    SearchEvent.objects.update(user=user)  # a session that ran out: the browser has its id, and no account
    leaving.leave(Visitor(client_of(browser), uuid4()))
    assert SearchEvent.objects.count() == 1
    assert not Signal.objects.exists()


def test_a_parted_history_stays_when_the_account_goes(browser: Client, standing_world: list[Title]) -> None:
    before = history(browser, standing_world[0])
    sign_up(browser)
    browser.post(reverse("part-history", args=[HistoryJoin.objects.get().pk]))
    browser.post(reverse("leave"), {"password": PASSWORD})
    assert SearchEvent.objects.filter(client_id=before).count() == 1
    assert Signal.objects.filter(client_id=before).count() == 1


def test_it_is_asked_first_and_needs_the_password(browser: Client, standing_world: list[Title]) -> None:
    sign_up(browser)
    assert browser.get(reverse("leave")).status_code == 200
    for password in ("", "a guess of mine"):
        assert browser.post(reverse("leave"), {"password": password}).status_code == 422
    assert User.objects.exists()
    assert browser.post(reverse("leave"), {"password": PASSWORD}).status_code == 200
    assert not User.objects.exists()
    again = browser.post(reverse("leave"), {"password": PASSWORD})
    assert again.headers["Location"].startswith(reverse("sign-in"))  # sent twice: nobody is left


def test_a_link_of_a_letter_leads_nowhere_afterwards(browser: Client) -> None:
    sign_up(browser, email="anna@example.org")
    browser.post(reverse("password-forgotten"), {"email": "anna@example.org"})
    browser.post(reverse("leave"), {"password": PASSWORD})
    assert browser.get(link_in_the_letter()).status_code == 410


def test_nobody_is_nobody(standing_world: list[Title]) -> None:
    assert leaving.leave(Visitor(is_robot=True, client_id=uuid4())) is None
    assert leaving.leave(Visitor(user_id=99)) is None
    left = leaving.leave(Visitor(client_id=uuid4()))
    assert left is not None
    assert (left.n_searches, left.n_interactions, left.had_taught) == (0, 0, False)
    assert not Forgetting.objects.exists()


def test_texts_that_others_searched_for_too_are_not_forgotten(browser: Client, standing_world: list[Title]) -> None:
    for one in (browser, another()):
        one.get("/search/", {"q": "Crime!"})
    browser.get("/search/", {"q": "Only mine"})
    erased = event_log.erase(Person(None, frozenset([client_of(browser)])))
    assert erased.texts == {"only mine"}
    assert erased.first_taught is not None


def test_what_was_not_learnt_from_taints_nothing(browser: Client, standing_world: list[Title]) -> None:
    browser.get("/")
    signals.say(Owner(None, client_of(browser)), Said(standing_world[0].pk, Kind.NOT_FOR_ME))
    browser.post(reverse("leave"))
    assert not Forgetting.objects.exists()
    champion = registry.champion()
    assert champion is not None
    assert champion.tainted is None


def test_words_of_who_is_not_learnt_from_are_not_kept(browser: Client, standing_world: list[Title]) -> None:
    browser.post(reverse("privacy-switch"), {"switch": "learning", "to": "off"})
    page = browser.get("/search/", {"q": "godfather year:1972 from italy"})
    assert page.status_code == 200
    event = SearchEvent.objects.latest("created")
    assert (event.raw_text, event.normalised_text, event.corrected_text, event.filters) == ("", "", "", {})
    assert (event.client_id, event.may_teach) == (None, False)


def test_further_pages_work_without_learning(browser: Client, standing_world: list[Title], settings: Any) -> None:
    browser.post(reverse("privacy-switch"), {"switch": "learning", "to": "off"})
    visitor = Visitor(client_id=UUID(browser.cookies[CLIENT_COOKIE].value), may_teach=False)
    from recommender import services
    from recommender.answers.paging import Cursor

    first = services.search("crime", visitor, surface="html", limit=2)
    assert first.next_offset == 2
    second = services.search("crime", visitor, surface="html", limit=2, cursor=Cursor(first.search_id, 2))
    assert not {i.title.pk for i in first.items} & {i.title.pk for i in second.items}


def test_who_asks_by_letter_is_deleted_by_command(browser: Client, standing_world: list[Title]) -> None:
    history(browser, standing_world[0])
    sign_up(browser, "Anna", "anna@example.org")
    out = StringIO()
    call_command("forget_account", "anna@example.org", stdout=out)
    assert User.objects.exists()
    assert "Add --yes" in out.getvalue()
    call_command("forget_account", "anna", "--yes", stdout=out)
    assert "Deleted, with 1 searches and 1 interactions" in out.getvalue()
    assert not User.objects.exists()
    assert not SearchEvent.objects.exclude(surface="home").exists()
    with pytest.raises(CommandError, match="0 accounts"):
        call_command("forget_account", "anna", "--yes", stdout=out)
