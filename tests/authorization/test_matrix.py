"""Every address × method × caller: who gets in is what `expectations` says, and nobody meets an error of ours."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.authorization.expectations import For, expectations, undeclared
from tests.authorization.routes import filled

if TYPE_CHECKING:
    from django.contrib.auth.models import User

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
READING = ("GET", "HEAD", "OPTIONS")
ROLES = ("nobody", "user", "other user", "read-only key", "staff viewer", "staff", "inactive")
ONLY_LOOKING = ("read-only key", "staff viewer")
BY_THE_WAY = {
    "recommender_calls",
    "recommender_visit",
    "recommender_apikey",
}  # calls counted, a message, a day of use
_WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)"?')
SIGNED_IN = ("user", "other user", "read-only key", "staff viewer", "staff")


@dataclass
class Cast:
    """Clients by role, and the parameters of addresses that lead to things of the role `user`."""

    clients: dict[str, Client]
    values: dict[str, str]


@pytest.fixture
def cast(standing_world: list[Any], django_user_model: "type[User]") -> Cast:
    from tests.authorization.cast import cast_of

    return cast_of(standing_world, django_user_model)


def test_every_address_has_an_expectation() -> None:
    assert undeclared() == []


@pytest.mark.parametrize("route", expectations())
def test_an_address_lets_in_whom_it_should(route: str, cast: Cast) -> None:
    who = expectations()[route]
    address = filled(route, cast.values)
    for role in ROLES:
        for method in METHODS:
            answer, written = ask(cast.clients[role], method, address)
            told = f"{method} {address} as {role}: {answer.status_code}, wrote to {written}"
            assert answer.status_code < 500 or answer.status_code == 503, told
            assert CHECKS[who](role, method, answer), told
            assert role not in ONLY_LOOKING or who not in (For.STAFF, For.ADMIN) or not written, told


def ask(client: Client, method: str, address: str) -> tuple[HttpResponse, set[str]]:
    """The answer to an empty request, and the tables that it wrote to.

    What it changed is undone, so that the next caller finds the same.
    """
    body: dict[str, Any] = {} if method in READING else {"data": "{}", "content_type": "application/json"}
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        answer: HttpResponse = getattr(client, method.lower())(address, **body)
        transaction.set_rollback(True)
    written = {found[1] for query in queries if (found := _WRITES.match(query["sql"]))}
    return answer, written - BY_THE_WAY


def _is_in(answer: HttpResponse) -> bool:
    return answer.status_code not in (401, 403) and not _to_sign_in(answer)


def _to_sign_in(answer: HttpResponse) -> bool:
    return answer.status_code in (301, 302) and answer.headers.get("Location", "").startswith(
        ("/sign-in/", "/admin/login/")
    )


def _everybody(role: str, method: str, answer: HttpResponse) -> bool:
    """A key that may only read changes nothing, whatever others may."""
    if role == "read-only key" and answer.status_code == 403:
        return method not in READING
    return _is_in(answer)


def _history(role: str, method: str, answer: HttpResponse) -> bool:
    if role in ("nobody", "inactive"):
        return answer.status_code == 401
    return _accounts(role, method, answer)


def _accounts(role: str, method: str, answer: HttpResponse) -> bool:
    if role in ("nobody", "inactive"):
        return answer.status_code == 401
    if role == "read-only key" and method not in READING:
        return answer.status_code == 403
    return _is_in(answer)


def _owner(role: str, method: str, answer: HttpResponse) -> bool:
    if role in SIGNED_IN and role != "user" and not (role == "read-only key" and method not in READING):
        return answer.status_code in (404, 405)
    return _accounts(role, method, answer)


def _staff(role: str, method: str, answer: HttpResponse) -> bool:
    if role in ("nobody", "inactive"):
        return answer.status_code == 401
    may = role == "staff" or (role in ("staff viewer", "read-only key") and method in READING)
    return _is_in(answer) if may else answer.status_code == 403


def _account_page(role: str, method: str, answer: HttpResponse) -> bool:
    """Keys are for the API alone: to a page whoever sends one is nobody."""
    if role in ("nobody", "inactive", "read-only key"):
        return _to_sign_in(answer) or answer.status_code == 405
    return not _to_sign_in(answer)


def _admin(role: str, method: str, answer: HttpResponse) -> bool:
    """That a viewer changes nothing is seen by what is written."""
    if role in ("staff viewer", "staff"):
        return not _to_sign_in(answer)
    return _to_sign_in(answer) or answer.status_code == 405


def _sign_in(role: str, method: str, answer: HttpResponse) -> bool:
    return answer.status_code in (302, 403, 405) or role in SIGNED_IN


CHECKS: dict[For, Callable[[str, str, HttpResponse], bool]] = {
    For.EVERYBODY: _everybody,
    For.HISTORY: _history,
    For.ACCOUNTS: _accounts,
    For.OWNER: _owner,
    For.STAFF: _staff,
    For.ACCOUNT_PAGE: _account_page,
    For.SIGN_IN: _sign_in,
    For.ADMIN: _admin,
}
