"""What the counts of a run raise an alarm about."""

import pytest

from training.ml.caps import (
    CROWD_SHARE,
    IMAGINED,
    IMAGINED_SHARE,
    LEAST,
    MOST_SHARE,
    PAIR_FLOOR,
    SURGE_FACTOR,
    SURGE_FLOOR,
    Past,
    alarms,
    held,
    surge_caps,
)


def test_it_works() -> None:
    assert alarms({"interactions": 100, "dropped: not shown": 30, "titles that surged": 2}) == [
        "2 titles were chosen far more often than people looked at them",
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


def test_what_people_look_at_as_often_as_they_choose_it_is_never_held() -> None:
    """A film that is famous overnight: 500 ask for it, see it first and take it."""
    found = held({("heat", 1): 500.0, ("war", 2): 20.0}, {("heat", 1): 500.0, ("war", 2): 60.0}, {})
    assert found.scale == {("heat", 1): 1.0, ("war", 2): 1.0}
    assert (found.pairs, found.titles, found.surges) == (0, 0, 0)


def test_three_choices_of_a_pair_need_no_looks() -> None:
    assert held({("heat", 1): PAIR_FLOOR}, {}, {}).scale == {("heat", 1): 1.0}
    found = held({("heat", 1): 30.0}, {("heat", 1): 2.0}, {})
    assert found.scale == {("heat", 1): pytest.approx((2 + PAIR_FLOOR) / 30)}
    assert (found.pairs, found.titles, found.surges) == (1, 0, 1)


def test_over_all_queries_a_title_has_ten_choices_beyond_its_looks() -> None:
    """Twenty queries, three choices and one look each: 40 that nothing explains, of which 10 count."""
    pairs = {(f"query {n}", 1): 3.0 for n in range(20)}
    found = held(pairs, dict.fromkeys(pairs, 1.0), {})
    assert list(found.scale.values()) == [pytest.approx((1 + 2 * SURGE_FLOOR / 40) / 3)] * 20
    assert (found.titles, found.surges) == (1, 1)


def test_an_attack_takes_nothing_from_what_is_explained() -> None:
    found = held({("heat", 1): 50.0} | {(f"query {n}", 1): 3.0 for n in range(100)}, {("heat", 1): 50.0}, {})
    assert found.scale["heat", 1] == 1.0
    assert found.scale["query 0", 1] == pytest.approx(SURGE_FLOOR / 300)


def test_a_crowd_speaks_for_its_title_and_less_for_everything_else() -> None:
    found = held({("heat", 1): 50.0, ("war", 2): 2.0}, {("heat", 1): 50.0, ("war", 2): 2.0}, {})
    assert found.scale["heat", 1] == 1.0
    assert found.crowd == {1: pytest.approx(SURGE_FLOOR / 50), 2: 1.0}


def test_a_crowd_does_not_raise_its_own_cap() -> None:
    small, large = (surge_caps({1: n, 2: 50.0}, {})[1] for n in (20.0, 20_000.0))
    assert small == large == SURGE_FLOOR


def test_nor_does_it_from_window_to_window() -> None:
    """What was never explained raises no cap, however much of it there was."""
    past = {2: Past(1_000.0, 0.0)}
    caps = [surge_caps({1: 50.0, 2: 200.0}, past | {1: Past(0.0, n)})[1] for n in (10.0, 30.0)]
    assert caps[0] > caps[1] > LEAST


def test_nor_by_first_asking_for_it_by_name_or_for_a_year() -> None:
    """Explained choices raise the cap, up to 3 × 5 % of the others'."""
    caps = surge_caps({1: 200.0, 2: 200.0}, {1: Past(5_000.0, 0.0), 2: Past(5_000.0, 0.0)})
    assert caps[1] == pytest.approx(SURGE_FACTOR * MOST_SHARE * 200)


def test_a_crowd_that_lasts_says_no_more_of_other_titles() -> None:
    pairs = {("heat", 1): 100.0} | {("war", title): 1.0 for title in range(2, 302)}
    found = held(pairs, pairs, {1: Past(1_000.0, 0.0)})
    assert found.scale["heat", 1] == 1.0
    assert found.crowd[1] == pytest.approx(CROWD_SHARE * 300 / 100)


def test_a_title_never_gets_nothing_and_a_famous_one_keeps_three_times_its_share() -> None:
    assert surge_caps({1: 7.0}, {1: Past(0.0, 1_000.0)}) == {1: LEAST}
    share = (30 + IMAGINED * IMAGINED_SHARE) / (1_000 + IMAGINED)
    trailing = {1: Past(30.0, 20.0), 3: Past(900.0, 50.0)}
    assert surge_caps({1: 7.0, 2: 93.0}, trailing)[1] == pytest.approx(SURGE_FACTOR * share * 93)
