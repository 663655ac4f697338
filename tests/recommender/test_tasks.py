"""The queue's doors of the recommender: they look at the database, so no message is ever needed."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from reco_site import schedule
from recommender import tasks
from recommender.index import embeddings
from recommender.index.encoders import embedding_fingerprint
from recommender.models import Visit
from tests import worlds

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was published instead of publishing."""
    messages: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.embed_new_titles, "apply_async", lambda **options: messages.append(options))
    return messages


def test_it_works(rung: list[dict[str, Any]]) -> None:
    worlds.plant()
    assert tasks.look_for_new_titles() == "10 titles to embed"
    assert rung == [{"expires": 60}]
    assert tasks.embed_new_titles() == 10
    assert embeddings.missing(embedding_fingerprint()) == []
    assert tasks.look_for_new_titles() == "nothing to do"
    assert len(rung) == 1


def test_a_message_that_comes_twice_embeds_once() -> None:
    worlds.plant()
    assert [tasks.embed_new_titles() for _ in range(2)] == [10, 0]


def test_it_does_not_ring_before_the_encoder_is_there(
    rung: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds.plant()
    monkeypatch.setattr(tasks, "is_ready", lambda: False)
    assert tasks.look_for_new_titles() == "nothing to do"
    assert rung == []


def test_tasks_have_limits_and_stable_names() -> None:
    doors = (tasks.look_for_new_titles, tasks.embed_new_titles, tasks.clear_sessions)
    assert {task.name: task.time_limit for task in doors} == {
        "recommender.tasks.look_for_new_titles": 60,
        "recommender.tasks.embed_new_titles": 3600,
        "recommender.tasks.clear_sessions": 600,
    }
    assert {entry["task"] for entry in schedule.beat_schedule.values()} >= {"recommender.tasks.clear_sessions"}


def test_sessions_that_have_run_out_are_let_go_of() -> None:
    now = timezone.now()
    for key, expires in (("old", now - timedelta(days=1)), ("new", now + timedelta(days=1))):
        Visit.objects.create(session_key=key, session_data="", expire_date=expires)
    tasks.clear_sessions()
    assert [visit.session_key for visit in Visit.objects.all()] == ["new"]
