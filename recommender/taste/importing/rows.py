"""Tables of Letterboxd and IMDb, read row by row. What a table is follows from its header, and where headers are
alike, from its name.

Headers read here, all seen in real exports; IMDb changed its own in 2017 and 2024:
    Letterboxd  Date, Name, Year, Letterboxd URI [, Rating [, Rewatch, Tags, Watched Date]]
    IMDb        Const, Your Rating, Date Rated, Title [, Original Title], URL, Title Type, …, Year, …
                Position, Const, Created, Modified, Description, Title [, Original Title], URL, Title Type, …
                position, const, created, …, Title, Title type, …, You rated, …  (until 2017)
"""

import csv
import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from recommender.taste.importing.files import BadFile, Sheet

MAX_ROWS = 20_000
MAX_NAME = 300  # letters of a name that a report repeats
RATING, SEEN, WATCHLIST, LIKE = "rating", "seen", "watchlist", "like"
LISTS = (SEEN, WATCHLIST, LIKE)  # what a Letterboxd table without ratings may be a list of
_BY_NAME = {"watchlist": WATCHLIST, "watched": SEEN, "likes": LIKE, "liked": LIKE, "films": LIKE}  # in this order
_IMDB_ID = re.compile(r"tt\d{5,10}")
_FORMS = {  # of IMDb's title types, letters only
    "tvseries": "show", "tvminiseries": "show", "miniseries": "show",
    "tvepisode": "part", "videogame": "part", "musicvideo": "part", "podcastseries": "part", "podcastepisode": "part",
}  # fmt: skip
_DATES = ("%Y-%m-%d", "%a %b %d %H:%M:%S %Y", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True)
class Entry:
    """One row: what it says of which title.

    row: as a spreadsheet counts, the header being row 1. said: (kind of signal, stars or None). when: UTC, None
    where the file does not say. form: movie, show, part (of a show, or no film at all), or "" where unknown.
    """

    row: int
    name: str
    year: int | None
    said: tuple[tuple[str, float | None], ...]
    when: datetime | None = None
    imdb_id: str = ""
    original_name: str = ""
    form: str = ""


class BadRow(NamedTuple):
    """code: of `words.ROWS`. detail: the cell that cannot be read."""

    row: int
    code: str
    detail: str = ""


@dataclass(frozen=True)
class Table:
    """service: letterboxd or imdb. what: ratings, diary, or one of LISTS."""

    name: str
    service: str
    what: str
    entries: list[Entry]
    bad: list[BadRow]

    @property
    def n_rows(self) -> int:
        return len(self.entries) + len(self.bad)


class _Layout(NamedTuple):
    service: str
    what: str
    name: str
    rating: str = ""  # the column of it
    date: str = "date"
    scale: float = 1.0  # stars per point


def read(sheet: Sheet, meant: str = "") -> Table:
    """meant: one of LISTS, for a Letterboxd table that its header and name leave open. Raises BadFile."""
    reader = csv.reader(io.StringIO(sheet.text, newline=""), delimiter=_delimiter(sheet.text))
    try:
        header = [cell.strip().casefold() for cell in next(reader, [])]
    except csv.Error as error:
        raise BadFile("broken_row", row=1) from error
    layout = _layout(header, sheet.name, meant)
    entries: list[Entry] = []
    bad: list[BadRow] = []
    for number, cells in _numbered(reader):
        if len(cells) > len(header):
            bad.append(BadRow(number, "too_many_cells", str(len(cells))))
            continue
        read_row = _entry(number, dict(zip(header, map(str.strip, cells), strict=False)), layout)
        (entries if isinstance(read_row, Entry) else bad).append(read_row)  # type: ignore[arg-type]
    if not entries and not bad:
        raise BadFile("no_rows")
    return Table(sheet.name, layout.service, layout.what, entries, bad)


def _delimiter(text: str) -> str:
    """A spreadsheet may have saved the file again in the manner of its country."""
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Rows that say something, the first after the header being 2."""
    n_rows = 0
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise BadFile("broken_row", row=number) from error
        if cells is None:
            return
        if not any(map(str.strip, cells)):
            continue
        n_rows += 1
        if n_rows > MAX_ROWS:
            raise BadFile("too_many_rows")
        yield number, cells


def _layout(header: list[str], name: str, meant: str) -> _Layout:
    columns = set(header)
    stem = name.casefold()
    if {"name", "letterboxd uri"} <= columns:
        if "rating" in columns:
            is_diary = "watched date" in columns
            return _Layout(
                "letterboxd", "diary" if is_diary else "ratings", "name",
                rating="rating", date="watched date" if is_diary else "date",
            )  # fmt: skip
        what = meant or next((kind for word, kind in _BY_NAME.items() if word in stem), "")
        if not what:
            raise BadFile("which_list", name=name)
        return _Layout("letterboxd", what, "name")
    if {"const", "title"} <= columns:
        if "your rating" in columns and "position" not in columns:
            return _Layout("imdb", "ratings", "title", rating="your rating", date="date rated", scale=0.5)
        if "you rated" in columns and "watchlist" not in stem:
            return _Layout("imdb", "ratings", "title", rating="you rated", date="created", scale=0.5)
        if "created" in columns:
            return _Layout("imdb", WATCHLIST, "title", date="created")
    raise BadFile("wrong_columns", found=", ".join(cell[:40] for cell in header[:6] if cell))


def _entry(row: int, cells: dict[str, str], layout: _Layout) -> Entry | BadRow:
    name = cells.get(layout.name, "")
    imdb_id = cells.get("const", "")
    if layout.service == "imdb" and not _IMDB_ID.fullmatch(imdb_id):
        return BadRow(row, "bad_id", imdb_id[:MAX_NAME])
    if not name and not imdb_id:
        return BadRow(row, "no_name")
    said: tuple[tuple[str, float | None], ...] = ((layout.what, None),)
    if layout.rating:
        written = cells.get(layout.rating, "")
        if not written and layout.what != "diary":
            return BadRow(row, "no_rating")
        stars = _stars(written, layout.scale) if written else None
        if written and stars is None:
            return BadRow(row, "bad_rating", written[:MAX_NAME])
        # Who rated a film has seen it; without that, lists would recommend it to them.
        said = ((RATING, stars), (SEEN, None)) if stars else ((SEEN, None),)
    return Entry(
        row=row,
        name=name[:MAX_NAME],
        year=_year(cells.get("year", "")),
        said=said,
        when=_when(cells.get(layout.date, "")),
        imdb_id=imdb_id,
        original_name=cells.get("original title", "")[:MAX_NAME],
        form=_form(cells.get("title type", "")),
    )


def _stars(text: str, scale: float) -> float | None:
    """0.5 to 5 in halves, as both sites have them."""
    try:
        stars = float(text.replace(",", ".")) * scale
    except ValueError:
        return None
    return stars if math.isfinite(stars) and 0.5 <= stars <= 5 and (stars * 2).is_integer() else None


def _year(text: str) -> int | None:
    return int(text) if re.fullmatch(r"(18|19|20)\d\d", text, re.ASCII) else None


def _when(text: str) -> datetime | None:
    """None for a date that could be read in two ways, such as 02/03/2024, or lies before these sites."""
    for form in _DATES:
        try:
            when = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return when if when.year >= 1990 else None
    return None


def _form(text: str) -> str:
    """IMDb wrote "tvSeries" before 2024 and "TV Series" since."""
    letters = re.sub(r"[^a-z]", "", text.casefold())
    return _FORMS.get(letters, "movie") if letters else ""
