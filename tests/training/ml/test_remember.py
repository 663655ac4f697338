"""From lessons to click memory, and what its counts are good for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from recommender.ml.explore import Exploration, draw
from recommender.ml.memory import FORGOTTEN, ClickMemory
from training.ml.caps import Past
from training.ml.labels import Deed, Lesson, LoggedSearch, lessons
from training.ml.remember import UNEXPLAINED, remember, trailing_choices

VECTORS = {"space": np.array([1, 0], np.float32), "war": np.array([0, 1], np.float32)}


def lesson(text: str = "space", **more: object) -> Lesson:
    plain: dict[str, object] = {"gains": {}, "against": frozenset(), "examined": {}, "choice_weights": {}}
    return Lesson("q", text, (1, 2, 3), **(plain | more))  # type: ignore[arg-type]


def counted(memory: ClickMemory) -> dict[int, Any]:
    return {
        int(title): (pytest.approx(float(looks)), pytest.approx(float(chosen)))
        for title, looks, chosen in zip(memory.title_ids, memory.examined, memory.chosen, strict=True)
    }


def test_it_works() -> None:
    """A click is worth √0.25 = 0.5 of a choice, times what its session and title may count: 0.8."""
    memory = remember(
        ClickMemory.empty(2),
        [lesson(gains={2: 0.25}, examined={1: 1.0, 2: 1.0, 3: 0.2}, weight=0.8, choice_weights={2: 0.8})],
        VECTORS,
        half_life=100,
    )
    assert list(memory.queries) == ["space"]
    assert memory.vectors.tolist() == [[1, 0]]
    assert counted(memory) == {1: (0.8, 0.0), 2: (0.8, 0.4), 3: (0.16, 0.0)}


def test_no_lessons_change_nothing() -> None:
    before = remember(ClickMemory.empty(2), [lesson(examined={1: 1.0})], VECTORS, half_life=100)
    after = remember(before, [], VECTORS, half_life=100)
    assert counted(after) == counted(before)
    assert len(remember(ClickMemory.empty(2), [], {}, half_life=1)) == 0


def test_a_refusal_counts_as_one_more_look_and_lifts_less_than_none() -> None:
    memory = remember(
        ClickMemory.empty(2), [lesson(against=frozenset({2}), examined={1: 1.0, 2: 1.0})], VECTORS, half_life=100
    )
    assert counted(memory) == {1: (1.0, 0.0), 2: (2.0, 0.0)}
    assert memory.lifts()[1] < memory.lifts()[0] < 0


def test_a_place_hardly_looked_at_is_let_go() -> None:
    memory = remember(
        ClickMemory.empty(2),
        [lesson(examined={1: FORGOTTEN, 2: FORGOTTEN * 1.01}, against=frozenset({3}))],
        VECTORS,
        half_life=100,
    )
    assert counted(memory) == {2: (FORGOTTEN * 1.01, 0.0), 3: (1.0, 0.0)}


def test_a_search_without_an_opinion_says_nothing() -> None:
    memory = remember(ClickMemory.empty(2), [lesson(examined={1: 1.0, 2: 0.5})] * 50, VECTORS, half_life=100)
    assert counted(memory) == {}


def test_a_choice_counts_even_if_its_slate_was_counted_before() -> None:
    memory = remember(ClickMemory.empty(2), [lesson(gains={2: 1.0}, choice_weights={2: 1.0})], VECTORS, half_life=100)
    assert counted(memory) == {2: (0.0, 1.0)}
    assert memory.lifts()[0] > 0


def liked(title: int, text: str = "space") -> Lesson:
    return lesson(text, examined={title: 1.0}, gains={title: 1.0}, choice_weights={title: 1.0})


def test_what_was_known_fades_by_half_in_a_half_life_of_searches() -> None:
    before = remember(ClickMemory.empty(2), [liked(1)], VECTORS, half_life=100)
    after = remember(before, [liked(3, "war")] * 50, VECTORS, half_life=50)
    assert counted(after) == {1: (0.5, 0.5), 3: (50.0, 50.0)}
    assert list(after.queries) == ["space", "war"]


def test_half_the_choice_weight_teaches_half() -> None:
    """What the surge cap takes away is not remembered either."""
    memory = remember(ClickMemory.empty(2), [lesson(gains={2: 1.0}, choice_weights={2: 0.5})], VECTORS, half_life=9)
    assert counted(memory) == {2: (0.0, 0.5)}


def chosen_at(place: int, n: int) -> list[Lesson]:
    """n likes of title 2 from that place, where it is looked at once in a hundred times."""
    one = lesson(gains={2: 1.0}, examined={2: 0.01}, choice_weights={2: 1.0})
    return [replace(one, shown=(2,), first_position=place)] * n


def test_choices_count_no_more_than_looks_and_three_clicks() -> None:
    memory = remember(ClickMemory.empty(2), chosen_at(8, 100), VECTORS, half_life=10**9)
    assert counted(memory) == {2: (1.0, 1.0 + UNEXPLAINED)}


def test_the_bound_holds_over_any_number_of_windows_and_takes_nothing_back() -> None:
    memory = ClickMemory.empty(2)
    for _ in range(100):
        memory = remember(memory, chosen_at(8, 1), VECTORS, half_life=10**9)
    assert counted(memory) == {2: (1.0, 1.0 + UNEXPLAINED)}
    more = remember(memory, chosen_at(60, 1), VECTORS, half_life=10**9)
    assert counted(more) == {2: (1.01, 1.0 + UNEXPLAINED)}


@pytest.mark.parametrize("place", range(3, 11))
def test_three_clients_are_heard_in_full_wherever_on_the_page_they_chose(place: int) -> None:
    """(3 clicks · 0.5 + 2 · 0.1) / (1.5 + 2) − 0.1, as long as no more looked than chose."""
    at, shown = datetime(2026, 1, 1, tzinfo=UTC), tuple(range(1, 21))
    pages = [
        LoggedSearch(
            f"q{n}", "space", f"p{n}", f"p{n}", at, shown, (1.0,) * 20,
            deeds=(Deed("click", place, f"p{n}", at + timedelta(seconds=9)),) if n < 3 else (),
        )
        for n in range(25)
    ]  # fmt: skip
    taught, _ = lessons(pages)
    memory = remember(ClickMemory.empty(2), taught, VECTORS, half_life=100)
    lift = dict(zip(memory.title_ids.tolist(), memory.lifts().tolist(), strict=True))[place]
    assert lift == pytest.approx(1.7 / 3.5 - 0.1)


def test_who_is_chosen_only_far_down_is_hardly_lifted() -> None:
    """(20/40)^4 = 1/16 of three clicks, beside what was looked at."""
    memory = remember(ClickMemory.empty(2), chosen_at(40, 100), VECTORS, half_life=10**9)
    assert counted(memory) == {2: (1.0, 1.0 + UNEXPLAINED / 16)}


def test_what_was_chosen_before_is_counted_in_clicks_over_all_queries() -> None:
    memory = remember(ClickMemory.empty(2), [liked(1), liked(1, "war"), liked(3)], VECTORS, half_life=10**9)
    assert trailing_choices(memory) == {1: Past(4.0, 0.0), 3: Past(2.0, 0.0)}
    assert trailing_choices(ClickMemory.empty(2)) == {}


def test_of_these_what_was_chosen_more_often_than_looked_at_is_told_apart() -> None:
    memory = remember(ClickMemory.empty(2), [*chosen_at(8, 1), liked(2, "war")], VECTORS, half_life=10**9)
    assert trailing_choices(memory)[2] == pytest.approx((2.02, 1.98))


def biased_log(n_queries: int, n_searches: int, attraction: np.ndarray, *, seed: int) -> list[LoggedSearch]:
    """Pages in an order that is half right, with a swap on each, clicked as the position-based model has it."""
    random = np.random.default_rng(seed)
    n_places = attraction.shape[1]
    ranks = attraction.argsort(axis=1).argsort(axis=1) / n_places
    order = np.argsort(0.6 * random.standard_normal(attraction.shape) - ranks, axis=1)
    looked = 1 / np.arange(1, n_places + 1)
    made = []
    for number in range(n_searches):
        query, at = int(random.integers(n_queries)), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
        rows = order[query, draw(Exploration(1.0, seed + number), n_places, 0, n_places).ranks]
        clicked = random.random(n_places) < looked * attraction[query, rows]
        shown, who = (query * n_places + rows).tolist(), f"p{number}"
        deeds = [Deed("click", t, who, at + timedelta(seconds=9)) for t, c in zip(shown, clicked, strict=True) if c]
        made.append(
            LoggedSearch(
                f"q{number:05}", f"t{query}", who, who, at, tuple(shown), (1.0,) * n_places, deeds=tuple(deeds)
            )
        )
    return made


def concordance(one: np.ndarray, other: np.ndarray) -> float:
    """Kendall's τ (a): of all pairs, the share in the same order less the share in the other."""
    above = np.triu_indices(len(one), 1)
    signs = [np.sign(np.subtract.outer(values, values))[above] for values in (one, other)]
    return float(np.mean(signs[0] * signs[1]))


def test_on_a_biased_log_the_memory_finds_the_true_order_where_click_rates_do_not() -> None:
    """Kendall's τ with the truth: memory and clipped inverse propensities ahead of CTR and of clicks over expected
    clicks (COEC; Zhang and Jones 2007, doi:10.1145/1242572.1242764), which takes the skill of the ranking for bias.
    """
    n_queries, n_places = 10, 20
    attraction = np.random.default_rng(0).beta(1, 4, (n_queries, n_places))
    log = biased_log(n_queries, 4_000, attraction, seed=1)
    texts = {f"t{query}": np.array([1, 0], np.float32) for query in range(n_queries)}
    taught, _ = lessons(log)
    memory = remember(ClickMemory.empty(2), taught, texts, half_life=10**9)
    by_memory = np.zeros(attraction.size)
    by_memory[memory.title_ids] = memory.lifts()

    shows, clicks, expected, inverse = np.zeros((4, attraction.size))
    clicked = np.array([[any(d.title_id == t for d in page.deeds) for t in page.shown] for page in log])
    rate_of_place = clicked.mean(axis=0)
    propensity = np.maximum(1 / np.arange(1, n_places + 1), 0.1)  # clipped
    for page, row in zip(log, clicked, strict=True):
        at = list(page.shown)
        shows[at] += 1
        clicks[at] += row
        expected[at] += rate_of_place
        inverse[at] += row / propensity

    def tau(estimate: np.ndarray) -> float:
        pairs = zip(estimate.reshape(attraction.shape), attraction, strict=True)
        return float(np.mean([concordance(one, truth) for one, truth in pairs]))

    naive = max(tau(clicks / shows), tau(clicks / expected))
    assert tau(inverse / shows) > naive + 0.03
    assert tau(by_memory) > naive + 0.03
