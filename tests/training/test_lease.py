"""The right to train: one holder, by the database's clock, and whoever lost it stores nothing."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connection, transaction

from tests.waiting import eventually
from training import lease
from training.models import Lease

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "BEAT_SECONDS", 0.05)


def let_expire(name: str = "work") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Lease._meta.db_table} SET expires = clock_timestamp() - interval '1 ms' WHERE name = %s", [name]
        )


def test_it_works() -> None:
    assert not lease.is_held("work")
    with lease.acquire("work") as held:
        assert held is not None
        assert lease.is_held("work")
        assert not held.lost.is_set()
        assert Lease.objects.get().holder == held.holder
    assert not lease.is_held("work")
    with lease.acquire("work") as again:
        assert again is not None
        assert again.holder != held.holder


def test_only_one_can_hold_it() -> None:
    with lease.acquire("work") as first, lease.acquire("work") as second:
        assert first is not None
        assert second is None
    with lease.acquire("work") as third:
        assert third is not None


def test_who_did_not_get_it_releases_nothing() -> None:
    with lease.acquire("work"):
        with lease.acquire("work") as second:
            assert second is None
        assert lease.is_held("work")


def test_other_names_are_other_leases() -> None:
    with lease.acquire("work") as one, lease.acquire("other work") as other:
        assert one is not None
        assert other is not None


def test_of_many_at_once_one_gets_it(at_once: Callable[..., list[Any]]) -> None:
    everybody_tried = threading.Barrier(6)

    def attempt() -> bool:
        with lease.acquire("work") as held:
            everybody_tried.wait(timeout=60)
            return held is not None

    assert sorted(at_once(*[attempt] * 6)) == [False] * 5 + [True]


def test_it_expires_by_the_clock_of_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "TTL_SECONDS", 0.1)
    with lease.acquire("work") as first:
        assert first is not None
        monkeypatch.setattr(time, "time", lambda: 0.0)  # this machine's clock is of no account
        assert eventually(lambda: not lease.is_held("work"))
        with lease.acquire("work") as second:
            assert second is not None


def test_it_is_released_when_the_work_fails() -> None:
    with pytest.raises(ZeroDivisionError), lease.acquire("work"):
        _ = 1 / 0
    assert not lease.is_held("work")


def test_a_beat_keeps_it_alive(quick: None) -> None:
    with lease.acquire("work") as held:
        assert held is not None
        first = Lease.objects.get().expires
        assert eventually(lambda: Lease.objects.filter(expires__gt=first))
        assert not held.lost.is_set()


def test_a_beat_survives_a_broken_connection(quick: None) -> None:
    """The server ends every other session; the next beat has to open a new one."""
    with lease.acquire("work") as held:
        assert held is not None
        first = Lease.objects.get().expires
        assert eventually(lambda: Lease.objects.filter(expires__gt=first))  # the beat has its connection
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            assert cursor.fetchone()[0] >= 1
        before = Lease.objects.get().expires
        assert eventually(lambda: Lease.objects.filter(expires__gt=before))
        assert not held.lost.is_set()


@pytest.mark.parametrize("how", ["expired", "taken", "gone"])
def test_a_lost_lease_is_noticed_at_the_next_beat(quick: None, how: str) -> None:
    with ExitStack() as others, lease.acquire("work") as held:
        assert held is not None
        if how == "gone":
            Lease.objects.all().delete()
        else:
            let_expire()
        if how == "taken":
            assert others.enter_context(lease.acquire("work")) is not None
        assert held.lost.wait(timeout=60)
        with transaction.atomic():
            assert not held.confirm()


def test_who_lost_it_does_not_take_it_from_the_next(quick: None) -> None:
    with ExitStack() as others:
        with lease.acquire("work"):
            let_expire()
            second = others.enter_context(lease.acquire("work"))
            assert second is not None
        assert lease.is_held("work")
        with transaction.atomic():
            assert second.confirm()


def test_confirm_keeps_others_out_until_the_transaction_ends() -> None:
    """Between the last look at the lease and the commit nobody else can begin."""
    taken_at: list[float] = []

    def take() -> None:
        with lease.acquire("work") as other:
            if other is not None:
                taken_at.append(time.monotonic())
        connection.close()

    thief = threading.Thread(target=take)
    with lease.acquire("work") as held:
        assert held is not None
        with transaction.atomic():
            assert held.confirm()
            let_expire()  # seen by others when this commits
            thief.start()
            time.sleep(0.5)
            assert not taken_at
            committed_at = time.monotonic()
        thief.join(timeout=60)
        assert len(taken_at) == 1
        assert taken_at[0] >= committed_at


def test_nothing_is_held_that_nobody_took() -> None:
    Lease.objects.create(name="work", holder=None, expires=None)
    assert not lease.is_held("work")
    with lease.acquire("work") as held:
        assert held is not None
