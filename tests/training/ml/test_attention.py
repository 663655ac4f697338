"""How strongly attention goes with fame."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recommender.ml.weights import UNTRAINED_FAME
from training.ml.attention import DOUBT, MOST, WORTH, weight_of_fame

N = 500
FAME = np.linspace(0, 1, N).astype(np.float32)
NOTHING = np.zeros(N, np.float32)


def chosen_by(weight: float, by_content: np.ndarray = NOTHING, n: float = 1e6) -> np.ndarray:
    """As people choose who keep to fame as much as this."""
    due = np.exp(weight * FAME.astype(np.float64) + by_content)
    return np.asarray(n * due / due.sum())


@pytest.mark.parametrize("weight", [0.5, 3.0, UNTRAINED_FAME, 12.0])
def test_it_works(weight: float) -> None:
    assert weight_of_fame(FAME, NOTHING, chosen_by(weight)) == pytest.approx(weight, abs=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_what_content_explains_is_not_put_down_to_fame(seed: int) -> None:
    by_content = (FAME * 2 + np.random.default_rng(seed).standard_normal(N)).astype(np.float32)
    chosen = chosen_by(4.0, by_content)
    assert weight_of_fame(FAME, by_content, chosen) == pytest.approx(4, abs=0.01)
    assert weight_of_fame(FAME, NOTHING, chosen) > 5


def test_without_choices_it_is_as_untrained() -> None:
    assert weight_of_fame(FAME, NOTHING, np.zeros(N)) == UNTRAINED_FAME
    assert weight_of_fame(FAME[:0], NOTHING[:0], np.zeros(0)) == UNTRAINED_FAME


def test_a_few_choices_move_it_little() -> None:
    """It approaches what they say the more of them there are."""
    found = [weight_of_fame(FAME, NOTHING, chosen_by(1.0, n=n)) for n in (1, 10, 100, 1_000, 10_000)]
    assert UNTRAINED_FAME > found[0] > UNTRAINED_FAME - 1
    assert np.all(np.diff(found) < 0)
    assert found[-1] < 1.2


@example([0.0, 32733.0, 0.0, 56796.0], 337)  # steps by Newton went to and fro here
@given(st.lists(st.floats(0, 1e9), min_size=3, max_size=30), st.integers(0, 2**32 - 1))
@settings(max_examples=100)
def test_it_is_the_most_likely_one_whatever_was_chosen(chosen: list[float], seed: int) -> None:
    draw = np.random.default_rng(seed)
    fame = draw.random(len(chosen)).astype(np.float32)
    by_content = draw.standard_normal(len(chosen)).astype(np.float32)

    def log_posterior(weight: float) -> float:
        logits = weight * fame.astype(np.float64) + by_content
        log_share = logits - np.logaddexp.reduce(logits)
        return float(WORTH * np.array(chosen) @ log_share - 0.5 * ((weight - UNTRAINED_FAME) / DOUBT) ** 2)

    found = weight_of_fame(fame, by_content, np.array(chosen))
    assert 0 <= found <= MOST
    best = log_posterior(found)
    for other in np.clip([found - 0.01, found + 0.01, found - 1, found + 1, 0, MOST, UNTRAINED_FAME], 0, MOST):
        assert log_posterior(float(other)) <= best + 1e-9 * abs(best) + 1e-9
