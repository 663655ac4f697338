"""Off-policy estimates of slots, against worlds whose truth is known and numbers worked by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from training.ml.offpolicy import MIN_CLUSTERS, Interval, OffPolicy, effective_rewards, estimate_slots

ESTIMATES = ("ips", "snips", "doubly_robust")
REPETITIONS = 200


def value(found: Interval | None) -> float:
    assert found is not None
    return found.value


def covers(found: Interval | None, truth: float) -> bool:
    assert found is not None
    return found.low <= truth <= found.high


# Slots: three contexts, eight actions, clicks of known rates.

N_CONTEXTS, N_ACTIONS, N_SLOTS = 3, 8, 1_000
_world = np.random.default_rng(99)
RATE = _world.uniform(0.02, 0.2, (N_CONTEXTS, N_ACTIONS))
LOGGED = _world.dirichlet(np.ones(N_ACTIONS) * 2, N_CONTEXTS) * 0.8 + 0.2 / N_ACTIONS
TARGET = _world.dirichlet(np.ones(N_ACTIONS), N_CONTEXTS)
SLOT_TRUTH = float((TARGET * RATE).sum(axis=1).mean())


def slots(seed: int, n: int = N_SLOTS, **options: float | None) -> OffPolicy:
    """A log of n slots, judged with a reward model that is a third too low."""
    random = np.random.default_rng(seed)
    context = random.integers(N_CONTEXTS, size=n)
    action = (LOGGED.cumsum(axis=1)[context] < random.random(n)[:, None]).sum(axis=1).clip(max=N_ACTIONS - 1)
    reward = random.random(n) < RATE[context, action]
    model = RATE * 2 / 3
    return estimate_slots(
        reward,
        LOGGED[context, action],
        TARGET[context, action],
        q_logged=model[context, action],
        q_target=(TARGET * model).sum(axis=1)[context],
        **options,
    )


@pytest.fixture(scope="module")
def slot_results() -> list[OffPolicy]:
    return [slots(seed) for seed in range(REPETITIONS)]


def test_it_works_by_hand() -> None:
    """Two actions logged evenly, a target that takes the first in 4 of 5: weights 1.6 and 0.4."""
    reward, weight = np.tile([1.0, 0.0, 0.0, 1.0], 50), np.tile([1.6, 1.6, 0.4, 0.4], 50)
    found = estimate_slots(
        reward, np.full(200, 0.5), weight / 2, q_logged=np.full(200, 0.3), q_target=np.full(200, 0.3)
    )
    assert value(found.ips) == pytest.approx(0.5)
    assert value(found.snips) == pytest.approx(0.5)
    assert value(found.doubly_robust) == pytest.approx(0.5)  # .3 + mean(weight · (reward − .3)), mean weight 1
    assert found.ess == pytest.approx(200**2 / (100 * (1.6**2 + 0.4**2)))
    assert found.covered == pytest.approx(1.0)
    assert found.supported


@pytest.mark.parametrize("name", ESTIMATES)
def test_slots_are_estimated_without_bias(slot_results: list[OffPolicy], name: str) -> None:
    values = [value(getattr(found, name)) for found in slot_results]
    assert np.mean(values) == pytest.approx(SLOT_TRUTH, abs=4 * np.std(values) / np.sqrt(REPETITIONS))
    assert np.std(values) < 0.2 * SLOT_TRUTH, "the test above would let anything pass"


@pytest.mark.parametrize("name", ESTIMATES)
def test_intervals_of_slots_cover_the_truth(slot_results: list[OffPolicy], name: str) -> None:
    share = np.mean([covers(getattr(found, name), SLOT_TRUTH) for found in slot_results])
    assert 0.90 <= share <= 0.99


@pytest.mark.parametrize("name", ESTIMATES)
def test_more_slots_come_nearer(name: str) -> None:
    few, many = ([getattr(slots(seed, n), name) for seed in range(20)] for n in (500, 20_000))
    error = [np.mean([abs(value(found) - SLOT_TRUTH) for found in results]) for results in (few, many)]
    width = [np.mean([found.high - found.low for found in results]) for results in (few, many)]
    assert error[1] < error[0] / 3
    assert width[1] < width[0] / 4  # √40 = 6.3, and clipping holds less back


def test_a_good_model_narrows_and_normalising_steadies() -> None:
    """Frequent rewards and uneven weights: SNIPS varies less than IPS, doubly robust less than SNIPS."""
    results = []
    for seed in range(REPETITIONS):
        random = np.random.default_rng(seed)
        action = random.random(300) < 0.9  # the target takes the other, better one half of the time
        rate = np.where(action, 0.5, 0.9)
        reward = rate + random.normal(0, 0.1, 300)
        results.append(
            estimate_slots(
                reward, np.where(action, 0.9, 0.1), np.full(300, 0.5), q_logged=rate, q_target=np.full(300, 0.7)
            )
        )
    spread = {name: np.std([value(getattr(found, name)) for found in results]) for name in ESTIMATES}
    assert spread["doubly_robust"] < 0.5 * spread["snips"] < 0.25 * spread["ips"]
    assert np.mean([value(found.snips) for found in results]) == pytest.approx(0.7, abs=0.01)


def test_doubly_robust_needs_one_of_two_to_be_right() -> None:
    """Propensities twice too high with a right model; the other case, a wrong model, is above."""
    random = np.random.default_rng(0)
    action = random.random(20_000) < 0.5
    rate = np.where(action, 0.1, 0.4)
    reward = random.random(20_000) < rate
    found = estimate_slots(
        reward, np.ones(20_000), np.where(action, 0.2, 0.8), q_logged=rate, q_target=[0.34] * 20_000
    )
    assert value(found.doubly_robust) == pytest.approx(0.34, abs=0.01)
    assert value(found.ips) == pytest.approx(0.17, abs=0.01)


def test_the_largest_weight_is_clipped() -> None:
    """One row of 100 weighs 50: all of it by hand, √100 = 10 by default, 4 by wish."""
    reward, target = np.eye(100)[0], np.full(100, 0.01)
    target[0] = 0.5
    for clip, expected in ((50.0, 0.5), (None, 0.1), (4.0, 0.04)):
        assert value(estimate_slots(reward, np.full(100, 0.01), target, clip=clip).ips) == pytest.approx(expected)


def test_what_was_clipped_is_not_covered() -> None:
    logged, target = np.full(1_000, 0.9), np.full(1_000, 0.5)
    logged[:100], target[:100] = 0.1, 0.5
    reward = np.ones(1_000)
    assert estimate_slots(reward, logged, target).supported
    clipped = estimate_slots(reward, logged, target, clip=1.5)
    assert clipped.covered == pytest.approx(0.65)
    assert "the log covers 65% of the target" in clipped.why


def test_what_the_log_never_did_is_not_covered() -> None:
    """The target spends 3 of 10 slots on something that is not in the log."""
    found = estimate_slots(np.ones(1_000), np.ones(1_000), np.full(1_000, 0.7))
    assert not found.supported
    assert found.why == "cannot say: the log covers 70% of the target, 90% needed"
    assert value(found.ips) == pytest.approx(0.7)
    assert value(found.snips) == pytest.approx(1.0)  # it takes the rest to be as good


def test_a_propensity_of_zero_covers_nothing() -> None:
    propensity = np.ones(1_000)
    propensity[:200] = 0.0
    found = estimate_slots(np.ones(1_000), propensity, np.ones(1_000))
    assert value(found.ips) == pytest.approx(0.8)
    assert not found.supported


def test_propensities_that_cannot_be_are_noticed() -> None:
    found = estimate_slots(np.ones(1_000), np.full(1_000, 0.2), np.full(1_000, 0.4))
    assert found.why == "cannot say: mean weight 2.00 instead of 1: wrong propensities"


def test_few_heavy_rows_are_too_few() -> None:
    propensity, target = np.full(10_000, 0.99), np.full(10_000, 0.01)
    propensity[:20], target[:20] = 0.002, 0.99
    found = estimate_slots(np.ones(10_000), propensity, target, clip=1e9)
    assert found.ess < 25
    assert "effective sample size 2" in found.why


def test_a_rare_reward_that_the_sample_may_have_missed_counts_as_missed() -> None:
    """100 rewards of weight 1 look plenty. But one slot in 100 weighs 90, and has had none yet."""
    weight = np.ones(10_000)
    weight[::100] = 90.0
    reward = np.zeros(10_000)
    reward[1::100] = 1.0
    ess = 18_900**2 / (9_900 + 100 * 90**2)
    assert effective_rewards(weight, reward, 18_900, ess) == pytest.approx(ess * 100 / 18_900)  # 2.3
    assert effective_rewards(np.ones(10_000), reward, 10_000, 10_000) == pytest.approx(100)


def test_rows_of_one_session_do_not_count_as_many() -> None:
    """Each of 100 sessions is all clicks or none: the error is that of 100 rows, not of 1,000."""
    reward = np.repeat(np.random.default_rng(0).random(100) < 0.3, 10)
    ones = np.ones(1_000)
    alone = estimate_slots(reward, ones, ones).ips
    together = estimate_slots(reward, ones, ones, cluster=np.repeat(np.arange(100), 10)).ips
    assert alone is not None
    assert together is not None
    assert together.value == alone.value
    assert (together.high - together.low) == pytest.approx(np.sqrt(10) * (alone.high - alone.low), rel=0.05)


def test_few_sessions_cannot_say_anything() -> None:
    ones = np.ones(1_000)
    found = estimate_slots(ones, ones, ones, cluster=np.arange(1_000) % (MIN_CLUSTERS - 1))
    assert found.why == "cannot say: only 19 independent clusters, 20 needed"
    assert estimate_slots(ones, ones, ones, cluster=np.zeros(1_000)).why == "cannot say: one session"


def test_no_reward_is_not_a_sure_nought() -> None:
    found = estimate_slots(np.zeros(1_000), np.ones(1_000), np.ones(1_000))
    assert (found.ips, found.snips) == (None, None)
    assert "only 0.0 effective rewards" in found.why


def test_rewards_below_nought_are_allowed() -> None:
    reward = np.random.default_rng(0).normal(-0.1, 1.0, 5_000)
    found = estimate_slots(reward, np.ones(5_000), np.ones(5_000)).ips
    assert found is not None
    assert (found.low, found.high) == pytest.approx(
        (reward.mean() - 1.96 * 5_000**-0.5, reward.mean() + 1.96 * 5_000**-0.5), abs=2e-3
    )


def test_an_empty_log_says_so() -> None:
    empty = OffPolicy(None, None, None, 0.0, 0, 0.0, "cannot say: the log is empty")
    assert estimate_slots([], [], []) == empty


@pytest.mark.parametrize(
    ("reward", "logged", "target"),
    [
        ([1.0], [0.5, 0.5], [1.0]),
        ([1.0, 0.0], [0.5, 0.5], [1.0]),
        ([np.nan], [0.5], [1.0]),
        ([1.0], [np.inf], [1.0]),
        ([1.0], [-0.5], [1.0]),
        ([1.0], [0.5], [-1.0]),
    ],
)
def test_slots_that_cannot_be_are_refused(
    reward: Sequence[float], logged: Sequence[float], target: Sequence[float]
) -> None:
    with pytest.raises(ValueError, match=r"one entry a row|finite"):
        estimate_slots(reward, logged, target)
