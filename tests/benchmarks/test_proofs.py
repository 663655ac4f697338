"""The arithmetic of the proofs: right where the answer is known, and able to say no."""

import numpy as np
import pytest

from benchmarks.learning.proofs.changes import percent, relative_interval
from benchmarks.learning.proofs.forgetting import only, split
from benchmarks.learning.proofs.guessing import Judged, told_apart
from benchmarks.learning.proofs.joining import oracle_scores, places_by, standardised
from benchmarks.learning.proofs.surprising import Judged as KeptOut
from benchmarks.learning.proofs.surprising import by_tenths, gain_of, interval, log_loss, slope_of
from training.ml.offpolicy import Interval, OffPolicy
from training.ml.simulator import Intent, World
from training.ml.tastes import Tastes

DRAW = np.random.default_rng(0)
NOBODY = Tastes(np.full((1, 3), 0.5, np.float32), np.zeros((1, 3), np.bool_))


# ---- changes


def test_a_relative_change_is_of_the_sums():
    value, low, high = relative_interval([1.1, 2.2, 3.3], [1.0, 2.0, 3.0])
    assert (value, low, high) == pytest.approx((0.1, 0.1, 0.1))
    assert relative_interval([2.0, 1.0], [1.0, 1.0], [1.0, 3.0])[0] == pytest.approx(0.25)
    assert percent(0.1, -0.05, 0.2) == "+10.00% [-5.00% +20.00%]"


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    held = 0
    for seed in range(100):
        draw = np.random.default_rng(seed)
        before = draw.random(60)
        _, low, high = relative_interval(before * 1.05 + 0.1 * draw.standard_normal(60), before, draws=400)
        held += low <= 0.05 <= high
    assert 86 <= held <= 99


def test_entries_without_a_number_are_left_out():
    assert relative_interval([2.0, np.nan], [1.0, 5.0])[0] == pytest.approx(1.0)


@pytest.mark.parametrize("before", [[], [np.nan], [0.0]])
def test_nothing_to_compare_with_is_an_error(before):
    with pytest.raises(ValueError, match="nothing"):
        relative_interval(before, before)


# ---- forgetting


def test_halves_are_equally_often_asked_and_lose_nothing():
    intents = [Intent("theme", str(n)) for n in range(9)] + [Intent("title", "Heat")]
    chances = np.array([*(1 / np.arange(1, 10)), 5.0])
    world = World(intents, chances / chances.sum(), NOBODY, np.ones(1))
    first, second = split(world)
    assert [intent.text for intent in first] == ["0", "2", "4", "6", "8"]
    assert [intent.text for intent in second] == ["1", "3", "5", "7"]
    narrow = only(world, second)
    assert narrow.chances.sum() == pytest.approx(1)
    assert narrow.chances[0] / narrow.chances[1] == pytest.approx(2.0)  # 1/2 against 1/4
    assert narrow.intents == second


# ---- places


def test_places_are_shares_of_the_catalogue_above():
    assert places_by(np.array([0.1, 0.9, 0.5, 0.2])).tolist() == [0.75, 0.0, 0.25, 0.5]
    assert places_by(np.array([1.0, 1.0, 0.0])).tolist() == pytest.approx([1 / 6, 1 / 6, 2 / 3])


def test_the_oracle_places_new_titles_by_what_is_true_of_old_ones():
    known = standardised(DRAW.standard_normal((400, 12)))
    is_old = np.arange(400) < 340
    gains = np.maximum(0, known[:, 0] - 1)  # only one column counts, and it is not the trusted last one
    place = places_by(oracle_scores(known, gains, is_old))
    assert place[(gains > 0) & ~is_old].mean() < 0.2
    assert place[(gains > 0) & is_old].mean() < 0.2


def test_the_oracle_sees_no_gain_of_a_new_title():
    known, is_old = standardised(DRAW.standard_normal((200, 5))), np.arange(200) < 150
    gains = (known[:, 0] > 1).astype(float)
    other = np.where(is_old, gains, 9.0)
    assert np.array_equal(oracle_scores(known, gains, is_old), oracle_scores(known, other, is_old))


def test_an_old_title_is_not_placed_by_its_own_gain():
    """Noise explains nothing of what is left out, so what fits stands in the middle."""
    known, is_old = standardised(DRAW.standard_normal((600, 200))), np.ones(600, np.bool_)
    gains = (DRAW.random(600) < 0.1).astype(float)
    assert places_by(oracle_scores(known, gains, is_old))[gains > 0].mean() == pytest.approx(0.5, abs=0.1)


def test_standardised_columns():
    made = standardised(np.array([[1.0, 5.0], [3.0, 5.0]]))
    assert made.tolist() == [[-1.0, 0.0], [1.0, 0.0]]


# ---- calibration

ONCE = np.ones(300)


def kept_out(said, by_fame, *, n_choices=40_000, draw):
    """Two worlds, titles kept out in two parts of each, chosen as `said` and `by_fame` make of the true shares."""
    truth = draw.dirichlet(np.full(300, 0.5), size=2) + 1e-6
    choices = np.array([draw.multinomial(n_choices, of / of.sum()) for of in truth], np.float64)
    part = np.arange(2)[:, None] * 2 + np.arange(300) % 2
    return KeptOut(said(np.log(truth)), by_fame(np.log(truth)), choices, part)


def right(logs):
    return logs


def even(logs):
    return np.zeros_like(logs)


def test_the_slope_is_one_for_shares_that_were_right():
    found = kept_out(right, even, draw=np.random.default_rng(1))
    assert slope_of(found.head, found, ONCE) == pytest.approx(1, abs=0.03)
    assert slope_of(2 * found.head, found, ONCE) == pytest.approx(0.5, abs=0.02)  # too sure of itself
    assert slope_of(-found.head, found, ONCE) == pytest.approx(-1, abs=0.03)
    assert slope_of(found.head / 3, found, ONCE) == pytest.approx(3, abs=0.1)  # too timid


def test_what_all_titles_of_a_part_have_in_common_counts_for_nothing():
    """A part is compared with itself only: a head may be of any size and still say the same."""
    found = kept_out(right, even, draw=np.random.default_rng(2))
    moved = found.head + 5.0 * found.part
    assert slope_of(moved, found, ONCE) == pytest.approx(slope_of(found.head, found, ONCE), abs=1e-6)
    assert log_loss(moved, found, ONCE) == pytest.approx(log_loss(found.head, found, ONCE))


def test_the_log_loss_is_that_of_the_shares_among_those_kept_out_together():
    shares = np.array([[0.5, 0.25, 0.2, 0.05]])
    part = np.array([[0, 0, 1, 1]])
    found = KeptOut(np.log(shares), np.zeros_like(shares), np.array([[3.0, 1.0, 2.0, 0.0]]), part)
    expected = -(3 * np.log(2 / 3) + np.log(1 / 3) + 2 * np.log(0.8)) / 6
    assert log_loss(found.head, found, np.ones(4)) == pytest.approx(expected)
    assert gain_of(found, np.ones(4)) == pytest.approx(np.log(2) - expected)
    # Who counts twice is there twice, as a choice and as what could have been chosen.
    expected = -(6 * np.log(1 / 2.5) + np.log(0.25 / 1.25) + 2 * np.log(0.8)) / 9
    assert log_loss(found.head, found, np.array([2.0, 1.0, 1.0, 1.0])) == pytest.approx(expected)


def test_what_is_nearer_the_truth_has_less_log_loss():
    draw = np.random.default_rng(3)
    found = kept_out(right, even, draw=draw)
    low, high = interval(lambda times: gain_of(found, times), found, draws=200)
    assert 0 < low < gain_of(found, ONCE) < high
    worse = KeptOut(found.fame, found.head, found.choices, found.part)
    assert gain_of(worse, ONCE) == pytest.approx(-gain_of(found, ONCE))
    assert gain_of(KeptOut(found.head, found.head, found.choices, found.part), ONCE) == 0


def test_noise_says_no_more_than_fame():
    """The claim has to be able to fail: a head that is fame and noise is not surely better, nor taken for it."""
    draw = np.random.default_rng(4)
    found = kept_out(lambda logs: logs + 0.3 * draw.standard_normal(logs.shape), right, draw=draw)
    _, high = interval(lambda times: gain_of(found, times), found, draws=200)
    assert high < 0
    alike = kept_out(lambda logs: logs + 0.005 * draw.standard_normal(logs.shape), right, n_choices=500, draw=draw)
    low, high = interval(lambda times: gain_of(alike, times), alike, draws=200)
    assert low < 0 < high


def test_tenths_are_of_the_predicted_shares_and_add_up():
    found = kept_out(right, even, draw=np.random.default_rng(5))
    pairs = [
        tuple(float(share.rstrip("%")) for share in pair.split("/"))
        for pair in by_tenths(found).rpartition("tenths ")[2].split(", ")
    ]
    predicted, chosen = np.array(pairs).T
    assert len(pairs) == 10
    assert predicted.sum() == pytest.approx(100, abs=0.5)
    assert chosen.sum() == pytest.approx(100, abs=0.5)
    assert list(predicted) == sorted(predicted)
    assert chosen == pytest.approx(predicted, abs=1.0)  # they were right


# ---- guessing


def judged(*pairs):
    """pairs: (truth, estimate) of each candidate."""
    return [Judged("", truth, OffPolicy(None, Interval(guess, 0, 9), None, 99, 99, 1.0)) for truth, guess in pairs]


def test_only_candidates_that_differ_must_be_told_apart():
    log = judged((1.0, 1.2), (1.01, 1.0), (1.5, 1.6), (2.0, 1.4))
    assert told_apart("snips", [log]) == (4, 5)  # 2.0 was taken for less than 1.5; 1.0 and 1.01 are alike
    assert told_apart("snips", [log, log]) == (8, 10)
