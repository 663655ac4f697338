"""The committed phrasings and their right reading: what people type, easy and hard."""

import csv
from pathlib import Path

import pytest

from recommender.ml.facts.filters import Filters
from recommender.ml.names.folding import fold
from recommender.ml.query.readings import filters_of
from recommender.ml.query.understanding import Understanding, understand
from tests.recommender.ml.query.catalogues import FamousNames

RIGHT = 0.95  # share of the phrasings
with (Path(__file__).parent / "phrasings.csv").open(encoding="utf-8", newline="") as file:
    PHRASINGS = list(csv.DictReader(file))


def wishes(cell: str) -> list[tuple[str, str]]:
    """ "years 1990-1999; genres Horror" → [("years", "1990-1999"), ("genres", "Horror")]"""
    return [(field, value) for field, _, value in (part.strip().partition(" ") for part in cell.split(";")) if field]


def faults(row: dict[str, str], read: Understanding) -> list[str]:
    """What of a reading is not as the row has it."""
    chips = [(chip.field, chip.value) for chip in read.chips]
    right = {
        f"class {read.query_class}": read.query_class == row["class"],
        f"chips {chips}": sorted(chips) == sorted(wishes(row["chips"])),
        f"filters {read.filters}": read.filters == filters_of(wishes(row["chips"])),
        f"like {read.like}": list(read.like) == [name for name in row["like"].split("|") if name],
        f"rest {read.rest!r}": fold(read.rest) == fold(row["rest"]),
        f"hints {read.hints}": read.hints == filters_of(wishes(row["hints"])),
    }
    return [what for what, is_right in right.items() if not is_right]


def test_there_are_enough_phrasings_and_none_twice() -> None:
    assert len(PHRASINGS) >= 170
    assert len({row["text"] for row in PHRASINGS}) == len(PHRASINGS)
    assert all(isinstance(filters_of(wishes(row["chips"])), Filters) for row in PHRASINGS)


def test_nearly_all_phrasings_are_read_right() -> None:
    knowledge = FamousNames()
    wrong = {row["text"]: found for row in PHRASINGS if (found := faults(row, understand(row["text"], knowledge)))}
    assert len(wrong) <= (1 - RIGHT) * len(PHRASINGS), wrong


@pytest.mark.parametrize("row", PHRASINGS, ids=[row["text"] for row in PHRASINGS])
def test_a_chip_can_be_taken_out(row: dict[str, str]) -> None:
    read = understand(row["text"], FamousNames())
    for chip in read.chips:
        again = understand(read.without(row["text"], chip), FamousNames())
        assert (chip.field, chip.value) not in [(other.field, other.value) for other in again.chips]


def test_case_and_spaces_change_nothing() -> None:
    knowledge = FamousNames()
    for row in PHRASINGS:
        plain, loud = understand(row["text"], knowledge), understand(f"  {row['text'].upper()} ", knowledge)
        assert (plain.query_class, plain.filters, plain.hints) == (loud.query_class, loud.filters, loud.hints)
