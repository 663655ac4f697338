"""The learning log, read for training: windows by transaction id. The only reader of it in `training`.

A window is every row with wm_from <= xid < wm_to, where wm_to is `pg_snapshot_xmin`: below it no
transaction is still open, so no row can appear later. Ids or times would skip rows that commit late.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from catalog.models import Interaction, SearchEvent
from training.ml.labels import AGAINST, GAIN, Choice, Deed, LoggedSearch

LEARNT_FROM = ("html", "api")  # surfaces with a query; home and similar lists are logged, not learnt from


class RestoredLog(RuntimeError):
    """The database's transaction counter is behind the watermark; the message says what to do."""


@dataclass(frozen=True)
class WindowBounds:
    wm_from: int
    wm_to: int


def window_after(wm_from: int) -> WindowBounds:
    """Everything committed for good since `wm_from`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
        (horizon,) = cursor.fetchone()
    if int(horizon) < wm_from:
        raise RestoredLog(
            f"the log's transaction counter ({horizon}) is behind the champion's watermark ({wm_from}): was this"
            " database restored from a dump? Then run: manage.py renumber_log"
        )
    return WindowBounds(wm_from, int(horizon))


def n_new_searches(wm_from: int) -> int:
    """Searches with a query that the champion has not learnt from yet."""
    return _searches_in(WindowBounds(wm_from, 2**63 - 1)).count()


def oldest_opinion_seconds(wm_from: int) -> float | None:
    """How long the oldest opinion since `wm_from` has been waiting to be learnt; None if there is none."""
    table = Interaction._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT extract(epoch FROM clock_timestamp() - min(created)) FROM {table}"  # noqa: S608
            " WHERE xid >= %s::text::xid8 AND query_id IS NOT NULL AND action_name = ANY(%s)",
            [str(wm_from), [*GAIN, *AGAINST]],
        )
        (seconds,) = cursor.fetchone()
    return None if seconds is None else float(seconds)


def read_window(bounds: WindowBounds) -> list[LoggedSearch]:
    """The searches of a window with what followed them, and older searches that got a new click in it.

    An old search teaches only its new deeds: it was counted as shown when its own window was read.
    """
    searches = {event.pk: event for event in _searches_in(bounds)}
    in_window = Interaction.objects.extra(
        where=["xid >= %s::text::xid8", "xid < %s::text::xid8"],
        params=[str(bounds.wm_from), str(bounds.wm_to)],
    )
    deeds = list(in_window.exclude(query_id=None))
    late = {deed.query_id for deed in deeds} - searches.keys()
    searches |= {
        event.pk: event
        for event in SearchEvent.objects.filter(pk__in=late, surface__in=LEARNT_FROM)
        if event.xid < bounds.wm_from
    }
    return _joined(searches.values(), deeds, learnt_to=bounds.wm_from)


def earlier_choices(bounds: WindowBounds, searches: list[LoggedSearch]) -> set[Choice]:
    """What the window's clients chose on the window's days before it: counted once already."""
    if not searches:
        return set()
    first_day = min(search.at for search in searches).replace(hour=0, minute=0, second=0, microsecond=0)
    before = Interaction.objects.filter(
        action_name__in=[*GAIN, *AGAINST], created__gte=first_day, client_id__in={s.who for s in searches}
    ).extra(where=["xid < %s::text::xid8"], params=[str(bounds.wm_from)])
    return {(str(deed.client_id), deed.title_id, deed.created.date()) for deed in before}


def read_before(wm_from: int, limit: int) -> list[LoggedSearch]:
    """The newest searches of older windows, for replay."""
    newest = list(_searches_in(WindowBounds(0, wm_from)).order_by("-xid", "-id")[:limit])
    deeds = Interaction.objects.filter(query_id__in=[event.pk for event in newest])
    return _joined(newest, [deed for deed in deeds if deed.xid < wm_from], learnt_to=0)


def _searches_in(bounds: WindowBounds) -> QuerySet[SearchEvent]:
    return SearchEvent.objects.filter(surface__in=LEARNT_FROM).extra(
        where=["xid >= %s::text::xid8", "xid < %s::text::xid8"],
        params=[str(bounds.wm_from), str(bounds.wm_to)],
    )


def _joined(events: Iterable[SearchEvent], deeds: Iterable[Interaction], *, learnt_to: int) -> list[LoggedSearch]:
    by_query: dict[UUID, list[Deed]] = defaultdict(list)
    for deed in sorted(deeds, key=lambda d: (d.created, d.pk)):
        if deed.query_id is not None:
            who = str(deed.client_id or deed.query_id)
            by_query[deed.query_id].append(
                Deed(deed.action_name, deed.title_id, who, deed.created, deed.value, deed.is_robot)
            )
    return [
        LoggedSearch(
            query_id=str(event.pk),
            text=event.normalised_text,
            who=str(event.client_id or event.pk),
            session=str(event.session_id or event.client_id or event.pk),
            at=event.created,
            shown=tuple(event.shown),
            propensity=tuple(event.propensity),
            first_position=event.first_position,
            is_robot=event.is_robot,
            names_title=event.query_class == "title",
            was_learnt=event.xid < learnt_to,
            deeds=tuple(by_query[event.pk]),
        )
        for event in sorted(events, key=lambda e: (e.xid, e.pk))
    ]
