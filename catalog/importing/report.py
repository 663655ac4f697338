"""What an import has to say: why a file was refused, which rows were troubled, what changed."""

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TextIO


class ImportRefused(Exception):
    """The file as a whole cannot be imported; the message is one sentence for the person who runs it."""


class Level(StrEnum):
    REJECTED = "rejected"  # the row was not imported
    CONFLICT = "conflict"  # the row contradicts another that came first, and was not imported
    DUPLICATE = "duplicate"  # the row repeats another word for word
    PROBLEM = "problem"  # the row was imported without one of its values
    NOTE = "note"  # the row was imported with a value repaired


@dataclass(frozen=True, slots=True)
class Problem:
    line: int  # where the record starts in the file; the header is line 1
    column: str  # as the file calls it; empty where the whole row is meant
    level: Level
    reason: str

    def __str__(self) -> str:
        where = f"line {self.line}, {self.column}" if self.column else f"line {self.line}"
        return f"{where}: {self.level}: {self.reason}"


@dataclass
class ImportReport:
    """Counts of one import and its first problems; each problem also goes to `sink`, if there is one."""

    keep: int = 50
    sink: Callable[[Problem], None] | None = None
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    levels: Counter[Level] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    first_rejection: Problem | None = None

    def add(self, line: int, column: str, level: Level, reason: str) -> None:
        problem = Problem(line, column, level, reason)
        self.levels[level] += 1
        first = self.first_rejection
        if level is Level.REJECTED and (first is None or line < first.line):
            self.first_rejection = problem
        if len(self.problems) < self.keep:
            self.problems.append(problem)
        if self.sink:
            self.sink(problem)

    def counts(self) -> dict[str, int]:
        """Every count by name, zeros included, in the order a summary prints them."""
        counted = {"rows": self.rows, "new": self.new, "changed": self.changed, "unchanged": self.unchanged}
        for level in Level:
            counted[level.value if level is Level.REJECTED else f"{level}s"] = self.levels[level]
        return counted


def quoted(value: str) -> str:
    """A value of the file as a message shows it: on one line, and no longer than a line."""
    return repr(value if len(value) <= 60 else value[:57] + "…")


def csv_sink(stream: TextIO) -> Callable[[Problem], None]:
    """Writes problems to a CSV that a spreadsheet may open: no cell of it can start a formula."""
    writer = csv.writer(stream)
    writer.writerow(["line", "column", "level", "reason"])

    def write(problem: Problem) -> None:
        column, reason = (
            f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell
            for cell in (problem.column, problem.reason)
        )
        writer.writerow([problem.line, column, problem.level, reason])

    return write
