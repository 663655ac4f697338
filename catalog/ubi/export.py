"""The log as lines of JSON, read a page at a time.

No cursor of the database is held open while somebody downloads slowly: an open transaction would keep
`pg_snapshot_xmin` where it is, and with it the window that training reads. So every page is a statement of its own
that begins behind the last row of the one before. Only rows below `pg_snapshot_xmin` are read, so that none can
appear before a position later (docs/decisions/0003-window-by-transaction-id.md).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db import connection

from catalog.ubi.documents import Document, event_document, query_document
from catalog.ubi.selection import BadPosition, Kind, Position, Selection

PAGE_SIZE = 500  # rows in memory at a time; of queries each names up to 100 titles


def query_lines(selection: Selection, page_size: int = PAGE_SIZE) -> Iterator[bytes]:
    """`ubi_queries`: NDJSON in UTF-8, some whole lines at a time. One statement for each page.

    Raises BadPosition at once where `after` is a position of the other export.
    """
    return _lines(_QUERIES, query_document, selection, _begin("queries", selection), page_size)


def event_lines(selection: Selection, page_size: int = PAGE_SIZE) -> Iterator[bytes]:
    """`ubi_events`, likewise."""
    return _lines(_EVENTS, event_document, selection, _begin("events", selection), page_size)


def _begin(kind: Kind, selection: Selection) -> Position:
    after = selection.after or Position.start(kind)
    if after.kind != kind:
        raise BadPosition(f"This cursor goes on with {after.kind}, not with {kind}.")
    return after


def _lines(
    sql: str,
    document: Callable[[Mapping[str, Any]], Document],
    selection: Selection,
    after: Position,
    page_size: int,
) -> Iterator[bytes]:
    n_left = selection.limit
    while n_left is None or n_left > 0:
        n_rows = page_size if n_left is None else min(page_size, n_left)
        rows = _rows(sql, {**selection.parameters, "xid": str(after.xid), "id": after.row_id, "n_rows": n_rows})
        if rows:
            yield b"".join(_line(document(row)) for row in rows)
        if len(rows) < n_rows:
            return
        after = after._replace(xid=int(rows[-1]["xid"]), row_id=rows[-1]["id"])
        n_left = None if n_left is None else n_left - n_rows


def _rows(sql: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _line(document: Document) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


_PAGE = """
    WHERE (xid, id) > (%(xid)s::xid8, %(id)s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
      AND created >= %(since)s::timestamptz AND created < %(until)s::timestamptz
      AND (%(with_robots)s OR NOT is_robot)
    ORDER BY xid, id LIMIT %(n_rows)s
"""

# A title that the catalogue no longer has leaves its place: `~` begins no item_id.
_QUERIES = f"""
WITH page AS MATERIALIZED (SELECT * FROM catalog_searchevent {_PAGE})
SELECT page.*, ARRAY(
    SELECT coalesce(title.external_id, '~' || shown.id)
    FROM unnest(page.shown) WITH ORDINALITY shown (id, place) LEFT JOIN catalog_title title ON title.id = shown.id
    ORDER BY shown.place
) AS item_ids
FROM page ORDER BY page.xid, page.id
"""  # noqa: S608 - put together from constants

_EVENTS = f"""
WITH page AS MATERIALIZED (SELECT * FROM catalog_interaction {_PAGE})
SELECT page.*, title.external_id AS item_id, title.kind, search.surface, search.search_id,
       search.first_position + at.place - 1 AS place, search.propensity[at.place] AS propensity,
       search.source[at.place] AS source,
       CASE WHEN at.place IS NOT NULL THEN search.model_version END AS model_version,
       CASE WHEN at.place IS NOT NULL THEN search.variant END AS variant
FROM page
JOIN catalog_title title ON title.id = page.title_id
LEFT JOIN catalog_searchevent search ON search.id = page.query_id
LEFT JOIN LATERAL (SELECT array_position(search.shown, page.title_id) AS place) at ON true
ORDER BY page.xid, page.id
"""  # noqa: S608 - put together from constants
