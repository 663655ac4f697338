"""What filters are called, in the reader's language: those of a form, and those that were read from the text."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from recommender.ml.query.understanding import Chip

KINDS = {"movie": _("Films"), "show": _("Shows")}
PARTS: dict[str, str | Promise] = {
    "genres": "{value}",
    "any_genres": "{value}",
    "without_genres": _("Not {value}"),
    "origins": "{value}",
    "without_origins": _("Not {value}"),
    "countries": _("Country: {value}"),
    "languages": _("Language: {value}"),
    "maturity": _("Rated {value}"),
    "people": _("With {value}"),
    "without_people": _("Not {value}"),
    "directors": _("Directed by {value}"),
    "refused": _("Not: {value}"),
}
_NATIVE = "en"  # of what reads texts: its labels say how the text put it


def of_value(field: str, value: str) -> str:
    """One value of a field of `Filters` that holds several."""
    return str(PARTS[field]).format(value=value)


def of_years(low: int | None, high: int | None) -> str:
    """ "1990–1999", "From 1990", "Until 1999"; "" without an end."""
    return _range(low, high, _("From {value}"), _("Until {value}"), "{value}")


def of_minutes(low: int | None, high: int | None) -> str:
    """ "90–120 min", "At least 90 min", "At most 120 min"; "" without an end."""
    return _range(low, high, _("At least {value} min"), _("At most {value} min"), _("{value} min"))


def _of_spoken_minutes(low: int | None, high: int | None) -> str:
    """Who says "under two hours" is not told "at most 119 minutes"."""
    if low is None and high is not None and high % 10 == 9:
        return gettext("Under {value} min").format(value=high + 1)
    if high is None and low is not None and low % 10 == 1:
        return gettext("Over {value} min").format(value=low - 1)
    return of_minutes(low, high)


def of_decade(first: int) -> str:
    """ "1990s"."""
    return gettext("{decade}s").format(decade=first)


def of_chip(chip: Chip) -> str:
    """In the language of the texts as they put it, "Late 1990s"; else as a form would ask for the same.

    Kinds are called as a form calls them in every language.
    """
    if chip.field == "kind":
        return str(KINDS[chip.value])
    if (get_language() or _NATIVE).startswith(_NATIVE) or chip.field not in (*PARTS, "years", "runtime"):
        return chip.label
    if chip.field in ("years", "runtime"):
        low, high = (int(end) if end else None for end in chip.value.split("-"))
        if chip.field == "runtime":
            return _of_spoken_minutes(low, high)
        is_decade = low is not None and low % 10 == 0 and high == low + 9
        return of_decade(low) if low is not None and is_decade else of_years(low, high)
    value = chip.label if chip.field == "genres" else chip.value  # its label is what the text called several
    return of_value(chip.field, one_of(value.split("|")))


def names(words: Iterable[str]) -> str:
    """ "A", "A and B", "A, B and C"."""
    *before, last = words
    return gettext("{before} and {last}").format(before=", ".join(before), last=last) if before else last


def one_of(words: Iterable[str]) -> str:
    """ "A", "A or B", "A, B or C"."""
    *before, last = words
    return gettext("{before} or {last}").format(before=", ".join(before), last=last) if before else last


def _range(low: int | None, high: int | None, at_least: Promise, at_most: Promise, exactly: Promise | str) -> str:
    if low is not None and high is not None:
        return str(exactly).format(value=low if low == high else f"{low}–{high}")
    if low is not None:
        return str(at_least).format(value=low)
    return "" if high is None else str(at_most).format(value=high)
