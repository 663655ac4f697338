"""Accounts as a browser meets them: in, out, forgotten passwords, and what nobody may do."""

from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from catalog.models import Title
from recommender.models import Visit
from recommender.visitors import CLIENT_COOKIE, SESSION_COOKIE
from tests.recommender.browsing import (
    BROWSER,
    PASSWORD,
    another,
    sign_in,
    sign_up,
    text_of,
    url_of,
)

pytestmark = pytest.mark.django_db
NAMES = ["Anna", "Jürgen Groß-Müller", "ליאור כהן", "عائشة", "李小龍", "О’Коннор", "anna@example.org"]


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    return another()


def is_signed_in(browser: Client) -> bool:
    return bool(browser.get(reverse("account")).status_code == 200)


def test_it_works(browser: Client) -> None:
    assert sign_up(browser, email="anna@example.org").url == reverse("home")
    assert is_signed_in(browser)
    assert "Anna" in text_of(browser.get(reverse("account")))
    assert url_of(browser.post(reverse("sign-out"))) == reverse("home")
    assert not is_signed_in(browser)
    assert sign_in(browser).status_code == 302
    assert is_signed_in(browser)


# ---- signing up


@pytest.mark.parametrize("name", NAMES)
def test_names_of_every_script_are_welcome(browser: Client, name: str) -> None:
    assert sign_up(browser, name).status_code == 302
    page = browser.get(reverse("account")).content.decode()
    assert f"<bdi>{name}</bdi>" in page or "&#x27;" in page
    assert sign_in(another(), name).status_code == 302


def test_a_name_stands_once_whatever_the_case_and_the_spaces(browser: Client) -> None:
    sign_up(browser, "Jürgen  Groß")
    refused = sign_up(another(), " jürgen groß ")
    assert refused.status_code == 422
    assert "Somebody has this name already" in text_of(refused)
    assert User.objects.count() == 1
    assert sign_in(another(), "JÜRGEN GROß").status_code == 302


def test_two_who_take_one_name_at_the_same_moment_get_one_account(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_up(browser)
    monkeypatch.setattr("recommender.accounts.forms.is_taken", lambda _name: False)  # both looked before both wrote
    refused = sign_up(another(), "ANNA")
    assert (refused.status_code, User.objects.count()) == (422, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="aNNa")


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 151}, "up to 150 characters"),
        ({"name": "an\u202ena"}, "signs in it that nobody can see"),
        ({"name": "an\x00na"}, "There is a sign in this that nobody can see"),
        ({"email": "a\x00@example.org"}, "There is a sign in this that nobody can see"),
        ({"new_password": "x\x00" * 9, "again": "x\x00" * 9}, "There is a sign in this that nobody can see"),
        ({"email": "nowhere"}, "valid email address"),
        ({"again": "three other words"}, "These two passwords differ"),
        ({"new_password": "short", "again": "short"}, "too short"),
        ({"new_password": "12345678901", "again": "12345678901"}, "entirely numeric"),
        ({"new_password": "x" * 1_001, "again": "x" * 1_001}, "up to 1,000 characters"),
    ],
)
def test_what_does_not_work_is_said_and_what_was_typed_stays(
    browser: Client, fields: dict[str, str], complaint: str
) -> None:
    typed = {"name": "Anna", "email": "anna@example.org", "new_password": PASSWORD, "again": PASSWORD} | fields
    refused = browser.post(reverse("sign-up"), typed)
    assert refused.status_code == 422
    assert complaint in text_of(refused)
    assert not User.objects.exists()
    page = refused.content.decode()
    assert 'value="anna@example.org"' in page or "email" in fields
    assert PASSWORD not in page


def test_a_form_sent_twice_makes_one_account(browser: Client) -> None:
    sign_up(browser)
    assert sign_up(browser).url == reverse("account")
    assert User.objects.count() == 1


def test_a_name_that_is_an_address_is_the_address_too(browser: Client) -> None:
    sign_up(browser, "anna@example.org")
    assert User.objects.get().email == "anna@example.org"


# ---- signing in


def test_one_may_sign_in_by_address_in_any_case(browser: Client) -> None:
    sign_up(browser, email="Anna@Example.org")
    assert sign_in(another(), "anna@example.ORG").status_code == 302


def test_who_claims_an_address_that_is_anothers_gains_nothing(browser: Client) -> None:
    sign_up(browser, "Anna", "anna@example.org")
    sign_up(another(), "Mallory", "anna@example.org", new_password="mallorys own words", again="mallorys own words")
    mine = another()
    assert sign_in(mine, "anna@example.org").status_code == 302
    assert "Anna" in text_of(mine.get(reverse("account")))


@pytest.mark.parametrize("name", ["Anna", "Nobody", "nobody@example.org", "\x00", "x" * 400, "%", "_nna"])
def test_wrong_passwords_and_names_that_nobody_has_are_told_alike(browser: Client, name: str) -> None:
    sign_up(another())
    refused = sign_in(browser, name, "not the password")
    assert refused.status_code == 422
    assert not is_signed_in(browser)
    if name in ("Anna", "Nobody", "nobody@example.org"):
        assert "That name and password do not belong together" in text_of(refused)


def test_an_account_that_was_closed_stays_closed(browser: Client) -> None:
    sign_up(another())
    User.objects.update(is_active=False)
    assert sign_in(browser).status_code == 422


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:evil.example"],
)
def test_nobody_is_sent_elsewhere(browser: Client, wanted: str) -> None:
    assert sign_up(browser, next=wanted).url == reverse("home")
    browser.post(reverse("sign-out"))
    assert sign_in(browser, next=wanted).url == reverse("home")
    assert url_of(browser.get(reverse("sign-in"), {"next": wanted})) == reverse("home")


def test_one_comes_back_to_where_one_wanted_to_go(browser: Client) -> None:
    sign_up(another())
    asked = browser.get(reverse("password-change"))
    assert url_of(asked) == f"{reverse('sign-in')}?next={reverse('password-change')}"
    page = browser.get(url_of(asked)).content.decode()
    assert f'name="next" value="{reverse("password-change")}"' in page
    assert sign_in(browser, next=reverse("password-change")).url == reverse("password-change")


def test_an_address_is_changed_and_taken_away(browser: Client) -> None:
    sign_up(browser)
    assert browser.post(reverse("account-email"), {"email": "a@b.org", "password": "wrong"}).status_code == 422
    for address in ("a@b.org", ""):
        assert browser.post(reverse("account-email"), {"email": address, "password": PASSWORD}).status_code == 302
        assert User.objects.get().email == address


# ---- doors


def test_forms_that_do_not_come_from_here_are_refused(standing_world: list[Title]) -> None:
    careful = Client(enforce_csrf_checks=True, headers={"User-Agent": BROWSER})
    sign_up(another())
    careful.force_login(User.objects.get())
    for name in ("sign-up", "sign-in", "sign-out", "account-email", "password-change", "password-forgotten", "leave"):
        assert careful.post(reverse(name), {"name": "x"}).status_code == 403, name
    assert careful.post(reverse("privacy-switch"), {"switch": "learning", "to": "off"}).status_code == 403
    assert User.objects.count() == 1


@pytest.mark.parametrize("name", ["sign-out", "account-email"])
def test_a_link_changes_nothing(browser: Client, name: str) -> None:
    sign_up(browser)
    assert browser.get(reverse(name)).status_code == 405
    assert is_signed_in(browser)


def test_the_pages_of_an_account_are_for_who_is_signed_in(browser: Client) -> None:
    for name in ("account", "password-change"):
        assert url_of(browser.get(reverse(name))).startswith(reverse("sign-in"))
    assert url_of(browser.post(reverse("account-email"), {"email": "a@b.org"})).startswith(reverse("sign-in"))


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(browser: Client) -> None:
    answer = sign_up(browser)
    for name in (CLIENT_COOKIE, SESSION_COOKIE, django_settings.SESSION_COOKIE_NAME):
        assert answer.cookies[name]["httponly"], name
        assert answer.cookies[name]["samesite"] == "Lax", name


def test_signing_in_gives_new_ids_so_that_none_can_be_planted(browser: Client) -> None:
    browser.get("/")
    before = {name: browser.cookies[name].value for name in (CLIENT_COOKIE, SESSION_COOKIE)}
    sign_up(browser)
    assert all(browser.cookies[name].value != value for name, value in before.items())
    assert UUID(browser.cookies[CLIENT_COOKIE].value)


def test_a_session_knows_its_account(browser: Client) -> None:
    sign_up(browser)
    assert Visit.objects.get().account == User.objects.get()
    browser.post(reverse("sign-out"))
    assert not Visit.objects.exclude(account=None).exists()


def test_the_pages_cost_few_queries(browser: Client, django_assert_max_num_queries: Any) -> None:
    sign_up(browser)
    for name in ("account", "password-change", "privacy", "my-data", "leave"):
        with django_assert_max_num_queries(12):
            assert browser.get(reverse(name)).status_code == 200
    browser.post(reverse("sign-out"))
    for name in ("sign-in", "sign-up", "password-forgotten", "password-sent", "privacy", "leave"):
        with django_assert_max_num_queries(12):
            assert browser.get(reverse(name)).status_code == 200


def test_the_admin_has_the_same_door(browser: Client) -> None:
    asked = url_of(browser.get("/admin/"))
    door = url_of(browser.get(asked))
    assert door == f"{reverse('sign-in')}?next=/admin/"
    sign_up(another(), "Boss")
    sign_up(another())
    User.objects.filter(username="Boss").update(is_staff=True, is_superuser=True)
    assert url_of(sign_in(browser, "Boss", next="/admin/")) == "/admin/"
    assert browser.get("/admin/").status_code == 200
    stranger = another()
    assert url_of(sign_in(stranger, next="/admin/")) == "/admin/"
    told = stranger.get("/admin/", follow=True)  # and not round and round
    assert "That part is for those who look after Marquee" in text_of(told)


@pytest.mark.parametrize("address", ["/account/email/", "/account/joined/1/part/", "/privacy/delete/"])
def test_a_form_of_an_account_without_a_session_leads_to_it(browser: Client, address: str) -> None:
    """Not to the form's own address, which cannot be opened; and a guest's history is not taken for the account's."""
    answer = browser.post(address, {"password": "something", "email": "me@example.org"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in/?next=/account/"
    assert "changed nothing" in text_of(browser.get("/sign-in/"))
