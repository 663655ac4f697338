"""A page stood open while its reader went: what it says then is nobody's, and said to be so."""

import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from catalog import signals
from catalog.models import Interaction, Preferences, Signal, Title
from catalog.signals import Owner
from tests.recommender.browsing import another, guest_of, sign_in, sign_up, text_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
SIGNED_OUT = "You have signed out meanwhile, so nothing was changed."
ANOTHER = "Another account is signed in here by now, so nothing was changed."
# What may be sent by whoever holds the browser: it is about the page, or it asks for a password itself.
OF_ANYBODY = ("set_language", "sign-out", "account-email", "part-history")


@pytest.fixture
def heat(standing_world: list[Title]) -> Title:
    return Title.objects.get(name="Heat")


@pytest.fixture
def anna(heat: Title) -> Client:
    browser = another()
    sign_up(browser, "Anna")
    return browser


def forms(page: Any) -> list[tuple[str, dict[str, str]]]:
    """(address, hidden fields) of every form of the page that changes something."""
    found = re.findall(r'<form\b[^>]*\baction="([^"]*)"[^>]*\bmethod="post".*?</form>', page.content.decode(), re.S)
    bodies = re.findall(r'<form\b[^>]*\bmethod="post"[^>]*>(.*?)</form>', page.content.decode(), re.S)
    hidden = r'<input type="hidden" name="([^"]+)" value="([^"]*)"'
    return [
        (address, {name: unescape(value) for name, value in re.findall(hidden, body)})
        for address, body in zip(found, bodies, strict=True)
    ]


def of_the_title(browser: Client, title: Title) -> dict[str, str]:
    """What the form under a title sends, as its page was made."""
    address = reverse("feedback", args=[title.external_id])
    return dict(next(fields for to, fields in forms(browser.get(title.get_absolute_url())) if to == address))


def like(browser: Client, title: Title, said: dict[str, str], **options: Any) -> Any:
    sent = said | {"action": "like", "event_id": str(uuid4())}
    return browser.post(reverse("feedback", args=[title.external_id]), sent, **options)


def test_whoever_it_was_made_for_is_heard(anna: Client, heat: Title) -> None:
    like(anna, heat, of_the_title(anna, heat))
    assert Signal.objects.get().user == User.objects.get()


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["without scripts", "with scripts"])
def test_a_like_after_signing_out_is_nobodys(anna: Client, heat: Title, headers: dict[str, str]) -> None:
    said = of_the_title(anna, heat)
    anna.post(reverse("sign-out"))
    n_before = Interaction.objects.count()
    answer = like(anna, heat, said, headers=headers)
    where = answer.headers.get("HX-Redirect") or answer.headers["Location"]
    assert where == heat.get_absolute_url()
    assert not Signal.objects.exists()
    assert Interaction.objects.count() == n_before
    page = anna.get(where)
    assert SIGNED_OUT in text_of(page)
    assert f'href="{reverse("sign-in")}?next={where.replace("/", "%2F")}"' in page.content.decode()
    assert 'aria-pressed="true"' not in page.content.decode()


def test_said_once_more_it_is_the_guests(anna: Client, heat: Title) -> None:
    anna.post(reverse("sign-out"))
    like(anna, heat, of_the_title(anna, heat))
    assert signals.opinions(guest_of(anna)) == {heat.pk: {"like"}}


def test_another_account_does_not_get_it(anna: Client, heat: Title) -> None:
    said = of_the_title(anna, heat)
    anna.post(reverse("sign-out"))
    sign_up(anna, "Ben")
    like(anna, heat, said)
    assert not Signal.objects.exists()
    assert ANOTHER in text_of(anna.get(heat.get_absolute_url()))


def test_the_same_account_signed_in_again_is_heard(anna: Client, heat: Title) -> None:
    said = of_the_title(anna, heat)
    anna.post(reverse("sign-out"))
    sign_in(anna, "Anna")
    like(anna, heat, said)
    assert Signal.objects.get().user == User.objects.get(username="Anna")


def test_a_guests_page_joins_the_account_with_the_guest(heat: Title) -> None:
    browser = another()
    said = of_the_title(browser, heat)
    assert "reader" not in said
    sign_up(browser, "Anna")
    like(browser, heat, said)
    assert Signal.objects.get().user == User.objects.get()


@pytest.mark.parametrize("forged", ["x" * 16, "\ud800", "0" * 5_000], ids=["another's", "no text", "long"])
def test_a_forged_reader_is_nobody(anna: Client, heat: Title, forged: str) -> None:
    like(anna, heat, of_the_title(anna, heat) | {"reader": forged.encode("utf-8", "surrogatepass").decode("latin-1")})
    assert not Signal.objects.exists()


def test_it_does_not_name_the_account(anna: Client, heat: Title) -> None:
    mark = of_the_title(anna, heat)["reader"]
    assert re.fullmatch("[0-9a-f]{16}", mark)
    ben = another()
    sign_up(ben, "Ben")
    assert of_the_title(ben, heat)["reader"] != mark


def test_every_form_that_changes_something_says_for_whom_it_is(anna: Client, heat: Title) -> None:
    like(anna, heat, of_the_title(anna, heat))
    like(anna, heat, of_the_title(anna, heat) | {"undo": "like", "action": ""})
    address = reverse("feedback", args=[heat.external_id])
    for action in ("seen", "watchlist_add", "not_for_me"):
        anna.post(address, {"action": action, "event_id": str(uuid4()), "next": heat.get_absolute_url()})
    shown = [heat.get_absolute_url(), "/search/?q=heat", "/"]
    shown += map(reverse, ("home", "taste", "hidden", "watchlist", "taste-reset", "privacy", "keys", "account"))
    seen = set()
    exempt = {reverse(name) for name in OF_ANYBODY[:-1]}
    for path in shown:
        for to, fields in forms(anna.get(path)):
            if to not in exempt and not to.startswith("/account/histories/"):
                assert fields.get("reader"), (path, to)
                seen.add(to.strip("/").split("/")[0])
    assert seen == {"account", "list", "privacy", "taste", "title"}


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("preferences", {"learning": "off"}),
        ("privacy-switch", {"switch": "learning", "to": "off"}),
        ("taste-reset", {}),
        ("watchlist-remove", {}),
        ("hidden-restore", {}),
    ],
)
def test_nothing_else_is_changed_for_whoever_comes_next(
    anna: Client, heat: Title, name: str, fields: dict[str, str]
) -> None:
    said = of_the_title(anna, heat)
    anna.post(reverse("sign-out"))
    anna.get("/")
    guest = guest_of(anna)
    for action in ("watchlist_add", "seen"):
        anna.post(
            reverse("feedback", args=[heat.external_id]), {"action": action, "event_id": str(uuid4()), "next": "/"}
        )
    before = signals.opinions(guest)
    assert before
    answer = anna.post(reverse(name), {"title": heat.external_id, "reader": said["reader"]} | fields)
    assert answer.status_code == 302
    assert SIGNED_OUT in text_of(anna.get(answer.headers["Location"].split("#")[0]))
    assert signals.opinions(guest) == before
    assert not Preferences.objects.filter(client_id=guest.client_id, learning=False).exists()


def test_a_guest_owner_is_no_account(anna: Client, heat: Title) -> None:
    like(anna, heat, of_the_title(anna, heat))
    assert signals.opinions(Owner(User.objects.get().pk, None)) == {heat.pk: {"like"}}
