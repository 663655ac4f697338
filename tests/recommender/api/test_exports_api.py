"""`/api/v1/export/ubi/…`: whole, valid lines that one can go on behind; their fields are tested in the catalogue."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from jsonschema import Draft202012Validator

from catalog import event_log
from catalog.event_log import Deed, Served, Shown, Visitor
from catalog.identifiers import uuid7
from catalog.models import Title
from catalog.ubi import export, schema_of
from recommender.api.views.exports import NDJSON
from tests.recommender.api.contract import conforms
from tests.recommender.api.desk import by_key, desk, member
from tests.recommender.api.test_search import problem

pytestmark = [
    pytest.mark.django_db(transaction=True),  # what is not committed is not exported
    pytest.mark.usefixtures("nobody_else_writes"),
]
URL = "/api/v1/export/ubi"
SEES = ("catalog.view_searchevent", "catalog.view_interaction")
ANNA, ROBOT = Visitor(uuid4(), uuid4()), Visitor(uuid4(), is_robot=True)
VALID = {"queries": Draft202012Validator(schema_of("query")), "events": Draft202012Validator(schema_of("event"))}


@pytest.fixture
def analyst(transactional_db: None) -> Client:
    return desk("analyst", *SEES)


@pytest.fixture
def log(transactional_db: None) -> list[UUID]:
    """Three searches of a person with a click each, and one of a robot."""
    film = Title.objects.create(external_id="tt1", name="Alien")
    pages = []
    for visitor in (ANNA, ANNA, ANNA, ROBOT):
        served = Served(
            raw_text="älien", normalised_text="alien", corrected_text="", query_class="title", surface="api",
            model_version=1, latency_ms=1.0, search_id=uuid7(), first_position=1, shown=[Shown(film.pk, 1.0, 1)],
            filters={},
        )  # fmt: skip
        pages.append(event_log.record_search(served, visitor))
        event_log.record_interactions([Deed(uuid4(), "click", film.pk, pages[-1])], visitor)
    return pages


def lines(client: Client, kind: str, **asked: Any) -> list[dict[str, Any]]:
    answer = client.get(f"{URL}/{kind}", asked)
    assert (answer.status_code, answer["Content-Type"]) == (200, NDJSON)
    text: bytes = conforms(answer, f"export_{kind}")
    documents = [json.loads(line) for line in text.splitlines()]
    for document in documents:
        VALID[kind].validate(document)
    return documents


@pytest.mark.parametrize(("kind", "attributes"), [("queries", "query_attributes"), ("events", "event_attributes")])
def test_the_log_is_exported_line_by_line(
    analyst: Client, log: list[UUID], kind: str, attributes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export.query_lines, "__defaults__", (2,))
    monkeypatch.setattr(export.event_lines, "__defaults__", (2,))
    found = lines(analyst, kind)
    assert [document["query_id"] for document in found] == [str(page) for page in log[:3]]
    assert len(lines(analyst, kind, robots="true")) == 4
    first = lines(analyst, kind, limit=1)
    rest = lines(analyst, kind, cursor=first[0][attributes]["cursor"])
    assert first + rest == found
    assert (
        lines(analyst, kind, until="2020-01-01T00:00:00Z") == lines(analyst, kind, since="2999-01-01T00:00:00Z") == []
    )


def test_nobody_waits_for_a_slow_download(analyst: Client, log: list[UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export.query_lines, "__defaults__", (1,))
    answer: Any = analyst.get(f"{URL}/queries")
    read = []
    for chunk in answer.streaming_content:
        assert connection.connection is None, "the connection is held while the caller reads"
        read.append(chunk)
    assert len(read) == 3


def test_a_caller_may_accept_lines_only(analyst: Client, log: list[UUID]) -> None:
    asks = {"Accept": NDJSON}
    assert analyst.get(f"{URL}/queries", headers=asks).status_code == 200
    problem(analyst.get(f"{URL}/queries", {"limit": "0"}, headers=asks), 400)
    assert analyst.get(f"{URL}/queries", headers={"Accept": "text/html"}).status_code == 406
    assert analyst.head(f"{URL}/queries").status_code == 200


@pytest.mark.parametrize("kind", ["queries", "events"])
@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"limit": "0"}, "limit"), ({"limit": "x"}, "limit"), ({"cursor": "x"}, "cursor"), ({"cursor": ""}, "cursor"),
        ({"cursor": "queries." + "9" * 19 + "." + "z" * 32}, "cursor"), ({"since": "2026-01-01T00:00:00"}, "since"),
        ({"until": "soon"}, "until"), ({"robots": "maybe"}, "robots"), ({"after": "x"}, "after"),
        ({"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, None),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_named(analyst: Client, kind: str, asked: Any, field: str | None) -> None:
    answer = analyst.get(f"{URL}/{kind}", asked)
    conforms(answer, f"export_{kind}")
    assert problem(answer, 400).get("field") == field


@pytest.mark.parametrize(("kind", "other", "attributes"), [
    ("queries", "events", "event_attributes"), ("events", "queries", "query_attributes"),
])  # fmt: skip
def test_a_cursor_goes_on_with_its_own_export_only(
    analyst: Client, log: list[UUID], kind: str, other: str, attributes: str
) -> None:
    """Events and queries share transactions: rows would be left out, and nobody told."""
    cursor = lines(analyst, other, limit=1)[0][attributes]["cursor"]
    answer = analyst.get(f"{URL}/{kind}", {"cursor": cursor})
    conforms(answer, f"export_{kind}")
    told = problem(answer, 400)
    assert (told["field"], told["detail"]) == ("cursor", f"This cursor goes on with {other}, not with {kind}.")


def test_the_largest_numbers_are_no_error_of_ours(analyst: Client, log: list[UUID]) -> None:
    assert len(lines(analyst, "queries", limit=2**70)) == 3
    assert lines(analyst, "queries", cursor="queries." + "9" * 19 + "." + "f" * 32) == []


def test_only_those_who_may_read_the_log_export_it(log: list[UUID]) -> None:
    owner = member("owner", *SEES)
    searches_only = desk("half", SEES[0])
    assert searches_only.get(f"{URL}/queries").status_code == 200
    problem(searches_only.get(f"{URL}/events"), 403)
    for kind in ("queries", "events"):
        problem(Client().get(f"{URL}/{kind}"), 401)
        problem(by_key(owner, "analytics:read", "curation:write").get(f"{URL}/{kind}"), 403)
        assert len(lines(by_key(owner, "exports:read"), kind)) == 3
