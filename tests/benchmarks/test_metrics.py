import numpy as np
import pytest

from benchmarks.quality.metrics import (
    Answer,
    Query,
    hit_at,
    interval,
    ndcg,
    overlap,
    recall_at,
    reciprocal_rank,
    was_accepted,
    was_corrected,
    was_refused,
)

QUERY = Query("two right ones", {7: 1.0, 3: 3.0})


def test_a_hit_is_any_right_row_among_the_first_k():
    answer = Answer([5, 7, 3])
    assert hit_at(1)(answer, QUERY) == 0
    assert hit_at(2)(answer, QUERY) == 1
    assert hit_at(10)(Answer([]), QUERY) == 0


def test_recall_is_out_of_what_could_be_found():
    assert recall_at(1)(Answer([3, 7]), QUERY) == 1
    assert recall_at(100)(Answer([3, 5]), QUERY) == 0.5
    assert recall_at(100)(Answer([]), QUERY) == 0


def test_reciprocal_rank_counts_the_first_right_row_of_ten():
    assert reciprocal_rank(Answer([5, 7, 3]), QUERY) == 1 / 2
    assert reciprocal_rank(Answer([*range(20, 30), 3]), QUERY) == 0


def test_ndcg_by_hand():
    ideal = 3 / np.log2(2) + 1 / np.log2(3)
    assert ndcg(Answer([3, 7]), QUERY) == pytest.approx(1)
    assert ndcg(Answer([7, 5, 3]), QUERY) == pytest.approx((1 / np.log2(2) + 3 / np.log2(4)) / ideal)
    assert ndcg(Answer([]), QUERY) == 0


def test_what_an_answer_says_of_itself():
    assert was_corrected(Answer([1], corrected=True), QUERY) == 1
    assert was_refused(Answer([], refused=True), QUERY) == 1
    assert was_accepted(Answer([], refused=True), QUERY) == 0
    assert was_accepted(Answer([1]), QUERY) == 1


def test_overlap_is_a_share_of_the_longer_list():
    assert overlap([1, 2, 3, 4], [4, 3, 9, 8], k=4) == 0.5
    assert overlap([1, 2], [2, 1, 3, 4], k=4) == 0.5
    assert overlap([1, 2, 3], [3, 9, 1], k=1) == 0
    assert overlap([], []) == 0


def test_the_interval_covers_the_mean_and_is_the_same_each_time():
    values = [0.0] * 70 + [1.0] * 30
    low, high = interval(values)
    assert (low, high) == interval(values)
    assert low < 0.3 < high
    # The normal approximation of a share of 100: 0.3 ± 1.96 √(0.3 · 0.7 / 100).
    assert low == pytest.approx(0.3 - 0.09, abs=0.02)
    assert high == pytest.approx(0.3 + 0.09, abs=0.02)


def test_equal_values_leave_no_doubt():
    assert interval([0.5, 0.5, 0.5]) == (0.5, 0.5)


def test_no_query_has_no_interval():
    with pytest.raises(ValueError, match="no query"):
        interval([])
