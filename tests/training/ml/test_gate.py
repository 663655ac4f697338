"""Every condition of the gate fails alone and says why."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from training.ml.config import GatePolicy
from training.ml.evaluate import Change
from training.ml.gate import Answered, Condition, Findings, Verdict, earns, judge
from training.ml.golden import GoldenResult
from training.ml.offpolicy import Interval, OffPolicy
from training.ml.plausible import WindowFacts

ANSWERS = GoldenResult(exact_share=1.0, misspelt_mrr=0.9, theme_ndcg=0.5, n_distinct=100, gini=0.2, asked="a")
WINDOW = WindowFacts(
    n_choices=30, n_sessions=12, evidence=25.0, known=0.9, known_by_chance=0.1, most_chosen_for=3, n_texts=20
)
GOOD = Findings(
    loads=None,
    latency_ms=(2.0, 2.0),
    window=WINDOW,
    losses=(2.0, 1.9),
    step=0.05,
    change=Change(400, 0.01, 0.001, 0.02),
    slices={"frequent": Change(100, 0.02), "rare": Change(49, -0.2), "never seen": Change(251, 0.0)},
    golden=Answered(ANSWERS, ANSWERS, ANSWERS),
    window_spread=((90, 0.3), (100, 0.2)),
)
POLICY = GatePolicy()
NAMES = [
    "servable", "latency", "data", "choices", "concentration", "pages", "training", "quality", "slices",
    "exact titles", "misspelt titles", "never-seen themes", "slow decay", "diversity",
]  # fmt: skip


def verdict(policy: GatePolicy = POLICY, **changes: Any) -> Verdict:
    return judge(replace(GOOD, **changes), policy)


def window(**changes: Any) -> dict[str, Any]:
    return {"window": replace(WINDOW, **changes)}


def golden(which: str = "candidate", **changes: Any) -> dict[str, Any]:
    return {"golden": replace(GOOD.golden, **{which: replace(ANSWERS, **changes)})}


def slices(**means: tuple[int, float]) -> dict[str, Mapping[str, Change]]:
    return {"slices": {name: Change(*of) for name, of in means.items()}}


def test_it_works() -> None:
    passed = verdict()
    assert passed.promotes
    assert passed.refusals == []
    assert [condition.name for condition in passed.conditions] == NAMES
    assert all(condition.reason for condition in passed.conditions)


@pytest.mark.parametrize(
    ("changes", "name", "reason"),
    [
        ({"loads": "query_up holds a value that is not finite"}, "servable", "query_up holds a value"),
        ({"latency_ms": (9.1, 2.0)}, "latency", "takes 9.1 ms, the champion 2.0 ms"),
        ({"change": Change(2, 0.1, 0.1, 0.1)}, "data", "2 searches with a choice could be judged, at least 3"),
        ({"change": Change(0)}, "data", "0 searches"),
        (window(n_sessions=0), "data", "Sessions with a choice: 0 of at least 1."),
        (window(evidence=2.9), "data", "That people made the choices is e^2.9 times as likely as chance"),
        (window(evidence=-2.9), "data", "e^-2.9 times"),
        (window(evidence=-3.0), "choices", "30 choices fell as people look down a page"),
        (window(most_chosen_for=7), "concentration", "chosen for 7 of 20 different queries, at most 6"),
        (window(most_chosen_for=5, n_texts=6), "concentration", "at most 4 are believed"),
        (window(known=0.3), "pages", "30% of the titles on the logged pages are found"),
        ({"losses": (2.0, float("nan"))}, "training", "the loss went from 2.0000 to nan"),
        ({"losses": (float("inf"), 1.0)}, "training", "from inf"),
        ({"step": 2.01}, "training", "moved by 2.010 of their spread, at most 2 is allowed"),
        ({"step": float("nan")}, "training", "moved by nan"),
        ({"change": Change(400, -0.0101, -0.02, 0.0)}, "quality", "changed by -0.0101"),
        (
            {"change": Change(400, 0.0, -0.0351, 0.03)},
            "quality",
            "95 % interval -0.0351 to +0.0300; the mean may not fall below -0.0100",
        ),
        ({"change": Change(4, -0.006, -0.006, -0.006)}, "quality", "nor lie wholly below -0.0050"),
        ({"change": Change(400, float("nan"), float("nan"), float("nan"))}, "quality", "changed by +nan"),
        (slices(frequent=(50, -0.031)), "slices", "frequent -0.0310 (50); from 50 searches on"),
        (slices(rare=(50, float("nan"))), "slices", "rare +nan (50)"),
        (golden(exact_share=0.999), "exact titles", "99.9% of exact titles stand first"),
        (golden(misspelt_mrr=0.894), "misspelt titles", "is 0.894, the champion's 0.900"),
        (golden(theme_ndcg=0.419), "never-seen themes", "is 0.419, the champion's 0.500"),
        (golden("version_zero", theme_ndcg=0.71), "slow decay", "best answer themes at 0.710 (version 0)"),
        (golden("version_zero", misspelt_mrr=0.92), "slow decay", "misspelt titles at 0.920 (version 0)"),
        ({"records": {7: replace(ANSWERS, theme_ndcg=0.71)}}, "slow decay", "at 0.710 (version 7)"),
        (golden(n_distinct=89), "diversity", "89 different titles over the golden themes"),
        (golden(gini=0.351), "diversity", "Gini 0.351, version 0 100 and 0.200"),
        ({"window_spread": ((79, 0.2), (100, 0.2))}, "diversity", "over the window's queries 79"),
        ({"window_spread": ((100, 0.451), (100, 0.2))}, "diversity", "100 and 0.451, version 0 100"),
    ],
)
def test_each_condition_fails_alone_and_says_why(changes: dict[str, Any], name: str, reason: str) -> None:
    refused = verdict(**changes)
    assert not refused.promotes
    assert [condition.name for condition in refused.conditions if not condition.passed] == [name]
    (said,) = refused.refusals
    assert reason in said


def test_too_little_data_says_first_what_was_missing() -> None:
    (unsure,) = verdict(**window(evidence=2.3), change=Change(5, 0.0, 0.0, 0.0)).refusals
    assert unsure == (
        "That people made the choices is e^2.3 times as likely as chance; to say whether they did takes e^3 or e^-3."
        " 5 searches with a choice could be judged, at least 3 are needed. Sessions with a choice: 12 of at least 1."
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"latency_ms": (9.0, 2.0)},
        {"change": Change(3, 0.0, 0.0)},
        {"change": Change(400, -0.0099, -0.0349, -0.0049)},
        {"step": 2.0},
        window(evidence=3.0),
        window(most_chosen_for=6),
        window(most_chosen_for=4, n_texts=4),  # four people, four ways to ask
        window(known=0.0, known_by_chance=0.85),  # a catalogue as small as a ranking
        slices(frequent=(50, -0.029), rare=(49, -1.0)),
        golden(misspelt_mrr=0.896),
        golden(theme_ndcg=0.421),
        golden("version_zero", theme_ndcg=0.699),
        golden("champion", exact_share=0.0, n_distinct=1_000),  # not compared with
        golden(n_distinct=90),
        {"records": {7: replace(ANSWERS, theme_ndcg=0.9, asked="another catalogue")}},
    ],
)
def test_within_its_margin_every_condition_passes(changes: dict[str, Any]) -> None:
    assert verdict(**changes).refusals == []


def test_losses_too_small_for_one_step_are_seen_from_afar() -> None:
    """Two versions that lose .07 each are let through one by one, the third is not."""
    records: dict[int, GoldenResult] = {}
    champion, promoted = ANSWERS, []
    for version in range(1, 5):
        candidate = replace(champion, theme_ndcg=champion.theme_ndcg - 0.07)
        answered = Answered(candidate, champion, ANSWERS)
        promoted.append(verdict(golden=answered, records=records).promotes)
        records[version], champion = candidate, candidate
    assert promoted == [True, True, False, False]


def test_what_a_version_gained_may_not_be_lost_again_unnoticed() -> None:
    best = replace(ANSWERS, theme_ndcg=0.8)
    refused = verdict(
        golden=Answered(replace(ANSWERS, theme_ndcg=0.59), replace(ANSWERS, theme_ndcg=0.6), ANSWERS),
        records={3: best, 4: replace(ANSWERS, theme_ndcg=0.6)},
    )
    assert [condition.name for condition in refused.conditions if not condition.passed] == ["slow decay"]
    assert "1 earlier" not in refused.refusals[0]
    assert "2 earlier champions" in refused.refusals[0]


def test_the_interval_is_judged_more_strictly_the_more_was_judged() -> None:
    assert verdict(change=Change(20, -0.1, -0.6, 0.0)).promotes
    assert not verdict(change=Change(20, -0.1, -0.6, -0.01)).promotes, "worse on every text"
    assert not verdict(change=Change(20, -0.11, -0.6, 0.0)).promotes
    assert not verdict(change=Change(200, 0.0, -0.07, 0.1)).promotes
    assert not verdict(change=Change(200, -0.02, -0.06, 0.0)).promotes


def test_a_stricter_policy_refuses_what_the_default_passes() -> None:
    assert not verdict(GatePolicy(min_choices=401)).promotes
    assert not verdict(GatePolicy(min_sessions=13)).promotes
    assert not verdict(GatePolicy.from_dict({"max_step": 0.001})).promotes
    with pytest.raises(ValueError, match="unknown option of GatePolicy: max_steps"):
        GatePolicy.from_dict({"max_steps": 1})


def test_other_modules_add_conditions() -> None:
    lifted = Condition("targeted lift", passed=False, reason="it rose everywhere")
    refused = judge(GOOD, POLICY, [lifted])
    assert refused.conditions[-1] == lifted
    assert refused.refusals == ["it rose everywhere"]


def test_it_is_kept_as_plain_records() -> None:
    record = verdict(loads="broken").as_json()
    assert record[0] == {"name": "servable", "passed": False, "reason": "broken"}
    assert [row["name"] for row in record] == NAMES


# Off-policy: both estimates, and only what is sure.


def earned(value: float, *, half: float = 0.05, why: str = "") -> OffPolicy:
    interval = Interval(value, value - half, value + half)
    return OffPolicy(interval, interval, interval, 100.0, 200, 1.0, why)


@pytest.mark.parametrize(
    ("candidate", "passes"),
    [
        (earned(0.5), True),
        (earned(0.41), True),  # less, but the intervals meet
        (earned(0.3), False),
        (replace(earned(0.3), snips=Interval(0.5, 0.4, 0.6)), True),  # one of two is not enough
        (earned(0.3, why="cannot say: the log is short"), True),
        (replace(earned(0.3), snips=None), True),
    ],
)
def test_a_candidate_that_surely_earns_less_is_refused(candidate: OffPolicy, passes: bool) -> None:
    condition = earns({"candidate": candidate, "champion": earned(0.5)})
    assert (condition.name, condition.passed) == ("off-policy", passes)
    assert candidate.why in condition.reason


def test_off_policy_says_what_each_would_have_earned() -> None:
    told = earns({"candidate": earned(0.6), "champion": earned(0.5)}).reason
    assert "on 200 logged ones: the candidate 0.600 [0.550 0.650] by SNIPS" in told
    assert "the champion 0.500 [0.450 0.550] by SNIPS" in told


def test_without_pages_off_policy_refuses_nobody() -> None:
    assert earns({}).passed
