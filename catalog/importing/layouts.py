"""The two layouts of CSV we read, and which one a header belongs to (docs/catalogue.md).

A layout says which column means which field and joins lists our way, with `|`. What a value may
be is not its business.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches

import pandas as pd

from catalog.importing.report import ImportRefused, ImportReport, Level, quoted

Prepare = Callable[[pd.DataFrame, ImportReport], pd.DataFrame]

GENERATION = r",\s*((?:Jr|Sr)\b\.?|II|III|IV)(?=\s*(?:,|$))"  # "Robert Downey, Jr." is one person
LIST_COMMA = r",(?!\s*(?:Entertainment, )?and Culture\b)"  # "Arts, Entertainment, and Culture" is one genre


@dataclass(frozen=True)
class Layout:
    name: str
    columns: dict[str, str]  # header → field of title_fields.FIELDS
    comma_lists: frozenset[str] = frozenset()  # headers whose lists may be joined with commas
    ignored: frozenset[str] = frozenset()  # headers known to hold nothing for us
    made_from: dict[str, str] = field(default_factory=dict)  # column that `prepare` adds → header it reads
    prepare: Prepare = lambda frame, _: frame

    def arrange(self, frame: pd.DataFrame, report: ImportReport) -> pd.DataFrame:
        """Raw cells of the file → raw cells as the fields want them."""
        for column in self.comma_lists.intersection(frame.columns):
            frame[column] = bars_for_commas(frame[column])
        return self.prepare(frame, report)


def bars_for_commas(cells: "pd.Series[str]") -> "pd.Series[str]":
    """Lists joined with commas, joined with `|`; a cell that has a `|` already is left alone."""
    joined = cells.str.replace(GENERATION, r" \1", regex=True).str.replace(LIST_COMMA, "|", regex=True)
    return cells.where(cells.str.contains("|", regex=False), joined)


def split_duration(frame: pd.DataFrame, report: ImportReport) -> pd.DataFrame:
    """One column of "90 min" and "2 Seasons" → one of minutes, one of seasons; anything else stays a fault.

    A few published rows carry the duration in the rating column: it is moved, with a note.
    """
    if "duration" not in frame.columns:
        return frame
    duration = frame["duration"].str.strip()
    if "rating" in frame.columns:
        strays = frame["rating"].str.fullmatch(r"\s*[0-9]+ (?:min|Seasons?)\s*") & (duration == "")
        for line, cell in frame.loc[strays, "rating"].items():
            report.add(int(str(line)), "rating", Level.NOTE, f"{quoted(cell)} was read as the duration")
        duration = duration.mask(strays, frame["rating"].str.strip())
        frame["rating"] = frame["rating"].mask(strays, "")
    seasons = duration.str.extract(r"^([0-9]+) Seasons?$", expand=False)
    frame["duration"] = duration.mask(seasons.notna(), "").str.replace(r" min$", "", regex=True)
    frame["duration (seasons)"] = seasons.fillna("")
    return frame


MARQUEE = Layout(
    name="marquee",
    columns={
        "external_id": "external_id", "item_id": "external_id",
        "title": "name",
        "kind": "kind",
        "year": "year",
        "original_title": "original_name",
        "genres": "genres",
        "directors": "directors", "creators": "creators", "writers": "writers", "cast": "cast",
        "countries": "countries", "languages": "languages",
        "runtime_minutes": "runtime_minutes", "runtime_min": "runtime_minutes",
        "seasons": "seasons",
        "maturity": "maturity",
        "added_on": "added_on",
        "description": "description", "synopsis": "description", "plot": "plot", "themes": "themes",
        "aliases": "aliases", "alt_titles": "aliases",
        "popularity": "popularity", "votes": "popularity",
        "tmdb_votes": "popularity", "imdb_votes": "popularity",
    },
    comma_lists=frozenset({"countries", "languages"}),
    ignored=frozenset({"description_source", "plot_source", "ml_movie_id", "tmdb_id", "wikipedia_title"}),
)  # fmt: skip

NETFLIX = Layout(
    name="netflix",
    columns={
        "show_id": "external_id",
        "type": "kind",
        "title": "name",
        "director": "directors",
        "cast": "cast",
        "country": "countries",
        "date_added": "added_on",
        "release_year": "year",
        "rating": "maturity",
        "duration": "runtime_minutes", "duration (seasons)": "seasons",
        "listed_in": "genres", "genre": "genres",
        "description": "description",
    },
    comma_lists=frozenset({"director", "cast", "country", "listed_in", "genre"}),
    made_from={"duration (seasons)": "duration"},
    prepare=split_duration,
)  # fmt: skip


def recognise(header: list[str], *, ignore_unknown: bool) -> Layout:
    """The layout of a header of lower-case names. Raises ImportRefused, naming the columns at fault."""
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        mark = "semicolons" if ";" in header[0] else "tabs"
        raise ImportRefused(f"the columns are separated by {mark}; save the file with commas.")
    if "show_id" in header:
        layout = NETFLIX
    elif {"external_id", "item_id"}.intersection(header):
        layout = MARQUEE
    else:
        raise ImportRefused(
            "no column is called external_id, item_id or show_id, so this is no layout we know"
            f" (the header is {quoted(','.join(header))}; see docs/catalogue.md)."
        )
    if repeated := [name for name, times in Counter(header).items() if times > 1]:
        raise ImportRefused(f"the header names a column twice: {_listed(repeated)}.")
    known = layout.columns.keys() - layout.made_from.keys()
    unknown = [name for name in header if name not in known | layout.ignored]
    if unknown and not ignore_unknown:
        hints = [f"{close[0]} for {name}" for name in unknown if (close := get_close_matches(name, known, 1))]
        raise ImportRefused(
            f"unknown in the {layout.name} layout: {_listed(unknown)}."
            + (f" Did you mean {', '.join(hints)}?" if hints else "")
            + " Rename, remove, or pass --ignore-unknown-columns."
        )
    fields = Counter(layout.columns[name] for name in header if name in known)
    if "name" not in fields:
        raise ImportRefused("the column title is missing.")
    for twice in [name for name, times in fields.items() if times > 1 and name != "popularity"]:
        rivals = [name for name in header if layout.columns.get(name) == twice]
        raise ImportRefused(f"these columns mean the same, keep one: {_listed(rivals)}.")
    return layout


def _listed(names: list[str]) -> str:
    return ", ".join(name or "a column without a name" for name in names[:10])
