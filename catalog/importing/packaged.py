"""The default catalogue: 17,472 films of Wikidata that a package on PyPI brings, read where they lie."""

import math
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

import pandas as pd

from catalog.importing.feeds import ROWS_PER_FRAME
from catalog.importing.files import CatalogFile
from catalog.importing.layouts import bars_for_commas
from catalog.importing.report import ImportReport
from catalog.importing.startup import PACKAGE

COLUMNS = {
    "imdbID": "external_id",
    "Title": "name",
    "Year": "year",
    "Runtime": "runtime_minutes",
    "Rating": "maturity",
    "Genre": "genres",
    "Director": "directors",
    "Writer": "writers",
    "Cast": "cast",
    "Language": "languages",
    "Country": "countries",
    "fame": "popularity",
}
ARTICLE_NAME = (
    r"\s+\((?:\d{4} )?film\)$"  # what tells an article of Wikipedia from its namesakes: "Faust (2011 film)"
)
QUERY = """
    SELECT imdbID, Title, Year, CAST(Runtime AS INTEGER), omdb.Rating, Genre, Director, Writer, "Cast",
           Language, Country, fame(Reviews, Genre, omdb.Rating, BoxOffice)
    FROM omdb LEFT JOIN tomatoes USING (ID)
    ORDER BY omdb.rowid
"""


def fame(reviews: int | None, genres: str, rating: str | None, gross: float | None) -> int:
    """What stands in for votes: how much critics, archivists and cinema-goers took notice of a film.

    Chosen for its rank correlation with real vote counts (docs/decisions/0002-importing.md).
    """
    noted = (reviews or 0) * (1 + len([genre for genre in genres.split(",") if genre]))
    return round(noted * (2 if rating else 1) * math.log10(10 + (gross or 0) / 100_000))


@dataclass(frozen=True)
class PackagedFeed:
    """The table of films in the package's SQLite file. "Lines" of it are its rows, counted from 1."""

    file: CatalogFile
    name: str = PACKAGE
    layout_name: str = "packaged"

    @property
    def columns(self) -> dict[str, str]:
        return COLUMNS

    def frames(self, report: ImportReport, on_position: Callable[[int], None]) -> Iterator[pd.DataFrame]:
        with closing(sqlite3.connect(f"{self.file.path.as_uri()}?mode=ro&immutable=1", uri=True)) as films:
            films.create_function("fame", 4, fame, deterministic=True)
            (n_rows,) = films.execute("SELECT count(*) FROM omdb").fetchone()
            rows = films.execute(QUERY)
            while chunk := list(islice(rows, ROWS_PER_FRAME)):
                lines = range(report.rows + 1, report.rows + len(chunk) + 1)
                report.rows += len(chunk)
                frame = pd.DataFrame(chunk, columns=list(COLUMNS), index=lines, dtype=object)
                frame = frame.fillna("").astype(str)
                for column in ("Genre", "Director", "Writer", "Cast", "Language", "Country"):
                    frame[column] = bars_for_commas(frame[column])
                frame["Title"] = frame["Title"].str.replace(ARTICLE_NAME, "", regex=True)
                on_position(self.file.size * report.rows // n_rows)
                yield frame
