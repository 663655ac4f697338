"""Which titles are shown, clicked, liked and refused."""

from dataclasses import dataclass
from typing import Any, Literal

from catalog.analytics.shares import Share
from catalog.analytics.window import ASKED, Window, rows

Order = Literal["clicks", "impressions", "likes", "refusals"]


@dataclass(frozen=True)
class TitleCount:
    """impressions: pages of results that showed it, at any place; a search shows a title on one page, unless the
        page is loaded again. Shown is not seen: a low place is looked at less.
    clicked: of these, pages on which it was clicked: `clicked.n` clicks, `clicked.value` the click-through rate.
    likes, refusals: how often it was liked, and said to be disliked or not for them, wherever on the site, by the
        time at which it was said; what was taken back later is counted too.
    """

    item_id: str
    name: str
    year: int | None
    impressions: int
    clicked: Share
    likes: int
    refusals: int


def top_titles(window: Window, *, order: Order = "clicks", limit: int = 50) -> list[TitleCount]:
    """The most first; equals by impressions, then the older row of the catalogue first. One statement.

    Raises ValueError for another order.
    """
    if order not in _ORDERS:
        raise ValueError(f"“order” must be one of {', '.join(_ORDERS)}.")
    return [_title(row) for row in rows(_TITLES.format(order=order), window, limit=limit)]


def _title(row: dict[str, Any]) -> TitleCount:
    return TitleCount(
        row["item_id"],
        row["name"],
        row["year"],
        row["impressions"],
        Share.of(row["clicks"], row["impressions"]),
        row["likes"],
        row["refusals"],
    )


_ORDERS = ("clicks", "impressions", "likes", "refusals")
_TITLES = f"""
WITH shown AS (
    SELECT title_id, count(*) AS impressions
    FROM (SELECT unnest(page.shown) AS title_id FROM catalog_searchevent page WHERE {ASKED}) place
    GROUP BY title_id
), clicked AS (
    SELECT deed.title_id, count(DISTINCT page.id) AS clicks
    FROM catalog_interaction deed JOIN catalog_searchevent page ON page.id = deed.query_id
    WHERE deed.action_name = 'click' AND NOT deed.is_robot AND deed.title_id = ANY (page.shown) AND {ASKED}
    GROUP BY deed.title_id
), judged AS (
    SELECT title_id, count(*) FILTER (WHERE action_name = 'like') AS likes,
           count(*) FILTER (WHERE action_name <> 'like') AS refusals
    FROM catalog_interaction
    WHERE action_name IN ('like', 'dislike', 'not_for_me') AND NOT is_robot
      AND created >= %(since)s AND created < %(until)s
    GROUP BY title_id
), counted AS (
    SELECT title_id, coalesce(impressions, 0) AS impressions, coalesce(clicks, 0) AS clicks,
           coalesce(likes, 0) AS likes, coalesce(refusals, 0) AS refusals
    FROM shown FULL JOIN clicked USING (title_id) FULL JOIN judged USING (title_id)
)
SELECT title.external_id AS item_id, title.name, title.year, impressions, clicks, likes, refusals
FROM counted JOIN catalog_title title ON title.id = counted.title_id
ORDER BY {{order}} DESC, impressions DESC, title.id LIMIT %(limit)s
"""  # noqa: S608 - put together from constants
