"""After a dump was restored: the log's transaction ids belong to another cluster's counter.

Rows keep their order of learnt and not yet learnt; the numbers are given anew.
"""

from django.db import connection, transaction

from catalog.models import Interaction, SearchEvent
from recommender.models import Checkpoint
from recommender.versions import registry
from training import quarantine

FIRST_QUARANTINED = 2  # below what a cluster gives out to its users; 1 is what was learnt


class NotNeeded(RuntimeError):
    """The counter is not behind: renumbering would only blur which window a version learnt from."""


def renumber_log() -> tuple[int, int]:
    """(rows learnt, rows not yet learnt), in one transaction. Raises NotNeeded.

    What the champion learnt gets transaction id 1, each stretch in quarantine one of the next, the
    rest this transaction's own, H. Every watermark becomes H, so that windows still chain and the next
    run starts with the rest; the old bounds stay in each version's `window`.
    """
    champion = registry.champion()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (here,) = cursor.fetchone()
        watermark = champion.wm_to if champion else 0
        if watermark <= here:
            raise NotNeeded(f"the counter ({here}) is past the watermark ({watermark})")
        stretches = quarantine.renumber(FIRST_QUARANTINED)
        cases = " ".join("WHEN xid >= %s::text::xid8 AND xid < %s::text::xid8 THEN %s::text::xid8" for _ in stretches)
        values = [str(n) for xid, ends in enumerate(stretches, FIRST_QUARANTINED) for n in (*ends, xid)]
        learnt = rest = 0
        for model in (SearchEvent, Interaction):
            table = model._meta.db_table
            cursor.execute(
                f"UPDATE {table} SET xid = CASE {cases}"  # noqa: S608
                " WHEN xid < %s::text::xid8 THEN '1'::xid8 ELSE %s::text::xid8 END",
                [*values, str(watermark), str(here)],
            )
            cursor.execute(
                f"SELECT count(*) FILTER (WHERE xid = '1'), count(*) FILTER (WHERE xid <> '1') FROM {table}"  # noqa: S608
                " WHERE xid = '1' OR xid = %s::text::xid8",
                [str(here)],
            )
            counts = cursor.fetchone()
            learnt, rest = learnt + counts[0], rest + counts[1]
        for checkpoint in Checkpoint.objects.all():
            bounds = {"before_restore": [checkpoint.wm_from, checkpoint.wm_to]}
            Checkpoint.objects.filter(pk=checkpoint.pk).update(
                wm_from=here, wm_to=here, window={**checkpoint.window, **bounds}
            )
    return learnt, rest
