"""`/api/v1/models`: what each version learnt from, how it was judged, when it served, and the way back."""

from typing import Any

import pytest
from django.test import Client

from recommender.models import Checkpoint, ServingChange
from recommender.versions import registry
from tests.recommender import versions
from tests.recommender.api.contract import conforms
from tests.recommender.api.desk import by_key, desk, member, send
from tests.recommender.api.test_search import problem

pytestmark = pytest.mark.django_db
URL = "/api/v1/models"
VIEW, CHANGE = "recommender.view_checkpoint", "recommender.change_checkpoint"
BAD = [
    {"name": "quality", "passed": False, "reason": "nDCG@10 fell by 0.02"},
    {"name": "latency", "passed": True, "reason": "1 ms"},
]


@pytest.fixture
def keeper(db: None) -> Client:
    return desk("keeper", VIEW, CHANGE)


@pytest.fixture
def line(db: None) -> list[Checkpoint]:
    return versions.line_of(3)


def got(client: Client, path: str, operation: str = "get_model") -> dict[str, Any]:
    answer = client.get(f"{URL}/{path}")
    assert answer.status_code == 200
    body: dict[str, Any] = conforms(answer, operation)
    return body


def alias(client: Client, name: str) -> int:
    return int(got(client, f"aliases/{name}", "get_model_by_alias")["version"])


def test_versions_are_listed_newest_first_and_page_by_page(keeper: Client, line: list[Checkpoint]) -> None:
    refused = versions.registered(line[-1], status="rejected", verdict={"conditions": BAD})
    first = conforms(keeper.get(URL, {"limit": 3}), "list_models")
    assert [version["version"] for version in first["items"]] == [3, 2, 1]
    rest = conforms(keeper.get(URL, {"limit": 3, "cursor": first["next_cursor"]}), "list_models")
    assert ([version["version"] for version in rest["items"]], rest["next_cursor"]) == ([0], None)
    told = first["items"][0]
    assert (told["status"], told["parent"], told["is_kept"]) == ("rejected", refused.parent.version, False)  # type: ignore[union-attr]
    assert told["verdict"]["words"].startswith("Refused. On searches it had not seen it found less often")
    assert told["verdict"]["conditions"] == BAD
    only = conforms(keeper.get(URL, {"status": "champion"}), "list_models")
    assert [version["version"] for version in only["items"]] == [2]


def test_a_cursor_of_another_list_is_refused(keeper: Client, line: list[Checkpoint]) -> None:
    cursor = keeper.get(URL, {"limit": 1}).json()["next_cursor"]
    problem(keeper.get(URL, {"cursor": cursor, "status": "retired"}), 400)
    for bad in ({"cursor": "x"}, {"limit": 0}, {"limit": 101}, {"status": "odd"}, {"page": 1}):
        assert problem(keeper.get(URL, bad), 400)["field"] == next(iter(bad))


def test_a_version_tells_what_it_learnt_from_and_when_it_served(keeper: Client, db: None) -> None:
    zero = versions.promoted()
    window = registry.Window(10, 25, {"n_searches": 40, "counts": {"used": 7, "dropped: robot": 2}})
    one = versions.promoted(
        zero, number=1, window=window, verdict={"conditions": BAD[1:]}, metrics={"ndcg@10": {"candidate": 0.5}}
    )
    registry.roll_back(to=None, reason="it was worse", actor="anna")
    registry.roll_back(to=one, reason="it was not", actor="ben")
    told = got(keeper, "1")
    assert told["learnt_from"] == {
        "n_searches": 40, "from_transaction": "10", "to_transaction": "25",
        "counts": {"used": 7, "dropped: robot": 2},
    }  # fmt: skip
    assert (told["verdict"]["passed"], told["verdict"]["words"]) == (True, "It passed every condition.")
    assert (told["metrics"], told["is_pinned"], told["parent"]) == ({"ndcg@10": {"candidate": 0.5}}, True, 0)
    times = [(time["action"], time["reason"], time["until"] is None) for time in told["served"]]
    assert times == [("roll back", "it was not", True), ("promote", "test", False)]
    assert told["served"][1]["since"] <= told["served"][1]["until"] <= told["served"][0]["since"]
    first = got(keeper, "0")
    assert first["verdict"] is None
    assert [time["action"] for time in first["served"]] == ["roll back", "promote"]
    assert all(time["until"] for time in first["served"])


def test_versions_have_names(keeper: Client, line: list[Checkpoint]) -> None:
    assert "waits" in problem(keeper.get(f"{URL}/aliases/candidate"), 404)["detail"]
    versions.registered(line[-1], number=9)
    assert [alias(keeper, name) for name in ("champion", "candidate", "previous")] == [2, 3, 1]


def test_names_of_nothing(keeper: Client) -> None:
    for name in ("champion", "candidate", "previous", "newest"):
        problem(keeper.get(f"{URL}/aliases/{name}"), 404)
    for number in ("0", "7", "9" * 30, "9" * 5_000, "-1", "x"):
        problem(keeper.get(f"{URL}/{number}"), 404)


def test_an_earlier_version_serves_again_and_is_unpinned(keeper: Client, line: list[Checkpoint]) -> None:
    back = alias(keeper, "previous")
    told = conforms(send(keeper, "post", f"{URL}/rollback", {"reason": "worse"}), "roll_back_model")
    assert (told["version"], told["is_pinned"], told["status"]) == (back, True, "champion")
    change = ServingChange.objects.first()
    assert change is not None
    assert (change.action, change.reason, change.actor, change.previous) == ("roll back", "worse", "keeper", 2)
    chosen = conforms(send(keeper, "post", f"{URL}/rollback", {"reason": "far", "version": 0}), "roll_back_model")
    assert chosen["version"] == 0
    free = conforms(send(keeper, "post", f"{URL}/unpin", {"reason": "go on"}), "unpin_model")
    assert (free["version"], free["is_pinned"]) == (0, False)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 400, "required"), ({"reason": " "}, 400, "blank"), ({"reason": 7}, 400, "string"),
        ({"reason": "x" * 1_001}, 400, "1000"), ({"reason": "x\0"}, 400, "Null"), ([], 400, "object"),
        ({"reason": "x", "version": 9}, 400, "There is no version 9."),
        ({"reason": "x", "version": 2**63}, 400, "less than or equal"),
        ({"reason": "x", "version": "1"}, 400, "valid"),
        ({"reason": "x", "to": 1}, 400, "Unknown field."),
        ({"reason": "x", "version": 2}, 409, "Nothing was changed: v2 is serving already."),
        ({"reason": "x", "version": 3}, 409, "Nothing was changed: v3 is rejected; it may not serve."),
    ],
)  # fmt: skip
def test_what_cannot_be_rolled_back_to(
    keeper: Client, line: list[Checkpoint], body: Any, status: int, words: str
) -> None:
    versions.registered(line[-1], status="rejected")
    before = ServingChange.objects.count()
    answer = send(keeper, "post", f"{URL}/rollback", body)
    conforms(answer, "roll_back_model")
    assert words in problem(answer, status)["detail"]
    assert (ServingChange.objects.count(), versions.statuses()[2]) == (before, "champion")


def test_with_nothing_to_go_back_to_nothing_changes(keeper: Client) -> None:
    assert "no champion" in problem(send(keeper, "post", f"{URL}/rollback", {"reason": "x"}), 409)["detail"]
    problem(send(keeper, "post", f"{URL}/unpin", {"reason": "x"}), 409)
    versions.promoted()
    assert "no earlier version" in problem(send(keeper, "post", f"{URL}/rollback", {"reason": "x"}), 409)["detail"]
    answer = send(keeper, "post", f"{URL}/unpin", {"reason": "x"})
    conforms(answer, "unpin_model")
    assert "not a champion that is pinned" in problem(answer, 409)["detail"]


def test_who_may_only_look_changes_nothing(line: list[Checkpoint]) -> None:
    viewer = desk("viewer", VIEW)
    assert got(viewer, "2")["status"] == "champion"
    problem(send(viewer, "post", f"{URL}/rollback", {"reason": "x"}), 403)
    owner = member("owner", VIEW, CHANGE)
    problem(send(by_key(owner, "models:read"), "post", f"{URL}/rollback", {"reason": "x"}), 403)
    problem(send(by_key(owner, "curation:write"), "post", f"{URL}/unpin", {"reason": "x"}), 403)
    problem(Client().get(URL), 401)
    problem(desk("clerk").get(URL), 403)
    assert versions.statuses()[2] == "champion"
