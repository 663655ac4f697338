"""Rows that came as JSON objects: cells like a file's, so that the importer treats both alike."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from catalog.importing.feeds import ROWS_PER_FRAME
from catalog.importing.files import CatalogFile
from catalog.importing.layouts import MARQUEE
from catalog.importing.report import ImportReport


@dataclass(frozen=True)
class ObjectFeed:
    """rows: all with the same names, checked by `catalog.bulk`. A row's line is its place, from 1."""

    name: str
    rows: list[dict[str, Any]]
    sha256: str

    @property
    def layout_name(self) -> str:
        return "bulk"

    @property
    def file(self) -> CatalogFile:
        """No file at all, but as much of one as is asked about."""
        return CatalogFile(Path(self.name), len(self.rows), self.sha256)

    @property
    def columns(self) -> dict[str, str]:
        return {name: field for name, field in MARQUEE.columns.items() if name in self.rows[0]}

    def frames(self, report: ImportReport, on_position: Callable[[int], None]) -> Iterator[pd.DataFrame]:
        for start in range(0, len(self.rows), ROWS_PER_FRAME):
            chunk = self.rows[start : start + ROWS_PER_FRAME]
            report.rows += len(chunk)
            lines = range(start + 1, start + 1 + len(chunk))
            cells = [{name: _cell(value) for name, value in row.items()} for row in chunk]
            yield MARQUEE.arrange(pd.DataFrame(cells, index=lines, dtype=object), report)
            on_position(start + len(chunk))


def _cell(value: str | float | list[str] | None) -> str:
    """As a file would spell it. A list ends with a bar: one name is a list too, whatever commas it has."""
    if isinstance(value, list):
        return "".join(f"{entry}|" for entry in value)
    return "" if value is None else str(value)
