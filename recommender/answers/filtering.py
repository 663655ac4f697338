"""Filters as parameters: one set of names for the page and the API, read and checked here.

What they mean is `recommender.ml.facts.filters`; which titles pass, `recommender.ml.facts.facets`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.event_log import storable
from recommender.ml.facts.facets import KINDS
from recommender.ml.facts.filters import Filters
from recommender.ml.facts.vocabulary import country_of, genres_of, language_of
from recommender.ml.names.folding import fold

MAX_VALUES, MAX_LENGTH = 100, 200  # of one search; of one value, in characters
EXCLUDE = "-"  # before a value of EXCLUDABLE: none of these titles
EXCLUDABLE = {"genres": "without_genres", "people": "without_people"}  # parameter → field of what is left out
LISTS = ("genres", "any_genres", "countries", "languages", "maturity")  # commas separate values
NAMES = ("people", "directors")  # names may hold commas: each is a parameter of its own
YEARS, MINUTES = (1880, 2100), (0, 2_000)


@dataclass(frozen=True)
class _Number:
    """One end of a range: how it is called, and from where to where it may lie."""

    words: Promise
    least: int
    most: int


NUMBERS = {
    "year_min": _Number(_("first year"), *YEARS),
    "year_max": _Number(_("last year"), *YEARS),
    "runtime_min": _Number(_("shortest running time in minutes"), *MINUTES),
    "runtime_max": _Number(_("longest running time in minutes"), *MINUTES),
}
PARAMETERS = ("kind", *LISTS, *NAMES, *NUMBERS)
_CALLED = {
    "any_genres": _("genre"),
    "genres": _("genre"),
    "countries": _("country"),
    "languages": _("language"),
    "maturity": _("rating"),
    "people": _("person"),
    "directors": _("director"),
    "kind": _("kind"),
    "origins": _("origin"),
}


class BadFilter(ValueError):
    """A filter that cannot be meant; `parameter` names it, the message says why in plain words."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


def read(parameters: QueryDict) -> Filters:
    """The filters of a request; empty values, as forms send them, ask for nothing. Raises BadFilter."""
    values = {name: parameters.getlist(name) for name in PARAMETERS}
    for name in LISTS:
        values[name] = [part for text in values[name] for part in text.split(",")]
    for name, texts in values.items():
        if any(len(text) > MAX_LENGTH for text in texts):
            message = gettext("{parameter}: a value may have up to {most} characters.")
            raise BadFilter(name, message.format(parameter=name, most=MAX_LENGTH))
    values = {name: [storable(text).strip() for text in texts] for name, texts in values.items()}
    values = {name: [text for text in texts if text.removeprefix(EXCLUDE).strip()] for name, texts in values.items()}
    n_values = sum(map(len, values.values()))
    if n_values > MAX_VALUES:
        message = gettext("A search may have up to {most} filter values; these are {n}.")
        message = message.format(most=MAX_VALUES, n=number_format(n_values, force_grouping=True))
        raise BadFilter(next(name for name in PARAMETERS if values[name]), message)
    for name in (*LISTS, *NAMES):
        if name not in EXCLUDABLE and _refused(values[name]):
            message = gettext("{parameter}: only genres and people can be excluded with a minus.")
            raise BadFilter(name, message.format(parameter=name))
    numbers = {name: _number(name, values[name]) for name in NUMBERS}
    filters = Filters(
        kind=_kind(values["kind"]),
        genres=_labels(_wanted(values["genres"]), _genres),
        any_genres=_labels(values["any_genres"], _genres),
        without_genres=_labels(_refused(values["genres"]), _genres),
        countries=_labels(values["countries"], lambda name: [country_of(name)]),
        languages=_labels(values["languages"], lambda name: [language_of(name)]),
        maturity=frozenset(values["maturity"]),
        people=frozenset(_wanted(values["people"])),
        directors=frozenset(values["directors"]),
        without_people=frozenset(_refused(values["people"])),
        year_min=numbers["year_min"],
        year_max=numbers["year_max"],
        runtime_min=numbers["runtime_min"],
        runtime_max=numbers["runtime_max"],
    )
    _refuse_contradictions(filters)
    return filters


def as_json(filters: Filters) -> dict[str, str | int | list[str]]:
    """What is asked for under the names of the parameters, lists sorted: as answered and as logged."""
    asked: dict[str, str | int | list[str]] = {}
    for name in PARAMETERS:
        value = getattr(filters, name)
        if name in EXCLUDABLE:
            value = [*sorted(value), *(EXCLUDE + left_out for left_out in sorted(getattr(filters, EXCLUDABLE[name])))]
        if value not in ("", None) and value != frozenset() and value != []:
            asked[name] = sorted(value) if isinstance(value, frozenset) else value
    return asked


def parameters(filters: Filters) -> list[tuple[str, str]]:
    """(name, value) pairs that `read` reads as these filters."""
    pairs = []
    for name, value in as_json(filters).items():
        pairs += [(name, text) for text in value] if isinstance(value, list) else [(name, str(value))]
    return pairs


def refuse_repeated(parameters: QueryDict, names: Iterable[str]) -> None:
    """Raises BadFilter where one of these parameters has two different values: only one could be meant."""
    for name in names:
        _only(name, storable(name), [storable(text) for text in parameters.getlist(name)])


def unknown_in_words(field: str, value: str) -> str:
    """Of a value that no title has."""
    return gettext("No title has the {what} “{value}”.").format(what=_CALLED[field], value=_short(value))


def _kind(values: list[str]) -> str:
    kind = _only("kind", _CALLED["kind"], values).lower()
    if kind and kind not in KINDS:
        message = gettext("The kind is “movie” or “show”; “{value}” is neither.")
        raise BadFilter("kind", message.format(value=_short(kind)))
    return kind


def _number(name: str, values: list[str]) -> int | None:
    called = NUMBERS[name]
    text = _only(name, called.words, values)
    if not text:
        return None
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1
    if not called.least <= number <= called.most:
        message = gettext("The {what} is a whole number from {least} to {most}; “{value}” is not.")
        message = message.format(what=called.words, least=called.least, most=called.most, value=_short(text))
        raise BadFilter(name, message)
    return number


def _only(name: str, words: str | Promise, values: Iterable[str]) -> str:
    different = list(dict.fromkeys(values))
    if len(different) > 1:
        message = gettext("There can be one {what}; here are “{first}” and “{second}”.")
        raise BadFilter(name, message.format(what=words, first=_short(different[0]), second=_short(different[1])))
    return different[0] if different else ""


def _refuse_contradictions(filters: Filters) -> None:
    for name, left_out in EXCLUDABLE.items():
        wanted, refused = ({fold(value) for value in getattr(filters, field)} for field in (name, left_out))
        if clash := sorted(wanted & refused):
            message = gettext("The {what} “{value}” is both asked for and left out.")
            raise BadFilter(name, message.format(what=_CALLED[name], value=_short(clash[0])))
    first, last = filters.year_min, filters.year_max
    if first is not None and last is not None and first > last:
        message = gettext("The first year, {first}, is after the last year, {last}.")
        raise BadFilter("year_min", message.format(first=first, last=last))
    shortest, longest = filters.runtime_min, filters.runtime_max
    if shortest is not None and longest is not None and shortest > longest:
        message = gettext(
            "The shortest running time, {shortest} minutes, is longer than the longest, {longest} minutes."
        )
        raise BadFilter("runtime_min", message.format(shortest=shortest, longest=longest))


def _wanted(values: Iterable[str]) -> list[str]:
    return [value for value in values if not value.startswith(EXCLUDE)]


def _refused(values: Iterable[str]) -> list[str]:
    return [value.removeprefix(EXCLUDE).strip() for value in values if value.startswith(EXCLUDE)]


def _labels(values: Iterable[str], meaning: Callable[[str], list[str]]) -> frozenset[str]:
    """As the catalogue calls them; what it does not know is kept, and found by nobody."""
    return frozenset(label for value in values for label in meaning(value))


def _genres(name: str) -> list[str]:
    return genres_of(name) or [name]  # "Movies" is no genre, but dropping it would answer another question


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
