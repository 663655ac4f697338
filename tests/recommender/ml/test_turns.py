"""The first places of a list are shared among what somebody chose."""

import numpy as np

from recommender.ml.turns import N_FIRST, taking_turns


def speakers(parts: np.ndarray, order: np.ndarray) -> list[int]:
    found: list[int] = np.bincount(parts[:, order[:N_FIRST]].argmax(axis=0), minlength=len(parts)).tolist()
    return found


def test_no_one_fills_more_than_half_and_all_have_a_say() -> None:
    parts = np.zeros((3, 30), np.float32)
    parts[0, :20], parts[1, 20:25], parts[2, 25:] = 3, 2, 1
    order = taking_turns(parts)
    assert sorted(order.tolist()) == list(range(30))
    assert order[0] == 0
    assert speakers(parts, order) == [4, 3, 1]
    assert order[N_FIRST:].tolist() == sorted(order[N_FIRST:].tolist())


def test_where_there_is_nothing_else_one_fills_it() -> None:
    alone = np.ones((1, 20), np.float32)
    assert taking_turns(alone).tolist() == list(range(20))
    loud = np.stack([np.full(20, 2), np.ones(20)]).astype(np.float32)
    assert taking_turns(loud).tolist() == list(range(20))


def test_a_good_mix_stays_as_it_is() -> None:
    parts = np.array([[2, 0] * 8, [0, 2] * 8], np.float32)
    assert taking_turns(parts).tolist() == list(range(16))


def test_titles_that_nothing_speaks_for_take_nobodys_turn() -> None:
    parts = np.zeros((2, 12), np.float32)
    parts[0, 0] = parts[1, 11] = 1
    order = taking_turns(parts).tolist()
    assert order[:7] == list(range(7))
    assert order[7] == 11


def test_short_lists_and_no_candidates() -> None:
    assert taking_turns(np.zeros((3, 0), np.float32)).tolist() == []
    assert taking_turns(np.ones((3, 5), np.float32)).tolist() == list(range(5))
