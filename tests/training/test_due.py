"""Is there something to learn? Each reason for yes, and no hot loop after any end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import Interaction, SearchEvent, Title
from recommender.models import Checkpoint
from recommender.versions import registry
from tests.recommender.versions import promoted
from training import lease
from training.due import RETRY_SECONDS, trigger_now
from training.models import Lease, TrainingRequest, TrainingRun

Status = TrainingRun.Status
pytestmark = pytest.mark.django_db
LEARNT, NEW, NEWER = 50, 60, 70  # transaction ids: the champion's window ends before LEARNT


@pytest.fixture(autouse=True)
def five_searches_or_five_minutes(settings: Any) -> None:
    settings.LEARN_EVERY_SEARCHES = 5
    settings.LEARN_EVERY_SECONDS = 300.0


@pytest.fixture
def champion() -> Checkpoint:
    return promoted(window=registry.Window(0, LEARNT, {}))


def searched(n: int, *, xid: int = NEW, surface: str = "html", waiting: float | None = 0) -> None:
    """So many searches; somebody had an opinion of the first, so many seconds ago."""
    events = SearchEvent.objects.bulk_create(
        SearchEvent(
            search_id=uuid4(), raw_text="space", normalised_text="space", query_class="theme", surface=surface,
            model_version=0, latency_ms=1.0, shown=[], propensity=[], source=[], xid=xid,
        )
        for _ in range(n)
    )  # fmt: skip
    if waiting is not None:
        title, _ = Title.objects.get_or_create(external_id="t", defaults={"name": "Gravity"})
        then = timezone.now() - timedelta(seconds=waiting)
        Interaction.objects.create(
            id=uuid4(), query_id=events[0].pk, title=title, action_name="click", occurred=then, created=then, xid=xid
        )


def ran(status: str, *, seconds_ago: float, wm_to: int | None = NEWER, parent: int | None = 0) -> TrainingRun:
    ended = None if status == Status.RUNNING else timezone.now() - timedelta(seconds=seconds_ago)
    return TrainingRun.objects.create(
        trigger="test", holder=uuid4(), status=status, finished=ended, wm_to=wm_to, parent_version=parent
    )


def hold_the_lease(seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Lease._meta.db_table} (name, holder, expires)"
            " VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s))",
            [lease.TRAINING, uuid4(), seconds],
        )


def test_it_works(champion: Checkpoint) -> None:
    assert trigger_now() is None
    searched(5)
    assert trigger_now() == "searches"


def test_nothing_is_due_before_there_is_a_version() -> None:
    searched(5)
    TrainingRequest.objects.create(actor="anna")
    assert trigger_now() is None


def test_searches_that_the_champion_knows_are_not_new(champion: Checkpoint) -> None:
    searched(50, xid=LEARNT - 1)
    assert trigger_now() is None
    searched(5, xid=LEARNT)
    assert trigger_now() == "searches"


@pytest.mark.parametrize("surface", ["home", "similar"])
def test_pages_without_a_query_are_nothing_to_learn_from(champion: Checkpoint, surface: str) -> None:
    searched(50, surface=surface)
    assert trigger_now() is None


@pytest.mark.parametrize(("waiting", "due"), [(290, None), (310, "time")])
def test_an_opinion_waits_for_others_but_not_for_ever(champion: Checkpoint, waiting: float, due: str | None) -> None:
    searched(1, waiting=waiting)
    assert trigger_now() == due


def test_a_late_click_needs_no_new_search(champion: Checkpoint) -> None:
    searched(4, waiting=310)
    ran(Status.REFUSED, seconds_ago=5, wm_to=NEWER)
    assert trigger_now() is None
    searched(1, xid=NEWER, surface="similar", waiting=310)
    assert trigger_now() == "time"


def test_searches_without_an_opinion_teach_nothing(champion: Checkpoint) -> None:
    searched(500, waiting=None)
    assert trigger_now() is None


def test_time_alone_is_no_reason(champion: Checkpoint) -> None:
    ran(Status.NOTHING_NEW, seconds_ago=10**6)
    assert trigger_now() is None


def test_somebody_asked(champion: Checkpoint) -> None:
    request = TrainingRequest.objects.create(actor="anna")
    assert trigger_now() == "request"
    request.answered_by = ran(Status.NOTHING_NEW, seconds_ago=0)
    request.save()
    assert trigger_now() is None


def test_who_asks_does_not_wait_for_a_pause(champion: Checkpoint) -> None:
    ran(Status.FAILED, seconds_ago=1)
    TrainingRequest.objects.create(actor="anna")
    assert trigger_now() == "request"


def test_nothing_is_due_while_somebody_works(champion: Checkpoint) -> None:
    searched(5)
    TrainingRequest.objects.create(actor="anna")
    hold_the_lease(seconds=60)
    assert trigger_now() is None


def test_a_lease_that_ran_out_holds_nobody_up(champion: Checkpoint) -> None:
    searched(5)
    ran(Status.RUNNING, seconds_ago=0)
    hold_the_lease(seconds=-1)
    assert trigger_now() == "searches"


@pytest.mark.parametrize("status", [Status.REFUSED, Status.HELD, Status.NOTHING_NEW])
def test_a_window_that_was_judged_is_tried_again_when_there_is_more(champion: Checkpoint, status: str) -> None:
    if status == Status.HELD:
        registry.set_pinned(champion, pinned=True, reason="exams", actor="anna")
    searched(50)
    ran(status, seconds_ago=0)
    assert trigger_now() is None
    searched(4, xid=NEWER)
    assert trigger_now() is None
    searched(1, xid=NEWER)
    assert trigger_now() == "searches"


@pytest.mark.parametrize("wm_to", [NEWER, None], ids=["in the middle", "before it had a window"])
def test_a_run_that_failed_is_tried_again_after_a_pause(champion: Checkpoint, wm_to: int | None) -> None:
    searched(5)
    failed = ran(Status.FAILED, seconds_ago=RETRY_SECONDS - 10, wm_to=wm_to)
    assert trigger_now() is None
    failed.finished = timezone.now() - timedelta(seconds=RETRY_SECONDS + 10)
    failed.save()
    assert trigger_now() == "searches"


def test_a_failure_does_not_bring_back_a_window_that_was_refused(champion: Checkpoint) -> None:
    searched(50)
    ran(Status.REFUSED, seconds_ago=1_000)
    ran(Status.FAILED, seconds_ago=RETRY_SECONDS + 10, wm_to=None)
    assert trigger_now() is None


def test_what_a_pin_held_back_is_new_once_it_is_unpinned(champion: Checkpoint) -> None:
    registry.set_pinned(champion, pinned=True, reason="exams", actor="anna")
    searched(5)
    ran(Status.HELD, seconds_ago=10)
    assert trigger_now() is None
    registry.set_pinned(champion, pinned=False, reason="over", actor="anna")
    assert trigger_now() == "searches"


def test_a_run_that_died_is_started_over_at_once(champion: Checkpoint) -> None:
    searched(5)
    ran(Status.DIED, seconds_ago=0)
    assert trigger_now() == "searches"


def test_what_an_older_champion_was_refused_for_is_new_to_the_next(champion: Checkpoint) -> None:
    searched(5, xid=NEWER)
    ran(Status.REFUSED, seconds_ago=10, wm_to=NEWER + 1, parent=0)
    promoted(champion, number=1, window=registry.Window(LEARNT, NEW, {}))
    assert trigger_now() == "searches"


def test_a_rollback_does_not_learn_the_same_again_at_once(champion: Checkpoint) -> None:
    searched(50)
    promoted(champion, number=1, window=registry.Window(LEARNT, NEWER, {}))
    ran(Status.PROMOTED, seconds_ago=10)
    registry.roll_back(to=None, reason="worse", actor="anna")
    assert trigger_now() is None


def test_a_look_costs_little_and_changes_nothing(
    champion: Checkpoint, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    searched(5)
    ran(Status.REFUSED, seconds_ago=1, wm_to=LEARNT)
    with django_assert_max_num_queries(16):
        assert trigger_now() == "searches"
        queries = connection.queries_log
    assert not [query for query in queries if not query["sql"].startswith("SELECT")]
