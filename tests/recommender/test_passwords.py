"""Passwords: guessing takes ever longer, a letter lets one in again, and who knows one changes it."""

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core import mail
from django.test import Client
from django.urls import reverse

from catalog.models import Title
from recommender.accounts import throttle
from recommender.models import Tries
from tests.recommender.browsing import (
    PASSWORD,
    another,
    link_in_the_letter,
    sign_in,
    sign_up,
    text_of,
    url_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    return another()


def is_signed_in(browser: Client) -> bool:
    return bool(browser.get(reverse("account")).status_code == 200)


# ---- guessing


def test_guessing_takes_ever_longer(browser: Client) -> None:
    sign_up(another())
    for _ in range(throttle.FREE):
        assert sign_in(browser, "Anna", "a guess of mine").status_code == 422
    held = sign_in(browser)  # the right one now; whoever guesses learns nothing
    assert held.status_code == 429
    assert "Too many tries. Please wait 1" in text_of(held)
    assert 1 <= int(held.headers["Retry-After"]) <= throttle.FIRST_WAIT
    assert sign_in(another()).status_code == 429  # another browser does not help
    assert sign_in(another(), " ANNA").status_code == 429  # nor other letters
    Tries.objects.update(next_from="2000-01-01T00:00Z")
    assert sign_in(browser).status_code == 302
    assert sign_in(another(), "Anna", "a guess of mine").status_code == 422  # it starts anew


def test_a_browser_that_tries_many_names_is_held_too(browser: Client) -> None:
    browser.get("/")
    for number in range(throttle.FREE_OF_A_BROWSER):
        assert sign_in(browser, f"name {number}", "a guess of mine").status_code == 422
    assert sign_in(browser, "yet another", "a guess of mine").status_code == 429


def test_tries_name_nobody(browser: Client) -> None:
    sign_in(browser, "Anna", "a guess of mine")
    assert Tries.objects.exists()
    assert not any("anna" in key.casefold() or "guess" in key for key in Tries.objects.values_list("key", flat=True))


# ---- passwords


def test_a_letter_lets_one_in_again_and_works_once(browser: Client) -> None:
    other = another()
    sign_up(other, email="anna@example.org")
    assert url_of(browser.post(reverse("password-forgotten"), {"email": "anna@example.org"})) == reverse(
        "password-sent"
    )
    link = link_in_the_letter()
    assert "Anna" in text_of(browser.get(link))
    new = {"new_password": "four other words here", "again": "four other words here"}
    assert browser.post(link, new | {"again": "not the same"}).status_code == 422
    assert url_of(browser.post(link, new)) == reverse("sign-in")
    assert browser.post(link, new).status_code == browser.get(link).status_code == 410
    assert not is_signed_in(other), "every browser is signed out by it"
    assert sign_in(browser).status_code == 422
    assert sign_in(browser, password="four other words here").status_code == 302


def test_whether_an_address_has_an_account_is_not_told(browser: Client) -> None:
    sign_up(another(), email="anna@example.org")
    pages = []
    for address in ("anna@example.org", "nobody@example.org"):
        answer = browser.post(reverse("password-forgotten"), {"email": address})
        pages.append((answer.status_code, url_of(answer), text_of(browser.get(url_of(answer)))))
    assert pages[0] == pages[1]
    assert len(mail.outbox) == 1
    assert "written to the log of its web server" in pages[0][2]


def test_nobody_is_flooded_with_letters(browser: Client) -> None:
    sign_up(another(), email="anna@example.org")
    for _ in range(throttle.FREE_LETTERS + 3):
        assert browser.post(reverse("password-forgotten"), {"email": "anna@example.org"}).status_code == 302
    assert len(mail.outbox) == throttle.FREE_LETTERS


@pytest.mark.parametrize(
    "link", ["/password/MQ/x-y/", "/password/@@/a/", "/password/MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMg/a-b/"]
)
def test_forged_and_old_links_are_refused_kindly(browser: Client, link: str, settings: Any) -> None:
    sign_up(another(), email="anna@example.org")
    assert browser.get(link).status_code == 410
    settings.PASSWORD_RESET_TIMEOUT = -1
    browser.post(reverse("password-forgotten"), {"email": "anna@example.org"})
    assert browser.get(link_in_the_letter()).status_code == 410


def test_a_password_is_changed_by_who_knows_it(browser: Client) -> None:
    sign_up(browser)
    other = another()
    sign_in(other)
    new = {"new_password": "four other words here", "again": "four other words here"}
    refused = browser.post(reverse("password-change"), new | {"password": "a guess of mine"})
    assert refused.status_code == 422
    assert "This is not your password" in text_of(refused)
    assert url_of(browser.post(reverse("password-change"), new | {"password": PASSWORD})) == reverse("account")
    assert is_signed_in(browser)
    assert not is_signed_in(other)
    assert authenticate(username="Anna", password="four other words here") is not None
