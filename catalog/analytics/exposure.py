"""How much of the catalogue people get to see, and how unequally."""

from dataclasses import dataclass

from catalog.analytics.shares import Share
from catalog.analytics.window import FIRST, Window, rows

PLACES = 10


@dataclass(frozen=True)
class Exposure:
    """Of the first ten places of every search's first page, counted over the published catalogue.

    impressions: places that a published title stood at.
    coverage: published titles that stood at any, of all published.
    gini: how unequally, in [0, 1): 0 where all are shown alike, near 1 where few have it all. With x_1 <= … <= x_N
        the impressions of every published title, also of those never shown:
        G = 2·Σ i·x_i / (N·Σ x_i) − (N + 1)/N. None where nothing was shown.
    """

    impressions: int
    coverage: Share
    gini: float | None


def exposure(window: Window) -> Exposure:
    """One statement."""
    (row,) = rows(_EXPOSURE, window, places=PLACES)
    n_published, n_shown, impressions = row["n_published"], row["n_shown"], int(row["impressions"])
    coverage = Share.of(n_shown, n_published)
    if impressions == 0:
        return Exposure(0, coverage, None)
    # Those never shown come first in the order and add nothing but their number to every rank.
    ranked = int(row["ranked"]) + (n_published - n_shown) * impressions
    gini = 2 * ranked / (n_published * impressions) - (n_published + 1) / n_published
    return Exposure(impressions, coverage, max(0.0, gini))


_EXPOSURE = f"""
WITH shown AS (
    SELECT title_id, count(*) AS n
    FROM (SELECT unnest(page.shown[1:%(places)s]) AS title_id FROM catalog_searchevent page WHERE {FIRST}) place
    GROUP BY title_id
), ranked AS (
    SELECT shown.n, row_number() OVER (ORDER BY shown.n) AS rank
    FROM shown JOIN catalog_title title ON title.id = shown.title_id AND title.is_published
)
SELECT (SELECT count(*) FROM catalog_title WHERE is_published) AS n_published, count(*) AS n_shown,
       coalesce(sum(n), 0) AS impressions, coalesce(sum(n * rank), 0) AS ranked
FROM ranked
"""  # noqa: S608 - put together from constants
