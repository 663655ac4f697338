"""The learning log, read for training: windows by transaction id. The only reader of it in `training`.

A window is every row with wm_from <= xid < wm_to, where wm_to is at most `pg_snapshot_xmin`: below it
no transaction is still open, so no row can appear later. Ids or times would skip rows that commit
late. Stretches in quarantine are left out of it; `quarantine` decides which.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Count, Model, QuerySet

from catalog.models import Interaction, SearchEvent
from recommender.ml.ranking import Source
from training.ml.labels import AGAINST, GAIN, Choice, Deed, LoggedSearch

LEARNT_FROM = ("html", "api")  # surfaces with a query; home and similar lists are logged, not learnt from
OPINIONS = (*GAIN, *sorted(AGAINST))
DEEDS_PER_SEARCH = 10  # more than people do; what a run reads is bounded in both

Row = TypeVar("Row", bound=Model)
Stretch = tuple[int, int]  # transaction ids: the first that belongs to it, the first that does not


class RestoredLog(RuntimeError):
    """The database's transaction counter is behind the watermark; the message says what to do."""


@dataclass(frozen=True)
class WindowBounds:
    """Which rows a run reads. skipped: stretches in quarantine, sorted and disjoint, not only of this
    window: a late click on a search of theirs is left out as well. added: a stretch before wm_from
    that was skipped and has been released since.
    """

    wm_from: int
    wm_to: int
    skipped: tuple[Stretch, ...] = ()
    added: Stretch | None = None

    def skips(self, xid: int) -> bool:
        return any(start <= xid < end for start, end in self.skipped)

    def begin(self) -> int:
        """The first transaction id that is not skipped."""
        begin = self.wm_from
        for start, end in self.skipped:
            if start <= begin:
                begin = max(begin, end)
        return begin


@dataclass(frozen=True)
class Contents:
    """Exactly which rows a window held. digest: sha256 over their sorted ids, searches before deeds."""

    n_searches: int
    n_deeds: int
    digest: str


def horizon() -> int:
    """The transaction id below which everything is committed for good."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
        return int(cursor.fetchone()[0])


def window_after(wm_from: int) -> WindowBounds:
    """Everything committed for good since `wm_from`. Raises RestoredLog."""
    if (until := horizon()) < wm_from:
        raise RestoredLog(
            f"the log's transaction counter ({until}) is behind the champion's watermark ({wm_from}): was this"
            " database restored from a dump? Then run: manage.py renumber_log"
        )
    return WindowBounds(wm_from, until)


def cut(bounds: WindowBounds, at_most: int) -> WindowBounds:
    """The oldest part of the window with at most so many searches and DEEDS_PER_SEARCH times as many deeds.

    A transaction is not divided, so one that wrote more stands alone.
    """
    ends = [bounds.wm_to]
    for rows, n_rows in ((_searches_in(bounds), at_most), (_deeds_in(bounds), DEEDS_PER_SEARCH * at_most)):
        first_left_out = rows.order_by("xid").values_list("xid", flat=True)[n_rows : n_rows + 1]
        ends += [max(xid, bounds.wm_from + 1) for xid in first_left_out]
    return replace(bounds, wm_to=min(ends))


def middle(bounds: WindowBounds) -> tuple[int, int]:
    """(transaction id with as many searches that led to an opinion before it as from it on, number of these).

    A search begins at it, so that no search is parted from a click of its own. It is the window's end
    where it cannot be divided.
    """
    chosen = _searches_in(bounds).filter(pk__in=_opinions_in(bounds).values("query_id"))
    xids = list(chosen.order_by("xid").values_list("xid", flat=True))
    later = [xid for xid in xids[len(xids) // 2 :] if xid > bounds.begin()]
    return (later[0] if later else bounds.wm_to), len(xids)


def n_searches(bounds: WindowBounds) -> int:
    """Searches with a query in the window."""
    return _searches_in(bounds).count()


def oldest_opinion_seconds(bounds: WindowBounds) -> float | None:
    """How long the window's oldest opinion has been waiting to be learnt; None if there is none."""
    oldest = _opinions_in(bounds).order_by("created").values_list("created", flat=True).first()
    if oldest is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp() - %s)", [oldest])
        return float(cursor.fetchone()[0])


def read_window(bounds: WindowBounds) -> list[LoggedSearch]:
    """The searches of a window with what followed them, and older searches that got a new click in it.

    An old search teaches only its new deeds: it was counted as shown when its own window was read.
    """
    searches, late, deeds = _rows(bounds)
    return _joined([*searches, *late], deeds, was_learnt={event.pk for event in late})


def contents(bounds: WindowBounds) -> Contents:
    """What `read_window` reads, by id; the same for ever, unless rows are deleted."""
    searches, late, deeds = _rows(bounds, ids_only=True)
    events = sorted(str(event.pk) for event in [*searches, *late])
    digest = hashlib.sha256("\n".join([*events, "", *sorted(str(deed.pk) for deed in deeds)]).encode())
    return Contents(len(events), len(deeds), digest.hexdigest())


def _rows(
    bounds: WindowBounds, *, ids_only: bool = False
) -> tuple[list[SearchEvent], list[SearchEvent], list[Interaction]]:
    """(searches of the window, older ones with a late deed in it, deeds), less what is in quarantine."""
    every_search, every_deed = _searches().order_by(), _deeds().order_by().exclude(query_id=None)
    if ids_only:
        every_search, every_deed = every_search.only("xid"), every_deed.only("query_id")
    searches = list(_within(every_search.filter(surface__in=LEARNT_FROM), bounds))
    deeds = list(_within(every_deed, bounds))
    if bounds.added is not None:
        stretch = replace(bounds, wm_from=bounds.added[0], wm_to=bounds.added[1])
        released = list(_within(every_search.filter(surface__in=LEARNT_FROM), stretch))
        since = replace(bounds, wm_from=bounds.added[1], wm_to=bounds.wm_from)  # while they were in quarantine
        deeds += [
            *_within(every_deed, stretch),
            *_within(every_deed.filter(query_id__in=[event.pk for event in released]), since),
        ]
        searches += released
    asked_before = {deed.query_id for deed in deeds if deed.query_id} - {event.pk for event in searches}
    late = [
        event
        for event in every_search.filter(pk__in=asked_before, surface__in=LEARNT_FROM)
        if event.xid < bounds.wm_from and not bounds.skips(event.xid)
    ]
    known = {event.pk for event in [*searches, *late]}
    return searches, late, [deed for deed in deeds if deed.query_id in known]


def earlier_choices(bounds: WindowBounds, searches: list[LoggedSearch]) -> set[Choice]:
    """What the window's clients chose on the window's days before it: counted once already."""
    if not searches:
        return set()
    first_day = min(search.at for search in searches).replace(hour=0, minute=0, second=0, microsecond=0)
    learnt = replace(bounds, wm_from=0, wm_to=bounds.wm_from)
    before = _within(
        _not_of_pins(
            _deeds().filter(action_name__in=OPINIONS, created__gte=first_day, client_id__in={s.who for s in searches})
        ),
        learnt,
    )
    if bounds.added is not None:  # its choices are read now, whenever they were made
        before = before.exclude(query_id__in=[s.query_id for s in searches if not s.was_learnt])
        before = _without(before, bounds.added)
    return {(str(deed.client_id), deed.title_id, deed.created.date()) for deed in before}


def supporters(bounds: WindowBounds) -> dict[int, int]:
    """Title id → how many clients ever chose it, until the window's end, where no editor had pinned it; robots and
    what is in quarantine apart.
    """
    said = _within(
        _not_of_pins(_deeds().order_by().filter(action_name__in=GAIN, is_robot=False).exclude(query_id=None)),
        replace(bounds, wm_from=0, added=None),
    )
    return dict(said.values_list("title_id").annotate(n=Count("client_id", distinct=True)))


def read_before(bounds: WindowBounds, limit: int) -> list[LoggedSearch]:
    """The newest searches of the windows before this one, for replay; never of a stretch in quarantine."""
    learnt = _searches_in(replace(bounds, wm_from=0, wm_to=bounds.wm_from))
    if bounds.added is not None:
        learnt = _without(learnt, bounds.added)
    newest = list(learnt.order_by("-xid", "-id")[:limit])
    deeds = _deeds().filter(query_id__in=[event.pk for event in newest])
    known = [deed for deed in deeds if deed.xid < bounds.wm_from and not bounds.skips(deed.xid)]
    return _joined(newest, known, was_learnt=frozenset())


def _searches() -> QuerySet[SearchEvent]:
    """Those of people who let the site learn from them."""
    return SearchEvent.objects.filter(may_teach=True)


def _deeds() -> QuerySet[Interaction]:
    """Impressions are no deeds: what was shown is known, and they are many."""
    return Interaction.objects.filter(may_teach=True).exclude(action_name=Interaction.Action.IMPRESSION)


def _not_of_pins(deeds: QuerySet[Interaction]) -> QuerySet[Interaction]:
    """Without what was done to a title where an editor had pinned it: it was not counted, and supports nothing."""
    return deeds.extra(
        where=[
            """NOT EXISTS (
                SELECT FROM catalog_searchevent page
                WHERE page.id = catalog_interaction.query_id
                AND page.source[array_position(page.shown, catalog_interaction.title_id)] & %s > 0
            )"""
        ],
        params=[int(Source.PINNED)],
    )


def _searches_in(bounds: WindowBounds) -> QuerySet[SearchEvent]:
    return _within(_searches().filter(surface__in=LEARNT_FROM), bounds)


def _deeds_in(bounds: WindowBounds) -> QuerySet[Interaction]:
    return _within(_deeds().exclude(query_id=None), bounds)


def _opinions_in(bounds: WindowBounds) -> QuerySet[Interaction]:
    return _deeds_in(bounds).filter(action_name__in=OPINIONS)


def _within(rows: QuerySet[Row], bounds: WindowBounds) -> QuerySet[Row]:
    """Those with wm_from <= xid < wm_to that are not skipped. xid8 has no cast from numbers, hence text."""
    rows = rows.extra(
        where=["xid >= %s::text::xid8", "xid < %s::text::xid8"], params=[str(bounds.wm_from), str(bounds.wm_to)]
    )
    for stretch in bounds.skipped:
        if stretch[0] < bounds.wm_to and stretch[1] > bounds.wm_from:
            rows = _without(rows, stretch)
    return rows


def _without(rows: QuerySet[Row], stretch: Stretch) -> QuerySet[Row]:
    return rows.extra(
        where=["NOT (xid >= %s::text::xid8 AND xid < %s::text::xid8)"], params=[str(stretch[0]), str(stretch[1])]
    )


def _joined(
    events: Iterable[SearchEvent], deeds: Iterable[Interaction], *, was_learnt: Set[UUID]
) -> list[LoggedSearch]:
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
            source=tuple(event.source),
            first_position=event.first_position,
            is_robot=event.is_robot,
            names_title=event.query_class == "title",
            was_learnt=event.pk in was_learnt,
            deeds=tuple(by_query[event.pk]),
        )
        for event in sorted(events, key=lambda e: (e.xid, e.pk))
    ]
