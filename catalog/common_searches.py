"""Searches that led many people to a title: what may be offered to others. It only reads the log."""

from datetime import timedelta
from typing import Any

from django.db import connection

from catalog.event_log import SEARCHES

RECENT_SEARCHES = 50_000
KNOWN_FOR = timedelta(days=1)  # between a client's first visit and a search that counts for others


def popular_queries(min_clients: int, limit: int) -> list[tuple[str, int]]:
    """(folded text, number of clients) of what led at least `min_clients` to a click, the most first.

    A text that fewer people searched for may say who they are, so it is nobody else's to read. Who counts, and
    which texts: `_LED`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_POPULAR, {**_led(), "min_clients": min_clients, "limit": limit})
        return list(cursor.fetchall())


def texts_that_led(min_clients: int) -> list[tuple[int, str]]:
    """(title id, folded text) of what led at least `min_clients` to a click on that title, the most first of each."""
    with connection.cursor() as cursor:
        cursor.execute(_LED_TO_TITLES, {**_led(), "min_clients": min_clients})
        return list(cursor.fetchall())


def _led() -> dict[str, Any]:
    return {"surfaces": list(SEARCHES), "recent": RECENT_SEARCHES, "age": KNOWN_FOR, "address": _ADDRESS}


# What can be read as a way to somewhere or somebody: it could be planted to be read by others.
_ADDRESS = r"(http|www[.]|@|[[:alnum:]]{2}[.][[:alpha:]]{2}|([0-9][^0-9]*){7})"

# Searches that led somebody to a click. Of the last RECENT_SEARCHES only: the cost is not to grow with the log.
# Corrected texts are left out: they are misspelt. A client counts from the second day on: ids are free for whoever
# sends them, but those that are made up at once are all of one day.
_LED = """
FROM (
    SELECT id, client_id, created, raw_text, normalised_text FROM catalog_searchevent
    WHERE surface = ANY(%(surfaces)s) AND NOT is_robot AND may_teach AND corrected_text = '' AND normalised_text <> ''
    ORDER BY id DESC LIMIT %(recent)s
) search
JOIN catalog_interaction click
  ON click.query_id = search.id AND click.client_id = search.client_id
 AND click.action_name = 'click' AND NOT click.is_robot
WHERE EXISTS (
    SELECT FROM catalog_searchevent earlier
    WHERE earlier.client_id = search.client_id AND earlier.created <= search.created - %(age)s
)
AND normalize(search.raw_text, NFKC) !~* %(address)s AND search.normalised_text !~* %(address)s
"""
_POPULAR = f"""
SELECT search.normalised_text, count(DISTINCT click.client_id) AS clients
{_LED}
GROUP BY search.normalised_text
HAVING count(DISTINCT click.client_id) >= %(min_clients)s
ORDER BY clients DESC, search.normalised_text
LIMIT %(limit)s
"""
_LED_TO_TITLES = f"""
SELECT click.title_id, search.normalised_text
{_LED}
GROUP BY click.title_id, search.normalised_text
HAVING count(DISTINCT click.client_id) >= %(min_clients)s
ORDER BY count(DISTINCT click.client_id) DESC, search.normalised_text
"""
