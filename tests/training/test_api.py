"""`/api/v1/training-runs`: what runs did and do, and asking for one."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.recommender.api.contract import conforms
from tests.recommender.api.desk import by_key, desk, member
from tests.recommender.api.test_search import problem
from training import due
from training.models import TrainingRequest, TrainingRun

pytestmark = pytest.mark.django_db
URL = "/api/v1/training-runs"
MAY = ("training.view_trainingrun", "training.add_trainingrequest")
CONDITIONS = [
    {"name": "quality", "passed": False, "reason": "nDCG@10 fell by 0.02"},
    {"name": "latency", "passed": True, "reason": "1 ms"},
]


@pytest.fixture
def trainer(db: None) -> Client:
    return desk("trainer", *MAY)


def run(**facts: Any) -> TrainingRun:
    return TrainingRun.objects.create(**({"trigger": "searches", "holder": uuid4()} | facts))


def got(client: Client, row: TrainingRun) -> dict[str, Any]:
    body: dict[str, Any] = conforms(client.get(f"{URL}/{row.pk}"), "get_training_run")
    return body


def test_runs_are_listed_newest_first_and_page_by_page(trainer: Client) -> None:
    ids = [str(run(status=status).pk) for status in ("promoted", "failed", "promoted")]
    first = conforms(trainer.get(URL, {"limit": 2}), "list_training_runs")
    second = conforms(trainer.get(URL, {"limit": 2, "cursor": first["next_cursor"]}), "list_training_runs")
    assert [row["run_id"] for row in first["items"] + second["items"]] == ids[::-1]
    assert second["next_cursor"] is None
    only = conforms(trainer.get(URL, {"status": "failed"}), "list_training_runs")
    assert [row["run_id"] for row in only["items"]] == [ids[1]]
    for bad in ({"status": "odd"}, {"limit": 0}, {"cursor": "x"}, {"page": 2}):
        assert problem(trainer.get(URL, bad), 400)["field"] == next(iter(bad))


def test_a_refused_run_says_why(trainer: Client) -> None:
    told = got(
        trainer,
        run(
            status="refused", parent_version=3, candidate_version=4, verdict=CONDITIONS, wm_from=10, wm_to=20,
            counts={"used": 5, "dropped: robot": 1}, evaluation={"ndcg@10": {"candidate": 0.4}}, config={"folds": 3},
            progress={"stage": "judging", "step": 0, "of": 0, "loss": 0, "seconds": {"fit": 1.5}},
        ),
    )  # fmt: skip
    assert told["outcome"] == "v4 refused: quality: nDCG@10 fell by 0.02"
    assert (told["set_off_by"], told["n_lessons"], told["progress"]) == ("enough new searches", 5, None)
    assert (told["from_transaction"], told["to_transaction"]) == ("10", "20")
    assert (told["conditions"], told["counts"]["dropped: robot"]) == (CONDITIONS, 1)
    assert (told["evaluation"], told["config"]) == ({"ndcg@10": {"candidate": 0.4}}, {"folds": 3})
    assert told["stage_seconds"] == {"fit": 1.5}


def test_a_run_at_work_says_how_far_it_is(trainer: Client) -> None:
    row = run(config={"folds": 3})
    assert got(trainer, row)["progress"] is None
    row.progress = {"stage": "fold 2", "step": 120, "of": 400, "loss": 0.412, "seconds_left": None, "seconds": {}}
    row.save()
    told = got(trainer, row)
    assert told["progress"] == {
        "words": "fold 2 of 3 · step 120 of 400 · loss 0.412",
        "stage": "fold 2", "step": 120, "of": 400, "loss": 0.412, "seconds_left": None,
    }  # fmt: skip
    assert (told["outcome"], told["finished"], told["from_transaction"]) == ("at work", None, None)


def test_a_run_is_asked_for_and_followed(trainer: Client) -> None:
    answer = trainer.post(URL)
    asked = conforms(answer, "ask_for_training")
    assert (answer.status_code, asked["run"]) == (202, None)
    assert answer["Location"] == f"{URL}/requests/{asked['request_id']}"
    assert conforms(trainer.post(URL), "ask_for_training") == asked
    assert TrainingRequest.objects.get().actor == "trainer"
    row = run(trigger="request")
    TrainingRequest.objects.update(answered_by=row)
    followed = conforms(trainer.get(answer["Location"]), "get_training_request")
    assert (followed["run"]["run_id"], followed["run"]["set_off_by"]) == (str(row.pk), "asked for by hand")
    assert trainer.post(URL).json()["request_id"] != asked["request_id"]


def test_what_is_asked_for_is_what_the_next_tick_sees(world: Any, trainer: Client) -> None:
    assert due.trigger_now() is None
    trainer.post(URL)
    assert due.trigger_now() == "request"


def test_what_is_not_there_looks_alike(trainer: Client) -> None:
    for path in ("7", "9" * 30, "9" * 5_000, "x", "requests/7", "requests/x"):
        problem(trainer.get(f"{URL}/{path}"), 404)


def test_who_may_only_look_asks_for_nothing(db: None) -> None:
    row, asked = run(), TrainingRequest.objects.create(actor="x")
    for client in (desk("viewer", MAY[0]), by_key(member("owner", *MAY), "models:read")):
        for path in ("", f"/{row.pk}", f"/requests/{asked.pk}"):
            assert client.get(URL + path).status_code == 200
        problem(client.post(URL, json.dumps({}), content_type="application/json"), 403)
    problem(desk("clerk").get(URL), 403)
    problem(Client().get(URL), 401)
    problem(Client().post(URL), 401)
    assert TrainingRequest.objects.count() == 1
