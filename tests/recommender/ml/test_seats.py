"""Seats: what learning at large crowds out of a first ten keeps a few places, and nothing else moves."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml.seats import N_FIRST, N_SEATS, keep_seats


def shown(by_hand: list[float], **given_: Any) -> tuple[list[int], list[int]]:
    """(ranks as shown, ranks that sit on seats)"""
    n = len(by_hand)
    looks, fame = (np.array(given_.get(name, [0.0] * n), np.float32) for name in ("looks", "fame"))
    stays = np.isin(np.arange(n), given_.get("stays", []))
    order, seats = keep_seats(np.array(by_hand, np.float32), looks, fame, stays)
    return order.tolist(), order[seats].tolist()


REVERSED = [float(n) for n in range(20)]  # by hand, the last rank would be first


def test_it_works() -> None:
    """Ranks 10 to 19 would be the ten by hand, and of those the least looked at sit."""
    looks = [0.0] * 10 + [2, 5, 6, 0, 4, 1, 2, 3, 4, 0]
    order, seated = shown(REVERSED, looks=looks)
    assert seated == [10, 13, 14, 15, 16, 17, 18, 19]
    assert order == [0, 1, 10, 13, 14, 15, 16, 17, 18, 19, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12]


def test_nobody_is_crowded_out_where_nothing_was_learnt() -> None:
    assert shown([-n for n in REVERSED]) == (list(range(20)), [])


def test_a_short_ranking_has_nobody_outside() -> None:
    assert shown(REVERSED[:N_FIRST]) == (list(range(N_FIRST)), [])
    assert shown([]) == ([], [])


def test_between_equally_seen_titles_the_less_famous_sits() -> None:
    fame = [0.0] * 10 + [0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.6, 0.4, 0.5, 0.55]  # the two most famous stand
    assert shown(REVERSED, fame=fame)[1] == [11, 13, 14, 15, 16, 17, 18, 19]


def test_who_stays_never_makes_way() -> None:
    order, seated = shown(REVERSED, stays=[6, 7, 8, 9])
    assert seated == [10, 11, 12, 13, 14, 15]
    assert order[:4] == [6, 7, 8, 9]
    assert shown(REVERSED, stays=list(range(9)))[1] == [10]
    assert shown(REVERSED, stays=list(range(10))) == (list(range(20)), [])


@settings(max_examples=200)
@given(
    st.lists(st.floats(-2, 2, width=32), max_size=60),
    st.sets(st.integers(0, 59)),
    st.integers(0, 2**32 - 1),
)
def test_nothing_is_lost_and_those_above_keep_their_order(by_hand: list[float], stays: set[int], seed: int) -> None:
    draw = np.random.default_rng(seed)
    n = len(by_hand)
    order, seated = shown(by_hand, looks=draw.random(n), fame=draw.random(n), stays=list(stays))
    assert sorted(order) == list(range(n))
    assert len(seated) <= N_SEATS
    above = order[: min(N_FIRST, n) - len(seated)]
    assert above == sorted(above)
    assert {rank for rank in stays if rank < min(N_FIRST, n)} <= set(above) | set(seated)
    assert all(rank >= N_FIRST for rank in seated)
    below = order[N_FIRST:]
    assert below == sorted(below)


@pytest.mark.parametrize("n", [11, 12, 30])
def test_seats_are_the_last_of_the_first_ten(n: int) -> None:
    order, seated = shown([float(rank) for rank in range(n)])
    assert order[N_FIRST - len(seated) : N_FIRST] == seated
