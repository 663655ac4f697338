"""`titles:bulk`, its tasks, and titles taken out of search."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from catalog import bulk
from catalog.models import BulkTask, CatalogRevision, Title
from tests.recommender.api.contract import conforms
from tests.recommender.api.desk import by_key, desk, member, send
from tests.recommender.api.test_search import problem

pytestmark = pytest.mark.django_db
URL = "/api/v1/titles:bulk"
MAY = ("catalog.view_title", "catalog.add_title", "catalog.change_title", "catalog.view_bulktask")
ROWS: list[dict[str, Any]] = [
    {"item_id": "tt1", "title": "Alpha", "year": 1990, "genres": ["Drama"]},
    {"item_id": "tt2", "title": "Beta", "year": None, "genres": "Crime|Drama"},
]


@pytest.fixture
def editor(db: None) -> Client:
    return desk("ed", *MAY)


@pytest.fixture
def viewer(db: None) -> Client:
    return desk("vi", "catalog.view_title", "catalog.view_bulktask")


def sent(client: Client, body: Any) -> dict[str, Any]:
    answer = send(client, "post", URL, body)
    assert answer.status_code == 202
    task: dict[str, Any] = conforms(answer, "send_titles")
    assert answer["Location"] == f"/api/v1/tasks/{task['task_id']}"
    return task


def told(client: Client, task: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = conforms(client.get(f"/api/v1/tasks/{task['task_id']}"), "get_task")
    return answer


def test_titles_are_taken_imported_and_told_of(editor: Client) -> None:
    task = sent(editor, ROWS)
    assert (task["status"], task["n_rows"], task["report"], task["error"]) == ("enqueued", 2, None, "")
    assert not Title.objects.exists()
    assert bulk.work_off() == 1
    ended = told(editor, task)
    assert ended["status"] == "succeeded"
    assert (ended["report"]["counts"]["new"], ended["report"]["problems"]) == (2, [])
    assert ended["created"] <= ended["started"] <= ended["ended"]
    assert set(Title.objects.values_list("external_id", "name")) == {("tt1", "Alpha"), ("tt2", "Beta")}


def test_a_list_and_an_object_with_the_list_are_the_same_task(editor: Client) -> None:
    assert sent(editor, ROWS)["task_id"] == sent(editor, {"titles": ROWS})["task_id"]
    assert BulkTask.objects.count() == 1


def test_what_the_importer_finds_is_told_with_its_row(editor: Client) -> None:
    task = sent(
        editor, [{"item_id": "tt1", "title": "Alpha", "year": 1990}, {"item_id": "tt1", "title": "Other", "year": 0}]
    )
    bulk.work_off()
    ended = told(editor, task)
    assert (ended["status"], ended["error"], ended["report"]["counts"]["conflicts"]) == ("succeeded", "", 1)
    problems = [(found["line"], found["level"]) for found in ended["report"]["problems"]]
    assert problems == [(2, "problem"), (2, "conflict")]
    assert all(found["reason"] for found in ended["report"]["problems"])
    assert ended["report"]["warning"] == "1 row was left out and 1 value was left out; see the problems."


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ([], "There must be a list of at least one row."),
        ([[1]], "Row 1 is not an object."),
        ([{"item_id": "a"}], "Row 1: title is missing."),
        (
            [{"item_id": "a", "title": "A", "titel": "B"}],
            "Row 1: unknown fields: 'titel'. Did you mean title for titel?.",
        ),
        ([ROWS[0], {"item_id": "b", "title": "B"}], "Row 2 has no 'genres', unlike row 1"),
        ([{"item_id": "a", "title": "A\0"}], "Row 1, title: contains NUL."),
        ([{"item_id": "a", "title": "\ud800"}], "Row 1, title: contains half of a character"),
        ([{"item_id": "a", "title": {"en": "A"}}], "Row 1, title: must be a text, a number or null."),
        ("titles", "The body must be a list of titles"),
        (7, "The body must be a list of titles"),
        (None, "A list of titles is required."),
        ({"titles": 7}, "A list of titles is required."),
        ({"titles": ROWS, "source": "x"}, "Unknown field."),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(editor: Client, body: Any, words: str) -> None:
    answer = send(editor, "post", URL, body)
    conforms(answer, "send_titles")
    assert words.rstrip(".") in problem(answer, 400)["detail"]
    assert not BulkTask.objects.exists()


def test_a_text_that_is_no_json_or_too_deep_is_refused(editor: Client) -> None:
    for text in ("[", "[" * 100_000, "NaN", "\xff"):
        problem(editor.post(URL, text.encode("latin-1"), content_type="application/json"), 400)
    problem(editor.post(URL, "a=1", content_type="application/x-www-form-urlencoded"), 415)


def test_eight_megabytes_fit_here_and_nowhere_else(editor: Client) -> None:
    rows = [{"item_id": f"tt{n}", "title": "Film", "description": "word " * 200} for n in range(4_000)]
    assert len(json.dumps(rows)) > 4_000_000
    assert sent(editor, rows)["n_rows"] == 4_000
    for body in (json.dumps([{"item_id": "a", "title": "A" * bulk.MAX_BYTES}]), " " * (bulk.MAX_BYTES + 1)):
        answer = editor.post(URL, body, content_type="application/json")
        conforms(answer, "send_titles")
        refused = problem(answer, 413)
        assert (refused["title"], "8,388,608 bytes" in refused["detail"]) == ("Content too large", True)
    elsewhere = send(editor, "put", "/api/v1/titles/tt1/publication", {"is_published": "x" * 3_000_000})
    assert "2,097,152 bytes" in problem(elsewhere, 413)["detail"]


def test_too_many_rows_are_refused(editor: Client) -> None:
    answer = send(editor, "post", URL, [{"item_id": f"t{n}", "title": "F"} for n in range(bulk.MAX_ROWS + 1)])
    assert problem(answer, 413)["detail"] == "10,001 rows are more than 10,000; send them in parts."


def test_where_too_many_wait_it_is_to_be_sent_later(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MAX_WAITING", 0)
    answer = send(editor, "post", URL, ROWS)
    conforms(answer, "send_titles")
    assert "tasks wait already" in problem(answer, 429)["detail"]
    assert answer["Retry-After"] == "30"


def test_who_may_only_look_sends_nothing(viewer: Client) -> None:
    problem(send(viewer, "post", URL, ROWS), 403)
    changes_only = desk("ch", "catalog.view_title", "catalog.change_title")
    assert "add and change" in problem(send(changes_only, "post", URL, ROWS), 403)["detail"]
    problem(send(Client(), "post", URL, ROWS), 401)
    assert not BulkTask.objects.exists()


def test_a_key_needs_its_scope(db: None) -> None:
    owner = member("owner", *MAY)
    refused = problem(send(by_key(owner, "catalogue:read"), "post", URL, ROWS), 403)
    assert refused["detail"] == "This key lacks the scope catalogue:write."
    task = sent(by_key(owner, "catalogue:write"), ROWS)
    assert told(by_key(owner, "catalogue:read"), task)["status"] == "enqueued"


def test_a_task_that_is_not_there(viewer: Client) -> None:
    problem(viewer.get(f"/api/v1/tasks/{uuid4()}"), 404)
    problem(viewer.get("/api/v1/tasks/7"), 404)
    assert problem(viewer.get(f"/api/v1/tasks/{uuid4()}?x=1"), 400)["field"] == "x"


def test_a_title_is_taken_out_and_put_back(editor: Client, viewer: Client) -> None:
    Title.objects.create(external_id="tt7", name="Gamma")
    url, before = "/api/v1/titles/tt7/publication", CatalogRevision.current()
    for wanted in (False, False, True):
        answer = send(editor, "put", url, {"is_published": wanted})
        assert conforms(answer, "set_publication") == {"item_id": "tt7", "is_published": wanted}
        assert conforms(viewer.get(url), "get_publication")["is_published"] is wanted
        assert viewer.get("/api/v1/titles/tt7").status_code == (200 if wanted else 404)
    assert CatalogRevision.current() == before + 2
    problem(send(viewer, "put", url, {"is_published": False}), 403)
    wrong: list[Any] = [{"is_published": "no"}, {}, {"is_published": True, "x": 1}, []]
    for body in wrong:
        problem(send(editor, "put", url, body), 400)
    for other in ("tt8", "%00", "💥"):
        problem(send(editor, "put", f"/api/v1/titles/{other}/publication", {"is_published": True}), 404)
        problem(viewer.get(f"/api/v1/titles/{other}/publication"), 404)
