"""After a dump was restored: the log's transaction ids belong to another cluster's counter.

Rows keep their order of learnt and not yet learnt; the numbers are given anew.
"""

from django.db import connection, transaction

from catalog.models import Interaction, SearchEvent
from recommender import registry
from recommender.models import Checkpoint


class NotNeeded(RuntimeError):
    """The counter is not behind: renumbering would only blur which window a version learnt from."""


def renumber_log() -> tuple[int, int]:
    """(rows learnt, rows not yet learnt), in one transaction. Raises NotNeeded.

    What the champion learnt gets transaction id 1, the rest this transaction's own, H. Every
    watermark becomes H, so that windows still chain and the next run starts with the rest; the old
    bounds stay in each version's `window`.
    """
    champion = registry.champion()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (here,) = cursor.fetchone()
        watermark = champion.wm_to if champion else 0
        if watermark <= here:
            raise NotNeeded(f"the counter ({here}) is past the watermark ({watermark})")
        learnt = rest = 0
        for model in (SearchEvent, Interaction):
            table = model._meta.db_table
            cursor.execute(f"UPDATE {table} SET xid = '1' WHERE xid < %s::text::xid8", [str(watermark)])  # noqa: S608
            learnt += cursor.rowcount
            cursor.execute(
                f"UPDATE {table} SET xid = %s::text::xid8 WHERE xid >= %s::text::xid8",  # noqa: S608
                [str(here), str(watermark)],
            )
            rest += cursor.rowcount
        for checkpoint in Checkpoint.objects.all():
            bounds = {"before_restore": [checkpoint.wm_from, checkpoint.wm_to]}
            Checkpoint.objects.filter(pk=checkpoint.pk).update(
                wm_from=here, wm_to=here, window={**checkpoint.window, **bounds}
            )
    return learnt, rest
