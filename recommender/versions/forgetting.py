"""What becomes of versions that learnt from somebody who is to be forgotten.

Their log is gone; what a version drew from it is not. So each such version is marked as tainted, training makes a
clean one from the log that is left (docs/decisions/0017), and until that serves, texts that only they searched for
are left out of what is served. The only writer of Forgetting; training sees the mark by itself.
"""

from datetime import datetime

import numpy as np
from django.db import connection
from django.db.models import Q
from django.utils.crypto import salted_hmac

from catalog.event_log import Erased
from recommender.ml.memory import ClickMemory
from recommender.models import Checkpoint, Forgetting
from recommender.versions import registry

REASON = "somebody whose searches it had learnt from has asked to be forgotten"


def record(erased: Erased, first_chosen: datetime | None) -> bool:
    """Taint what learnt from them; whether they had taught. Within the transaction that erases what was theirs.

    first_chosen: when they first chose a title for themselves: versions made since may know what was chosen after
    what. The lock is the one under which versions are registered: a run that read their rows either stored its
    version before, and it is tainted now, or it will find this row.
    """
    if erased.first_taught is None and first_chosen is None:
        return False
    registry.lock()
    registry.taint(erased.first_taught, first_chosen, reason=REASON)
    Forgetting.objects.create(
        first_xid=erased.first_taught, first_chosen=first_chosen, digests=sorted(map(_digest, erased.texts))
    )
    return True


def newest() -> int:
    """Number of the last forgetting, 0 before the first. One indexed query."""
    return Forgetting.objects.values_list("pk", flat=True).first() or 0


def concerns(wm_to: int, *, since: int) -> bool:
    """Was somebody forgotten after the forgetting `since` of whom a version may know that reads up to `wm_to`?"""
    may_know = Q(first_xid__lt=wm_to) | Q(first_chosen__isnull=False)
    return Forgetting.objects.filter(may_know, pk__gt=since).exists()


def settle() -> None:
    """Once a clean version serves, nobody needs the digests of what tainted ones remember. Called as a run ends, so
    that none is at work that has read the rows of somebody who left meanwhile.
    """
    if not Checkpoint.objects.filter(status=Checkpoint.Status.CHAMPION).exclude(tainted=None).exists():
        Forgetting.objects.exclude(digests=[]).update(digests=[])


def without_forgotten(memory: ClickMemory) -> ClickMemory:
    """The memory less the texts that only people searched for who are forgotten; itself where there are none."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT unnest(digests) FROM {Forgetting._meta.db_table}")  # noqa: S608
        gone = {digest for (digest,) in cursor.fetchall()}
    if not gone:
        return memory
    return memory.only(np.array([_digest(text) not in gone for text in memory.queries], np.bool_))


def _digest(text: str) -> str:
    return salted_hmac("marquee.forgotten", text).hexdigest()
