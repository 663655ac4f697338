"""The time that is looked at, and the SQL that all of these figures share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from catalog.event_log import SEARCHES

USUAL, LONGEST = timedelta(days=7), timedelta(days=90)


@dataclass(frozen=True)
class Window:
    """since <= time of the first page < until, by the server's clock."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, since: datetime | None = None, until: datetime | None = None) -> "Window":
        """Until now, and seven days long, where nothing else is said.

        Raises ValueError in words: times without a zone, an end that is not after the start, more than 90 days.
        """
        if any(time is not None and time.tzinfo is None for time in (since, until)):
            raise ValueError("A time needs its zone, such as 2026-01-31T00:00:00Z.")
        until = until or timezone.now()
        try:
            since = since or until - USUAL
        except OverflowError as error:
            raise ValueError("There is no week before “until”.") from error
        if since >= until:
            raise ValueError("“until” must be later than “since”.")
        if until - since > LONGEST:
            raise ValueError(f"At most {LONGEST.days} days can be looked at together.")
        return cls(since, until)


def rows(sql: str, window: Window, **parameters: Any) -> list[dict[str, Any]]:
    """One statement. `%(since)s`, `%(until)s` and `%(surfaces)s` are there for it.

    Planned for a few large sorts: with Postgres' own 4 MB they go to disk, and compiling takes longer than the query.
    """
    given: Mapping[str, Any] = {
        "since": window.since,
        "until": window.until,
        "surfaces": list(SEARCHES),
        **parameters,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)")
        cursor.execute(sql, given)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


# Of `page`, a row of catalog_searchevent: somebody's question, in the window.
ASKED = """
page.surface = ANY (%(surfaces)s) AND NOT page.is_robot AND page.created >= %(since)s AND page.created < %(until)s
"""
# Every search has one first page, so that counting these counts searches.
FIRST = f"page.first_position = 1 AND {ASKED}"

# Who asked, as one uuid: an account whatever browser it was in, else the browser. Null where nobody said.
PERSON = "coalesce(('00000000-0000-0000-0000-' || lpad(page.user_id::text, 12, '0'))::uuid, page.client_id)"

# search_id, place: every search that led to a click, and where the first one was. A click counts where the page
# showed that title; its place is the page's, whatever the client said.
CHOSEN = f"""
chosen AS (
    SELECT DISTINCT ON (page.search_id) page.search_id,
           page.first_position + array_position(page.shown, deed.title_id) - 1 AS place
    FROM catalog_interaction deed JOIN catalog_searchevent page ON page.id = deed.query_id
    WHERE deed.action_name = 'click' AND NOT deed.is_robot AND deed.title_id = ANY (page.shown) AND {ASKED}
    ORDER BY page.search_id, deed.created, deed.id
)
"""  # noqa: S608 - put together from constants
