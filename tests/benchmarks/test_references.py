import numpy as np

from benchmarks.quality.metrics import Query
from benchmarks.quality.references import best, fused
from benchmarks.quality.table import Table


def test_the_best_come_first_and_ties_keep_the_order_of_rows():
    scores = np.array([0.1, 0.9, 0.5, 0.9, 0.5], np.float32)
    assert best(scores, Query("x")) == [1, 3, 2, 4, 0]
    assert best(scores, Query("x"), depth=3) == [1, 3, 2]


def test_only_rows_to_rank_are_ranked_and_never_a_seed():
    scores = np.array([0.1, 0.9, 0.5, 0.9, 0.5], np.float32)
    assert best(scores, Query("x", among=np.array([4, 0, 2]))) == [4, 2, 0]
    assert best(scores, Query("", seeds=(1, 4))) == [3, 2, 0]


def test_fusion_prefers_what_both_rankings_have():
    assert fused([1, 2, 3], [4, 2]).rows == [2, 1, 4, 3]
    assert fused([], []).rows == []


def test_a_system_that_did_not_run_shows_a_dash():
    table = Table(("ours", "theirs", "absent"))
    line = table.line("typos", "Hit@1", {"ours": [1.0, 1.0], "theirs": [0.0, 1.0]}, ".791", "")
    assert line.split() == ["typos:", "Hit@1", "2", "1.000", "[1.000", "1.000]", "0.500", "–", ".791", "–"]
    assert table.entries[0]["systems"]["theirs"]["mean"] == 0.5
