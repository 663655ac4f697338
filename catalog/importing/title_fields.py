"""What can be said of a title in a file: the one table of fields, and the cleaning of rows by it."""

from dataclasses import dataclass

import pandas as pd

from catalog.importing import cleaning
from catalog.importing.cleaning import Cleaner
from catalog.importing.report import ImportReport, Level, quoted
from catalog.models import Credit, Title
from catalog.models.titles import EXTERNAL_ID_PATTERN


@dataclass(frozen=True)
class TitleField:
    cleaner: Cleaner
    sql_type: str
    when_absent: str | None = None  # SQL of what a new title has where the file says nothing; None: NULL
    role: Credit.Role | None = None  # for people
    is_column: bool = True  # of the title's own table; the rest lives in tables beside it
    is_required: bool = False


def _text(cleaner: Cleaner) -> TitleField:
    return TitleField(cleaner, "text", "''")


def _names(max_characters: int, *, role: Credit.Role | None = None, is_column: bool = False) -> TitleField:
    return TitleField(cleaning.several(max_characters), "text[]", "'{}'", role, is_column)


KINDS: dict[str, str] = {
    spelling: kind
    for kind, spellings in {
        Title.Kind.MOVIE: ("movie", "film"),
        Title.Kind.SHOW: ("show", "tv show", "series", "tv series"),
    }.items()
    for spelling in spellings
}

FIELDS = {
    "external_id": TitleField(cleaning.identifier(EXTERNAL_ID_PATTERN), "text", is_required=True),
    "name": TitleField(cleaning.short_text(500), "text", is_required=True),
    "kind": TitleField(cleaning.one_of(KINDS, Title.Kind.MOVIE), "text", f"'{Title.Kind.MOVIE}'"),
    "year": TitleField(cleaning.whole_number(cleaning.EARLIEST_YEAR, cleaning.LATEST_YEAR), "smallint"),
    "original_name": _text(cleaning.short_text(500)),
    "description": _text(cleaning.long_text()),
    "plot": _text(cleaning.long_text()),
    "themes": _names(100, is_column=True),
    "countries": _names(100, is_column=True),
    "languages": _names(100, is_column=True),
    "runtime_minutes": TitleField(cleaning.whole_number(1, 2000), "smallint"),
    "seasons": TitleField(cleaning.whole_number(1, 500), "smallint"),
    "maturity": _text(cleaning.short_text(100)),
    "added_on": TitleField(cleaning.date(), "date"),
    "popularity": TitleField(cleaning.amount(), "float8"),
    "genres": _names(100),
    "aliases": _names(500),
    "directors": _names(300, role=Credit.Role.DIRECTOR),
    "creators": _names(300, role=Credit.Role.CREATOR),
    "writers": _names(300, role=Credit.Role.WRITER),
    "cast": _names(300, role=Credit.Role.CAST),
}

# Sources count votes on different scales: of 1,440 films with both, IMDb has 45 times as many as TMDB (median).
SCALE = {"tmdb_votes": 45.0}


def clean_rows(frame: pd.DataFrame, columns: dict[str, str], report: ImportReport) -> pd.DataFrame:
    """Typed rows, one column a field; rows without a usable id or title are dropped and reported.

    frame: raw strings, indexed by line. columns: column of the frame → field; two columns may
    mean `popularity`, then the greater value holds, votes brought to one SCALE.
    """
    values: dict[str, pd.Series] = {}
    for column in sorted(columns, key=lambda column: not FIELDS[columns[column]].is_required):
        field = FIELDS[columns[column]]
        cells = cleaning.tidy(frame[column])
        cleaned, bad = field.cleaner.clean(cells)
        if column in SCALE:
            cleaned = cleaned * SCALE[column]
        if field.is_required:
            for line in frame.index[cells == ""]:
                report.add(line, column, Level.REJECTED, "is missing")
        for line, cell in cells[bad].items():
            level = Level.REJECTED if field.is_required else Level.PROBLEM
            report.add(int(str(line)), column, level, f"{quoted(cell)} {field.cleaner.reason}")
        if field.is_required:
            frame = frame[cleaned != ""]
        known = values.get(columns[column])
        values[columns[column]] = cleaned if known is None else pd.concat([known, cleaned], axis=1).max(axis=1)
    return pd.DataFrame({name: cells.reindex(frame.index) for name, cells in values.items()})
