"""Completions: exactly the names that go on from what was typed, the famous ones of many."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml import arrays
from recommender.ml.names.completions import BLOCK, N_FAMOUS, Completions
from recommender.ml.names.forms import SMALL_WORDS
from recommender.ml.names.titles import TitleIndex


def completions(names: list[str], fame: list[float] | None = None) -> tuple[TitleIndex, Completions]:
    index = TitleIndex.build([[name] for name in names])
    return index, Completions.build(index, np.array(fame or [0.5] * len(names), np.float32))


def rows(world: tuple[TitleIndex, Completions], typed: str, *, fuzzy: bool = False) -> set[int]:
    index, found = world
    return {hit.row for hit in found.search(index, typed, fuzzy=fuzzy)}


def test_it_works() -> None:
    world = completions(["The Godfather", "Inception", "Disco Godfather"])
    assert rows(world, "god") == {0, 2}
    assert {hit.row for hit in world[1].search(world[0], "god") if hit.starts} == {0}
    assert rows(world, "incpeti") == set()
    assert rows(world, "incpeti", fuzzy=True) == {1}


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("The Lord of the Rings: The Two Towers", "thelordoftheringsthetw"),
        ("The Lord of the Rings: The Two Towers", "lordofther"),
        ("The Lord of the Rings: The Two Towers", "towers"),
        ("Rocky II", "rocky2"),
        ("Rocky II", "rockyi"),
        ("Amélie", "amel"),
        ("千と千尋の神隠し", "千と"),
        ("WALL·E", "walle"),
    ],
)
def test_a_name_is_completed_from_the_start_of_any_word(name: str, typed: str) -> None:
    assert rows(completions(["Heat", name]), typed) == {1}


@pytest.mark.parametrize("typed", ["ofthe", "odfather", "lordoftheringsxx", "ings", ""])
def test_it_is_not_completed_from_elsewhere(typed: str) -> None:
    assert rows(completions(["The Lord of the Rings", "The Godfather"]), typed) == set()


@pytest.mark.parametrize(
    "typed", ["incepto", "incpeti", "icneption", "nception", "inncep", "imcep", "inceptiin", "incpetion"]
)
def test_one_slip_is_forgiven(typed: str) -> None:
    assert rows(completions(["Heat", "Inception", "Ink"]), typed, fuzzy=True) >= {1}


@pytest.mark.parametrize("typed", ["hea", "hxxt", "2002", "blade2048", "gravtyyy"])
def test_two_slips_or_a_digit_or_three_letters_are_not(typed: str) -> None:
    assert rows(completions(["Heat", "2001: A Space Odyssey", "Blade 2049", "Gravity"]), typed, fuzzy=True) == set()


def test_the_most_famous_of_a_long_range_are_found() -> None:
    draw = random.Random(1)
    names = [f"star {number}{draw.choice('abc')}" for number in range(20 * BLOCK)]
    fame = [draw.random() for _ in names]
    found = rows(completions(names, fame), "s")
    best = sorted(range(len(names)), key=lambda row: -fame[row])[:N_FAMOUS]
    assert found == set(best)


def test_the_most_famous_bearer_of_a_name_is_meant() -> None:
    index = TitleIndex.build([["Dune"], ["Dune"], ["Arrakis", "Dune"]])
    found = Completions.build(index, np.array([0.2, 0.9, 0.3], np.float32)).search(index, "dune")
    assert [(hit.row, hit.whole) for hit in found] == [(1, True)]


@settings(max_examples=500)
@given(
    st.lists(st.text("xbo f", min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=8),
    st.text("xbof", min_size=1, max_size=11),
)
def test_it_finds_what_a_scan_finds(names: list[str], typed: str) -> None:
    index, found = completions(names)
    got = {"".join(names[hit.row].split()) for hit in found.search(index, typed)}
    begun = {
        "".join(words)
        for words in map(str.split, names)
        for place, word in enumerate(words)
        if (not place or word not in SMALL_WORDS) and "".join(words[place:]).startswith(typed)
    }
    assert got == begun


def test_nothing_completes_from_nothing(tmp_path: Path) -> None:
    index, empty = completions([])
    assert empty.search(index, "a") == []
    assert empty.search(index, "abcd", fuzzy=True) == []
    arrays.save(empty, tmp_path)
    assert len(arrays.load(Completions, tmp_path).heads) == 0
