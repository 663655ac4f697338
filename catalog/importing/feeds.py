"""Where rows come from: a feed names itself and yields frames of raw cells, whatever lies behind it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, Self

import pandas as pd

from catalog.importing.files import CatalogFile
from catalog.importing.layouts import Layout, recognise
from catalog.importing.reading import records, text_lines
from catalog.importing.report import ImportRefused, ImportReport, Level

ROWS_PER_FRAME = 2000


class Feed(Protocol):
    @property
    def name(self) -> str:
        """What a person calls the source."""

    @property
    def layout_name(self) -> str: ...

    @property
    def file(self) -> CatalogFile: ...

    @property
    def columns(self) -> dict[str, str]:
        """Column of the frames → field. A field that is absent here is left as it is stored."""

    def frames(self, report: ImportReport, on_position: Callable[[int], None]) -> Iterator[pd.DataFrame]:
        """Raw cells indexed by line, at most ROWS_PER_FRAME rows each. Counts `report.rows`."""


@dataclass(frozen=True)
class CsvFeed:
    """A CSV file, recognised by its header."""

    file: CatalogFile
    layout: Layout
    header: list[str]

    @classmethod
    def open(cls, file: CatalogFile, *, ignore_unknown_columns: bool = False) -> Self:
        """Reads the header and no more. Raises ImportRefused."""
        try:
            _, cells = next(records(text_lines(file.blocks())))
        except StopIteration:
            raise ImportRefused(f"{file.path} holds nothing but blank lines.") from None
        header = [name.strip().lower() for name in cells]
        return cls(file, recognise(header, ignore_unknown=ignore_unknown_columns), header)

    @property
    def name(self) -> str:
        return self.file.path.name

    @property
    def layout_name(self) -> str:
        return self.layout.name

    @property
    def columns(self) -> dict[str, str]:
        return {
            column: name
            for column, name in self.layout.columns.items()
            if self.layout.made_from.get(column, column) in self.header
        }

    def frames(self, report: ImportReport, on_position: Callable[[int], None]) -> Iterator[pd.DataFrame]:
        rows = records(text_lines(self.file.blocks(on_position)))
        next(rows)  # the header
        while chunk := list(islice(rows, ROWS_PER_FRAME)):
            report.rows += len(chunk)
            whole = []
            for line, cells in chunk:
                if len(cells) == len(self.header):
                    whole.append((line, cells))
                else:
                    reason = f"has {len(cells)} cells, the header {len(self.header)}"
                    report.add(line, "", Level.REJECTED, reason)
            frame = pd.DataFrame(
                [cells for _, cells in whole],
                columns=self.header,
                index=[line for line, _ in whole],
                dtype=object,
            )
            if whole:
                yield self.layout.arrange(frame, report)
