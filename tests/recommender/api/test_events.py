"""`POST /api/v1/events`: each event stands alone, a resend counts once, nothing hostile gets through."""

import json
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from rest_framework import serializers

from catalog import signals
from catalog.models import Interaction, SearchEvent, Title
from catalog.signals import Owner
from recommender.api.fields import Id, Moment
from recommender.api.serializers import EventIn
from recommender.api.views.events import MAX_EVENTS
from recommender.visitors import CLIENT_COOKIE, SESSION_COOKIE
from training import dataset

pytestmark = pytest.mark.django_db
URL = "/api/v1/events"


@pytest.fixture
def api(db: None) -> Client:
    """Titles f1 … f10; events need no version to be served."""
    Title.objects.bulk_create([Title(external_id=f"f{n}", name=f"Film {n}") for n in range(1, 11)])
    return Client()


def event(**facts: Any) -> dict[str, Any]:
    return {"event_id": str(uuid4()), "action_name": "click", "item_id": "f1"} | facts


def send(api: Client, *events: Any, **headers: str) -> dict[str, Any]:
    answer = post(api, json.dumps({"events": list(events)}), headers=headers)
    assert answer.status_code == 200, answer.content
    reply: dict[str, Any] = answer.json()
    assert set(reply) == {"accepted", "duplicates", "rejected"}
    assert reply["accepted"] + reply["duplicates"] + len(reply["rejected"]) == len(events)
    return reply


def post(api: Client, body: str | bytes, content_type: str = "application/json", **options: Any) -> Any:
    return api.post(URL, body, content_type=content_type, **options)


def refused(answer: Any, status: int = 400) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert not Interaction.objects.exists()
    body: dict[str, Any] = answer.json()
    return body


def test_it_works(served_world: list[Title], client: Client) -> None:
    api, client_id, session_id = client, uuid4(), uuid4()
    found = api.get("/api/v1/search", {"q": "heat", "client_id": str(client_id)}).json()
    sent = event(
        query_id=found["query_id"], item_id=found["items"][0]["item_id"], position=1, value=12.5, action_name="dwell",
        client_id=str(client_id), session_id=str(session_id), timestamp="2026-11-22T12:00:00Z",
    )  # fmt: skip
    assert send(api, sent) == {"accepted": 1, "duplicates": 0, "rejected": []}
    deed = Interaction.objects.get()
    assert (str(deed.pk), str(deed.query_id), deed.title.name) == (sent["event_id"], found["query_id"], "Heat")
    assert (deed.action_name, deed.position, deed.value) == ("dwell", 1, 12.5)
    assert (deed.client_id, deed.session_id, deed.is_robot) == (client_id, session_id, False)
    assert deed.occurred.isoformat() == "2026-11-22T12:00:00+00:00"
    assert deed.created > deed.occurred


def test_a_batch_is_taken_whole(api: Client) -> None:
    batch = [event(item_id=f"f{number}", client_id=str(uuid4())) for number in range(1, 11)]
    assert send(api, *batch) == {"accepted": 10, "duplicates": 0, "rejected": []}
    assert Interaction.objects.count() == 10
    assert send(api) == {"accepted": 0, "duplicates": 0, "rejected": []}


def test_a_resend_counts_once_and_is_told_so(api: Client) -> None:
    batch = [event(query_id=str(uuid4())), event(action_name="like")]
    assert send(api, *batch)["accepted"] == 2
    again = [batch[0] | {"timestamp": "2026-11-22T12:00:00Z"}, batch[1] | {"value": 3.0, "client_id": str(uuid4())}]
    for resend in (batch, again):
        assert send(api, *resend) == {"accepted": 0, "duplicates": 2, "rejected": []}
    assert send(api, *batch, event()) == {"accepted": 1, "duplicates": 2, "rejected": []}
    assert Interaction.objects.count() == 3


@pytest.mark.parametrize(
    "other", [{"item_id": "f2"}, {"action_name": "like"}, {"query_id": str(uuid4())}, {"query_id": None}]
)
@pytest.mark.parametrize("at_once", [True, False])
def test_an_id_that_is_used_for_something_else_is_refused(api: Client, other: dict[str, Any], at_once: bool) -> None:
    first = event(item_id="f1", value=1.0, query_id=str(uuid4()))
    batch = [first, first | other, event()]
    reply = send(api, *batch) if at_once else [send(api, first), send(api, *batch)][1]
    (refusal,) = reply["rejected"]
    assert (refusal["index"], refusal["code"], refusal["field"]) == (1, "event_id_reused", "event_id")
    assert "another title, action or search" in refusal["detail"]
    assert (reply["accepted"], reply["duplicates"]) == ((2, 0) if at_once else (1, 1))
    deed = Interaction.objects.get(pk=first["event_id"])
    assert (deed.title.external_id, deed.action_name, deed.value) == ("f1", "click", 1.0)
    assert str(deed.query_id) == first["query_id"]
    assert Interaction.objects.count() == 2


def test_the_same_event_twice_in_one_batch_counts_once(api: Client) -> None:
    twice = event()
    reply = send(api, twice, twice, twice | {"client_id": str(uuid4())})
    assert reply == {"accepted": 1, "duplicates": 2, "rejected": []}
    assert Interaction.objects.count() == 1


def test_bad_events_are_named_and_the_others_kept(api: Client) -> None:
    reply = send(
        api,
        event(),
        event(action_name="explode"),
        event(item_id="nobody"),
        event(propensity=1.0),
        "not an event",
        event(position=0),
        event(),
    )
    assert reply["accepted"] == Interaction.objects.count() == 2
    assert [(bad["index"], bad["code"], bad["field"]) for bad in reply["rejected"]] == [
        (1, "invalid", "action_name"),
        (2, "unknown_item", "item_id"),
        (3, "unknown_field", "propensity"),
        (4, "invalid", ""),
        (5, "invalid", "position"),
    ]
    assert reply["rejected"][1]["detail"] == "No title has the id “nobody”."


@pytest.mark.parametrize("field", ["event_id", "action_name", "item_id"])
def test_what_is_required_is_named(api: Client, field: str) -> None:
    spoilt = event()
    del spoilt[field]
    (rejection,) = send(api, spoilt)["rejected"]
    assert (rejection["index"], rejection["field"]) == (0, field)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("event_id", "17"), ("event_id", None), ("event_id", []), ("event_id", 10**60), ("event_id", -1),
        ("event_id", 5), ("event_id", 1.5), ("query_id", "x"), ("query_id", {}), ("client_id", 1.5),
        ("action_name", None), ("action_name", []), ("action_name", {"a": 1}), ("action_name", ""),
        ("action_name", "CLICK"),
        ("item_id", None), ("item_id", ["f1"]), ("item_id", ""), ("item_id", "x" * 201), ("item_id", "f1\x00"),
        ("item_id", "\ud800"), ("item_id", True), ("item_id", 7), ("position", "1"), ("position", 0),
        ("position", 10_001), ("position", -(10**30)), ("position", 10**400), ("position", 1.5),
        ("position", "first"), ("position", []), ("value", -0.1), ("value", 86_401),
        ("value", 10**400), ("value", "nan"), ("value", "inf"), ("value", "1e999"), ("value", []),
        ("timestamp", "yesterday"), ("timestamp", 17), ("timestamp", []), ("timestamp", "2026-13-41T00:00:00Z"),
        ("timestamp", "2026-11-22T12:00:00"), ("timestamp", "0001-01-01T00:00:00+14:00"),
        ("timestamp", "9999-12-31T23:59:59-14:00"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_rejected_by_name(api: Client, field: str, value: Any) -> None:
    reply = send(api, event(**{field: value}), event())
    assert reply["accepted"] == Interaction.objects.count() == 1
    assert [(bad["index"], bad["field"]) for bad in reply["rejected"]] == [(0, field)]
    assert reply["rejected"][0]["detail"]


@pytest.mark.parametrize("facts", [{"\ud800": 1}, {"\x00": 1}, {"action_name": "\ud800\x00"}])
def test_what_is_quoted_back_is_valid_text(api: Client, facts: dict[str, Any]) -> None:
    (rejection,) = send(api, event(**facts))["rejected"]
    assert rejection["index"] == 0


@pytest.mark.parametrize("timestamp", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-22T14:00:00+02:00"])
def test_any_clock_is_kept_beside_ours(api: Client, timestamp: str) -> None:
    """The client's time is only a record; what follows what is decided by the server's."""
    send(api, event(timestamp=timestamp))
    deed = Interaction.objects.get()
    assert deed.occurred.year == int(timestamp[:4])
    assert abs((timezone.now() - deed.created).total_seconds()) < 60


def test_an_unknown_search_is_kept_and_never_joined(api: Client) -> None:
    """Whoever invents a query_id teaches nothing."""
    nobodys = str(uuid4())
    assert send(api, event(query_id=nobodys))["accepted"] == 1
    assert Interaction.objects.get().query_id == UUID(nobodys)
    assert not SearchEvent.objects.exists()
    assert dataset.read_window(dataset.WindowBounds(0, 2**62)) == []


def test_the_cookies_say_who_it_was_where_the_event_does_not(api: Client) -> None:
    client_id, session_id = uuid4(), uuid4()
    api.cookies[CLIENT_COOKIE], api.cookies[SESSION_COOKIE] = str(client_id), str(session_id)
    send(api, event())
    api.cookies[CLIENT_COOKIE] = "not ours"
    send(api, event())
    deeds = Interaction.objects.order_by("created")
    assert [(deed.client_id, deed.session_id) for deed in deeds] == [(client_id, session_id), (None, session_id)]


def test_a_robots_events_are_marked(api: Client) -> None:
    send(api, event(), **{"User-Agent": "Googlebot/2.1"})
    assert Interaction.objects.get().is_robot


def test_1000_events_are_taken_and_1001_refused(api: Client) -> None:
    answer = post(api, json.dumps({"events": [event() for _ in range(MAX_EVENTS + 1)]}))
    assert refused(answer)["field"] == "events"
    assert send(api, *[event() for _ in range(MAX_EVENTS)])["accepted"] == 1_000
    assert Interaction.objects.count() == 1_000


def test_a_batch_costs_the_same_however_long_it_is(
    api: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_max_num_queries(
        6
    ):  # the call is counted; the titles, what is known, one INSERT, and its savepoint
        send(api, *[event() for _ in range(200)])


# ---- hostile bodies


@pytest.mark.parametrize(
    "body",
    [
        "[]", "[{}]", "{}", "null", "7", '"events"', '{"events": {}}', '{"events": null}', '{"events": "all"}',
    ],
)  # fmt: skip
def test_a_body_of_another_shape_is_refused_in_words(api: Client, body: str) -> None:
    problem = refused(post(api, body))
    assert (problem["field"], problem["detail"]) == ("events", "A list of events is required.")


def test_an_unknown_name_beside_the_events_is_refused(api: Client) -> None:
    problem = refused(post(api, '{"event": [], "events": []}'))
    assert (problem["field"], problem["detail"]) == ("event", "Unknown field.")


@pytest.mark.parametrize(
    "body",
    [
        "", " ", "{", "'", b"\xff\xfe\x00", b'{"events": ["\xff"]}', '{"events": [NaN]}', '{"events": [Infinity]}',
        '{"events": [-Infinity]}', "[" * 100_000, '{"a":' * 100_000, '{"events": [' + "9" * 5_000 + "]}",
        '{"events": []} {"events": []}', "\x00",
    ],
    ids=lambda body: repr(body[:20]),
)  # fmt: skip
def test_a_body_that_is_no_json_is_refused(api: Client, body: str | bytes) -> None:
    assert refused(post(api, body))["detail"]


def test_deep_nesting_inside_an_event_is_rejected(api: Client) -> None:
    nested = "[" * 400 + "]" * 400
    body = '{"events": [{"event_id": ' + nested + ', "action_name": "click", "item_id": "f1"}]}'
    answer = post(api, body)
    assert answer.status_code == 200
    assert [bad["field"] for bad in answer.json()["rejected"]] == ["event_id"]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json"]
)
def test_another_content_type_is_refused(api: Client, kind: str) -> None:
    problem = refused(post(api, json.dumps({"events": [event()]}), content_type=kind), 415)
    assert problem["title"] == "Unsupported Media Type"


def test_a_body_that_is_too_large_is_refused(api: Client) -> None:
    body = json.dumps({"events": [event(item_id="x" * 3_000_000)]})
    assert refused(post(api, body), 413)["detail"] == "A request may have up to 2,097,152 bytes."


def test_events_are_only_to_be_sent(api: Client) -> None:
    assert api.get(URL).status_code == 405


# ---- docs/events.md


def test_the_documented_fields_are_those_of_the_serializer() -> None:
    fields = EventIn().fields
    documented = {name: (kind, required) for name, kind, required in documented_fields()}
    assert documented == {
        name: (in_words(field), "yes" if field.required else "no") for name, field in fields.items()
    }


def test_every_documented_code_of_a_rejection_is_one() -> None:
    text = (settings.BASE_DIR / "docs" / "events.md").read_text()
    codes = set(re.findall(r"^\| `(\w+)` \| rejected", text, flags=re.MULTILINE))
    source = (settings.BASE_DIR / "recommender" / "api" / "views" / "events.py").read_text()
    assert codes == {"invalid", "unknown_field", "unknown_item", "event_id_reused"}
    assert all(f'"{code}"' in source for code in codes)


def documented_fields() -> list[tuple[str, str, str]]:
    """(name, type, required) of each row of the table under “What is sent”."""
    text = (settings.BASE_DIR / "docs" / "events.md").read_text()
    section = text.split("### What is sent", 1)[1].split("\n### ", 1)[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| (yes|no) \| [^|]{10,} \|$", section, flags=re.MULTILINE)
    return [(name, kind.strip(), required) for name, kind, required in rows]


def in_words(field: serializers.Field[Any, Any, Any, Any]) -> str:
    """The type of a field as the table has it, limits included."""
    if isinstance(field, serializers.ChoiceField):
        return "one of " + ", ".join(f"`{choice}`" for choice in field.choices)
    if isinstance(field, serializers.IntegerField | serializers.FloatField):
        kind = "integer" if isinstance(field, serializers.IntegerField) else "number"
        return f"{kind}, {field.min_value:,} to {field.max_value:,}" + (" or null" if field.allow_null else "")
    kinds = {Id: "UUID", Moment: "ISO 8601 time with its zone"}
    kind = kinds.get(type(field)) or f"text, up to {getattr(field, 'max_length', None)} characters"
    return kind + (" or null" if field.allow_null else "")


def test_beacons_of_people_who_switched_learning_off_do_not_teach(api: Client) -> None:
    silent, heard = uuid4(), uuid4()
    signals.set_preferences(Owner(None, silent), learning=False)
    events = [event(item_id="f1", client_id=str(who)) for who in (silent, heard)]
    assert send(api, *events)["accepted"] == 2
    kept = {each.client_id: each.may_teach for each in Interaction.objects.all()}
    assert kept == {None: False, heard: True}


# ---- at once


@pytest.mark.django_db(transaction=True)
def test_one_id_for_several_things_at_once_is_kept_once_and_the_others_are_told(
    api: Client, at_once: Callable[..., list[Any]]
) -> None:
    one = event(client_id=str(uuid4()))
    replies = at_once(*[lambda n=n: send(Client(), one | {"item_id": f"f{n}"}) for n in range(1, 5)])
    assert sorted(reply["accepted"] for reply in replies) == [0, 0, 0, 1]
    codes = [refusal["code"] for reply in replies for refusal in reply["rejected"]]
    assert codes == ["event_id_reused"] * 3
    (kept,) = Interaction.objects.all()
    assert replies[int(kept.title.external_id[1:]) - 1]["accepted"] == 1
    assert [signal.title_id for signal in signals.signals_of(Owner(None, kept.client_id))] == [kept.title_id]


@pytest.mark.django_db(transaction=True)
def test_one_event_many_times_at_once_is_accepted_once(api: Client, at_once: Callable[..., list[Any]]) -> None:
    batch = [event(client_id=str(uuid4()), action_name="like", item_id=f"f{n}") for n in range(1, 11)]
    replies = at_once(*[lambda turn=turn: send(Client(), *batch[::turn]) for turn in (1, -1) * 6])
    assert sum(reply["accepted"] for reply in replies) == 10
    assert sum(reply["duplicates"] for reply in replies) == 110
    assert Interaction.objects.count() == 10
