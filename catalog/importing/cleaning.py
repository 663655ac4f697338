"""Cells to values, a column at a time. Strict where a lenient reader would invent a value.

`int("1_0")` is 10, `int("٣")` is 3 and `float("1e999")` is infinite; here each of them is a fault.
A cleaner takes tidied cells (see `tidy`) and returns the values, None or empty where there is
none, beside a mask of the cells whose content could not be used. It never drops a row.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd

Cells: TypeAlias = "pd.Series[str]"
Cleaned: TypeAlias = "tuple[pd.Series[Any], pd.Series[bool]]"

EARLIEST_YEAR = 1870
LATEST_YEAR = datetime.datetime.now(datetime.UTC).year + 10

CONTROL_CHARACTERS = r"[\x00-\x09\x0b-\x1f\x7f-\x9f]"  # all but the line feed
DATES = {  # what a date looks like → how it is read; years of two digits turn at 1969
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}": "%Y-%m-%d",
    r"[A-Za-z]+ [0-9]{1,2}, [0-9]{4}": "%B %d, %Y",
    r"[0-9]{1,2}-[A-Za-z]{3}-[0-9]{2}": "%d-%b-%y",
}


@dataclass(frozen=True)
class Cleaner:
    clean: Callable[[Cells], Cleaned]
    reason: str  # completes the sentence "'1_0' …"


def tidy(cells: Cells) -> Cells:
    """NFC, line feeds for line ends, no other control characters, nothing blank at the ends."""
    return (
        cells.str.normalize("NFC")
        .str.replace(r"\r\n?", "\n", regex=True)
        .str.replace("\t", " ", regex=False)
        .str.replace(CONTROL_CHARACTERS, "", regex=True)
        .str.strip()
    )


def long_text() -> Cleaner:
    """Any text; its line breaks stay. Bounded by the size of a cell alone."""
    return Cleaner(lambda cells: (cells, cells.isna()), "")


def short_text(max_characters: int) -> Cleaner:
    """One line of something that can be seen: a title of zero-width spaces is no title."""

    def clean(cells: Cells) -> Cleaned:
        lines = cells.map(_on_one_line)
        bad = (lines.str.len() > max_characters) | ~(lines.map(_is_visible) | (lines == ""))
        return lines.mask(bad, ""), bad

    return Cleaner(clean, f"is longer than {max_characters} characters, or invisible")


def identifier(pattern: str) -> Cleaner:
    def clean(cells: Cells) -> Cleaned:
        bad = (cells != "") & ~cells.str.fullmatch(pattern)
        return cells.mask(bad, ""), bad

    return Cleaner(clean, "is not an id: letters, digits and . _ : ~ - only, at most 100")


def one_of(spellings: dict[str, str], default: str) -> Cleaner:
    """spellings: lower-case spelling → value; an empty cell means `default`."""

    def clean(cells: Cells) -> Cleaned:
        values = cells.str.casefold().map(spellings)
        return values.fillna(default), values.isna() & (cells != "")

    return Cleaner(clean, f"is none of {', '.join(spellings)}")


def whole_number(low: int, high: int) -> Cleaner:
    def clean(cells: Cells) -> Cleaned:
        numbers = pd.to_numeric(cells.where(cells.str.fullmatch(r"[0-9]{1,9}")))
        good = numbers.between(low, high)
        return numbers.where(good).astype("Int64"), ~good & (cells != "")

    return Cleaner(clean, f"is not a whole number from {low} to {high}")


def amount() -> Cleaner:
    """A finite number of at least 0, such as a count of votes."""

    def clean(cells: Cells) -> Cleaned:
        good = cells.str.fullmatch(r"[0-9]{1,15}(?:\.[0-9]{1,15})?")
        return pd.to_numeric(cells.where(good)).astype("Float64"), ~good & (cells != "")

    return Cleaner(clean, "is not a number of at least 0 in plain digits")


def date() -> Cleaner:
    def clean(cells: Cells) -> Cleaned:
        dates = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[us]")
        for looks, format_ in DATES.items():
            candidates = cells[cells.str.fullmatch(looks)]
            dates.update(pd.to_datetime(candidates, format=format_, errors="coerce"))
        good = dates.dt.year.between(EARLIEST_YEAR, LATEST_YEAR)
        return dates.where(good).dt.date, ~good & (cells != "")

    return Cleaner(clean, f"is not a date like 2021-09-25, from {EARLIEST_YEAR} to {LATEST_YEAR}")


def several(max_characters: int) -> Cleaner:
    """A list joined with `|`: no blanks, no repetitions, in order. Entries too long are left out."""

    def clean(cells: Cells) -> Cleaned:
        entries = cells.map(lambda cell: [line for part in cell.split("|") if (line := _on_one_line(part))])
        bad = entries.map(lambda names: any(len(name) > max_characters for name in names)).astype(bool)
        return entries.map(
            lambda names: list(dict.fromkeys(name for name in names if len(name) <= max_characters))
        ), bad

    return Cleaner(clean, f"has an entry longer than {max_characters} characters")


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _is_visible(text: str) -> bool:
    return any(character.isprintable() and not character.isspace() for character in text)
