"""A reading: one thing understood of a query, and where it was said."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from enum import Enum

from recommender.ml.facts.filters import Filters


class Force(Enum):
    """When a reading narrows the search."""

    ALWAYS = "always"  # in any short text
    ALONE = "alone"  # where nothing but filters is said: "horror" does, "zombie horror" does not
    NEVER = "never"  # a hint at best


@dataclass(frozen=True)
class Reading:
    """field, value: of a filter, see `filters_of`. [first, last): the tokens it was read from.

    also: wishes beside its filter, as hints ("sitcom": a show, and a comedy). attached: said
    with "in" or "from", so that it belongs to the word before, and narrows only if that is a filter, too
    ("movies in French", not "lost in Japan"). in_stories: whether it means the same in a long
    description, where "family" or "war" tells of the plot.
    """

    field: str
    value: str
    label: str
    first: int
    last: int
    force: Force = Force.ALWAYS
    also: tuple[tuple[str, str], ...] = ()
    attached: bool = False
    in_stories: bool = True

    @property
    def wish(self) -> tuple[str, str]:
        return self.field, self.value

    def hint(self) -> "Reading":
        return replace(self, force=Force.NEVER)


def spent(first: int, last: int) -> Reading:
    """Words that are said around readings and ask for nothing themselves: the "not" before a list."""
    return Reading("", "", "", first, last)


REFUSED = "refused"  # the field of what no filter keeps away, see `refusals`
_SETS = frozenset(field.name for field in fields(Filters) if field.type == frozenset[str])
_RANGES = {"years": ("year_min", "year_max"), "runtime": ("runtime_min", "runtime_max")}


def filters_of(wishes: Iterable[tuple[str, str]]) -> Filters:
    """The filters that (field, value) pairs ask for together.

    A field of Filters with a value, several joined by "|"; or "years" or "runtime" with a range
    "1990-1999", "-1979", "2010-". Of several ranges the common part counts; where there is none, the first. What is
    REFUSED asks for no filter.
    """
    asked: dict[str, object] = {}
    for field, value in wishes:
        if field == REFUSED:
            continue
        if field in _RANGES:
            asked |= _narrowed(asked, _RANGES[field], value)
        elif field in _SETS:
            before = asked.get(field, frozenset())
            assert isinstance(before, frozenset)
            asked[field] = before | frozenset(value.split("|"))
        else:
            asked.setdefault(field, value)
    return Filters(**asked)  # type: ignore[arg-type]  # the fields are checked by name, above


def _narrowed(asked: dict[str, object], ends: tuple[str, str], value: str) -> dict[str, object]:
    low, high = (int(number) if number else None for number in value.split("-"))
    lows = [number for number in (asked.get(ends[0]), low) if isinstance(number, int)]
    highs = [number for number in (asked.get(ends[1]), high) if isinstance(number, int)]
    if lows and highs and max(lows) > min(highs):
        return {}
    return {ends[0]: max(lows, default=None), ends[1]: min(highs, default=None)}
