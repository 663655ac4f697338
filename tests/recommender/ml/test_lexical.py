"""BM25F against numbers worked by hand."""

from math import log1p

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml.lexical import LexicalIndex

# Three titles. Weighted lengths: 2·1 + 1·2 = 4, 2·1 + 1·0 = 2, 2·1 + 1·1 = 3; the average is 3.
CORPUS = [
    [("heist", 2.0), ("night heist", 1.0)],
    [("night", 2.0), ("", 1.0)],
    [("dream", 2.0), ("ocean", 1.0)],
]


def index() -> LexicalIndex:
    return LexicalIndex.build(CORPUS)


def test_it_works() -> None:
    """One word in one title: count 2 + 1 = 3, length norm 0.5 + 0.5·4/3 = 7/6, so 3·2.2 / (3 + 1.2·7/6) = 1.5.

    A text that says the word for ever would get 2.2, and idf cancels: 1.5 / 2.2.
    """
    assert index().score("heist") == pytest.approx([1.5 / 2.2, 0, 0])


def test_fields_add_up_before_they_saturate_and_length_holds_back() -> None:
    """ "night": count 1 of length 4 (norm 7/6), count 2 of length 2 (norm 0.5 + 0.5·2/3 = 5/6)."""
    first = 1 / (1 + 1.2 * 7 / 6)
    second = 2 / (2 + 1.2 * 5 / 6)
    assert index().score("night") == pytest.approx([first, second, 0])


def test_rare_words_weigh_more_and_unknown_words_count_in_the_divisor() -> None:
    idf_dream, idf_night = log1p(2.5 / 1.5), log1p(1.5 / 2.5)
    dream, night = 2 / (2 + 1.2 * 1.0), 2 / (2 + 1.2 * 5 / 6)
    scores = index().score("a dream a night")  # "a" is in no title
    unknown = log1p(2 * 3 + 1)
    total = idf_dream + idf_night + unknown
    assert scores[2] == pytest.approx(idf_dream * dream / total)
    assert scores[1] == pytest.approx(idf_night * night / total)


def test_plurals_case_and_repetition_make_no_difference() -> None:
    np.testing.assert_array_equal(index().score("HEISTS heist  Heist!"), index().score("heist"))


def test_nothing_asked_or_known_scores_zero() -> None:
    for query in ("", "…", "submarine"):
        assert not index().score(query).any()
    assert index().knows("heist")
    assert not index().knows("submarine")


def test_an_empty_catalogue_has_no_scores() -> None:
    empty = LexicalIndex.build([])
    assert empty.score("heist").shape == (0,)
    assert LexicalIndex.build([[], [("", 1.0)]]).score("heist").tolist() == [0, 0]


_words = st.sampled_from("heist night dream ocean city love war ship".split())
_text = st.lists(_words, max_size=12).map(" ".join)


@settings(max_examples=100, deadline=None, database=None)
@given(st.lists(st.lists(st.tuples(_text, st.sampled_from([0.5, 1.0, 3.0])), max_size=3), max_size=6), _text)
def test_scores_are_shares_below_one(corpus: list[list[tuple[str, float]]], query: str) -> None:
    scores = LexicalIndex.build(corpus).score(query)
    assert scores.shape == (len(corpus),)
    assert (scores >= 0).all()
    assert (scores < 1).all()
    holds = [bool({w for text, _ in fields for w in text.split()} & set(query.split())) for fields in corpus]
    assert (scores > 0).tolist() == holds
