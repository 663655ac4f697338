"""The texts that come with the site: ours, sound, and about the films they name."""

import csv
import gzip
import sqlite3
from collections import Counter
from contextlib import closing

import pytest

from catalog.importing.startup import packaged_films
from catalog.synopses import LANDMARKS, SYNOPSES, Synopsis, faults, read, runs
from tests.shared_data import shared_file

DECADES = {f"{decade}s" for decade in range(1920, 2030, 10)}


@pytest.fixture(scope="module")
def over_packaged() -> list[Synopsis]:
    return read(SYNOPSES)


@pytest.fixture(scope="module")
def landmarks() -> list[dict[str, str]]:
    with LANDMARKS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@pytest.fixture(scope="module")
def packaged() -> dict[str, tuple[str, int, str]]:
    """external id → title, year, countries; the first row of an id holds, as in the import."""
    with closing(sqlite3.connect(f"{packaged_films().path.as_uri()}?mode=ro", uri=True)) as films:
        rows = films.execute("SELECT imdbID, Title, Year, Country FROM omdb ORDER BY rowid").fetchall()
    return {external_id: (title, year, country or "") for external_id, title, year, country in reversed(rows)}


def test_they_are_sound() -> None:
    assert faults([*read(SYNOPSES), *read(LANDMARKS)]) == []


def test_there_are_enough(over_packaged: list[Synopsis], landmarks: list[dict[str, str]]) -> None:
    assert len(over_packaged) >= 1_500
    assert sum(row["kind"] == "movie" and int(row["year"]) > 2014 for row in landmarks) >= 200
    assert sum(row["kind"] == "show" for row in landmarks) >= 150


def test_each_is_about_a_packaged_film(
    over_packaged: list[Synopsis], packaged: dict[str, tuple[str, int, str]]
) -> None:
    wrong = [row for row in over_packaged if packaged.get(row.external_id, ())[:2] != (row.title, row.year)]
    assert wrong == []


def test_landmarks_are_new_and_complete(
    landmarks: list[dict[str, str]], packaged: dict[str, tuple[str, int, str]]
) -> None:
    assert [row["external_id"] for row in landmarks if row["external_id"] in packaged] == []
    needed = ("title", "year", "kind", "genres", "countries", "languages", "runtime_minutes", "synopsis", "themes")
    lacking = [(row["title"], name) for row in landmarks for name in needed if not row[name]] + [
        (row["title"], "who made it") for row in landmarks if not row["directors"] + row["creators"]
    ]
    assert lacking == []


def test_they_cover_decades_and_countries(
    over_packaged: list[Synopsis], landmarks: list[dict[str, str]], packaged: dict[str, tuple[str, int, str]]
) -> None:
    years = [row.year for row in over_packaged] + [int(row["year"]) for row in landmarks]
    assert {f"{year // 10 * 10}s" for year in years} >= DECADES
    countries = Counter(c for row in over_packaged for c in packaged[row.external_id][2].split(", ") if c)
    countries.update(c for row in landmarks for c in row["countries"].split("|"))
    assert len(countries) >= 35


def test_no_sentence_is_anybody_elses(over_packaged: list[Synopsis]) -> None:
    """No seven words in a row that a published description of the shared catalogue has too."""
    file = shared_file("catalog/catalog.csv.gz")
    csv.field_size_limit(10_000_000)
    with gzip.open(file, "rt", encoding="utf-8", newline="") as published:
        told = {
            run for row in csv.DictReader(published) for cell in ("description", "plot") for run in runs(row[cell])
        }
    shared = [(row.title, run) for row in [*over_packaged, *read(LANDMARKS)] for run in runs(row.text) if run in told]
    assert shared == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": "Too short."}, "2 words"),
        ({"text": "word " * 61}, "61 words"),
        ({"themes": ("one", "two", "three")}, "3 themes"),
        ({"themes": ("one", "one", "two", "three")}, "4 themes"),
        ({"themes": ("Heist", "b", "c", "d")}, "lower-case"),
        ({"text": " ".join(f"word{n}" for n in range(30)) + " a stunning end"}, "stock phrase"),
    ],
)
def test_a_fault_is_named(change: dict[str, object], said: str) -> None:
    sound = {
        "external_id": "tt1", "title": "Heat", "year": 1995, "themes": ("a", "b", "c", "d"),
        "text": " ".join(f"word{number}" for number in range(30)),
    }  # fmt: skip
    assert faults([Synopsis(**sound)]) == []  # type: ignore[arg-type]
    (found,) = faults([Synopsis(**(sound | change))])  # type: ignore[arg-type]
    assert said in found


def test_two_that_share_a_sentence_are_named() -> None:
    text = " ".join(f"word{number}" for number in range(30))
    twins = [Synopsis(f"tt{n}", "Heat", 1995, f"opening{n} {text}", ("a", "b", "c", "d")) for n in range(2)]
    assert len(faults(twins)) == 2
