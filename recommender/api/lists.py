"""Lists that staff page through, the newest first."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from recommender.api.cursors import opened, sealed
from recommender.api.fields import Digits, PlaceField
from recommender.api.serializers import StrictSerializer

MAX_LIMIT, LIMIT = 100, 20
Row = TypeVar("Row", bound=Model)


class ListQuery(StrictSerializer):
    limit = Digits(min_value=1, max_value=MAX_LIMIT, default=LIMIT)
    cursor = PlaceField()


def page(
    rows: QuerySet[Row], asked: dict[str, Any], of: list[Any], *, key: str = "pk"
) -> tuple[list[Row], str | None]:
    """A page and the cursor of the next one, None on the last. One query.

    asked: as `ListQuery` reads it. of: see `cursors.sealed`. key: a unique column that grows with every new row.
    """
    after, limit = opened(asked.get("cursor"), of), asked["limit"]
    rows = rows.order_by(f"-{key}")
    if after is not None:
        rows = rows.filter(**{f"{key}__lt": after[0]})
    found = list(rows[: limit + 1])
    last = [_plain(getattr(found[limit - 1], key))] if len(found) > limit else None
    return found[:limit], sealed(of, last)


def _plain(value: Any) -> int | str:
    return value if isinstance(value, int) else str(value)
