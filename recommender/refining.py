"""What a page of results offers to narrow or to widen it: plain links and one form, as objects for a template."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import urlencode

from recommender import filtering
from recommender.answers import Answer
from recommender.ml.facts.facets import RUNTIME_BANDS
from recommender.ml.facts.filters import Filters
from recommender.ml.names.folding import fold
from recommender.ml.query.understanding import Chip

KINDS = {"movie": "Movies", "show": "Shows"}
_HEADINGS = {"genres": "Genre", "countries": "Country", "languages": "Language", "maturity": "Rating"}
_N_SHOWN = {"genres": 10}  # values of a facet


class Part(NamedTuple):
    """One filter of several: what it is called, the filters without it, and who asked for it."""

    label: str
    others: Filters


@dataclass(frozen=True)
class Removable:
    """A filter that holds, and the address without it."""

    label: str
    address: str


@dataclass(frozen=True)
class Choice:
    """One value of a facet. n: titles found that have it, None if not counted. leave_out: address without them."""

    value: str
    label: str
    n: int | None
    is_on: bool
    address: str = ""
    leave_out: str = ""


@dataclass(frozen=True)
class Group:
    """name: the parameter. Choices of `checkbox` and `radio` are fields of the form, others are links."""

    name: str
    heading: str
    choices: list[Choice]
    control: str = "checkbox"


@dataclass(frozen=True)
class Panel:
    """hidden: (name, value) of what the form carries along and has no field for."""

    fields: list[Group]
    decades: list[Choice]
    runtimes: list[Choice]
    filters: Filters
    hidden: list[tuple[str, str]]


def address(query: str, filters: Filters, *, correct: bool = True, **more: str) -> str:
    """Where a search is answered, from the page of another one."""
    pairs = [("q", query), *filtering.parameters(filters), *([] if correct else [("correct", "0")]), *more.items()]
    return f"?{urlencode([(name, value.encode('utf-8', 'replace')) for name, value in pairs])}"


def parts(filters: Filters) -> list[Part]:
    """The filters one by one, both ends of a range together."""
    found = [Part(KINDS[filters.kind], replace(filters, kind=""))] if filters.kind else []
    for name, label in (
        ("genres", "{}"),
        ("any_genres", "{}"),
        ("without_genres", "Not {}"),
        ("countries", "Country: {}"),
        ("languages", "Language: {}"),
        ("maturity", "Rated {}"),
        ("people", "With {}"),
        ("without_people", "Not {}"),
        ("directors", "Directed by {}"),
    ):
        values = getattr(filters, name)
        found += [Part(label.format(value), _without(filters, name, value)) for value in sorted(values)]
    if years := _range(filters.year_min, filters.year_max, "From {}", "Until {}"):
        found.append(Part(years, replace(filters, year_min=None, year_max=None)))
    if minutes := _range(filters.runtime_min, filters.runtime_max, "At least {} min", "At most {} min", " min"):
        found.append(Part(minutes, replace(filters, runtime_min=None, runtime_max=None)))
    return found


def panel(answer: Answer, *, correct: bool) -> Panel:
    """Everything there is to choose for the results of this answer."""
    filters = answer.filters
    fields = [_kinds(answer)]
    fields += [_values(answer, name, heading, correct=correct) for name, heading in _HEADINGS.items()]
    kept = filtering.as_json(
        Filters(
            any_genres=filters.any_genres,
            people=filters.people,
            without_people=filters.without_people,
            directors=filters.directors,
        )
    )
    hidden = [(name, value) for name, values in kept.items() if isinstance(values, list) for value in values]
    return Panel(
        fields=[group for group in fields if group.choices],
        decades=list(_decades(answer, correct=correct)),
        runtimes=list(_runtimes(answer, correct=correct)),
        filters=filters,
        hidden=[("q", answer.user_query), *hidden, *([] if correct else [("correct", "0")])],
    )


def removable(answer: Answer, *, correct: bool) -> list[Removable]:
    """The filters asked for beside the text, each with the address without it."""
    return [
        Removable(part.label, address(answer.user_query, part.others, correct=correct))
        for part in parts(answer.filters)
    ]


def said(answer: Answer, *, correct: bool) -> list[Removable]:
    """The filters read from the text, each with the address of the text without its words."""
    return [
        Removable(chip.label, address(shorter(answer, chip), answer.filters, correct=correct))
        for chip in answer.understanding.chips
    ]


def shorter(answer: Answer, chip: Chip) -> str:
    """The text, as it was read, without the words of a chip."""
    return answer.understanding.without(answer.text, chip)


def _kinds(answer: Answer) -> Group:
    counted = dict(answer.facets.get("kind", []))
    chosen = answer.filters.kind
    if len(counted) < 2 and not chosen:
        return Group("kind", "Kind", [])
    choices = [Choice("", "All", None, not chosen)]
    choices += [
        Choice(kind, label, counted.get(kind, None if chosen else 0), chosen == kind) for kind, label in KINDS.items()
    ]
    return Group("kind", "Kind", choices, "radio")


def _values(answer: Answer, name: str, heading: str, *, correct: bool) -> Group:
    filters, counted = answer.filters, answer.facets.get(name, [])
    chosen = {fold(value): value for value in getattr(filters, name)}
    shown = {fold(label) for label, _ in counted}
    choices = [Choice(value, value, 0, is_on=True) for folded, value in sorted(chosen.items()) if folded not in shown]
    for label, n in counted[: _N_SHOWN.get(name, 6)]:
        is_on = fold(label) in chosen
        if "," in label or label.startswith(filtering.EXCLUDE) or (n == answer.total and not is_on):
            continue  # could not be asked for, or would change nothing
        leave_out = ""
        if name == "genres" and not is_on:
            without = replace(filters, without_genres=filters.without_genres | {label})
            leave_out = address(answer.user_query, without, correct=correct)
        choices.append(Choice(label, label, n, is_on, leave_out=leave_out))
    if name == "genres":
        refused = sorted(filters.without_genres)
        choices += [Choice(filtering.EXCLUDE + value, f"Not {value}", None, is_on=True) for value in refused]
    return Group(name, heading, choices)


def _decades(answer: Answer, *, correct: bool) -> Iterator[Choice]:
    for label, n in sorted(answer.facets.get("years", []), reverse=True):
        first = int(label.removesuffix("s"))
        yield _span(answer, label, n, {"year_min": first, "year_max": first + 9}, correct=correct)


def _runtimes(answer: Answer, *, correct: bool) -> Iterator[Choice]:
    counted = dict(answer.facets.get("runtime", []))
    for label, (least, most) in RUNTIME_BANDS.items():
        if n := counted.get(label):
            ends = {"runtime_min": least, "runtime_max": most}
            yield _span(answer, label, n, ends, correct=correct)


def _span(answer: Answer, label: str, n: int, ends: dict[str, int | None], *, correct: bool) -> Choice:
    is_on = all(getattr(answer.filters, name) == end for name, end in ends.items())
    filters = replace(answer.filters, **(dict.fromkeys(ends) if is_on else ends))
    return Choice("", label, n, is_on, address(answer.user_query, filters, correct=correct))


def _without(filters: Filters, name: str, value: str) -> Filters:
    return replace(filters, **{name: getattr(filters, name) - {value}})


def _range(low: int | None, high: int | None, at_least: str, at_most: str, unit: str = "") -> str:
    if low is not None and high is not None:
        return f"{low}{unit}" if low == high else f"{low}–{high}{unit}"
    if low is not None:
        return at_least.format(low)
    return "" if high is None else at_most.format(high)


def names(words: Iterable[str]) -> str:
    """ "A", "A and B", "A, B and C"."""
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last
