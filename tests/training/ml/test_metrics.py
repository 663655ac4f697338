"""Ranking measures against numbers worked by hand, then by their properties."""

from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.ml.metrics import mean_and_bound, ndcg_at_k, reciprocal_rank

quick = settings(max_examples=300)


def test_it_works() -> None:
    """Gains 0, 1, ½ in this order: 1/log₂3 + ½/2 = 0.881; the best order has 1 + ½/log₂3 = 1.315."""
    assert ndcg_at_k([7, 8, 9], {8: 1.0, 9: 0.5}) == pytest.approx((1 / log2(3) + 0.25) / (1 + 0.5 / log2(3)))
    assert ndcg_at_k([7, 8, 9], {8: 1.0, 9: 0.5}) == pytest.approx(0.66967, abs=1e-5)


@pytest.mark.parametrize(
    ("ranked", "gains", "k", "expected"),
    [
        ([1, 2], {1: 1.0}, 10, 1.0),
        ([2, 1], {1: 1.0}, 10, 1 / log2(3)),
        ([2, 1], {1: 1.0}, 1, 0.0),
        ([], {1: 1.0}, 10, 0.0),
        ([9], {1: 1.0, 2: 1.0}, 10, 0.0),
        ([1], {1: 1.0, 2: 1.0}, 10, 1 / (1 + 1 / log2(3))),  # what was not found counts too
        ([1], {1: 1.0, 2: 1.0}, 1, 1.0),  # but not more than k of it
        ([1], {1: 0.25}, 10, 1.0),  # the unit of gain does not matter
    ],
)
def test_ndcg_by_hand(ranked: list[int], gains: dict[int, float], k: int, expected: float) -> None:
    assert ndcg_at_k(ranked, gains, k) == pytest.approx(expected)


@pytest.mark.parametrize(("gains", "k"), [({}, 10), ({1: 0.0}, 10), ({1: 1.0}, 0), ({1: 1.0}, -1)])
def test_ndcg_without_anything_relevant_is_undefined(gains: dict[int, float], k: int) -> None:
    with pytest.raises(ValueError, match="positive gain"):
        ndcg_at_k([1], gains, k)


ranked_lists = st.permutations(range(12))
some_gains = st.dictionaries(st.integers(0, 15), st.sampled_from([0.25, 0.5, 1.0]), min_size=1)


@quick
@given(ranked_lists, some_gains, st.integers(1, 15))
def test_ndcg_lies_between_0_and_1_and_the_ideal_order_is_1(
    ranked: list[int], gains: dict[int, float], k: int
) -> None:
    assert 0 <= ndcg_at_k(ranked, gains, k) <= 1 + 1e-12
    assert ndcg_at_k(sorted(gains, key=lambda title: -gains[title]), gains, k) == pytest.approx(1)


@quick
@given(ranked_lists, some_gains, st.integers(0, 10))
def test_moving_the_more_relevant_title_up_never_scores_lower(
    ranked: list[int], gains: dict[int, float], place: int
) -> None:
    upper, lower = ranked[place], ranked[place + 1]
    swapped = [*ranked[:place], lower, upper, *ranked[place + 2 :]]
    change = ndcg_at_k(swapped, gains) - ndcg_at_k(ranked, gains)
    difference = gains.get(lower, 0.0) - gains.get(upper, 0.0)
    assert change == pytest.approx(0) if difference == 0 or place >= 10 else change * difference >= 0
    if difference > 0 and place < 9:
        assert change > 0


@quick
@given(ranked_lists, some_gains, st.randoms(use_true_random=False))
def test_permuting_ties_changes_nothing(ranked: list[int], gains: dict[int, float], draw) -> None:
    """Titles of equal gain may change places."""
    by_gain: dict[float, list[int]] = {}
    for title in ranked:
        by_gain.setdefault(gains.get(title, 0.0), []).append(title)
    for titles in by_gain.values():
        draw.shuffle(titles)
    permuted = [by_gain[gains.get(title, 0.0)].pop() for title in ranked]
    assert ndcg_at_k(permuted, gains) == pytest.approx(ndcg_at_k(ranked, gains))


@pytest.mark.parametrize(
    ("right", "k", "expected"), [(5, 10, 1.0), (6, 10, 0.5), (8, 10, 0.25), (8, 3, 0.0), (9, 10, 0.0)]
)
def test_reciprocal_rank_by_hand(right: int, k: int, expected: float) -> None:
    assert reciprocal_rank([5, 6, 7, 8], right, k) == expected


def test_no_differences_have_no_mean() -> None:
    assert mean_and_bound([]) == (0.0, 0.0)


def test_equal_differences_have_no_interval() -> None:
    assert mean_and_bound([0.25] * 7) == pytest.approx((0.25, 0.25))


def test_the_bound_is_that_of_the_normal_theory_for_many_values() -> None:
    values = np.random.default_rng(4).normal(0.1, 0.5, size=400)
    mean, bound = mean_and_bound(values.tolist())
    assert mean == pytest.approx(values.mean())
    assert bound == pytest.approx(values.mean() - 1.96 * values.std() / 20, abs=0.005)


def test_the_bound_holds_about_as_often_as_it_says() -> None:
    draw = np.random.default_rng(5)
    above = [mean_and_bound(draw.normal(0, 1, size=40).tolist(), draws=400)[1] > 0 for _ in range(400)]
    assert 0.005 < np.mean(above) < 0.06  # 2.5 % by name


@quick
@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30))
def test_the_bound_lies_between_the_least_and_the_mean(values: list[float]) -> None:
    mean, bound = mean_and_bound(values, draws=100)
    assert min(values) - 1e-9 <= bound
    assert mean == pytest.approx(np.mean(values))
    assert mean_and_bound(values, draws=100) == (mean, bound), "the same draw every time"


def test_more_values_of_the_same_spread_tighten_the_bound() -> None:
    values = [-0.2, 0.0, 0.1, 0.3]
    gaps = [mean - bound for mean, bound in (mean_and_bound(values * times) for times in (1, 4, 16))]
    assert gaps[0] > gaps[1] > gaps[2] > 0
