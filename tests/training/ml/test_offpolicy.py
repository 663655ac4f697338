"""Off-policy estimates, against worlds whose truth is known and numbers worked by hand."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from recommender.ml.explore import Exploration, chances, draw
from training.ml.offpolicy import (
    MIN_CLUSTERS,
    Interval,
    LoggedPage,
    OffPolicy,
    _rewarded,
    elsewhere,
    estimate,
    estimate_slots,
)

ESTIMATES = ("ips", "snips", "doubly_robust")
REPETITIONS = 200


def examination(place: int) -> float:
    return 1.0 / place


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
    assert _rewarded(weight, reward, 18_900, ess) == pytest.approx(ess * 100 / 18_900)  # 2.3
    assert _rewarded(np.ones(10_000), reward, 10_000, 10_000) == pytest.approx(100)


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
    assert estimate([], lambda page: page.shown, examination) == empty


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


# Pages: six queries, forty titles, ten places, filled by the engine's own exploration.

N_QUERIES, N_TITLES, N_PLACES, N_PAGES, GAIN, EXPLORED = 6, 40, 10, 250, 0.5, 0.5
_world = np.random.default_rng(7)
APPEAL = _world.beta(1, 3, (N_QUERIES, N_TITLES))
SERVED = np.argsort(-(APPEAL + _world.normal(0, 0.3, APPEAL.shape)), axis=1)
BEST_OF_PAGE = np.array([sorted(row[:N_PLACES], key=lambda t: -a[t]) for row, a in zip(SERVED, APPEAL, strict=True)])


def pages(seed: int, n: int = N_PAGES, n_named: int = 0) -> list[LoggedPage]:
    random = np.random.default_rng(seed)
    logged = []
    for number in range(n):
        query = int(random.integers(N_QUERIES))
        swap = draw(Exploration(EXPLORED, int(random.integers(2**62))), N_PLACES, n_named, N_TITLES)
        shown = tuple(int(title) for title in SERVED[query][swap.ranks])
        looked = random.random(N_PLACES) < [examination(place) for place in range(1, N_PLACES + 1)]
        gains = {t: GAIN for t, saw in zip(shown, looked, strict=True) if saw and random.random() < APPEAL[query, t]}
        chance = tuple(swap.propensity.tolist())
        session = f"s{number // 3}"
        logged.append(
            LoggedPage(str(query), shown, gains, chance, session=session, elsewhere=elsewhere(chance, EXPLORED))
        )
    return logged


def ranking(titles: np.ndarray) -> Callable[[LoggedPage], list[int]]:
    return lambda page: [int(title) for title in titles[int(page.query)]]


def true_value(titles: np.ndarray) -> float:
    attention = np.array([examination(place) for place in range(1, N_PLACES + 1)])
    return float(np.mean([GAIN * APPEAL[q, titles[q, :N_PLACES]] @ attention for q in range(N_QUERIES)]))


@pytest.fixture(scope="module")
def page_logs() -> list[list[LoggedPage]]:
    return [pages(seed) for seed in range(REPETITIONS)]


@pytest.fixture(scope="module")
def page_results(page_logs: list[list[LoggedPage]]) -> list[OffPolicy]:
    return [estimate(log, ranking(BEST_OF_PAGE), examination) for log in page_logs]


@pytest.mark.parametrize("name", ESTIMATES)
def test_rankings_are_estimated_without_bias(page_results: list[OffPolicy], name: str) -> None:
    truth, values = true_value(BEST_OF_PAGE), [value(getattr(found, name)) for found in page_results]
    assert np.mean(values) == pytest.approx(truth, abs=4 * np.std(values) / np.sqrt(REPETITIONS))
    assert abs(truth - true_value(SERVED)) > 10 * np.std(values) / np.sqrt(REPETITIONS), "nothing to find"
    assert all(found.supported for found in page_results)


@pytest.mark.parametrize("name", ESTIMATES)
def test_intervals_of_rankings_cover_the_truth(page_results: list[OffPolicy], name: str) -> None:
    share = np.mean([covers(getattr(found, name), true_value(BEST_OF_PAGE)) for found in page_results])
    assert 0.90 <= share <= 0.99


def test_the_ranking_that_served_earns_what_was_earned(page_logs: list[list[LoggedPage]]) -> None:
    log = [replace(page, propensity=(1.0,) * N_PLACES, elsewhere=()) for page in page_logs[0]]
    found = estimate(log, lambda page: page.shown, examination)
    earned = np.mean([sum(page.gains.values()) for page in log])
    assert (value(found.ips), value(found.snips)) == pytest.approx((earned, earned))
    assert found.ess == pytest.approx(len(log))
    assert found.covered == pytest.approx(1.0)


def test_one_page_by_hand() -> None:
    """Titles 1 2 3, clicked: 3, the target turns them round. Weight of 3: 1 / ⅓; of 2: 1; of 1: ⅓."""
    log = [LoggedPage("q", (1, 2, 3), {3: 1.0} if n % 3 == 0 else {}, (1, 1, 1), session=str(n)) for n in range(900)]
    found = estimate(log, lambda _: (3, 2, 1), examination)
    assert value(found.ips) == pytest.approx(1.0)  # a third of the pages, three times the attention
    assert value(found.doubly_robust) == pytest.approx(1.0)
    total, squares = 1 + 1 / 2 + 1 / 3, 1 / 9 + 1 / 2 + 9 / 3
    assert found.ess == pytest.approx(900 * total / squares)


def test_chances_to_stand_elsewhere_share_the_attention() -> None:
    """A title at place 1 or 2, evenly: attention ¾ on average, so a click at either counts 4/3 at place 1."""
    first = LoggedPage("q", (5, 6), {5: 1.0}, (0.5, 0.5), elsewhere=({2: 0.5}, {1: 0.5}))
    second = LoggedPage("q", (6, 5), {5: 1.0}, (0.5, 0.5), elsewhere=({2: 0.5}, {1: 0.5}))
    log = [replace(first if n % 2 else second, session=str(n)) for n in range(200)]
    found = estimate(log, lambda _: (5, 6), examination)
    assert value(found.ips) == pytest.approx(4 / 3)
    assert found.covered == pytest.approx(1.0)


def test_exploration_that_is_left_out_is_noticed() -> None:
    bare = [replace(page, elsewhere=()) for page in pages(0, 2_000)]
    found = estimate(bare, ranking(BEST_OF_PAGE), examination)
    assert "wrong propensities" in found.why


def test_later_pages_are_judged_on_their_own_places() -> None:
    log = [LoggedPage("q", (1, 2), {2: 1.0}, (1, 1), first_position=11, session=str(n)) for n in range(100)]
    assert value(estimate(log, lambda _: (2, 1), examination).ips) == pytest.approx(12 / 11)


def test_a_stochastic_ranking_is_the_mean_of_its_rankings() -> None:
    log = pages(1)

    def either(page: LoggedPage) -> dict[int, list[float]]:
        served, best = SERVED[int(page.query)][:N_PLACES].tolist(), BEST_OF_PAGE[int(page.query)].tolist()
        places = range(N_PLACES)
        return {t: [0.5 * (served[k] == t) + 0.5 * (best[k] == t) for k in places] for t in served}

    one, other = (value(estimate(log, ranking(t), examination, clip=1e9).ips) for t in (SERVED, BEST_OF_PAGE))
    assert value(estimate(log, either, examination, clip=1e9).ips) == pytest.approx((one + other) / 2)


def test_titles_that_were_never_shown_have_only_the_models_word() -> None:
    log = pages(2)
    found = estimate(log, lambda _: range(1_000, 1_010), examination)
    assert (found.ips, found.snips, found.covered) == (None, None, 0.0)
    assert "the log covers 0% of the target" in found.why
    doubly_robust = value(found.doubly_robust)
    assert 0 < doubly_robust < true_value(SERVED), "new titles are taken to be as good as the last of a page"


def test_the_model_fills_in_what_weights_do_not_cover() -> None:
    """Half of the target is new. SNIPS takes it for as good as the rest, IPS for nothing, DR for poor."""
    mixed = SERVED.copy()
    mixed[:, 1:N_PLACES:2] += 1_000
    found = estimate(pages(3, 2_000), ranking(mixed), examination)
    assert value(found.ips) < value(found.doubly_robust) < value(found.snips)
    assert not found.supported


def test_a_propensity_of_zero_on_a_page_covers_nothing() -> None:
    log = [LoggedPage("q", (1, 2), {1: 1.0}, (0.0, 1.0), session=str(n)) for n in range(200)]
    found = estimate(log, lambda _: (1, 2), examination)
    assert found.covered == pytest.approx(1 / 3)
    assert found.snips is None
    assert not found.supported


def test_normalising_steadies_what_rankings_seem_to_earn() -> None:
    """One place, held by either of two titles: what IPS owes to how often the liked one came, SNIPS does not."""
    liked, other = (LoggedPage("q", (title,), {}, (0.5,)) for title in (1, 2))
    results = []
    for seed in range(50):
        random = np.random.default_rng(seed)
        log = [
            replace(
                liked if random.random() < 0.5 else other, gains={1: float(random.random() < 0.8)}, session=str(n)
            )
            for n in range(200)
        ]
        results.append(estimate(log, lambda _: (1,), examination))
    ips, snips = ([value(getattr(found, name)) for found in results] for name in ("ips", "snips"))
    assert np.mean(ips) == pytest.approx(0.8, abs=0.04)
    assert np.mean(snips) == pytest.approx(0.8, abs=0.02)
    assert np.std(snips) < 0.6 * np.std(ips)


def test_the_same_log_and_seed_give_the_same_answer() -> None:
    log = pages(4)
    answers = [estimate(log, ranking(BEST_OF_PAGE), examination, seed=seed) for seed in (0, 0, 1)]
    assert answers[0] == answers[1]
    assert answers[0].doubly_robust != answers[2].doubly_robust
    assert answers[0].snips == answers[2].snips  # only the folds of the model are drawn


@pytest.mark.parametrize(
    ("shown", "propensity", "others"),
    [
        ((1, 2), (1.0,), ()),
        ((1, 2), (1.0, 1.0), ({},)),
        ((1,), (1.5,), ()),
        ((1,), (np.nan,), ()),
        ((1, 1), (1, 1), ()),
    ],
)
def test_pages_that_cannot_be_are_refused(
    shown: tuple[int, ...], propensity: tuple[float, ...], others: tuple[dict[int, float], ...]
) -> None:
    with pytest.raises(ValueError, match=r"one propensity|a chance in|once"):
        LoggedPage("q", shown, {}, propensity, elsewhere=others)


def test_a_ranking_with_a_title_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="once"):
        estimate([LoggedPage("q", (1, 2), {}, (1, 1))], lambda _: (1, 1), examination)


# Where else exploration could have put a title.


@pytest.mark.parametrize(("n_named", "n_ranked"), [(0, 100), (0, 15), (3, 100), (0, 10)])
def test_the_log_tells_where_else_a_title_could_have_stood(n_named: int, n_ranked: int) -> None:
    """Read from propensities alone, as from the odds of the draw; of every page that can be drawn."""
    table = chances(EXPLORED, N_PLACES, n_named, n_ranked)
    for seed in range(500):
        swap = draw(Exploration(EXPLORED, seed * 2**54), N_PLACES, n_named, n_ranked)
        found = elsewhere(swap.propensity.tolist(), EXPLORED)
        for rank, places in zip(swap.ranks, found, strict=True):
            read = [places.get(place, 0.0) for place in range(1, N_PLACES + 1)]
            assert read == pytest.approx(table[rank].tolist())


def test_a_page_that_was_not_explored_stands_as_it_is() -> None:
    assert elsewhere((1.0,) * 10, EXPLORED) == ()
    assert elsewhere((), EXPLORED) == ()


def test_odds_of_another_rate_are_refused() -> None:
    swap = draw(Exploration(EXPLORED, 1), N_PLACES, 0, 100)
    with pytest.raises(ValueError, match="no swap at rate"):
        elsewhere(swap.propensity.tolist(), 0.2)
