"""Maximal marginal relevance: by hand, by its bounds, and on a planted world."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ml.composition import TitleText
from recommender.ml.diversity import rearranged
from recommender.ml.engine import search
from recommender.ml.explore import Exploration
from recommender.ml.ranking import Ranking, Tier
from tests import worlds

RIGHT, UP = [1.0, 0.0], [0.0, 1.0]


def units(*rows: list[float]) -> np.ndarray:
    made = np.array(rows, np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def test_it_works_as_worked_by_hand() -> None:
    # After the first, rank 1 is worth .5 · .9 − .5 · 1 = −.05, rank 2 .5 · .5 − 0 = .25, rank 3 0 − .5 · .707 = −.35.
    heights = np.array([1.0, 0.9, 0.5, 0.0], np.float32)
    assert rearranged(heights, units(RIGHT, RIGHT, UP, [1, 1]), 0.5).tolist() == [0, 2, 1, 3]


def test_zero_changes_nothing_and_one_asks_for_unlikeness_only() -> None:
    heights = np.array([1.0, 0.9, 0.8, 0.0], np.float32)
    content = units(RIGHT, RIGHT, [1, 1], UP)
    assert rearranged(heights, content, 0.0).tolist() == [0, 1, 2, 3]
    assert rearranged(heights, content, 1.0).tolist()[:2] == [0, 3]


def test_a_seat_counts_for_as_much_as_its_place() -> None:
    """Scores that rise along the ranking are those of seats: alike in everything else, they stay where they are."""
    heights = np.array([0.9, 0.1, 0.8, 0.7], np.float32)
    assert rearranged(heights, units(RIGHT, RIGHT, RIGHT, RIGHT), 0.3).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_it_refuses_what_is_no_share(wrong: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        rearranged(np.ones(3, np.float32), units(RIGHT, UP, RIGHT), wrong)
    with pytest.raises(ValueError, match="from 0 to 1"):
        search(worlds.snapshot(), "heist", diversity=wrong)


@given(st.integers(0, 12), st.floats(0, 1), st.integers(0, 9))
def test_it_is_an_order_of_all(n: int, diversity: float, seed: int) -> None:
    draw = np.random.default_rng(seed)
    heights = draw.choice([0.0, 0.5, 1.0], n).astype(np.float32)
    order = rearranged(heights, worlds.crowded(n, 8, seed) if n else np.zeros((0, 8), np.float32), diversity)
    assert sorted(order.tolist()) == list(range(n))
    assert not n or order[0] == 0


# ---- on a world of three kinds of heist, of which one is told best

KINDS = ("a bank vault heist", "a train heist in the desert of the west", "a museum heist in Paris by night")
WORLD = worlds.snapshot(
    [
        TitleText(f"Film {kind}{place}x", description=f"A heist, {KINDS[kind]}, told by {'abcdefghijkl'[place]}.")
        for kind in range(3)
        for place in range(12)
    ]
)
STEPS = (0.0, 0.3, 0.6, 0.9)


def likeness(ranking: Ranking) -> float:
    """Mean cosine between two of the first ten."""
    content = WORLD.index.vectors([WORLD.index.row_of_title[hit.title_id] for hit in ranking.hits[:10]])
    return round(float((content @ content.T)[np.triu_indices(10, 1)].mean()), 5)


def test_the_first_ten_are_less_alike_the_more_of_it_is_asked() -> None:
    found = [likeness(search(WORLD, "bank vault heist", diversity=step)) for step in STEPS]
    assert found == sorted(found, reverse=True)
    assert found[-1] < found[0] - 0.05


def test_only_the_order_changes() -> None:
    plain = search(WORLD, "bank vault heist", limit=100)
    other = search(WORLD, "bank vault heist", limit=100, diversity=0.9)
    assert [hit.title_id for hit in plain.hits] != [hit.title_id for hit in other.hits]
    assert {hit.title_id: hit for hit in plain.hits} == {hit.title_id: hit for hit in other.hits}
    assert plain.hits[0] == other.hits[0]


def test_pages_join() -> None:
    whole = [hit.title_id for hit in search(WORLD, "bank vault heist", limit=100, diversity=0.7).hits]
    seen: list[int] = []
    while len(seen) < len(whole):
        seen += [hit.title_id for hit in search(WORLD, "bank vault heist", limit=7, without=seen, diversity=0.7).hits]
    assert seen == whole


def test_what_the_text_names_stays_first() -> None:
    for step in STEPS:
        ranking = search(WORLD, "film 21x", diversity=step)
        assert (ranking.hits[0].tier, ranking.n_matches) == (Tier.EXACT, 1)
        assert all(hit.tier == Tier.SEMANTIC for hit in ranking.hits[1:])


def test_nothing_asked_for_is_nothing_done() -> None:
    draw = Exploration(1.0, 7)
    assert search(WORLD, "heist", diversity=0.0, explore=draw).hits == search(WORLD, "heist", explore=draw).hits
