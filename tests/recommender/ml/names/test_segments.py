"""Segments: whatever is a few slips away is proposed, and little else."""

import random
import string

import numpy as np
import pytest

from recommender.ml.names.segments import MAX_LENGTH, MIN_LENGTH, SegmentIndex, lookup_hashes, n_segments, n_slips

LETTERS = string.ascii_lowercase


def proposed(index: SegmentIndex, text: str, limit: int = 10_000) -> list[int]:
    return sorted(index.proposals([text], limit).tolist())


def edited(draw: random.Random, text: str, n: int) -> str:
    for _ in range(n):
        place = draw.randrange(len(text))
        text = draw.choice(
            [
                text[:place] + text[place + 1 :],
                text[:place] + draw.choice(LETTERS) + text[place:],
                text[:place] + draw.choice(LETTERS) + text[place + 1 :],
            ]
        )
    return text


def test_it_works() -> None:
    index = SegmentIndex.build(["inception", "gravity", "interstellar"])
    assert proposed(index, "incepton") == [0]
    assert proposed(index, "intrestelar") == [2]
    assert proposed(index, "zzzzzzzz") == []


def test_everything_within_the_slips_is_proposed() -> None:
    """PassJoin misses nothing: that is the theorem."""
    draw = random.Random(3)
    strings = ["".join(draw.choices(LETTERS, k=draw.randint(4, 40))) for _ in range(400)]
    index = SegmentIndex.build(strings)
    for place, text in enumerate(strings):
        typed = edited(draw, text, draw.randint(0, n_slips(max(4, len(text) - 4))))
        slips_allowed = n_slips(len(typed))
        if len(typed) < MIN_LENGTH or n_slips(max(4, len(text) - 4)) > slips_allowed:
            continue
        assert place in proposed(index, typed), (text, typed)


@pytest.mark.parametrize("length", [4, 5, 6, 9, 14])
def test_two_swapped_neighbours_are_one_slip(length: int) -> None:
    text = LETTERS[:length]
    index = SegmentIndex.build([text])
    for place in range(length - 1):
        typed = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        assert proposed(index, typed) == [0], typed


def test_the_nearest_come_first_when_there_is_no_room() -> None:
    draw = random.Random(5)
    near = ["gravita", "gravitz", "gravit"]
    far = [f"gra{''.join(draw.choices(LETTERS, k=4))}" for _ in range(300)]
    index = SegmentIndex.build([*far, *near])
    assert set(range(300, 303)) <= set(proposed(index, "gravity", limit=10))


@pytest.mark.parametrize("text", ["", "abc", "x" * (MAX_LENGTH + 1), "x" * 2_000])
def test_too_short_and_too_long_texts_are_not_looked_up(text: str) -> None:
    assert len(lookup_hashes(text)) == 0
    assert proposed(SegmentIndex.build(["abcd", "x" * 200]), text) == []


def test_several_texts_are_looked_up_at_once() -> None:
    index = SegmentIndex.build(["godfather", "thegodfather", "casablanca"])
    assert set(index.proposals(["thegodfathr", "casablanka"], 10).tolist()) == {0, 1, 2}


def test_letters_of_any_script_have_segments() -> None:
    index = SegmentIndex.build(["千と千尋の神隠し", "ночнойдозор"])
    assert proposed(index, "千と千尋の神隠") == [0]
    assert proposed(index, "ночнойдозр") == [1]


def test_every_string_has_its_segments() -> None:
    lengths = np.arange(0, 100)
    assert n_segments(lengths)[[3, 4, 8, 11, 40, 80, 81]].tolist() == [0, 3, 3, 4, 8, 8, 0]
    index = SegmentIndex.build(["a" * length for length in lengths])
    assert len(index.holders) == n_segments(lengths).sum() == index.starts[-1]


def test_an_empty_index_proposes_nothing() -> None:
    assert proposed(SegmentIndex.build([]), "heat") == []
