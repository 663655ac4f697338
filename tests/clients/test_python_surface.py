"""Every call of the Python client is one that the OpenAPI document knows, and every operation is one of its calls."""

import ast
import io
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clients import marquee as client
from clients.marquee import Marquee, click, event
from tests.clients.surface import Call, operation_of, operations

WHO = uuid.uuid4()
ID = str(uuid.uuid4())
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
ANSWER: dict[str, Any] = {"query_id": ID, "items": [{"item_id": "j01", "position": 1}]}
FILTERS: dict[str, Any] = {
    "kind": "movie", "genres": ["Comedy", "-Horror"], "any_genres": ["Drama"], "countries": ["France"],
    "languages": ["French"], "maturity": ["R"], "people": ["Tom Hanks"], "directors": ["Greta Gerwig"],
    "year_min": 1990, "year_max": 2020, "runtime_min": 60, "runtime_max": 180,
}  # fmt: skip
ASKING: dict[str, Any] = {"client_id": WHO, "session_id": WHO}
EXAMPLES: dict[str, Callable[[Marquee], Any]] = {
    "openapi": lambda marquee: marquee.call("GET", "/openapi.json"),
    "search": lambda marquee: marquee.search(
        "a heist", limit=5, correct=False, facets="all", sort="newest", diversity=0.5, novelty_weight=-1,
        personalize=False, explain=True, cursor="x", **ASKING, **FILTERS,
    ),
    "search_privately": lambda marquee: marquee.search_privately("a heist", client_id=str(WHO), **FILTERS),
    "suggest": lambda marquee: marquee.suggest("godf", limit=5),
    "facets": lambda marquee: marquee.facets(facets="genres", limit=5, **ASKING, **FILTERS),
    "titles": lambda marquee: marquee.titles(sort="newest", limit=100, **FILTERS),
    "title": lambda marquee: marquee.title("j01"),
    "similar": lambda marquee: marquee.similar("j01", also=["j02", "j03"], limit=5, **ASKING),
    "people": lambda marquee: marquee.people("hanks", limit=5),
    "person": lambda marquee: marquee.person("7"),
    "titles_of": lambda marquee: marquee.titles_of("7", role="director", sort="year"),
    "recommendations": lambda marquee: marquee.recommendations("for_you", limit=5, **ASKING, **FILTERS),
    "session": lambda marquee: marquee.session(["j01"], limit=5, client_id=str(WHO), **FILTERS),
    "rank": lambda marquee: marquee.rank(["j01", "j02"], "a heist", explain=True, novelty_weight=0.5),
    "send": lambda marquee: marquee.send([
        click(ANSWER, ANSWER["items"][0], client_id=WHO, timestamp=NOON),
        event("dwell", "j01", ID, value=12.5, session_id=WHO),
    ]),
    "send_titles": lambda marquee: marquee.send_titles([{"item_id": "x", "title": "X", "year": 2026}]),
    "task": lambda marquee: marquee.task(ID),
    "publish": lambda marquee: [marquee.publish("j01", is_published=yes) for yes in (True, False, None)],
    "train": lambda marquee: marquee.train(),
    "roll_back": lambda marquee: [marquee.roll_back("why"), marquee.roll_back("why", version=2)],
    "analytics": lambda marquee: [
        marquee.analytics("overview", since=NOON, until=NOON),
        *(marquee.analytics(name, min_people=7, limit=5) for name in ("queries", "no-results", "no-clicks")),
        marquee.analytics("titles", order="likes"),
        *(marquee.analytics(name) for name in ("versions", "coverage", "learning")),
    ],
    "export": lambda marquee: [
        list(marquee.export(what, since=NOON, until=NOON, robots=True, limit=3)) for what in ("queries", "events")
    ],
    "me": lambda marquee: [
        marquee.me.get(), marquee.me.get("settings"), marquee.me.patch("settings", personalise=False, strength=1.5),
        marquee.me.get("signals", kind="like", limit=5), marquee.me.post("signals", item_id="j01", kind="like"),
        marquee.me.patch("signals", ID, is_muted=True), marquee.me.delete("signals", ID),
        marquee.me.delete("signals", confirm=True), marquee.me.get("taste"), marquee.me.get("export"),
        marquee.me.delete(confirm=True, password="x"),
    ],
    "keys": lambda marquee: [
        marquee.keys.get(), marquee.keys.post(name="import", scopes=["catalogue:write"]),
        marquee.keys.post(ID, "rotate"), marquee.keys.delete(ID),
    ],
    "rules": lambda marquee: [
        marquee.rules.get(limit=5), marquee.rules.get(ID), marquee.rules.delete(ID),
        marquee.rules.post(action="pin", item_id="j01", match="exact", text="heist", position=1, starts=NOON),
        marquee.rules.patch(ID, is_active=False),
    ],
    "synonyms": lambda marquee: [
        marquee.synonyms.get(), marquee.synonyms.get(ID), marquee.synonyms.delete(ID),
        marquee.synonyms.post(words=["noir", "film noir"], is_one_way=True),
        marquee.synonyms.patch(ID, is_active=False),
    ],
    "webhooks": lambda marquee: [
        marquee.webhooks.get(), marquee.webhooks.get(ID), marquee.webhooks.delete(ID),
        marquee.webhooks.post(url="https://example.org/", events=["import.done"]),
        marquee.webhooks.patch(ID, is_active=False), marquee.webhooks.post(ID, "rotate"),
        marquee.webhooks.post(ID, "test"), marquee.webhooks.get(ID, "deliveries", status="failed"),
        marquee.webhooks.post(ID, "deliveries", ID, "retry"),
    ],
    "models": lambda marquee: [
        marquee.models.get(status="rejected"), marquee.models.get(3), marquee.models.get("aliases", "champion"),
        marquee.models.post("unpin", reason="why"),
    ],
    "runs": lambda marquee: [
        marquee.runs.get(status="promoted"), marquee.runs.get(3), marquee.runs.get("requests", 3),
    ],
}  # fmt: skip
# Methods that make no call of their own, and what makes any.
NOT_CALLS = {"call", "each", "wait_for"}


class Answers(io.BytesIO):
    """Stands for the network: notes each request, and answers as little as the client can use."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []

    def open(self, request: Any, timeout: float) -> Any:
        body = json.loads(request.data) if request.data else None
        self.calls.append(Call(request.get_method(), request.full_url, body))
        return io.BytesIO(
            b'{"accepted": 0, "duplicates": 0, "rejected": []}' if "export" not in request.full_url else b""
        )


def calls_of(example: Callable[[Marquee], Any]) -> list[Call]:
    marquee = Marquee("https://films.example.org", key="mq_x")
    marquee._opener = answers = Answers()  # type: ignore[assignment]
    example(marquee)
    return answers.calls


@pytest.mark.parametrize("name", EXAMPLES)
def test_its_calls_are_as_the_document_tells(name: str) -> None:
    calls = calls_of(EXAMPLES[name])
    assert calls
    for call in calls:
        operation_of(call)


def test_every_operation_is_one_of_its_calls() -> None:
    made = {operation_of(call) for example in EXAMPLES.values() for call in calls_of(example)}
    assert made == set(operations())


def test_every_method_has_an_example() -> None:
    public = {name for name in dir(Marquee("https://x")) if not name.startswith("_")}
    assert public - NOT_CALLS == set(EXAMPLES) - {"openapi"}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda marquee: marquee.call("GET", "/nothing"),
        lambda marquee: marquee.call("PUT", "/search"),
        lambda marquee: marquee.search("x", lim=5),
        lambda marquee: marquee.search("x", limit=5_000),
        lambda marquee: marquee.rank(["x"], colour="red"),
        lambda marquee: marquee.rules.post(action="shout", item_id="x", match="exact"),
        lambda marquee: marquee.rules.post(),
        lambda marquee: marquee.models.post("unpin"),
    ],
)
def test_what_the_document_does_not_tell_of_is_found(wrong: Callable[[Marquee], Any]) -> None:
    (call,) = calls_of(wrong)
    with pytest.raises(AssertionError):
        operation_of(call)


def test_it_is_one_file_for_python_3_9() -> None:
    text = Path(client.__file__).read_text()
    tree = ast.parse(text, feature_version=(3, 9))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else
                     [node.module or ""] if isinstance(node, ast.ImportFrom) else [])
    }  # fmt: skip
    assert imported <= {
        "__future__", "collections", "datetime", "email", "http", "json", "os", "random", "time", "typing", "urllib",
        "uuid",
    }  # fmt: skip
    assert text.count("\n") <= 330
