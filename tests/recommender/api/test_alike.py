"""What belongs to somebody else, or may not be seen, is answered like what never was: nobody learns what there is.

Every operation of the OpenAPI document with an id of somebody's in its address, by everybody whose it is not.
"""

import json
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog import signals
from catalog.signals import Kind, Owner, Said
from recommender.accounts import keys
from recommender.accounts.keys import SCOPES
from recommender.api.views.documents import document
from recommender.visitors import CLIENT_COOKIE
from tests.fuzz.api import things

pytestmark = pytest.mark.django_db
OF_EVERYBODY = {"item_id", "person_id", "alias"}  # the catalogue is no secret; the publication of a title is one
NOBODYS = {"run_id": "999999", "request_id": "999999", "version": "999999", "item_id": "nothing"}
UNKNOWN = str(UUID(int=7))
ABOUT_SOMEBODY = [
    (method.upper(), path, told["operationId"])
    for path, methods in document()["paths"].items()
    for method, told in methods.items()
    if {one["name"] for one in told.get("parameters", ()) if one["in"] == "path"} - OF_EVERYBODY
    or told["x-scope"].startswith("catalogue")
]
BODIES = {"mute_signal": {"is_muted": True}, "set_publication": {"is_published": False}}


@pytest.fixture
def values(standing_world: list[Any], settings: Any) -> dict[str, str]:
    settings.API_RATES = dict.fromkeys(settings.API_RATES, 0)
    owner = User.objects.create_user("Owner", password="violet lantern orbit")
    found = {name: str(of[0]) for name, of in things.of_everybody(standing_world).items()}
    signals.say(Owner(owner.pk, None), Said(standing_world[0].pk, Kind.LIKE))
    found["signal_id"] = str(signals.signals_of(Owner(owner.pk, None))[0].pk)
    found["key_id"] = str(keys.create(owner, "script", ["me:read"]).key.pk)
    return found | {"alias": "champion"}


@pytest.fixture
def strangers(db: None) -> dict[str, Client]:
    """None of them has anything, or may see what only some of staff may."""
    user = User.objects.create_user("Stranger", password="violet lantern orbit")
    staff = User.objects.create_user("Desk", password="violet lantern orbit", is_staff=True)
    found = {"nobody": Client(), "browser": Client(), "signed in": Client(), "staff without rights": Client()}
    found["browser"].cookies[CLIENT_COOKIE] = str(UUID(int=9))
    found["signed in"].force_login(user)
    found["staff without rights"].force_login(staff)
    for name, owner, scopes in (
        ("a key", user, SCOPES), ("a key of staff", staff, SCOPES), ("a key to read", user, ["me:read"]),
    ):  # fmt: skip
        found[name] = Client(headers={"Authorization": f"Bearer {keys.create(owner, name, scopes).secret}"})
        found[name].get("/api/v1/me")
    return found


@pytest.mark.parametrize(("method", "path", "name"), ABOUT_SOMEBODY, ids=[name for *_, name in ABOUT_SOMEBODY])
def test_the_forbidden_and_the_unknown_look_alike(
    values: dict[str, str], strangers: dict[str, Client], method: str, path: str, name: str
) -> None:
    unknown = {key: NOBODYS.get(key, UNKNOWN) for key in values} | {"alias": "nothing"}
    body = json.dumps(BODIES.get(name, {}))
    for who, client in strangers.items():
        there, not_there = (
            client.generic(method, path.format_map(ids), body, content_type="application/json")
            for ids in (values, unknown)
        )
        assert there.status_code in (401, 403, 404), f"{who}: {there.status_code} {there.content[:200]!r}"
        assert _seen(there) == _seen(not_there), who


def _seen(answer: Any) -> tuple[Any, ...]:
    body = answer.json()
    assert body.pop("request_id")
    headers = {key: value for key, value in answer.headers.items() if key not in ("X-Request-Id", "Content-Length")}
    return answer.status_code, body, headers
