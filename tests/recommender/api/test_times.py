"""Times of the API: sent with their zone, answered in UTC, everywhere alike."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework import serializers

from catalog.models import Title
from recommender.api.fields import Moment
from recommender.api.serializers import StrictSerializer
from recommender.api.views.documents import document
from tests.recommender.api.desk import send
from tests.recommender.api.test_search import problem

LATER = (datetime.now(UTC) + timedelta(days=30)).replace(hour=12, minute=0, second=0, microsecond=0, tzinfo=None)
NAIVE, FAR_EAST, IN_UTC = (LATER.isoformat(), f"{LATER + timedelta(hours=9)}+09:00", f"{LATER.isoformat()}Z")
KEY = {"name": "x", "scopes": ["me:read"]}
RULE = {"action": "hide", "item_id": "tt1", "match": "any"}


@pytest.fixture
def boss(db: None) -> Client:
    Title.objects.create(external_id="tt1", name="Alien")
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "body", "field"),
    [
        ("keys", KEY, "expires"),
        ("rules", RULE, "starts"),
        ("rules", RULE, "ends"),
        ("export/ubi/queries", None, "since"),
        ("export/ubi/events", None, "until"),
        ("analytics/overview", None, "until"),
    ],
)
def test_a_time_needs_its_zone_and_comes_back_in_utc(boss: Client, url: str, body: Any, field: str) -> None:
    def asked(time: str) -> Any:
        if body is None:
            return boss.get(f"/api/v1/{url}", {field: time})
        return send(boss, "post", f"/api/v1/{url}", body | {field: time})

    refused = problem(asked(NAIVE), 400)
    assert (refused["field"], refused["detail"]) == (field, "A time needs its zone, such as 2026-01-31T00:00:00Z.")
    answer = asked(FAR_EAST)
    assert answer.status_code in (200, 201), answer.content
    if body is not None:
        assert answer.json()[field] == IN_UTC


@pytest.mark.django_db
def test_so_does_the_time_of_an_event(boss: Client) -> None:
    event = {"event_id": str(uuid4()), "action_name": "like", "item_id": "tt1"}
    batch = [event | {"timestamp": NAIVE}, event | {"timestamp": FAR_EAST}]
    told = send(boss, "post", "/api/v1/events", {"events": batch}).json()
    assert (told["accepted"], [(one["index"], one["field"]) for one in told["rejected"]]) == (1, [(0, "timestamp")])


def test_no_other_time_is_read_anywhere() -> None:
    """Whoever adds an operation cannot forget it."""
    document()  # imports every view
    read = [(kind.__name__, name) for kind in _all(StrictSerializer) for name, field in _times(kind)]
    assert {("KeyIn", "expires"), ("EventIn", "timestamp"), ("RuleIn", "ends")} <= set(read)
    lax = [
        (kind.__name__, name)
        for kind in _all(StrictSerializer)
        for name, field in _times(kind)
        if not isinstance(field, Moment)
    ]
    assert lax == []


def _all(kind: type[StrictSerializer]) -> Iterator[type[StrictSerializer]]:
    for below in kind.__subclasses__():
        yield below
        yield from _all(below)


def _times(kind: type[StrictSerializer]) -> list[tuple[str, Any]]:
    return [(name, field) for name, field in kind().fields.items() if isinstance(field, serializers.DateTimeField)]
