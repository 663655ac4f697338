"""Values and the titles that have them: found however they are spelt, counted either way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ml.facts import values
from recommender.ml.facts.values import ValueTable
from recommender.ml.names.folding import fold

TITLES = [["Tom Hanks", "Meg Ryan"], ["Meg Ryan"], [], ["Åsa Öst", "Tom Hanks", "Tom Hanks"], ["meg ryan"]]


def test_it_works() -> None:
    table = ValueTable.build(TITLES)
    assert list(table.labels) == ["Åsa Öst", "Meg Ryan", "Tom Hanks"], "in order of their folds"
    assert (len(table), table.n_titles) == (3, 5)
    assert table.titles_with("Tom Hanks").tolist() == [True, False, False, True, False]
    assert table.titles_with("Åsa Öst", "Nobody").tolist() == [False, False, False, True, False]
    assert table.is_known().tolist() == [True, True, False, True, True]
    assert table.most_frequent(np.arange(5), 9) == [("Meg Ryan", 3), ("Tom Hanks", 2), ("Åsa Öst", 1)]


@pytest.mark.parametrize("few", [values.FEW, 0])
def test_a_value_is_found_by_its_fold(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "FEW", few)
    table = ValueTable.build(TITLES)
    assert [table.find(name) for name in ("asa ost", "MEG  RYAN", "Tom Hanks")] == [0, 1, 2]
    assert [table.find(name) for name in ("", "Aaa", "Meg", "Zoe", "tom-hank")] == [None] * 5


def test_the_commonest_spelling_is_the_label_and_empty_values_are_none() -> None:
    table = ValueTable.build([["Penelope Cruz", ""], ["Penélope Cruz", " "], ["Penélope Cruz"]])
    assert list(table.labels) == ["Penélope Cruz"]
    assert ValueTable.build([["B-b"], ["B b"]]).labels[0] == "B b", "of equals the first in the alphabet"


@pytest.mark.parametrize("titles", [[], [[]], [[], [""]]])
def test_nothing_is_no_error(titles: list[list[str]]) -> None:
    table = ValueTable.build(titles)
    assert len(table) == 0
    assert table.find("x") is None
    assert table.titles_with("x").tolist() == [False] * len(titles)
    assert table.most_frequent(np.arange(len(titles)), 3) == []
    assert table.most_frequent(np.arange(0), 3) == []


def test_of_equal_counts_the_first_labels_are_kept() -> None:
    table = ValueTable.build([["d", "b", "a", "c"], ["c"]])
    assert table.most_frequent(np.array([0]), 2) == [("a", 1), ("b", 1)]
    assert table.most_frequent(np.array([0, 1]), 2) == [("c", 2), ("a", 1)]
    assert table.most_frequent(np.array([0, 1]), 0) == []


@given(
    st.lists(st.lists(st.sampled_from("abcdefghijklm"), max_size=8), min_size=1, max_size=12),
    st.sets(st.integers(0, 11)),
    st.integers(0, 14),
)
def test_counts_are_those_of_counting(titles: list[list[str]], chosen: set[int], limit: int) -> None:
    rows = [row for row in sorted(chosen) if row < len(titles)]
    table = ValueTable.build(titles)
    expected = {value: sum(value in titles[row] for row in rows) for value in "abcdefghijklm"}
    ranked = sorted(((value, n) for value, n in expected.items() if n), key=lambda pair: (-pair[1], pair[0]))
    assert table.most_frequent(np.array(rows, np.int64), limit) == ranked[:limit]


@given(st.lists(st.lists(st.text(max_size=4), max_size=4), max_size=6))
def test_every_value_is_found_again(titles: list[list[str]]) -> None:
    table = ValueTable.build(titles)
    for row, title in enumerate(titles):
        for value in title:
            assert table.titles_with(value)[row] == bool(fold(value))
