"""`/api/v1/rules` and `/api/v1/synonyms`."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from catalog.models import Title
from recommender import curation
from recommender.models import Rule, SynonymSet
from tests.recommender.api.contract import conforms
from tests.recommender.api.desk import desk, send
from tests.recommender.api.test_search import problem

pytestmark = pytest.mark.django_db
RULES, SYNONYMS = "/api/v1/rules", "/api/v1/synonyms"
PIN: dict[str, Any] = {"action": "pin", "item_id": "tt1", "match": "exact", "text": " Heist  film ", "position": 2}
LIFT: dict[str, Any] = {"action": "lift", "position": None}
DEEDS = ("view", "add", "change", "delete")
MAY = [f"recommender.{deed}_{row}" for deed in DEEDS for row in ("rule", "synonymset")]


@pytest.fixture
def editor(db: None) -> Client:
    Title.objects.create(external_id="tt1", name="Alpha")
    Title.objects.create(external_id="tt2", name="Beta")
    return desk("ed", *MAY)


def made(client: Client, body: Any = None) -> dict[str, Any]:
    answer = send(client, "post", RULES, body or PIN)
    assert answer.status_code == 201, answer.content
    rule: dict[str, Any] = conforms(answer, "create_rule")
    assert answer["Location"] == f"{RULES}/{rule['rule_id']}"
    return rule


def words(client: Client, *said: str, **more: Any) -> dict[str, Any]:
    answer = send(client, "post", SYNONYMS, {"words": list(said)} | more)
    assert answer.status_code == 201, answer.content
    synonyms: dict[str, Any] = conforms(answer, "create_synonyms")
    assert answer["Location"] == f"{SYNONYMS}/{synonyms['synonyms_id']}"
    return synonyms


def test_a_rule_is_made_changed_and_removed(editor: Client) -> None:
    rule = made(editor)
    url = f"{RULES}/{rule['rule_id']}"
    assert (rule["text"], rule["title"], rule["author"], rule["standing"]) == (
        "Heist film",
        "Alpha",
        "ed",
        "in force",
    )
    assert conforms(editor.get(url), "get_rule") == rule
    assert len(curation.in_force().rules) == 1
    change = {"action": "lift", "points": 0.5, "item_id": "tt2", "starts": "2999-01-01T00:00:00Z"}
    lifted = conforms(send(editor, "patch", url, change), "change_rule")
    assert (lifted["action"], lifted["points"], lifted["position"], lifted["item_id"]) == ("lift", 0.5, None, "tt2")
    assert (lifted["text"], lifted["standing"], lifted["created"]) == ("Heist film", "planned", rule["created"])
    assert lifted["changed"] > rule["changed"]
    answer = editor.delete(url)
    conforms(answer, "delete_rule")
    assert (answer.status_code, Rule.objects.exists()) == (204, False)
    for method in ("get", "patch", "delete"):
        problem(send(editor, method, url, {} if method != "get" else None), 404)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"action": "push"}, "action"), ({"match": "like"}, "match"), ({"text": "  "}, "text"),
        ({"text": "x" * 201}, "text"), ({"position": 0}, "position"), ({"position": None}, "position"),
        ({"position": 2**63}, "position"), ({"position": True}, "position"), ({"item_id": "tt9"}, "item_id"),
        ({"item_id": 1}, "item_id"), (LIFT, "points"), (LIFT | {"points": -1}, "points"),
        (LIFT | {"points": 9}, "points"), (LIFT | {"points": 1, "position": 1}, "position"),
        ({"starts": "2030-01-01T00:00:00"}, "starts"),
        ({"starts": "2030-01-01T00:00:00Z", "ends": "2029-01-01T00:00:00Z"}, "ends"),
        ({"ends": "9999-12-31T23:59:59-14:00"}, "ends"), ({"ends": "soon"}, "ends"),
        ({"ends": "2001-01-01T00:00:00Z"}, "ends"), ({"points": 0.5}, "points"),
        ({"match": "any", "text": "x"}, "text"), ({"action": "hide", "position": 1}, "position"),
        ({"action": "hide", "position": None, "points": 1}, "points"),
        ({"is_active": "yes"}, "is_active"),
        ({"note": "x" * 1_001}, "note"), ({"author": "me"}, "author"), ({"text": ["a"]}, "text"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_rule_is_named(editor: Client, change: Any, field: str) -> None:
    answer = send(editor, "post", RULES, PIN | change)
    conforms(answer, "create_rule")
    assert problem(answer, 400)["field"] == field
    assert not Rule.objects.exists()
    rule = made(editor)
    problem(send(editor, "patch", f"{RULES}/{rule['rule_id']}", change), 400)
    assert editor.get(f"{RULES}/{rule['rule_id']}").json() == rule


def test_what_an_action_has_no_use_for_goes_with_a_change_of_it_and_is_else_refused(editor: Client) -> None:
    """What was kept for another action is emptied; what somebody sends is not dropped behind their back."""
    url = f"{RULES}/{made(editor)['rule_id']}"
    hidden = conforms(send(editor, "patch", url, {"action": "hide", "match": "any"}), "change_rule")
    assert (hidden["position"], hidden["points"], hidden["text"]) == (None, None, "")
    for field, value in (("position", 3), ("points", 0.5), ("text", "heist")):
        refused = send(editor, "patch", url, {field: value, "note": "never kept"})
        conforms(refused, "change_rule")
        assert problem(refused, 400)["field"] == field
    empty = {"position": None, "points": None, "text": " "}
    assert conforms(send(editor, "patch", url, empty), "change_rule") | {"changed": ""} == hidden | {"changed": ""}


def test_an_ended_rule_may_be_switched_off_and_not_made(editor: Client) -> None:
    url = f"{RULES}/{made(editor)['rule_id']}"
    Rule.objects.update(ends="2001-01-01T00:00:00Z")
    kept = conforms(send(editor, "patch", url, {"is_active": False, "ends": "2001-01-01T00:00:00Z"}), "change_rule")
    assert (kept["is_active"], kept["ends"]) == (False, "2001-01-01T00:00:00Z")
    refused = problem(send(editor, "patch", url, {"ends": "2002-01-01T00:00:00Z"}), 400)
    assert (refused["field"], refused["detail"]) == (
        "ends",
        "It would have ended already: say a time to come, or none.",
    )


def test_a_text_that_cannot_be_kept_is_refused(editor: Client) -> None:
    answer = send(editor, "post", RULES, PIN | {"text": "a\0b"})
    assert problem(answer, 400)["field"] == "text"


@pytest.mark.parametrize("body", [{}, [], "x", {"item_id": "tt1"}])
def test_a_rule_needs_its_parts(editor: Client, body: Any) -> None:
    answer = send(editor, "post", RULES, body)
    conforms(answer, "create_rule")
    problem(answer, 400)


def test_rules_are_listed_newest_first_and_page_by_page(editor: Client) -> None:
    made_ids = [made(editor, PIN | {"text": f"heist {n}"})["rule_id"] for n in range(3)]
    first = conforms(editor.get(RULES, {"limit": 2}), "list_rules")
    made(editor, PIN | {"text": "another"})
    second = conforms(editor.get(RULES, {"limit": 2, "cursor": first["next_cursor"]}), "list_rules")
    assert [rule["rule_id"] for rule in first["items"] + second["items"]] == made_ids[::-1]
    assert second["next_cursor"] is None
    problem(editor.get(SYNONYMS, {"cursor": first["next_cursor"]}), 400)


def test_synonyms_are_made_changed_and_removed(editor: Client) -> None:
    synonyms = words(editor, "tearjerker", " Sad  drama ", "Tearjerker")
    url = f"{SYNONYMS}/{synonyms['synonyms_id']}"
    assert (synonyms["words"], synonyms["is_one_way"], synonyms["author"]) == (
        ["tearjerker", "Sad drama"],
        False,
        "ed",
    )
    assert conforms(editor.get(url), "get_synonyms") == synonyms
    changed = conforms(send(editor, "patch", url, {"is_one_way": True, "is_active": False}), "change_synonyms")
    assert (changed["words"], changed["is_one_way"], changed["is_active"]) == (synonyms["words"], True, False)
    words(editor, "film", "movie")
    listed = conforms(editor.get(SYNONYMS), "list_synonyms")["items"]
    assert [row["words"][0] for row in listed] == ["film", "tearjerker"]
    conforms(editor.delete(url), "delete_synonyms")
    assert SynonymSet.objects.count() == 1
    problem(editor.get(url), 404)


@pytest.mark.parametrize(
    "body",
    [
        {}, {"words": []}, {"words": ["one"]}, {"words": ["Été", "ete!"]}, {"words": "a, b"}, {"words": ["a", 7]},
        {"words": ["a", "b" * 61]}, {"words": [f"w{n}" for n in range(21)]}, {"words": ["a"] * 101},
        {"words": ["a", "b"], "is_one_way": 1}, {"words": ["a", "b"], "note": "x"}, {"words": [["a"], "b"]},
    ],
)  # fmt: skip
def test_what_cannot_be_synonyms(editor: Client, body: Any) -> None:
    answer = send(editor, "post", SYNONYMS, body)
    conforms(answer, "create_synonyms")
    problem(answer, 400)
    assert not SynonymSet.objects.exists()


def test_what_is_not_there_looks_alike(editor: Client) -> None:
    for url in (RULES, SYNONYMS):
        problem(editor.get(f"{url}/{uuid4()}"), 404)
        problem(editor.get(f"{url}/7"), 404)


def test_each_deed_needs_its_own_right(editor: Client) -> None:
    rule, synonyms = made(editor), words(editor, "film", "movie")
    urls = [f"{RULES}/{rule['rule_id']}", f"{SYNONYMS}/{synonyms['synonyms_id']}"]
    changes = {"post": PIN, "patch": {"is_active": False}, "delete": None}
    needed = {"post": "add", "patch": "change", "delete": "delete"}
    for deed in DEEDS:
        client = desk(deed, "recommender.view_rule", f"recommender.{deed}_rule")
        assert client.get(RULES).status_code == 200
        problem(client.get(SYNONYMS), 403)
        for method, body in changes.items():
            if needed[method] != deed:
                problem(send(client, method, RULES if method == "post" else urls[0], body), 403)
    assert (Rule.objects.count(), SynonymSet.objects.count()) == (1, 1)
    adder = Client()
    adder.login(username="add", password="violet lantern orbit")
    made(adder, PIN | {"text": "another query"})
    problem(Client().get(RULES), 401)
