"""Strings in two arrays come back as they went in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml.strings import StringTable


def test_it_works() -> None:
    table = StringTable.of(["Amélie", "", "七人の侍"])
    assert list(table) == ["Amélie", "", "七人の侍"]
    assert (len(table), table[2]) == (3, "七人の侍")


@settings(max_examples=300, deadline=None, database=None)
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
