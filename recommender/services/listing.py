"""The catalogue as a list of facts: filtered, in one order, page by page. Nothing is ranked and nothing logged."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, TruncDate

from catalog.models import Credit, Title
from recommender import serving
from recommender.ml.facts.filters import Filters


@dataclass(frozen=True)
class Sort:
    """key: never null; what has no value comes last. read: the key from JSON."""

    key: Any
    is_descending: bool
    read: Callable[[Any], Any] = lambda key: key


SORTS = {
    "popularity": Sort(Coalesce(F("popularity"), Value(-1.0)), is_descending=True),
    "name": Sort(F("name"), is_descending=False),
    "year": Sort(Coalesce(F("year"), Value(-1)), is_descending=True),
    "newest": Sort(Coalesce("added_on", TruncDate("created")), is_descending=True, read=date.fromisoformat),
}


@dataclass(frozen=True)
class Listed:
    """total: of all pages. last: the place of the last title, None on the last page."""

    titles: list[Title]
    total: int
    last: list[Any] | None


def titles(filters: Filters, sort: str, *, after: list[Any] | None = None, limit: int) -> Listed:
    """Titles that pass the filters, among equals by id. after: the place that the last page ended at.

    At most three queries. Raises serving.NotReady, KeyError for no sort of ours.
    """
    index = serving.current().index
    among = index.facets.mask(filters)
    rows = Title.objects.published()
    if among is None:
        return _page(rows, sort, after, limit, len(index))
    ids = index.title_ids[among].tolist()
    passing = rows.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [ids]))
    return _page(passing, sort, after, limit, len(ids))


def titles_of(person_id: int, role: str, sort: str, *, after: list[Any] | None = None, limit: int) -> Listed:
    """A person's titles, in one role or ("") in any. At most four queries."""
    credits = Credit.objects.filter(title=OuterRef("pk"), person=person_id)
    rows = Title.objects.published().filter(Exists(credits.filter(role=role) if role else credits))
    return _page(rows, sort, after, limit, rows.count())


def _page(rows: Any, sort: str, after: list[Any] | None, limit: int, total: int) -> Listed:
    by = SORTS[sort]
    rows = rows.annotate(key=by.key).order_by(F("key").desc() if by.is_descending else F("key"), "pk")
    if after is not None:
        key, pk = by.read(after[0]), after[1]
        beyond = Q(key__lt=key) if by.is_descending else Q(key__gt=key)
        rows = rows.filter(beyond | Q(key=key, pk__gt=pk))
    places = list(rows.values_list("key", "pk")[: limit + 1])
    page = places[:limit]
    found = Title.objects.prefetch_related("genres").in_bulk([pk for _, pk in page])
    last = None
    if len(places) > limit:
        key, pk = page[-1]
        last = [key.isoformat() if isinstance(key, date) else key, pk]
    return Listed([found[pk] for _, pk in page if pk in found], total, last)
