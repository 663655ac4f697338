"""What is asked: most of all, in vain, and without anybody liking the look of an answer.

A text that one person typed can say who they are, so none is shown that fewer than `min_people` typed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.analytics.shares import Share
from catalog.analytics.window import CHOSEN, FIRST, PERSON, Window, rows

MIN_PEOPLE = 5


@dataclass(frozen=True)
class QueryCount:
    """A text, and the searches for it that the list is of.

    text: folded and with slips corrected, as it was read. people: different accounts and browsers that asked it.
    clicked: searches that led to a click, of these. last_asked: the newest.
    """

    text: str
    searches: int
    people: int
    clicked: Share
    last_asked: datetime


def top_queries(window: Window, *, limit: int = 50, min_people: int = MIN_PEOPLE) -> list[QueryCount]:
    """What was searched for most, most first; equals by text. One statement, as all of these."""
    return _counted(_TOP, window, limit, min_people)


def queries_without_results(window: Window, *, limit: int = 50, min_people: int = MIN_PEOPLE) -> list[QueryCount]:
    """Searches that showed nothing, by text; only these are counted, also for `min_people`."""
    return _counted(_EMPTY, window, limit, min_people)


def queries_without_click(window: Window, *, limit: int = 50, min_people: int = MIN_PEOPLE) -> list[QueryCount]:
    """Texts of which some search showed something and none led to a click; only searches that showed something are
    counted.
    """
    return _counted(_UNCLICKED, window, limit, min_people)


def _counted(sql: str, window: Window, limit: int, min_people: int) -> list[QueryCount]:
    """Raises ValueError for a min_people below 1: what nobody known asked is nobody's to read."""
    if min_people < 1:
        raise ValueError("“min_people” must be at least 1.")
    return [_query(row) for row in rows(sql, window, limit=limit, min_people=min_people)]


def _query(row: dict[str, Any]) -> QueryCount:
    clicked = Share.of(row["clicked"], row["searches"])
    return QueryCount(row["text"], row["searches"], row["people"], clicked, row["last_asked"])


def _by_text(only: str = "true", having: str = "true") -> str:
    return f"""
    WITH {CHOSEN}
    SELECT page.normalised_text AS text, count(*) AS searches, count(DISTINCT {PERSON}) AS people,
           count(chosen.search_id) AS clicked, max(page.created) AS last_asked
    FROM catalog_searchevent page LEFT JOIN chosen USING (search_id)
    WHERE {FIRST} AND page.normalised_text <> '' AND {only}
    GROUP BY page.normalised_text HAVING count(DISTINCT {PERSON}) >= %(min_people)s AND {having}
    ORDER BY searches DESC, text LIMIT %(limit)s
    """  # noqa: S608 - put together from constants


_TOP = _by_text()
_EMPTY = _by_text("page.shown = '{}'")
_UNCLICKED = _by_text("page.shown <> '{}'", "count(chosen.search_id) = 0")
