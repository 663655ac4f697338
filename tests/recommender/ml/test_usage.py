"""How common words are together, told from a planted catalogue."""

import pytest

from recommender.ml.lexical import LexicalIndex
from recommender.ml.usage import N_SAMPLED, share_with_all, titles_saying


def index(*texts: str) -> LexicalIndex:
    return LexicalIndex.build([(text, 1.0)] for text in texts)


def test_it_works() -> None:
    texts = index("time travel", "time", "a traveller in time", "space")
    assert share_with_all(texts, ["time"]) == 0.75
    assert share_with_all(texts, ["time", "travel"]) == 0.5
    assert share_with_all(texts, ["time", "space"]) == 0
    assert share_with_all(texts, ["time", "qwerty"]) == 0
    assert share_with_all(texts, []) == 1


def test_a_word_is_said_where_its_stem_is_and_only_in_its_own_spelling() -> None:
    texts = index("the wild wild west", "oscar wilde", "a hunter", "hunters", "hunters", "hunt")
    assert titles_saying(texts, "wild").tolist() == [0, 1]
    assert titles_saying(texts, "wilde").tolist() == []
    assert titles_saying(texts, "hunters").tolist() == [2, 3, 4]
    assert titles_saying(texts, "hunter").tolist() == []
    assert titles_saying(texts, "qwerty").tolist() == titles_saying(texts, "wild west").tolist() == []
    assert titles_saying(index(), "wild").tolist() == titles_saying(texts, "").tolist() == []


def test_an_empty_catalogue_uses_nothing() -> None:
    assert share_with_all(index(), ["time"]) == 0


def test_common_words_are_sampled() -> None:
    many = index(*(f"time {'travel' if number % 4 == 0 else ''}" for number in range(8 * N_SAMPLED)))
    assert share_with_all(many, ["time"]) == 1
    assert share_with_all(many, ["time", "travel"]) == pytest.approx(0.25, abs=0.01)
