"""How the site does, as a whole and day by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from catalog.analytics.shares import Share
from catalog.analytics.window import CHOSEN, FIRST, PERSON, Window, rows

REFINED_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True)
class Day:
    """One day of UTC; of the first and last only what is in the window.

    people: different ones that day. clicked: searches with a click. without_results: searches that showed nothing.
    """

    day: date
    searches: int
    people: int
    clicked: Share
    without_results: Share


@dataclass(frozen=True)
class Overview:
    """All of a window.

    searches: questions asked, whatever number of pages was looked at.
    people: different accounts and browsers; those who switched learning off, and programs that do not say for whom
        they ask, are counted among the searches and not here.
    clicked: searches that led to a click on any of their pages: the click-through rate.
    without_results: searches that showed nothing.
    without_click: searches that showed something of which nothing was clicked.
    refined: searches after which the same person asked something else within five minutes, of all searches of
        known people.
    mean_first_click_position: of the searches that were clicked, the mean place (1 is the top) of what was clicked
        first; None where nothing was clicked.
    latency_ms_p50, latency_ms_p95: milliseconds until the first page was ready, interpolated; None without searches.
    days: every day that the window touches, the oldest first.
    """

    window: Window
    searches: int
    people: int
    clicked: Share
    without_results: Share
    without_click: Share
    refined: Share
    mean_first_click_position: float | None
    latency_ms_p50: float | None
    latency_ms_p95: float | None
    days: Sequence[Day]


def overview(window: Window) -> Overview:
    """Two statements."""
    found = {row["day"]: row for row in rows(_DAYS, window, within=REFINED_WITHIN)}
    total = {name: sum(row[name] for row in found.values()) for name in _COUNTS}
    (latency,) = rows(_LATENCY, window)
    p50, p95 = latency["quantiles"] or (None, None)
    n = total["searches"]
    return Overview(
        window=window,
        searches=n,
        people=total["new_people"],
        clicked=Share.of(total["clicked"], n),
        without_results=Share.of(total["without_results"], n),
        without_click=Share.of(n - total["without_results"] - total["clicked"], n),
        refined=Share.of(total["refined"], total["of_known"]),
        mean_first_click_position=total["places"] / total["clicked"] if total["clicked"] else None,
        latency_ms_p50=p50,
        latency_ms_p95=p95,
        days=[_day(day, found.get(day, _NOTHING)) for day in _days_of(window)],
    )


def _day(day: date, row: dict[str, Any]) -> Day:
    n = row["searches"]
    return Day(day, n, row["people"], Share.of(row["clicked"], n), Share.of(row["without_results"], n))


def _days_of(window: Window) -> list[date]:
    first = window.since.astimezone(UTC).date()
    last = (window.until.astimezone(UTC) - timedelta(microseconds=1)).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


_COUNTS = ("searches", "new_people", "of_known", "clicked", "without_results", "refined", "places")
_NOTHING = dict.fromkeys((*_COUNTS, "people"), 0)

# One walk over everybody's searches in their order: a person is new where nothing of theirs comes before, and seen
# that day where the search before was on another. Counting distinct people would sort all of them twice again.
# OFFSET 0: else what was shown is sorted along, and compared with nothing only afterwards.
_DAYS = f"""
WITH asked AS (
    SELECT page.search_id, (page.created AT TIME ZONE 'UTC')::date AS day, page.created, {PERSON} AS person,
           page.shown = '{{}}' AS is_empty, hashtext(page.normalised_text) AS text
    FROM catalog_searchevent page WHERE {FIRST} OFFSET 0
), walked AS (
    SELECT search_id, day, is_empty, person IS NOT NULL AS is_known, lag(day) OVER person AS day_before,
           text <> lead(text) OVER person AND lead(created) OVER person - created <= %(within)s AS is_refined
    FROM asked WINDOW person AS (PARTITION BY person ORDER BY created, search_id)
), {CHOSEN}
SELECT day, count(*) AS searches,
       count(*) FILTER (WHERE is_known AND day_before IS DISTINCT FROM day) AS people,
       count(*) FILTER (WHERE is_known AND day_before IS NULL) AS new_people,
       count(*) FILTER (WHERE is_known) AS of_known,
       count(*) FILTER (WHERE is_known AND is_refined) AS refined,
       count(*) FILTER (WHERE is_empty AND chosen.search_id IS NULL) AS without_results,
       count(chosen.search_id) AS clicked,
       coalesce(sum(chosen.place), 0)::bigint AS places
FROM walked LEFT JOIN chosen USING (search_id)
GROUP BY day
"""  # noqa: S608 - put together from constants

_LATENCY = f"""
SELECT percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY page.latency_ms) AS quantiles
FROM catalog_searchevent page WHERE {FIRST}
"""  # noqa: S608 - put together from constants
