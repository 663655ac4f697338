"""Every condition of the gate fails alone and says why."""

from dataclasses import replace
from typing import Any

import pytest

from training.ml.config import GatePolicy
from training.ml.gate import Verdict, judge
from training.ml.golden import GoldenResult

GOOD = GoldenResult(exact_share=1.0, misspelt_mrr=0.9, theme_ndcg=0.5, n_distinct=100, median_ms=2.0)
POLICY = GatePolicy()


def verdict(*, policy: GatePolicy = POLICY, **changes: Any) -> Verdict:
    plain: dict[str, Any] = {
        "differences": [0.1, 0.0, 0.2, 0.0],
        "candidate": GOOD,
        "champion": GOOD,
        "version_zero": GOOD,
        "largest_step": 0.01,
        "loads": None,
    }
    return judge(**(plain | changes), policy=policy)


def test_it_works() -> None:
    passed = verdict()
    assert passed.promotes
    assert passed.refusals == []
    assert [condition.name for condition in passed.conditions] == [
        "servable", "training", "data", "quality", "exact titles", "misspelt titles", "never-seen themes", "coverage",
        "latency",
    ]  # fmt: skip
    assert all(condition.reason for condition in passed.conditions)


@pytest.mark.parametrize(
    ("changes", "name", "reason"),
    [
        ({"loads": "query_up holds a value that is not finite"}, "servable", "query_up holds a value"),
        ({"largest_step": 0.11}, "training", "moved by 0.1100 of their length, at most 0.1"),
        ({"largest_step": float("nan")}, "training", "moved by nan"),
        ({"differences": [0.1, 0.1]}, "data", "2 searches with a choice could be judged, at least 3"),
        ({"differences": []}, "data", "0 searches"),
        ({"differences": [-0.006] * 400}, "quality", "on 400 held-out searches changed by -0.0060"),
        ({"differences": [0.6] * 50 + [-0.58] * 50}, "quality", "95 % interval from -0."),
        ({"differences": [float("nan")] * 5}, "quality", "changed by +nan"),
        ({"candidate": replace(GOOD, exact_share=0.999)}, "exact titles", "99.9% of exact titles stand first"),
        ({"candidate": replace(GOOD, misspelt_mrr=0.894)}, "misspelt titles", "is 0.894, the champion's 0.900"),
        ({"candidate": replace(GOOD, theme_ndcg=0.479)}, "never-seen themes", "is 0.479, the champion's 0.500"),
        ({"version_zero": replace(GOOD, theme_ndcg=0.56)}, "never-seen themes", "version 0's 0.560"),
        ({"candidate": replace(GOOD, n_distinct=89)}, "coverage", "89 different titles over the golden themes"),
        ({"candidate": replace(GOOD, median_ms=9.1)}, "latency", "takes 9.1 ms, the champion 2.0 ms"),
    ],
)
def test_each_condition_fails_alone_and_says_why(changes: dict[str, Any], name: str, reason: str) -> None:
    refused = verdict(**changes)
    assert not refused.promotes
    assert [condition.name for condition in refused.conditions if not condition.passed] == [name]
    (said,) = refused.refusals
    assert reason in said


@pytest.mark.parametrize(
    "changes",
    [
        {"largest_step": 0.1},
        {"differences": [0.0, 0.0, 0.0]},
        {"differences": [-0.005] * 400},
        {"candidate": replace(GOOD, misspelt_mrr=0.896)},
        {"candidate": replace(GOOD, theme_ndcg=0.481)},
        {"version_zero": replace(GOOD, theme_ndcg=0.549)},
        {"candidate": replace(GOOD, n_distinct=90)},
        {"candidate": replace(GOOD, median_ms=9.0)},
        {"champion": replace(GOOD, exact_share=0.0, n_distinct=1_000)},  # not compared with
    ],
)
def test_within_its_margin_every_condition_passes(changes: dict[str, Any]) -> None:
    assert verdict(**changes).refusals == []


def test_the_interval_is_judged_more_strictly_the_more_was_judged() -> None:
    """Four searches with these differences say little, four hundred say that people may be worse off."""
    spread = [0.3, -0.2, -0.1, 0.02]
    assert verdict(differences=spread).promotes
    many = verdict(differences=spread * 100)
    assert "the interval not below -0.0075" in many.refusals[0]
    few = verdict(differences=[3 * difference for difference in spread])
    assert "the interval not below -0.2550" in few.refusals[0]


def test_a_stricter_policy_refuses_what_the_default_passes() -> None:
    assert not verdict(policy=GatePolicy(min_choices=5)).promotes
    assert not verdict(policy=GatePolicy.from_dict({"max_step": 0.001})).promotes
    with pytest.raises(ValueError, match="unknown option of GatePolicy: max_steps"):
        GatePolicy.from_dict({"max_steps": 1})


def test_it_is_kept_as_plain_records() -> None:
    record = verdict(loads="broken").as_json()
    assert record[0] == {"name": "servable", "passed": False, "reason": "broken"}
    assert len(record) == 9
