"""The shared query sets as `Query` objects whose right answers are rows of a catalogue.

A file is named `<set>.<split>.jsonl.gz` or `.csv.gz`; splits have the same formats and other rows.
Queries of which no right answer is in the catalogue are left out.
"""

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.metrics import Query

MAX_LENGTH = 2_000  # characters of a post or a request, as many as the engine takes
LISTS = Path(__file__).resolve().parents[1] / "lists"


@dataclass(frozen=True)
class QuerySets:
    """directory: where the files lie. rows: external id → row. Every loader raises FileNotFoundError."""

    directory: Path
    split: str
    rows: Mapping[str, int]

    def titles(self) -> list[Query]:
        return _answerable(self._named(line["query"], line) for line in self._lines("title_queries"))

    def typos(self) -> list[Query]:
        return _answerable(self._named(line["query"], line) for line in self._lines("typo_queries"))

    def facts(self) -> list[Query]:
        return _answerable(self._named(line["text"], line) for line in self._lines("fact_queries"))

    def plot_headlines(self) -> list[Query]:
        return _answerable(self._named(line["short"], line) for line in self._lines("plot_queries"))

    def plot_posts(self) -> list[Query]:
        posts = ((f"{line['short']} {line['text']}"[:MAX_LENGTH], line) for line in self._lines("plot_queries"))
        return _answerable(self._named(text, line) for text, line in posts)

    def requests(self) -> list[Query]:
        return _answerable(
            Query(line["text"][:MAX_LENGTH], self._graded(line["relevant"]))
            for line in self._lines("request_queries")
        )

    def similar(self) -> list[Query]:
        """The seeds are never answers, even where somebody named one again."""
        queries = []
        for line in self._lines("similar_queries"):
            seeds = tuple(self.rows[seed] for seed in line["seeds"] if seed in self.rows)
            gains = {row: gain for row, gain in self._graded(line["relevant"]).items() if row not in seeds}
            queries.append(Query("", gains, seeds=seeds))
        return _answerable(query for query in queries if query.seeds)

    def themes(self, kind: str) -> list[Query]:
        """kind: "single" or "pair". Only the films of the pool are ranked; one without a grade gains 0."""
        grades: dict[str, dict[str, float]] = defaultdict(dict)
        for line in self._table("theme_qrels"):
            grades[line["qid"]][line["item_id"]] = float(line["grade"])
        pool = self.pool
        among = set(pool.tolist())
        themes = [line for line in self._table("theme_queries") if line["kind"] == kind]
        return _answerable(
            Query(
                line["query"],
                {row: gain for row, gain in self._graded(grades[line["qid"]]).items() if row in among},
                pool,
            )
            for line in themes
        )

    def themes_judged(self) -> list[Query]:
        """Grades 1 to 5; only the films that people judged for a theme are ranked."""
        judged: dict[str, dict[int, float]] = defaultdict(dict)
        for line in self._table("theme_judged"):
            if line["item_id"] in self.rows:
                judged[line["query"]][self.rows[line["item_id"]]] = 2 ** (float(line["grade"]) - 1) - 1
        return _answerable(_closed(text, gains) for text, gains in judged.items())

    def themes_genome(self) -> list[Query]:
        """A score in [0, 1] for every film of a closed set, and the score is the gain."""
        scored: dict[str, dict[int, float]] = defaultdict(dict)
        for line in self._table("theme_genome"):
            if line["item_id"] in self.rows:
                scored[line["query"]][self.rows[line["item_id"]]] = float(line["relevance"])
        return _answerable(_closed(text, gains) for text, gains in scored.items())

    @cached_property
    def pool(self) -> NDArray[np.int64]:
        films = (line["item_id"] for line in self._table("theme_pool"))
        return np.array(sorted(self.rows[film] for film in films if film in self.rows), np.int64)

    def _named(self, text: str, line: Mapping[str, Any]) -> Query:
        gains = {self.rows[answer]: 1.0 for answer in line["answers"] if answer in self.rows}
        return Query(text, gains, kind=line.get("kind", ""))

    def _graded(self, grades: Mapping[str, float]) -> dict[int, float]:
        """Gain 2^grade − 1 (Burges et al. 2005, doi:10.1145/1102351.1102363)."""
        return {self.rows[film]: 2.0**grade - 1 for film, grade in grades.items() if film in self.rows}

    def _lines(self, name: str) -> list[dict[str, Any]]:
        with gzip.open(self._file(f"{name}.{self.split}.jsonl.gz"), "rt", encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def _table(self, name: str) -> list[dict[str, str]]:
        with gzip.open(
            self._file(f"{name}.{self.split}.csv.gz", f"{name}.csv.gz"), "rt", encoding="utf-8", newline=""
        ) as file:
            return list(csv.DictReader(file))

    def _file(self, *names: str) -> Path:
        """The first that is there; a set that all splits share has no split in its name."""
        for name in names:
            if (path := self.directory / name).exists():
                return path
        raise FileNotFoundError(names[0])


def listed(name: str) -> list[Query]:
    """The queries of `benchmarks/lists/<name>.txt`, one a line; they have no right answers."""
    lines = (LISTS / f"{name}.txt").read_text(encoding="utf-8").split("\n")
    return [Query(line) for line in lines if line.strip()]


def _closed(text: str, gains: dict[int, float]) -> Query:
    return Query(text, {row: gain for row, gain in gains.items() if gain > 0}, np.array(list(gains), np.int64))


def _answerable(queries: Iterable[Query]) -> list[Query]:
    return [query for query in queries if query.gains]
