"""What the counts of a run raise an alarm about."""

import pytest

from training.ml.caps import IMAGINED, IMAGINED_SHARE, LEAST, SURGE_FACTOR, SURGE_FLOOR, alarms, surge_caps


def test_it_works() -> None:
    assert alarms({"interactions": 100, "dropped: not shown": 30, "titles that surged": 2}) == [
        "2 titles were chosen at least twice as often as the surge cap lets count",
        "30 of 100 interactions name a page that was not theirs, or came too fast for a hand",
    ]


@pytest.mark.parametrize(
    "counts",
    [
        {},
        {"interactions": 1_000, "dropped: too late": 900, "dropped: robot": 100},
        {"interactions": 10, "dropped: not shown": 4},  # too few
        {"interactions": 1_000, "dropped: too far down": 20},  # too small a share
        {"interactions": 1_000, "dropped: same choice that day": 150, "dropped: double click": 50},
        {"interactions": 10, "titles held by the surge cap": 3},  # held a little: that is what a cap is for
    ],
)
def test_what_happens_everywhere_raises_none(counts: dict[str, int]) -> None:
    assert alarms(counts) == []


@pytest.mark.parametrize(
    "counts",
    [
        {"interactions": 100, "dropped: too far down": 5},
        {"interactions": 100, "dropped: busy session": 21},
        {"interactions": 100, "dropped: same choice that day": 11, "dropped: double click": 10},
        {"interactions": 100, "dropped: other client": 2, "dropped: before the answer": 2, "dropped: too fast": 2},
        {"titles refused in a surge": 1},
    ],
)
def test_each_kind_of_attack_raises_one(counts: dict[str, int]) -> None:
    assert len(alarms(counts)) == 1


def test_a_crowd_does_not_raise_its_own_cap() -> None:
    small, large = (surge_caps({1: n, 2: 50.0}, {})[1] for n in (20.0, 20_000.0))
    assert small == large == SURGE_FLOOR


def test_a_title_never_gets_nothing_and_a_famous_one_keeps_three_times_its_share() -> None:
    assert surge_caps({1: 7.0}, {1: 1_000.0}) == {1: LEAST}
    share = (300 + IMAGINED * IMAGINED_SHARE) / (1_000 + IMAGINED)
    assert surge_caps({1: 7.0, 2: 93.0}, {1: 300.0, 3: 700.0})[1] == pytest.approx(SURGE_FACTOR * share * 93)
