"""The log as UBI documents: valid, in order, none missing, and nobody's cookie among them."""

import copy
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from catalog import event_log
from catalog.event_log import Deed, Served, Shown, Visitor
from catalog.identifiers import uuid7
from catalog.models import Interaction, SearchEvent, Title
from catalog.signals import Person
from catalog.ubi import BadPosition, Position, Selection, event_lines, pseudonym, query_lines, schema_of
from tests.training.people import settle

pytestmark = [
    pytest.mark.django_db(transaction=True),  # what is not committed is not exported
    pytest.mark.usefixtures("nobody_else_writes"),
]
SOME_ID = UUID("0d4a9f6e-6f0c-4d5e-9a51-2f6c7f1f7d10")
ANNA, BEN = Visitor(uuid4(), uuid4()), Visitor(uuid4(), uuid4())
OFF = Visitor(uuid4(), uuid4(), may_teach=False)
ROBOT = Visitor(uuid4(), is_robot=True)
Lines = Callable[..., Iterator[bytes]]
VALID = {
    query_lines: Draft202012Validator(schema_of("query"), format_checker=Draft202012Validator.FORMAT_CHECKER),
    event_lines: Draft202012Validator(schema_of("event"), format_checker=Draft202012Validator.FORMAT_CHECKER),
}


@pytest.fixture
def films(transactional_db: None) -> list[Title]:
    return [Title.objects.create(external_id=f"tt{n}", name=name) for n, name in enumerate(("Alien", "Heat", "Okja"))]


def read(lines: Lines, selection: Selection = Selection(), **options: int) -> list[dict[str, Any]]:  # noqa: B008
    """Every document that is exported, each of them valid."""
    documents = [json.loads(line) for chunk in lines(selection, **options) for line in chunk.splitlines()]
    for document in documents:
        VALID[lines].validate(document)
    return documents


def search(films: list[Title], visitor: Visitor = ANNA, **changes: Any) -> UUID:
    served = Served(
        raw_text="Herz\u2028 “ALIEN”\n", normalised_text="herz alien", corrected_text="Heart Alien",
        query_class="title", surface="html", model_version=7, latency_ms=12.5, search_id=uuid7(), first_position=21,
        shown=[Shown(film.pk, 1 / (n + 1), 1 << n) for n, film in enumerate(films)],
        filters={"asked": {"kind": "movie"}},
    )  # fmt: skip
    return event_log.record_search(replace(served, **changes), visitor)


def do(action: str, film: Title, query_id: UUID | None, visitor: Visitor = ANNA, **more: Any) -> UUID:
    deed = Deed(uuid4(), action, film.pk, query_id, **more)
    event_log.record_interactions([deed], visitor)
    return deed.event_id


def test_it_works(films: list[Title]) -> None:
    query_id = search(films)
    event_id = do("dwell", films[1], query_id, value=40.5, position=3)
    row = SearchEvent.objects.get()
    (query,), (event,) = read(query_lines), read(event_lines)
    created = row.created.astimezone(UTC).isoformat().replace("+00:00", "Z")
    assert query == {
        "application": "marquee-html",
        "query_id": str(query_id),
        "query_response_id": str(query_id),
        "client_id": pseudonym("client", ANNA.client_id),
        "user_query": "Herz\u2028 “ALIEN”\n",
        "timestamp": created,
        "object_id_field": "item_id",
        "query_response_hit_ids": ["tt0", "tt1", "tt2"],
        "query_attributes": {
            "search_id": str(row.search_id), "session_id": pseudonym("session", ANNA.session_id), "surface": "html",
            "query_class": "title", "corrected_query": "Heart Alien", "filters": {"asked": {"kind": "movie"}},
            "first_position": 21, "propensity": [1.0, 0.5, 1 / 3], "source": [1, 2, 4], "model_version": 7,
            "latency_ms": 12.5, "is_robot": False, "may_teach": True, "cursor": f"queries.{row.xid}.{row.pk.hex}",
        },
    }  # fmt: skip
    assert event["action_name"] == "dwell"
    assert event["query_id"] == str(query_id)
    assert event["client_id"] == query["client_id"]
    attributes = event["event_attributes"]
    assert attributes["object"] == {"object_id": "tt1", "object_id_field": "item_id", "object_id_type": "movie"}
    assert attributes["position"] == {"ordinal": 22}, "the page's word counts, not the client's"
    assert (attributes["propensity"], attributes["source"], attributes["model_version"]) == (0.5, 2, 7)
    assert (attributes["event_id"], attributes["value"]) == (str(event_id), 40.5)


def test_rows_of_every_kind_are_valid(films: list[Title]) -> None:
    query_id = search(films, variant="because")
    for action in Interaction.Action.values:
        do(action, films[0], query_id)
    do("like", films[2], None)
    do("like", films[2], uuid4(), Visitor())
    do("click", films[2], search(films[:2], OFF, surface="home"), OFF, position=5)
    search([], Visitor(), surface="api", filters={}, corrected_text="")
    assert len(read(query_lines)) == 3
    events = read(event_lines)
    assert [event["action_name"] for event in events[:10]] == Interaction.Action.values
    unasked, unknown, elsewhere = (event["event_attributes"] for event in events[10:])
    for attributes in (unasked, unknown):
        assert attributes["position"] == {"ordinal": 0}, "UBI has no event on a title without a place"
    assert elsewhere["position"] == {"ordinal": 5}
    for attributes in (unasked, unknown, elsewhere):
        assert not {"propensity", "source", "model_version", "variant"} & set(attributes), "not shown, not known"


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        (("action_name",), {"action_name": "click"}),
        (
            ("event_attributes", "properties", "object", "properties", "object_id_type"),
            {"event_attributes": {"object": {"object_id": 1, "object_id_type": "video"}, "position": {"ordinal": 1}}},
        ),
    ],
)
@pytest.mark.django_db(transaction=False)
def test_as_published_the_schema_refuses_its_own_names(path: tuple[str, ...], refused: dict[str, Any]) -> None:
    document = {"action_name": "like", "timestamp": "2026-01-31T00:00:00Z"} | refused
    assert VALID[event_lines].is_valid(document)
    published = copy.deepcopy(schema_of("event"))
    field = published["properties"]
    for name in path:
        field = field[name]
    field["oneOf"] = field.pop("anyOf")
    assert not Draft202012Validator(published).is_valid(document)
    assert "oneOf became anyOf" in published["$comment"]


@pytest.mark.parametrize("document", ["query", "event"])
@pytest.mark.django_db(transaction=False)
def test_the_schema_says_whose_it_is(document: Any) -> None:
    Draft202012Validator.check_schema(schema_of(document))
    assert "Apache License 2.0" in schema_of(document)["$comment"]


@pytest.mark.parametrize(
    "broken",
    [
        {"action_name": "x" * 101, "timestamp": "2026-01-31T00:00:00Z"},
        {"action_name": "click"},
        {"action_name": "click", "timestamp": "2026-01-31T00:00:00Z", "client_id": None},
        {"action_name": "click", "timestamp": "2026-01-31T00:00:00Z", "event_attributes": {}},
        {"action_name": "click", "timestamp": "2026-01-31T00:00:00Z", "event_attributes": {"position": {}}},
    ],
)
@pytest.mark.django_db(transaction=False)
def test_the_corrected_schema_still_refuses(broken: dict[str, Any]) -> None:
    assert not VALID[event_lines].is_valid(broken)


@pytest.mark.parametrize("lines", [query_lines, event_lines])
@pytest.mark.parametrize("page_size", [1, 2, 3, 100])
def test_an_export_goes_on_behind_any_line(films: list[Title], lines: Lines, page_size: int) -> None:
    with transaction.atomic():  # one transaction, so one xid: the order within is by id
        for _ in range(3):
            do("like", films[0], search(films))
    for _ in range(4):
        do("like", films[0], search(films))
    whole = read(lines)
    assert len(whole) == 7
    assert read(lines, page_size=page_size) == whole
    for n, document in enumerate(whole, start=1):
        position = Position.parse((document.get("query_attributes") or document["event_attributes"])["cursor"])
        assert read(lines, Selection(after=position), page_size=page_size) == whole[n:]
        assert read(lines, Selection(limit=n), page_size=page_size) == whole[:n]


def test_a_page_is_one_statement_and_is_read_when_asked_for(films: list[Title]) -> None:
    for _ in range(5):
        search(films)
    with CaptureQueriesContext(
        connection,
    ) as statements:
        pages = query_lines(Selection(), page_size=2)
        assert len(statements) == 0
        assert next(pages).count(b"\n") == 2
        assert len(statements) == 1
        assert sum(page.count(b"\n") for page in pages) == 3
        assert len(statements) == 3


def test_what_commits_late_is_not_skipped(films: list[Title], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # as it really is
    has_written, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                search(films, BEN)
                has_written.set()
                may_commit.wait(timeout=60)
        finally:
            connection.close()

    first = search(films)
    settle()
    writer = threading.Thread(target=slow, daemon=True)
    writer.start()
    assert has_written.wait(timeout=60)
    last = search(films)
    seen = read(query_lines)
    assert [query["query_id"] for query in seen] == [str(first)], "nothing behind a transaction that is still open"
    may_commit.set()
    writer.join(timeout=60)
    settle()
    after = Position.parse(seen[-1]["query_attributes"]["cursor"])
    rest = [query["query_id"] for query in read(query_lines, Selection(after=after))]
    assert len(rest) == 2
    assert rest[1] == str(last)


@pytest.mark.parametrize("lines", [query_lines, event_lines])
def test_since_and_until(films: list[Title], lines: Lines) -> None:
    noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    for hours in (3, 1, 2, 0):
        do("like", films[0], search(films), occurred=noon + timedelta(days=400))
        for model in (SearchEvent, Interaction):
            newest = model._default_manager.order_by("-xid").values_list("pk", flat=True)[0]
            model._default_manager.filter(pk=newest).update(created=noon + timedelta(hours=hours))
    chosen = Selection(since=noon + timedelta(hours=1), until=noon + timedelta(hours=3))
    assert [each["timestamp"] for each in read(lines, chosen)] == ["2026-01-31T13:00:00Z", "2026-01-31T14:00:00Z"]
    assert len(read(lines, Selection(since=noon + timedelta(hours=2)))) == 2
    assert len(read(lines, Selection(until=noon + timedelta(hours=1)))) == 1


def test_robots_only_where_asked_for(films: list[Title]) -> None:
    do("click", films[0], search(films, ROBOT), ROBOT)
    assert read(query_lines) == read(event_lines) == []
    (query,) = read(query_lines, Selection(with_robots=True))
    (event,) = read(event_lines, Selection(with_robots=True))
    assert query["query_attributes"]["is_robot"] is event["event_attributes"]["is_robot"] is True


def test_what_may_not_teach_is_nobodys(films: list[Title], django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("anna")
    query_id = search(films, OFF)
    do("click", films[0], query_id, OFF)
    ids = {"client_id": OFF.client_id, "session_id": OFF.session_id, "user": user}
    SearchEvent.objects.update(**ids)  # as a row of another making might be
    Interaction.objects.update(**ids)
    (query,), (event,) = read(query_lines), read(event_lines)
    assert query["user_query"] == ""
    assert not {"client_id", "session_id", "user_id"} & {*query, *query["query_attributes"], *event}
    SearchEvent.objects.update(may_teach=True)
    assert {"session_id", "user_id"} <= set(read(query_lines)[0]["query_attributes"]), "the ids were there to be seen"


def test_nobodys_cookie_leaves(films: list[Title], django_user_model: Any, settings: Any) -> None:
    anna = replace(ANNA, user_id=django_user_model.objects.create_user("anna").pk)
    do("click", films[0], search(films, anna), anna)
    do("click", films[0], search(films, BEN), BEN)
    queries, events = read(query_lines), read(event_lines)
    for secret in (ANNA.client_id, ANNA.session_id, BEN.client_id, BEN.session_id):
        assert secret is not None
        for text in (str(secret), secret.hex):
            assert text not in json.dumps([queries, events])
    assert queries[0]["client_id"] == events[0]["client_id"] != queries[1]["client_id"] == events[1]["client_id"]
    assert events[0]["user_id"] == queries[0]["query_attributes"]["user_id"] == pseudonym("user", anna.user_id)
    assert len({pseudonym(kind, ANNA.client_id) for kind in ("client", "session", "user")}) == 3
    settings.SECRET_KEY = "another"
    assert read(query_lines)[0]["client_id"] != queries[0]["client_id"]


def test_who_was_forgotten_is_in_no_later_export(films: list[Title]) -> None:
    for visitor in (ANNA, BEN):
        do("click", films[0], search(films, visitor), visitor)
    assert ANNA.client_id
    with transaction.atomic():
        event_log.erase(Person(None, frozenset({ANNA.client_id})))
    (query,), (event,) = read(query_lines), read(event_lines)
    assert query["client_id"] == event["client_id"] == pseudonym("client", BEN.client_id)


def test_a_title_that_is_gone_keeps_its_place(films: list[Title]) -> None:
    search(films)
    gone = films[1].pk
    films[1].delete()
    (query,) = read(query_lines)
    assert query["query_response_hit_ids"] == ["tt0", f"~{gone}", "tt2"]


@pytest.mark.parametrize(
    "text",
    [
        "", "1", "1.", ".", f"1.{SOME_ID.hex}", f"queries.-1.{SOME_ID.hex}", f"queries.1.{SOME_ID}",
        f"queries.1.{SOME_ID.hex}\n", f"titles.1.{SOME_ID.hex}", f"QUERIES.1.{SOME_ID.hex}", "x" * 999,
    ],
)  # fmt: skip
@pytest.mark.django_db(transaction=False)
def test_not_a_position(text: str) -> None:
    with pytest.raises(BadPosition, match="cursor"):
        Position.parse(text)


def test_the_furthest_position_is_behind_everything(films: list[Title]) -> None:
    search(films)
    assert read(query_lines, Selection(after=Position.parse(f"queries.{'9' * 19}.{'f' * 32}"))) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": datetime(2026, 1, 1)},  # noqa: DTZ001 - the mistake
        {"since": datetime(2026, 1, 1, tzinfo=UTC), "until": datetime(2026, 1, 1, tzinfo=UTC)},
        {"limit": 0},
    ],
)
@pytest.mark.django_db(transaction=False)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"zone|later|limit"):
        Selection(**wrong)
