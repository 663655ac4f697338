"""Titles as rows for lists: kept in memory, and each held against its row's version whenever it is shown.

Building the same twenty model instances anew was a third of the processor time of a search. The row's version is
exact: what was edited or withdrawn a moment ago shows so at once. Those that are not at hand come by one statement
that is written once: to compile the same two queries for each search took longer than the database to answer them.
"""

from collections import OrderedDict
from collections.abc import Collection
from threading import Lock
from typing import Any

from django.db import connection

from catalog.models import Genre, Title
from recommender import serving
from recommender.ml.index import CatalogIndex

KEPT = 8_000  # titles, 3 kB each
_VERSIONS = f"""
SELECT id, xmin::text || ctid::text FROM {Title._meta.db_table} WHERE id = ANY(%s) AND is_published
"""  # noqa: S608 - the table's own name
_COLUMNS = [field for field in Title._meta.concrete_fields if field.name != "plot"]
_ROWS = f"""
SELECT {", ".join(f"title.{field.column}" for field in _COLUMNS)},
    ARRAY(SELECT genre_id FROM {Title.genres.through._meta.db_table} WHERE title_id = title.id)
FROM {Title._meta.db_table} title WHERE id = ANY(%s) AND is_published
"""  # noqa: S608 - the tables' own names
_kept: OrderedDict[int, tuple[str, Title]] = OrderedDict()
_lock = Lock()
_genres: dict[int, Genre] = {}
_index: CatalogIndex | None = None  # that served when they were read: names of genres have no version of their own


def published(ids: Collection[int]) -> dict[int, Title]:
    """Titles with their genres, by id, without those that are withdrawn. To be read only: others read them too.

    One query; one more for those that are not at hand or have changed. Raises serving.NotReady.
    """
    global _index, _genres
    if not ids:
        return {}
    with _lock:
        if _index is not (index := serving.current().index):
            _kept.clear()
            _genres = {}
            _index = index
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [list(ids)])
        versions: dict[int, str] = dict(cursor.fetchall())
    found: dict[int, Title] = {}
    with _lock:
        for title_id, version in versions.items():
            kept = _kept.get(title_id)
            if kept is not None and kept[0] == version:
                found[title_id] = kept[1]
                _kept.move_to_end(title_id)
    if missing := versions.keys() - found.keys():
        fresh = _read(missing)
        with _lock:
            for title_id, title in fresh.items():
                _kept[title_id] = versions[title_id], title
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        found |= fresh
    return found


def _read(ids: Collection[int]) -> dict[int, Title]:
    global _genres
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [list(ids)])
        rows = cursor.fetchall()
    genres = _genres
    if not genres.keys() >= {genre_id for row in rows for genre_id in row[-1]}:
        genres = _genres = {genre.pk: genre for genre in Genre.objects.order_by("name")}
    titles = (_title(values, [genre for pk, genre in genres.items() if pk in ids]) for *values, ids in rows)
    return {title.pk: title for title in titles}


def _title(values: list[Any], genres: list[Genre]) -> Title:
    title = Title.from_db(connection.alias, [field.attname for field in _COLUMNS], values)
    found = Genre.objects.none()
    found._result_cache = genres
    setattr(title, "_prefetched_objects_cache", {"genres": found})  # noqa: B010 - as prefetch_related() leaves it
    return title
