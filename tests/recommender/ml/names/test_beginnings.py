"""Names that go on, letter for letter, from what was typed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ml.names.beginnings import begun, is_beginning, is_cut, is_spaced_so
from recommender.ml.names.titles import TitleIndex

NAMES = [
    ["The Dark Knight"], ["The Dark Knight Rises"], ["The Dark"], ["Darkman"], ["Fight Club"], ["Toys"],
    ["Toy Story"], ["The Silence of the Lambs"], ["12 Monkeys"], ["Rocky II"], ["Rocky IV"], ["Inside Out"],
    ["Insideout Obscure"], ["Spirited Away", "Sen to Chihiro no kamikakushi"], ["Star Wars: The Last Jedi"],
]  # fmt: skip
FAME = np.linspace(1, 0.3, len(NAMES), dtype=np.float32)
TITLES = TitleIndex.build(NAMES)


def names(text: str, at_least: float = 0.0, limit: int = 20) -> list[str]:
    return [NAMES[row][0] for row in begun(TITLES, text, FAME, at_least=at_least, limit=limit)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("the dark k", ["The Dark Knight", "The Dark Knight Rises"]),
        ("The Dark", ["The Dark Knight", "The Dark Knight Rises"]),  # a whole name does not go on
        ("dark k", ["The Dark Knight", "The Dark Knight Rises"]),  # the name's article left out
        ("fight c", ["Fight Club"]),
        ("toy s", ["Toy Story"]),  # words stay words: no "Toys"
        ("inside o", ["Inside Out"]),
        ("silence of", ["The Silence of the Lambs"]),
        ("twelve mo", ["12 Monkeys"]),
        ("rocky i", ["Rocky II", "Rocky IV"]),
        ("rocky 2", []),
        ("sen to chi", ["Spirited Away"]),
        ("star wars the l", ["Star Wars: The Last Jedi"]),
        ("the last j", []),  # a part of a name is no beginning of it
        ("fihgt c", []),
    ],
)  # fmt: skip
def test_begun(typed: str, found: list[str]) -> None:
    assert names(typed) == found


def test_only_the_famous_and_no_more_than_asked() -> None:
    assert names("the dark k", at_least=float(FAME[0])) == ["The Dark Knight"]
    assert names("the dark k", limit=1) == ["The Dark Knight"]


@given(st.text(max_size=80))
def test_any_text_is_taken(text: str) -> None:
    assert len(begun(TITLES, text, FAME, at_least=0)) <= len(NAMES)
    assert is_spaced_so(TITLES, text) in (True, False)


@pytest.mark.parametrize(
    ("typed", "is_one"), [("toys", True), ("toy s", False), ("the dark", True), ("dark", True), ("rocky two", True)]
)
def test_a_name_has_the_words_that_were_typed(typed: str, is_one: bool) -> None:
    assert is_spaced_so(TITLES, typed) == is_one


@pytest.mark.parametrize(
    ("typed", "usage", "is_one"),
    [
        ("fight c", 0.2, True),
        ("silence of", 0.2, True),
        ("the shaws", 0.2, True),  # nobody asks for a theme with an article
        ("seven sam", 1e-4, True),
        ("serial killer", 0.01, False),
        ("rocky 2", 0.01, False),
        ("fightc", 0.0, False),
        ("", 1.0, False),
    ],
)  # fmt: skip
def test_what_may_be_a_beginning(typed: str, usage: float, is_one: bool) -> None:
    assert is_beginning(typed.split(), usage) == is_one


def test_a_word_that_is_cut_off() -> None:
    assert all(map(is_cut, ["k", "sa", "of", "the"]))
    assert not any(map(is_cut, ["2", "12", "man", "club"]))
