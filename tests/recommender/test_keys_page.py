"""The page of keys: made once and shown once, replaced, revoked after a question; nobody else's."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from recommender.accounts import keys
from recommender.models import ApiKey
from recommender.pages.keys import FOR_EVERYBODY, FOR_STAFF, WORDS
from tests.recommender.browsing import another, text_of, url_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return User.objects.create_user("Anna", password="violet lantern orbit")


@pytest.fixture
def browser(user: User) -> Client:
    client = another()
    client.force_login(user)
    return client


def make(browser: Client, **fields: Any) -> Any:
    return browser.post(reverse("keys"), {"name": "my script", "scopes": ["search:read"], "days": "90"} | fields)


def secret_in(page: Any) -> str:
    found = re.search(r"<textarea[^>]*>(mq_[\w-]+)</textarea>", page.content.decode())
    assert found is not None
    return found.group(1)


def test_there_are_none_at_first(browser: Client) -> None:
    page = browser.get(reverse("keys"))
    assert page.status_code == 200
    assert "You have none." in text_of(page)
    assert reverse("keys") in browser.get(reverse("account")).content.decode()


def test_a_key_is_shown_once_and_works(browser: Client) -> None:
    page = make(browser, scopes=["me:read", "search:read"])
    assert (page.status_code, page["Cache-Control"]) == (
        200, "max-age=0, no-cache, no-store, must-revalidate, private",
    )  # fmt: skip
    secret = secret_in(page)
    key = ApiKey.objects.get()
    assert (key.name, key.scopes) == ("my script", ["search:read", "me:read"])
    assert key.expires is not None
    assert timedelta(days=89) < key.expires - timezone.now() <= timedelta(days=90)
    later = browser.get(reverse("keys"))
    assert secret not in later.content.decode()
    for words in ("my script", str(WORDS["me:read"]), secret[:11], "Never used yet."):
        assert words in text_of(later)
    script = Client(headers={"Authorization": f"Bearer {secret}"})
    assert script.get("/api/v1/me").json()["name"] == "Anna"


def test_a_key_may_have_no_end(browser: Client) -> None:
    make(browser, days="")
    assert ApiKey.objects.get().expires is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": " "}, "This field is required."), ({"name": "x" * 101}, "at most 100 characters"),
        ({"scopes": []}, "choose at least one thing"), ({"scopes": ["me:all"]}, "me:all is not one of"),
        ({"days": "7"}, "7 is not one of"), ({"scopes": [], "staff": ["models:write"]}, "choose at least one thing"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_and_nothing_typed_is_lost(browser: Client, fields: Any, words: str) -> None:
    page = make(browser, **{"name": "a name that stays"} | fields)
    assert page.status_code == 422
    assert words in text_of(page)
    assert "name" in fields or "a name that stays" in page.content.decode()
    assert not ApiKey.objects.exists()


def test_staff_are_offered_more(browser: Client, user: User) -> None:
    assert "For those who look after Marquee" not in text_of(browser.get(reverse("keys")))
    user.is_staff = True
    user.save()
    assert "For those who look after Marquee" in text_of(browser.get(reverse("keys")))
    make(browser, staff=["models:read"])
    assert ApiKey.objects.get().scopes == ["search:read", "models:read"]


def test_only_so_many(browser: Client, user: User) -> None:
    made = [keys.create(user, str(number), ["me:read"]) for number in range(keys.MAX_KEYS)]
    assert "You have 50 keys already." in text_of(make(browser))
    page = browser.post(reverse("key-rotate", args=[made[0].key.pk]), follow=True)
    assert "You have 50 keys already." in text_of(page)
    assert ApiKey.objects.count() == keys.MAX_KEYS


def test_a_key_is_replaced(browser: Client, user: User) -> None:
    old = keys.create(user, "script", ["me:read"])
    page = browser.post(reverse("key-rotate", args=[old.key.pk]))
    assert f"The old one, {old.key.prefix}…, works for one more day." in text_of(page)
    for secret in (old.secret, secret_in(page)):
        assert Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/me").status_code == 200
    assert browser.get(reverse("key-rotate", args=[old.key.pk])).status_code == 405


def test_what_ends_within_a_day_is_not_replaced(browser: Client, user: User) -> None:
    old = keys.create(user, "script", ["me:read"])
    url = reverse("key-rotate", args=[old.key.pk])
    assert url in browser.get(reverse("keys")).content.decode()
    browser.post(url)
    page = browser.post(url, follow=True)
    assert "This key ends within a day" in text_of(page)
    assert url not in page.content.decode()
    assert ApiKey.objects.count() == 2


def test_a_key_is_revoked_after_a_question(browser: Client, user: User) -> None:
    made = keys.create(user, "<script>", ["me:read"])
    url = reverse("key-revoke", args=[made.key.pk])
    asked = browser.get(url)
    assert "Revoke the key “<bdi>&lt;script&gt;</bdi>”?" in asked.content.decode()
    assert Client(headers={"Authorization": f"Bearer {made.secret}"}).get("/api/v1/me").status_code == 200
    page = browser.post(url, follow=True)
    assert "You have none." in text_of(page)
    assert Client(headers={"Authorization": f"Bearer {made.secret}"}).get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("name", ["key-rotate", "key-revoke"])
def test_anothers_key_is_answered_like_none(browser: Client, name: str) -> None:
    theirs = keys.create(User.objects.create_user("Ben"), "theirs", ["me:read"]).key
    pages = [browser.post(reverse(name, args=[key_id]), follow=True) for key_id in (theirs.pk, uuid4())]
    assert text_of(pages[0]) == text_of(pages[1])
    assert "There is no such key of yours any more" in text_of(pages[0])
    theirs.refresh_from_db()
    assert (theirs.revoked, theirs.expires) == (None, None)


def test_who_is_not_signed_in_is_led_to_it(db: None) -> None:
    for url in (reverse("keys"), reverse("key-revoke", args=[uuid4()])):
        assert url_of(another().get(url)).startswith(reverse("sign-in"))


def test_every_scope_with_words_is_one() -> None:
    assert set(WORDS) <= set(keys.SCOPES)
    assert not FOR_EVERYBODY.keys() & FOR_STAFF.keys()
