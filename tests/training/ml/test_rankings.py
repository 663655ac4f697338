"""Off-policy estimates of rankings, against worlds whose truth is known and numbers worked by hand."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recommender.ml.explore import Exploration, draw
from training.ml.logged_pages import LoggedPage, elsewhere
from training.ml.offpolicy import Interval, OffPolicy
from training.ml.rankings import estimate

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


def test_an_empty_log_says_so() -> None:
    empty = OffPolicy(None, None, None, 0.0, 0, 0.0, "cannot say: the log is empty")
    assert estimate([], lambda page: page.shown, examination) == empty


def test_a_ranking_with_a_title_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="once"):
        estimate([LoggedPage("q", (1, 2), {}, (1, 1))], lambda _: (1, 1), examination)


# What is not known of the log: accidents, the curve, titles it never showed.


def with_accidents(log: list[LoggedPage], share: float, seed: int = 0) -> list[LoggedPage]:
    """The same log where so many of the choices hit any place of the page."""
    random, made = np.random.default_rng(seed), []
    for page in log:
        gains: dict[int, float] = {}
        for title, gain in page.gains.items():
            at = int(random.choice(page.shown)) if random.random() < share else title
            gains[at] = gains.get(at, 0.0) + gain
        made.append(replace(page, gains=gains))
    return made


UPSIDE_DOWN = SERVED[:, :N_PLACES][:, ::-1]


@pytest.mark.parametrize("name", ESTIMATES)
def test_accidents_are_taken_off_before_weighing(name: str) -> None:
    """At the foot of the page they weigh ten times; turned round, they would make up a good part of the estimate."""
    truth, naive, corrected = true_value(UPSIDE_DOWN), [], []
    for seed in range(20):
        log = with_accidents(pages(seed, 1_000), 0.2, seed)
        naive.append(value(getattr(estimate(log, ranking(UPSIDE_DOWN), examination), name)))
        corrected.append(value(getattr(estimate(log, ranking(UPSIDE_DOWN), examination, accidents=0.2), name)))
    assert np.mean(naive) > 1.2 * truth
    assert np.mean(corrected) == pytest.approx(truth, abs=4 * np.std(corrected) / np.sqrt(20))
    assert np.std(corrected) < 0.2 * truth, "the test above would let anything pass"


def test_accidents_change_nothing_of_what_served() -> None:
    log = [replace(page, propensity=(1.0,) * N_PLACES, elsewhere=()) for page in pages(5)]
    served = estimate(log, lambda page: page.shown, examination, accidents=0.2)
    assert value(served.ips) == pytest.approx(np.mean([sum(page.gains.values()) for page in log]))


@pytest.mark.parametrize("name", ESTIMATES)
def test_a_curve_that_is_not_known_widens_the_interval(name: str) -> None:
    """Steeper curves make more of what stood low. Where the target is what served, the curve hardly matters."""
    log, curves = pages(6, 1_000), (lambda place: place**-0.7, lambda place: place**-1.3)

    def interval(titles: np.ndarray, *others: Callable[[int], float]) -> Interval:
        found = getattr(estimate(log, ranking(titles), examination, other_curves=others), name)
        assert isinstance(found, Interval)
        return found

    sure, unsure = interval(UPSIDE_DOWN), interval(UPSIDE_DOWN, *curves)
    ends = [interval(UPSIDE_DOWN).value] + [
        value(getattr(estimate(log, ranking(UPSIDE_DOWN), curve), name)) for curve in curves
    ]
    assert unsure.value == sure.value
    assert unsure.low < min(ends) < max(ends) < unsure.high
    assert unsure.high - unsure.low > 1.5 * (sure.high - sure.low)
    same, as_good = interval(SERVED), interval(SERVED, *curves)
    assert as_good.high - as_good.low < 1.1 * (same.high - same.low)


@pytest.fixture(scope="module")
def outside_logs() -> list[list[LoggedPage]]:
    return [pages(seed, 1_000) for seed in range(12)]


@pytest.mark.parametrize("name", ["snips", "doubly_robust"])
@pytest.mark.parametrize("appeal", [0.0, 1.0])
def test_titles_the_log_never_showed_may_be_good_or_bad_and_the_interval_holds_both(
    outside_logs: list[list[LoggedPage]], name: str, appeal: float
) -> None:
    """The third place goes to a title from outside; nobody knows whether anybody would take it."""
    mixed = SERVED.copy()
    mixed[:, 2] = 1_000
    attention = examination(3) * GAIN
    known = true_value(np.where(mixed == 1_000, SERVED, mixed))
    lost = float(np.mean([APPEAL[q, SERVED[q, 2]] for q in range(N_QUERIES)])) * attention
    best = float(np.mean([APPEAL[q, SERVED[q, 0]] for q in range(N_QUERIES)]))
    truth = known - lost + appeal * best * attention
    held = [covers(getattr(estimate(log, ranking(mixed), examination), name), truth) for log in outside_logs]
    assert np.mean(held) >= 0.9
