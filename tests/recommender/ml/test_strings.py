"""Strings in two arrays come back as they went in."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml.strings import StringTable


def test_it_works() -> None:
    table = StringTable.of(["Amélie", "", "七人の侍"])
    assert list(table) == ["Amélie", "", "七人の侍"]
    assert (len(table), table[2]) == (3, "七人の侍")


@settings(max_examples=300)
@given(st.lists(st.text(st.characters(), max_size=10)))
def test_any_strings_come_back(strings: list[str]) -> None:
    table = StringTable.of(strings)
    assert list(table) == strings
    assert [table[place] for place in range(len(table))] == strings
    assert int(table.offsets[-1]) == len(table.blob)


@pytest.mark.parametrize("place", [-1, 2, 99])
def test_a_place_outside_is_an_error(place: int) -> None:
    with pytest.raises(IndexError):
        StringTable.of(["a", "b"])[place]


def test_it_is_a_sequence() -> None:
    table = StringTable.of(["b", "a"])
    assert "a" in table
    assert "c" not in table
    assert table.index("a") == 1
    assert sorted(table) == ["a", "b"]


@settings(max_examples=300)
@given(st.lists(st.text(st.characters(), max_size=6)), st.text(st.characters(), max_size=3))
def test_sorted_strings_are_found_by_themselves_and_by_their_beginnings(strings: list[str], wanted: str) -> None:
    ordered = sorted(strings)
    table = StringTable.of(ordered)
    first, end = table.prefix_range(wanted)
    assert [place for place, string in enumerate(ordered) if string.startswith(wanted)] == list(range(first, end))
    assert table.find(wanted) == (ordered.index(wanted) if wanted in ordered else None)
    assert table.take(range(first, end)) == ordered[first:end]


def test_strings_are_taken_in_any_order() -> None:
    table = StringTable.of(["a", "é", "ccc"])
    assert table.take([2, 0, 2]) == ["ccc", "a", "ccc"]
    assert table.take(np.array([1], np.int32)) == ["é"]
    assert table.take([]) == []


@pytest.mark.parametrize("places", [[-1], [0, 3], [9]])
def test_taking_from_outside_is_an_error(places: list[int]) -> None:
    with pytest.raises(IndexError):
        StringTable.of(["a", "b", "c"]).take(places)


def test_a_table_can_be_pickled() -> None:
    assert list(pickle.loads(pickle.dumps(StringTable.of(["a", "b"])))) == ["a", "b"]
