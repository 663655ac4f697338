"""The places where `drill-kill` holds a run: the triggers fit the schema, and each holds what it says."""

from collections.abc import Callable
from uuid import uuid4

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from benchmarks.running.breakpoints import INSTALL, hold
from benchmarks.running.kill import PLACES
from recommender.models import Checkpoint, CheckpointChunk
from training.lease import TRAINING
from training.models import Lease, TrainingRun


def _begin() -> None:
    TrainingRun.objects.create(trigger="test", holder=uuid4())


def _tell_a_stage() -> None:
    _begin()
    TrainingRun.objects.update(progress={"stage": "judging"})


def _tell_of_the_window() -> None:
    _begin()
    TrainingRun.objects.update(counts={"searches": 1})


def _write_a_version() -> Checkpoint:
    return Checkpoint.objects.create(version=9, wm_from=0, wm_to=0, encoder_fingerprint="", sha256="", n_bytes=0)


def _write_two_chunks() -> None:
    version = _write_a_version()
    for sequence in range(2):
        CheckpointChunk.objects.create(checkpoint=version, sequence=sequence, data=b"")


def _promote() -> None:
    Checkpoint.objects.update(status=Checkpoint.Status.RETIRED)
    version = _write_a_version()
    Checkpoint.objects.filter(pk=version.pk).update(status=Checkpoint.Status.CHAMPION)


def _commit() -> None:
    _begin()
    TrainingRun.objects.update(candidate_version=1)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as a commit does


def _free_the_lease() -> None:
    Lease.objects.create(name=TRAINING, holder=uuid4())
    Lease.objects.update(holder=None)


HAPPENINGS: dict[str, Callable[[], object]] = {
    "begun": _begin,
    "judging": _tell_a_stage,
    "window read": _tell_of_the_window,
    "version without a chunk": _write_a_version,
    "between chunks": _write_two_chunks,
    "promoting": _promote,
    "in the commit": _commit,
    "after the commit": _free_the_lease,
}


@pytest.mark.parametrize("name", HAPPENINGS)
def test_a_run_can_be_held_where_the_drill_says(db, name):
    (place,) = {place for place in PLACES if place.name == name}
    with connection.cursor() as cursor:
        cursor.execute(INSTALL)
        cursor.execute("SET LOCAL lock_timeout = '100ms'")
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as ours:
        with transaction.atomic():
            HAPPENINGS[name]()
            transaction.set_rollback(True)
        ours.execute(hold(place).encode())
        with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
            HAPPENINGS[name]()
