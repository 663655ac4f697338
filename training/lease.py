"""A lease row: the right to train, held by one process, expiring by the database's clock.

A dead holder loses it after TTL seconds without anybody noticing; a slow one that lost it finds
out at its next beat, and its result is refused in the transaction that would have stored it.
"""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import DatabaseError, connection

from training.models import Lease

logger = logging.getLogger(__name__)

TRAINING = "training"  # the one lease there is: only one run at a time
TTL_SECONDS = 30
BEAT_SECONDS = 5
_TABLE = Lease._meta.db_table


@dataclass
class Held:
    """A lease that is ours. `lost` is set when a beat finds that it no longer is."""

    name: str
    holder: uuid.UUID
    lost: threading.Event = field(default_factory=threading.Event)

    def confirm(self) -> bool:
        """Lock the lease row until the transaction ends; False if it is not ours any more."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT 1 FROM {_TABLE} WHERE name = %s AND holder = %s AND expires > clock_timestamp() FOR UPDATE",  # noqa: S608
                [self.name, self.holder],
            )
            return cursor.fetchone() is not None


@contextmanager
def acquire(name: str, holder: uuid.UUID | None = None) -> Iterator[Held | None]:
    """The lease, kept alive by a thread while the block runs; None if somebody else holds it.

    holder: whom it is to name, so that who started this process can free it should the process die.
    """
    held = Held(name, holder or uuid.uuid4())
    if not _take(held):
        yield None
        return
    done = threading.Event()
    beat = threading.Thread(target=_beat, args=(held, done), name=f"lease-{name}", daemon=True)
    beat.start()
    try:
        yield held
    finally:
        done.set()
        beat.join()
        free(held.name, held.holder)


def free(name: str, holder: uuid.UUID) -> None:
    """Give up the lease if that holder has it: at the end, or for a process that is known to be dead."""
    Lease.objects.filter(name=name, holder=holder).update(holder=None, expires=None)


def is_held(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {_TABLE} WHERE name = %s AND expires > clock_timestamp()", [name])  # noqa: S608
        return cursor.fetchone() is not None


def _take(held: Held) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_TABLE} AS lease (name, holder, expires)"  # noqa: S608 - the table's own name
            " VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s))"
            " ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, expires = EXCLUDED.expires"
            " WHERE lease.expires IS NULL OR lease.expires <= clock_timestamp()",
            [held.name, held.holder, TTL_SECONDS],
        )
        return bool(cursor.rowcount)


def _renew(held: Held) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {_TABLE} SET expires = clock_timestamp() + make_interval(secs => %s)"  # noqa: S608
            " WHERE name = %s AND holder = %s AND expires > clock_timestamp()",
            [TTL_SECONDS, held.name, held.holder],
        )
        return bool(cursor.rowcount)


def _beat(held: Held, done: threading.Event) -> None:
    """Runs in a thread with a connection of its own, so a long fit cannot let the lease run out."""
    try:
        while not done.wait(BEAT_SECONDS):
            try:
                if not _renew(held):
                    held.lost.set()
                    return
            except DatabaseError as error:
                logger.warning("the lease %s could not be renewed: %s", held.name, error)
                connection.close()  # a broken connection stays broken; the next beat opens a new one
    finally:
        connection.close()
