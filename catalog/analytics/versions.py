"""How each version of the model did while it answered."""

from dataclasses import dataclass
from datetime import datetime

from catalog.analytics.shares import Share
from catalog.analytics.window import CHOSEN, FIRST, Window, rows


@dataclass(frozen=True)
class VersionCount:
    """searches: whose first page this version answered. clicked: of these. first_served, last_served: within the
    window. Versions answer one after another, to other people asking other things: a difference between two is no
    proof that one is better.
    """

    version: int
    searches: int
    clicked: Share
    first_served: datetime
    last_served: datetime


def by_version(window: Window) -> list[VersionCount]:
    """The newest version first. One statement."""
    return [
        VersionCount(row["version"], row["n"], Share.of(row["clicked"], row["n"]), row["first"], row["last"])
        for row in rows(_VERSIONS, window)
    ]


_VERSIONS = f"""
WITH {CHOSEN}
SELECT page.model_version AS version, count(*) AS n, count(chosen.search_id) AS clicked,
       min(page.created) AS first, max(page.created) AS last
FROM catalog_searchevent page LEFT JOIN chosen USING (search_id)
WHERE {FIRST}
GROUP BY page.model_version ORDER BY page.model_version DESC
"""  # noqa: S608 - put together from constants
