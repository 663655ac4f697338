"""`/api/v1/analytics/…`: the figures of `catalog.analytics`, by address. What they count is tested there."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from catalog import event_log
from catalog.event_log import Deed, Served, Shown, Visitor
from catalog.identifiers import uuid7
from catalog.models import Title
from tests.recommender.api.contract import conforms
from tests.recommender.api.desk import by_key, desk, member
from tests.recommender.api.test_search import problem
from training.models import TrainingRun

pytestmark = pytest.mark.django_db
URL = "/api/v1/analytics"
SEES = "catalog.view_searchevent"
LISTS = ("queries", "no-results", "no-clicks")
ALL = (*LISTS, "overview", "titles", "versions", "learning", "coverage")


@pytest.fixture
def analyst(db: None) -> Client:
    return desk("analyst", SEES)


@pytest.fixture
def films(db: None) -> list[Title]:
    return [Title.objects.create(external_id=f"tt{n}", name=name) for n, name in enumerate(("Alien", "Heat"))]


def search(text: str, films: list[Title], visitor: Visitor) -> Any:
    shown = [Shown(film.pk, 1.0, 1) for film in films]
    served = Served(
        raw_text=text, normalised_text=text, corrected_text="", query_class="title", surface="api", model_version=4,
        latency_ms=12.5, search_id=uuid7(), first_position=1, shown=shown, filters={},
    )  # fmt: skip
    return event_log.record_search(served, visitor)


@pytest.fixture
def log(films: list[Title]) -> None:
    """Six people ask for one thing and click, five get nothing, five choose nothing, one asks for themselves."""
    people = [Visitor(uuid4(), uuid4()) for _ in range(6)]
    for person in people:
        query_id = search("alien", films, person)
        event_log.record_interactions([Deed(uuid4(), "click", films[1].pk, query_id)], person)
    for person in people[:5]:
        search("zzz", [], person)
        search("heist", films[:1], person)
    search("my own name", films, people[0])


def got(client: Client, name: str, **asked: Any) -> dict[str, Any]:
    answer = client.get(f"{URL}/{name}", asked)
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = conforms(answer, f"analytics_{name.replace('-', '_')}")
    return body


def test_every_figure_is_there_without_a_log(analyst: Client) -> None:
    assert all(got(analyst, name)["window"] for name in ALL)


def test_the_overview(analyst: Client, log: None) -> None:
    told = got(analyst, "overview")
    assert (told["searches"], told["people"], told["latency_ms_p50"]) == (17, 6, 12.5)
    assert (told["clicked"]["n"], told["without_results"]["n"], told["without_click"]["n"]) == (6, 5, 6)
    assert told["clicked"]["low"] < told["clicked"]["value"] < told["clicked"]["high"]
    assert (told["mean_first_click_position"], len(told["days"])) == (2.0, 8)


def test_the_three_lists_of_texts(analyst: Client, log: None) -> None:
    found = {name: [row["text"] for row in got(analyst, name)["items"]] for name in LISTS}
    assert found == {"queries": ["alien", "heist", "zzz"], "no-results": ["zzz"], "no-clicks": ["heist"]}
    assert [row["text"] for row in got(analyst, "queries", limit=1)["items"]] == ["alien"]
    assert got(analyst, "queries", min_people=7)["items"] == []


def test_what_few_people_asked_is_for_those_who_may_read_the_log(analyst: Client, log: None) -> None:
    alone = ["alien", "heist", "zzz", "my own name"]
    assert [row["text"] for row in got(analyst, "queries", min_people=1)["items"]] == alone
    owner = member("owner", SEES)
    key = by_key(owner, "analytics:read")
    assert len(got(key, "queries")["items"]) == 3
    for name in LISTS:
        answer = key.get(f"{URL}/{name}", {"min_people": 4})
        conforms(answer, f"analytics_{name.replace('-', '_')}")
        assert "exports:read" in problem(answer, 403)["detail"]
    both = by_key(owner, "analytics:read", "exports:read")
    assert len(got(both, "queries", min_people=1)["items"]) == 4


def test_titles_versions_and_coverage(analyst: Client, log: None) -> None:
    titles = got(analyst, "titles")["items"]
    assert [(row["item_id"], row["title"], row["clicked"]["n"]) for row in titles] == [
        ("tt1", "Heat", 6), ("tt0", "Alien", 0),
    ]  # fmt: skip
    assert got(analyst, "titles", order="impressions", limit=1)["items"][0]["item_id"] == "tt0"
    (version,) = got(analyst, "versions")["items"]
    assert (version["version"], version["searches"], version["clicked"]["n"]) == (4, 17, 6)
    seen = got(analyst, "coverage")
    assert (seen["impressions"], seen["coverage"]["n"], seen["coverage"]["n_of"]) == (19, 2, 2)
    assert 0 < seen["gini"] < 1


def test_learning_is_told_with_the_runs_of_the_window(analyst: Client, log: None) -> None:
    counts = {"searches": 17, "interactions": 6, "choices": 5, "used": 4, "dropped: robot": 2}
    run = TrainingRun.objects.create(trigger="searches", holder=uuid4(), counts=counts)
    told = got(analyst, "learning")
    assert (told["events"], told["may_teach"], told["by_fate"], told["n_runs"]) == (6, 6, {}, 1)
    assert (told["read"], told["choices"], told["lessons"], told["dropped"]) == (
        {"searches": 17, "interactions": 6}, 5, 4, {"robot": 2},
    )  # fmt: skip
    TrainingRun.objects.filter(pk=run.pk).update(started=timezone.now() - timedelta(days=8))
    assert got(analyst, "learning")["n_runs"] == 0


def test_a_window_of_its_own(analyst: Client, log: None) -> None:
    now = timezone.now()
    before = {"since": (now - timedelta(days=2)).isoformat(), "until": (now - timedelta(days=1)).isoformat()}
    told = got(analyst, "overview", **before)
    assert (told["searches"], len(told["days"])) == (0, 2)
    assert told["window"]["since"].startswith(before["since"][:10])


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "must be later than"),
        ({"since": "2020-01-01T00:00:00Z"}, "At most 90 days"), ({"since": "2026-01-01T00:00:00"}, "needs its zone"),
        ({"since": "0001-01-01T00:00:00Z", "until": "0001-01-01T00:00:00Z"}, "later"),
        ({"until": "0001-01-01T00:00:00Z"}, "no week before"), ({"until": "9999-12-31T23:59:59-14:00"}, ""),
        ({"since": "yesterday"}, ""), ({"from": "x"}, "Unknown field."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["overview", "learning", "titles"])
def test_what_is_no_window_is_told(analyst: Client, name: str, asked: Any, words: str) -> None:
    answer = analyst.get(f"{URL}/{name}", asked)
    conforms(answer, f"analytics_{name}")
    assert words in problem(answer, 400)["detail"]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("queries", {"limit": "0"}), ("queries", {"limit": "501"}), ("queries", {"min_people": "0"}),
        ("queries", {"min_people": str(2**63)}), ("no-clicks", {"order": "clicks"}), ("titles", {"order": "name"}),
        ("titles", {"min_people": "1"}), ("overview", {"limit": "1"}),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_named(analyst: Client, name: str, asked: dict[str, str]) -> None:
    assert problem(analyst.get(f"{URL}/{name}", asked), 400)["field"] == next(iter(asked))


@pytest.mark.parametrize("name", ALL)
def test_only_those_who_may_read_the_log_see_figures(db: None, name: str) -> None:
    url = f"{URL}/{name}"
    problem(Client().get(url), 401)
    problem(desk("clerk", "catalog.view_title").get(url), 403)
    problem(by_key(member("owner", SEES), "exports:read").get(url), 403)
    assert by_key(member("other", SEES), "analytics:read").get(url).status_code == 200
