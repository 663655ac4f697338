"""What a page of results offers to narrow or to widen it: plain links and one form, as objects for a template."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import urlencode
from zlib import crc32

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recommender.answers import filtering, naming
from recommender.answers.answer import Answer
from recommender.answers.arranging import PLAIN, SORTS, SURPRISES, View
from recommender.answers.naming import KINDS
from recommender.ml.facts.facets import RUNTIME_BANDS
from recommender.ml.facts.filters import Filters
from recommender.ml.names.folding import fold
from recommender.ml.query.understanding import Chip
from recommender.presenting import labels

_HEADINGS = {"genres": _("Genre"), "countries": _("Country"), "languages": _("Language"), "maturity": _("Rating")}
_SEVERAL = (  # fields of Filters, in the order they are shown
    "genres", "any_genres", "without_genres", "countries", "languages", "maturity", "people", "without_people",
    "directors",
)  # fmt: skip
_BANDS = {
    "under 90 min": _("under 90 min"),
    "90 to 119 min": _("90 to 119 min"),
    "120 to 150 min": _("120 to 150 min"),
    "over 150 min": _("over 150 min"),
}
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

    @property
    def key(self) -> str:
        """The same for the same value on every page, so that focus finds it again."""
        return f"{crc32((self.value or self.label).encode('utf-8', 'replace')):x}"


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


@dataclass(frozen=True)
class Arrangement:
    """The form of order and familiarity. steps: in words, the least surprising first; hidden: as of a panel."""

    sorts: list[tuple[str, str]]
    sort: str
    steps: list[str]
    surprise: int
    hidden: list[tuple[str, str]]

    @property
    def step(self) -> str:
        return self.steps[self.surprise]

    @property
    def last(self) -> int:
        return len(self.steps) - 1


def address(query: str, filters: Filters, view: View = PLAIN, **more: str) -> str:
    """Where a search is answered, from the page of another one."""
    pairs = [("q", query), *filtering.parameters(filters), *view.parameters, *more.items()]
    return f"?{urlencode([(name, value.encode('utf-8', 'replace')) for name, value in pairs])}"


def parts(filters: Filters) -> list[Part]:
    """The filters one by one, both ends of a range together."""
    found = [Part(str(KINDS[filters.kind]), replace(filters, kind=""))] if filters.kind else []
    for name in _SEVERAL:
        values = getattr(filters, name)
        found += [Part(labels.of_filter(name, value), _without(filters, name, value)) for value in sorted(values)]
    if years := naming.of_years(filters.year_min, filters.year_max):
        found.append(Part(years, replace(filters, year_min=None, year_max=None)))
    if minutes := naming.of_minutes(filters.runtime_min, filters.runtime_max):
        found.append(Part(minutes, replace(filters, runtime_min=None, runtime_max=None)))
    return found


def panel(answer: Answer) -> Panel:
    """Everything there is to choose for the results of this answer."""
    filters = answer.filters
    fields = [_kinds(answer)]
    fields += [_values(answer, name, str(heading)) for name, heading in _HEADINGS.items()]
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
        decades=list(_decades(answer)),
        runtimes=list(_runtimes(answer)),
        filters=filters,
        hidden=[("q", answer.user_query), *hidden, *answer.view.parameters],
    )


def arrangement(answer: Answer) -> Arrangement:
    """What the results may be arranged by; the filters and the text come along."""
    view = View(answer.view.correct)
    return Arrangement(
        sorts=[(name, str(label)) for name, label in SORTS.items()],
        sort=answer.view.sort,
        steps=list(map(str, SURPRISES.values())),
        surprise=answer.view.surprise,
        hidden=[("q", answer.user_query), *filtering.parameters(answer.filters), *view.parameters],
    )


def removable(answer: Answer) -> list[Removable]:
    """The filters asked for beside the text, each with the address without it."""
    return [
        Removable(part.label, address(answer.user_query, part.others, answer.view)) for part in parts(answer.filters)
    ]


def said(answer: Answer) -> list[Removable]:
    """The filters read from the text, each with the address of the text without its words."""
    return [
        Removable(labels.of_chip(chip), address(shorter(answer, chip), answer.filters, answer.view))
        for chip in answer.understanding.chips
    ]


def shorter(answer: Answer, chip: Chip) -> str:
    """The text, as it was read, without the words of a chip."""
    return answer.understanding.without(answer.text, chip)


def _kinds(answer: Answer) -> Group:
    counted = dict(answer.facets.get("kind", []))
    chosen = answer.filters.kind
    if len(counted) < 2 and not chosen:
        return Group("kind", gettext("Kind"), [])
    choices = [Choice("", gettext("All"), None, not chosen)]
    choices += [
        Choice(kind, str(label), counted.get(kind, None if chosen else 0), chosen == kind)
        for kind, label in KINDS.items()
    ]
    return Group("kind", gettext("Kind"), choices, "radio")


def _values(answer: Answer, name: str, heading: str) -> Group:
    filters, counted = answer.filters, answer.facets.get(name, [])
    chosen = {fold(value): value for value in getattr(filters, name)}
    shown = {fold(label) for label, _ in counted}
    choices = [
        Choice(value, labels.of_value(name, value), 0, is_on=True)
        for folded, value in sorted(chosen.items())
        if folded not in shown
    ]
    for label, n in counted[: _N_SHOWN.get(name, 6)]:
        is_on = fold(label) in chosen
        if "," in label or label.startswith(filtering.EXCLUDE) or (n == answer.total and not is_on):
            continue  # could not be asked for, or would change nothing
        leave_out = ""
        if name == "genres" and not is_on:
            without = replace(filters, without_genres=filters.without_genres | {label})
            leave_out = address(answer.user_query, without, answer.view)
        choices.append(Choice(label, labels.of_value(name, label), n, is_on, leave_out=leave_out))
    if name == "genres":
        refused = sorted(filters.without_genres)
        choices += [
            Choice(filtering.EXCLUDE + value, labels.of_filter("without_genres", value), None, is_on=True)
            for value in refused
        ]
    return Group(name, heading, choices)


def _decades(answer: Answer) -> Iterator[Choice]:
    for label, n in sorted(answer.facets.get("years", []), reverse=True):
        first = int(label.removesuffix("s"))
        yield _span(answer, naming.of_decade(first), n, {"year_min": first, "year_max": first + 9})


def _runtimes(answer: Answer) -> Iterator[Choice]:
    counted = dict(answer.facets.get("runtime", []))
    for label, (least, most) in RUNTIME_BANDS.items():
        if n := counted.get(label):
            ends = {"runtime_min": least, "runtime_max": most}
            yield _span(answer, str(_BANDS[label]), n, ends)


def _span(answer: Answer, label: str, n: int, ends: dict[str, int | None]) -> Choice:
    is_on = all(getattr(answer.filters, name) == end for name, end in ends.items())
    filters = replace(answer.filters, **(dict.fromkeys(ends) if is_on else ends))
    return Choice("", label, n, is_on, address(answer.user_query, filters, answer.view))


def _without(filters: Filters, name: str, value: str) -> Filters:
    return replace(filters, **{name: getattr(filters, name) - {value}})
