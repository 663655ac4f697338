"""`/api/v1/keys`: shown once, never worth more than who makes them, nobody else's to touch."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recommender.accounts import keys
from recommender.models import ApiKey
from tests.recommender.api.contract import conforms
from tests.recommender.api.test_search import problem

pytestmark = pytest.mark.django_db
URL = "/api/v1/keys"


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("Anna", password="violet lantern orbit")


@pytest.fixture
def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def by_key(user: User, *scopes: str, expires: datetime | None = None) -> Client:
    made = keys.create(user, "first", scopes, expires=expires)
    return Client(headers={"Authorization": f"Bearer {made.secret}"})


def post(client: Client, url: str = URL, body: Any = None) -> Any:
    return client.post(url, json.dumps(body or {}), content_type="application/json")


def listed(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = conforms(client.get(URL), "list_keys")["items"]
    return found


def test_a_key_is_shown_once_works_and_is_listed(browser: Client) -> None:
    made = conforms(post(browser, body={"name": " My  script ", "scopes": ["me:read", "search:read"]}), "create_key")
    secret = made.pop("secret")
    assert secret.startswith(made["prefix"])
    assert (made["name"], made["scopes"], made["expires"], made["last_used"]) == (
        "My script", ["search:read", "me:read"], None, None,
    )  # fmt: skip
    script = Client(headers={"Authorization": f"Bearer {secret}"})
    assert script.get("/api/v1/me").json()["name"] == "Anna"
    assert listed(browser) == [made | {"last_used": timezone.now().date().isoformat()}]
    assert secret not in browser.get(URL).content.decode()
    assert not ApiKey.objects.filter(digest__contains=secret).exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scopes": ["me:read"]}, "name"), ({"name": "x"}, "scopes"), ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "  ", "scopes": ["me:read"]}, "name"), ({"name": "x" * 101, "scopes": ["me:read"]}, "name"),
        ({"name": 7, "scopes": ["me:read"]}, "name"), ({"name": "\x00", "scopes": ["me:read"]}, "name"),
        ({"name": "\ud800", "scopes": ["me:read"]}, "name"), ({"name": "x", "scopes": "me:read"}, "scopes"),
        ({"name": "x", "scopes": ["me:all"]}, "scopes.0"), ({"name": "x", "scopes": [["me:read"]]}, "scopes.0"),
        ({"name": "x", "scopes": ["me:read"], "expires": "2001-01-01T00:00:00Z"}, "expires"),
        ({"name": "x", "scopes": ["me:read"], "expires": "9999-12-31T23:59:59-14:00"}, "expires"),
        ({"name": "x", "scopes": ["me:read"], "expires": "soon"}, "expires"),
        ({"name": "x", "scopes": ["me:read"], "expires": "2030-01-01T00:00:00"}, "expires"),
        ({"name": "x", "scopes": ["me:read"], "user": 1}, "user"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_key_is_named(browser: Client, body: Any, field: str) -> None:
    answer = post(browser, body=body)
    conforms(answer, "create_key")
    assert problem(answer, 400)["field"] == field
    assert not ApiKey.objects.exists()


def test_there_are_so_many_keys_and_no_more(browser: Client, user: User) -> None:
    for number in range(keys.MAX_KEYS):
        keys.create(user, str(number), ["me:read"])
    assert len(listed(browser)) == keys.MAX_KEYS
    answer = post(browser, body={"name": "x", "scopes": ["me:read"]})
    assert problem(answer, 400)["detail"] == "There are 50 keys already; revoke one first."


def test_a_rotated_key_goes_on_for_a_day(browser: Client, user: User) -> None:
    old = keys.create(user, "script", ["me:read"])
    fresh = conforms(post(browser, f"{URL}/{old.key.pk}/rotate"), "rotate_key")
    assert (fresh["name"], fresh["scopes"], fresh["expires"]) == ("script", ["me:read"], None)
    for secret in (old.secret, fresh["secret"]):
        assert Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/me").status_code == 200
    old.key.refresh_from_db()
    assert old.key.expires is not None
    assert timedelta(hours=23) < old.key.expires - timezone.now() <= keys.GRACE
    ApiKey.objects.filter(pk=old.key.pk).update(expires=timezone.now())
    problem(Client(headers={"Authorization": f"Bearer {old.secret}"}).get("/api/v1/me"), 401)
    assert [key["key_id"] for key in listed(browser)] == [fresh["key_id"]]
    problem(post(browser, f"{URL}/{old.key.pk}/rotate"), 404)


@pytest.mark.parametrize("caller", ["session", "old key"])
def test_a_rotated_key_begets_no_more(browser: Client, user: User, caller: str) -> None:
    """It was given up, maybe because somebody else has it: neither it nor its owner gets another out of it."""
    old = keys.create(user, "script", ["me:read", "me:write"])
    by_old = Client(headers={"Authorization": f"Bearer {old.secret}"})
    conforms(post(by_old, f"{URL}/{old.key.pk}/rotate"), "rotate_key")
    again = post(browser if caller == "session" else by_old, f"{URL}/{old.key.pk}/rotate")
    conforms(again, "rotate_key")
    assert "was rotated" in problem(again, 409 if caller == "session" else 403)["detail"]
    brief = {"name": "x", "scopes": ["me:read"], "expires": (timezone.now() + timedelta(hours=1)).isoformat()}
    refused = post(by_old, body=brief)
    conforms(refused, "create_key")
    assert "makes and rotates none" in problem(refused, 403)["detail"]
    assert ApiKey.objects.count() == 2
    assert by_old.delete(f"{URL}/{old.key.pk}").status_code == 204


@pytest.mark.django_db(transaction=True)
def test_of_rotations_at_once_one_is_heard(user: User, at_once: Callable[..., list[Any]]) -> None:
    old = keys.create(user, "script", ["me:read", "me:write"])

    def rotate() -> int:
        client = Client(headers={"Authorization": f"Bearer {old.secret}"})
        return int(post(client, f"{URL}/{old.key.pk}/rotate").status_code)

    answers = at_once(*[rotate] * 5)
    assert answers.count(201) == 1
    assert set(answers) <= {201, 403, 409}
    assert ApiKey.objects.count() == 2


def test_a_revoked_key_works_no_more(browser: Client, user: User) -> None:
    made = keys.create(user, "script", ["me:read"])
    answer = browser.delete(f"{URL}/{made.key.pk}")
    conforms(answer, "revoke_key")
    assert (answer.status_code, listed(browser)) == (204, [])
    problem(Client(headers={"Authorization": f"Bearer {made.secret}"}).get("/api/v1/me"), 401)
    problem(browser.delete(f"{URL}/{made.key.pk}"), 404)


def test_a_key_gives_no_more_than_it_has(user: User) -> None:
    small = by_key(user, "me:read", "me:write")
    larger = keys.create(user, "larger", ["me:read", "models:write"])
    refused = post(small, body={"name": "x", "scopes": ["me:read", "models:write"]})
    conforms(refused, "create_key")
    assert (
        problem(refused, 403)["detail"]
        == "This key lacks the scope models:write, so it has no say over a key that has it."
    )
    problem(post(small, f"{URL}/{larger.key.pk}/rotate"), 403)
    assert ApiKey.objects.count() == 2
    conforms(post(small, body={"name": "x", "scopes": ["me:read"]}), "create_key")


def test_a_key_gives_for_no_longer_than_it_lasts(user: User) -> None:
    ends = timezone.now() + timedelta(days=2)
    brief = by_key(user, "me:read", "me:write", expires=ends)
    endless = keys.create(user, "endless", ["me:read"])
    for expires in (None, (ends + timedelta(hours=1)).isoformat()):
        problem(post(brief, body={"name": "x", "scopes": ["me:read"], "expires": expires}), 403)
    problem(post(brief, f"{URL}/{endless.key.pk}/rotate"), 403)
    made = post(brief, body={"name": "x", "scopes": ["me:read"], "expires": ends.isoformat()})
    assert conforms(made, "create_key")["expires"] == ends.isoformat().replace("+00:00", "Z")


def test_a_key_that_only_reads_makes_none(user: User) -> None:
    reader = by_key(user, "me:read")
    assert len(listed(reader)) == 1
    problem(post(reader, body={"name": "x", "scopes": ["me:read"]}), 403)


def test_anothers_key_looks_like_one_that_never_was(browser: Client) -> None:
    stranger = User.objects.create_user("Ben")
    theirs = keys.create(stranger, "theirs", ["me:read"]).key
    assert listed(browser) == []
    for path, call, operation in (("", browser.delete, "revoke_key"), ("/rotate", browser.post, "rotate_key")):
        answers = []
        for key_id in (theirs.pk, uuid4()):
            with CaptureQueriesContext(connection) as queries:
                answer = call(f"{URL}/{key_id}{path}", headers={"X-Request-Id": "1"})
            conforms(answer, operation)
            answers.append((answer.status_code, answer.content, len(queries)))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
    theirs.refresh_from_db()
    assert (theirs.revoked, theirs.expires) == (None, None)


def test_nobody_and_a_guest_have_none(db: None) -> None:
    guest = Client()
    guest.cookies["mq_client"] = str(uuid4())
    for client in (Client(), guest):
        problem(client.get(URL), 401)
        problem(post(client, body={"name": "x", "scopes": ["me:read"]}), 401)


def test_a_session_needs_the_token_of_the_page(user: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    problem(post(strict, body={"name": "x", "scopes": ["me:read"]}), 403)


def test_a_key_goes_with_its_account(user: User) -> None:
    keys.create(user, "x", ["me:read"])
    user.delete()
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    "said", ["Bearer", "Bearer\tmq_x", "Bearer mq_\xff", "mq_x", "bearermq_x", "Bearer  ", "Token mq_x"]
)
def test_a_key_that_is_written_wrongly_is_not_taken_for_the_session(browser: Client, said: str) -> None:
    assert browser.get("/api/v1/me", headers={"Authorization": said}).status_code == 401
