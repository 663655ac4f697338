"""What the Python client does where a call does not go well, against a server that answers as it is told."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from clients import marquee as client
from clients.marquee import Marquee, MarqueeError, click, event

PROBLEM = {"type": "about:blank", "title": "Not now", "status": 0, "detail": "Later.", "request_id": "r1"}
TOLD = {"accepted": 1, "duplicates": 0, "rejected": []}
Answer = tuple[int, dict[str, str], bytes]


def said(body: Any, status: int = 200, **headers: str) -> Answer:
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps(body).encode()


class Told:
    """A server. answers: one after the other, the last again and again; calls: (method, path, headers, body)."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.answers: list[Answer] = []
        self.calls: list[tuple[str, str, dict[str, str], Any]] = []

    @property
    def bodies(self) -> list[Any]:
        return [body for *_, body in self.calls]


@pytest.fixture
def told() -> Iterator[Told]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            there.calls.append((self.command, self.path, dict(self.headers), body))
            status, headers, answer = there.answers.pop(0) if len(there.answers) > 1 else there.answers[0]
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(answer))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - named by the library

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        there = Told(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield there
        server.shutdown()
        thread.join()


@pytest.fixture
def marquee(told: Told) -> Marquee:
    return Marquee(told.address, key="mq_secret", timeout=5, patience=5)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nobody waits in a test; what would have been waited is told."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


def test_it_works(told: Told, marquee: Marquee) -> None:
    told.answers = [said({"items": []})]
    assert marquee.search("x", genres=["Comedy", "-Horror"], explain=True, cursor=None) == {"items": []}
    ((method, path, headers, _),) = told.calls
    assert (method, path) == ("GET", "/api/v1/search?q=x&genres=Comedy&genres=-Horror&explain=true")
    assert headers["Authorization"] == "Bearer mq_secret"


def test_the_key_comes_from_the_environment(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    told.answers = [said({})]
    monkeypatch.setenv("MARQUEE_KEY", "mq_of_the_environment")
    Marquee(told.address).titles()
    Marquee(told.address, key="").titles()
    assert [headers.get("Authorization") for *_, headers, _ in told.calls] == ["Bearer mq_of_the_environment", None]


@pytest.mark.parametrize("status", [429, 503])
def test_events_are_sent_again_as_the_same(told: Told, marquee: Marquee, waits: list[float], status: int) -> None:
    told.answers = [said(PROBLEM, status, Retry_After="2"), said(PROBLEM, status), said(TOLD)]
    assert marquee.send([event("like", "x")]) == TOLD
    assert told.bodies[0] == told.bodies[1] == told.bodies[2]
    assert waits[0] == 2
    assert client.FIRST_WAIT / 2 <= waits[1] <= client.FIRST_WAIT * 2


def test_retry_after_may_be_a_date(told: Told, marquee: Marquee, waits: list[float]) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=4), usegmt=True)
    told.answers = [said(PROBLEM, 429, Retry_After=later), said({})]
    marquee.titles()
    assert 0 < waits[0] <= 4


def test_patience_ends(told: Told, marquee: Marquee, waits: list[float]) -> None:
    told.answers = [said(PROBLEM, 429, Retry_After="3")]
    with pytest.raises(MarqueeError, match="Later") as refused:
        marquee.titles()
    assert refused.value.status == 429
    assert waits == [3]


@pytest.mark.parametrize(
    ("call", "n_calls"),
    [
        (lambda marquee: marquee.search("x"), 2),
        (lambda marquee: marquee.send_titles([]), 2),
        (lambda marquee: marquee.publish("x"), 2),
        (lambda marquee: marquee.rules.post(action="hide"), 1),
        (lambda marquee: marquee.rules.delete("x"), 1),
        (lambda marquee: marquee.roll_back("why"), 1),
    ],
)
def test_only_what_does_no_harm_twice_is_done_again(
    told: Told, marquee: Marquee, waits: list[float], call: Callable[[Marquee], Any], n_calls: int
) -> None:
    told.answers = [said(PROBLEM, 503, Retry_After="1"), said({})]
    if n_calls == 1:
        with pytest.raises(MarqueeError):
            call(marquee)
    else:
        call(marquee)
    assert len(told.calls) == n_calls


def test_a_refusal_says_what_where_and_under_which_id(told: Told, marquee: Marquee) -> None:
    told.answers = [said(PROBLEM | {"title": "Invalid request", "field": "lim", "detail": "Unknown field."}, 400)]
    with pytest.raises(MarqueeError, match=r"^Invalid request: lim: Unknown field\.$") as refused:
        marquee.search("x", lim=5)
    error = refused.value
    assert (error.status, error.field, error.detail, error.request_id) == (400, "lim", "Unknown field.", "r1")


def test_a_key_is_taken_nowhere_else(told: Told, marquee: Marquee) -> None:
    told.answers = [said({}, 302, Location=f"{told.address}/elsewhere")]
    with pytest.raises(MarqueeError, match="elsewhere"):
        marquee.titles()
    assert len(told.calls) == 1


def test_what_is_no_answer_of_marquee_is_an_error(told: Told, marquee: Marquee, waits: list[float]) -> None:
    told.answers = [(200, {}, b"<html>")]
    with pytest.raises(MarqueeError):
        marquee.titles()
    told.answers = [(502, {}, b"<html>")]
    with pytest.raises(MarqueeError) as refused:
        marquee.titles()
    assert refused.value.status == 502
    with pytest.raises(MarqueeError) as refused:
        Marquee("http://127.0.0.1:1", key="", patience=1).titles()
    assert refused.value.status == 0
    with pytest.raises(ValueError, match="https"):
        Marquee("films.example.org")


def test_many_events_are_sent_in_parts_and_told_as_one(told: Told, marquee: Marquee) -> None:
    wrong = {"index": 7, "code": "unknown_item", "field": "item_id", "detail": "No."}
    told.answers = [
        said({"accepted": 999, "duplicates": 0, "rejected": [wrong]}),
        said({"accepted": 0, "duplicates": 500, "rejected": [wrong]}),
    ]
    events = [event("click", f"x{number}") for number in range(1_500)]
    assert len({one["event_id"] for one in events}) == 1_500
    answer = marquee.send(events)
    assert [len(body["events"]) for body in told.bodies] == [1_000, 500]
    assert (answer["accepted"], answer["duplicates"]) == (999, 500)
    assert [one["index"] for one in answer["rejected"]] == [7, 1_007]
    assert marquee.send([]) == {"accepted": 0, "duplicates": 0, "rejected": []}


def test_a_click_names_its_answer() -> None:
    made = click(
        {"query_id": "q"}, {"item_id": "x", "position": 3}, client_id=None, timestamp=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert made | {"event_id": ""} == {
        "event_id": "", "action_name": "click", "item_id": "x", "query_id": "q", "position": 3,
        "timestamp": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip


def test_each_goes_through_all_pages(told: Told, marquee: Marquee) -> None:
    told.answers = [said({"items": [1, 2], "next_cursor": "c d"}), said({"items": [3], "next_cursor": None})]
    items: list[Any] = list(marquee.each(marquee.titles_of, "7", sort="year"))
    assert items == [1, 2, 3]
    assert told.calls[1][1] == "/api/v1/people/7/titles?sort=year&cursor=c+d"


def test_an_export_goes_on_where_it_broke(told: Told, marquee: Marquee) -> None:
    lines = [json.dumps({"event_attributes": {"cursor": f"c{n}"}}).encode() + b"\n" for n in range(4)]
    told.answers = [
        (200, {"Content-Length": "999"}, lines[0] + lines[1] + lines[2][:9]),
        (200, {}, lines[2] + lines[3]),
    ]
    found = [line["event_attributes"]["cursor"] for line in marquee.export("events", limit=10)]
    assert found == ["c0", "c1", "c2", "c3"]
    assert told.calls[1][1] == "/api/v1/export/ubi/events?cursor=c1&limit=8"


@pytest.mark.parametrize("key", ["mq_secret\n", " mq_secret", "mq_secret\r\n"])
def test_blanks_around_a_key_are_none_of_it(told: Told, key: str) -> None:
    told.answers = [said({})]
    Marquee(told.address, key=key).titles()
    assert told.calls[0][2]["Authorization"] == "Bearer mq_secret"


@pytest.mark.parametrize("key", ["mq_sec\nret", "mq_sec ret", "mq_secret\x00", "mq_sécret", "mq_secret\u200b"])
def test_a_key_that_cannot_be_one_is_not_told(key: str) -> None:
    with pytest.raises(ValueError, match="The key has a character") as refused:
        Marquee("https://films.example.org", key=key)
    assert "sec" not in str(refused.value)
    assert refused.value.__context__ is None


def test_each_is_for_pages(told: Told, marquee: Marquee) -> None:
    for name in ("rows", "items"):
        told.answers = [said({name: []})]
        with pytest.raises(TypeError, match="pages"):
            list(marquee.each(marquee.recommendations, "home"))


def test_a_task_is_asked_after_in_longer_pauses(told: Told, marquee: Marquee, waits: list[float]) -> None:
    at_work = {"task_id": "t", "ended": None, "status": "processing", "error": ""}
    ended = at_work | {"ended": "2026-01-01T00:00:00Z", "status": "succeeded"}
    later = said(PROBLEM, 429, Retry_After="60")  # longer than the client's patience
    told.answers = [*[said(at_work)] * 5, later, said(ended)]
    assert marquee.wait_for(at_work) == ended
    assert waits == [1, 2, 4, 8, 10, 10, 60]


def test_a_task_is_waited_for(told: Told, marquee: Marquee, waits: list[float]) -> None:
    at_work = {"task_id": "t", "ended": None, "status": "running", "error": ""}
    ended = at_work | {"ended": "2026-01-01T00:00:00Z", "status": "succeeded"}
    told.answers = [said(at_work), said(ended)]
    assert marquee.wait_for(at_work) == ended
    told.answers = [said(ended | {"status": "failed", "error": "Row 3 has no title."})]
    with pytest.raises(MarqueeError, match="Row 3"):
        marquee.wait_for(at_work)
    told.answers = [said(at_work)]
    with pytest.raises(MarqueeError, match="did not end"):
        marquee.wait_for(at_work, seconds=-1)
