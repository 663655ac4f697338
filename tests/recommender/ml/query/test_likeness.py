"""Titles after "like" and its kin."""

import pytest

from recommender.ml.query.likeness import likeness_said
from recommender.ml.query.tokens import Said
from tests.recommender.ml.query.catalogues import FamousNames


def names(text: str, *, story: bool = False) -> list[str]:
    return [name for like in likeness_said(Said.of(text), FamousNames(), story=story) for name in like.names]


def test_it_works() -> None:
    assert names("movies like Alien, The Thing and Lost in Translation") == [
        "Alien",
        "The Thing",
        "Lost in Translation",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("something like 2001 a space odyssey but shorter", ["2001: A Space Odyssey"]),
        ("movies like lost in tranlation", ["Lost in Translation"]),
        ("films such as 12 angry men", ["12 Angry Men"]),
        ("like blade runner or alien", ["Blade Runner", "Alien"]),
        ("fans of the office", ["The Office"]),
        ("I like King Kong (2005)", ["King Kong"]),
        ("I liked It (2017)", ["It"]),
        ("scary like the thing", ["The Thing"]),
        ("have you seen King Kong (2005)? it was a great film", ["King Kong"]),
    ],
)
def test_a_title_is_found(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    "text",
    ["looks like rain", "i like it", "i love the comedy", "movies like that", "like Bruce Lee", "alien-like monsters",
     "i would like up", "like", "movies like", "likes alien", "i never liked the film King Kong (2005) at all"],
)  # fmt: skip
def test_nothing_is_compared(text: str) -> None:
    assert names(text) == []


def test_in_a_story_a_title_needs_its_year() -> None:
    assert names("a creature like alien, a bit like King Kong (2005)", story=True) == ["King Kong"]


def test_the_phrase_ends_behind_the_year() -> None:
    text = "like King Kong (2005) but funny"
    [like] = likeness_said(Said.of(text), FamousNames(), story=False)
    assert (like.first, like.last) == (0, 4)
