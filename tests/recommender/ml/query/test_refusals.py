"""What is refused and no filter can keep away is left out of the search."""

import pytest

from recommender.ml.query.refusals import refused_said
from recommender.ml.query.tokens import Said


def dropped(text: str) -> list[str]:
    said = Said.of(text)
    return [said.raw(reading.first, reading.last) for reading in refused_said(said, [False] * len(said))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("zombies but not scary", "not scary"),
        ("robots, not too long", "not too long"),
        ("robots not in space", "not in space"),
        ("heat not the 1995 one", "not the 1995 one"),
        ("robots not scary or sad", "not scary or sad"),
        ("robots, no 90s", "no 90s"),
    ],
)
def test_it_is_left_out(text: str, words: str) -> None:
    assert words in dropped(text)


@pytest.mark.parametrize("text", ["not funny", "not from 1994", "robots without gore", "not your average hero", ""])
def test_it_stays(text: str) -> None:
    assert dropped(text) == []
