"""Click memory: bounded, fading, borrowed from neighbours, and the same bytes for the same evidence."""

import random
from math import cos, pi, sin
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml.memory import ClickMemory, MemoryConfig, MemoryIndex
from recommender.ml.weights import ModelConfig, ModelState, Weights, to_bytes

ROWS = {10: 0, 20: 1, 30: 2}
Pair = tuple[str, int, float, float]


def at(degrees: float) -> np.ndarray:
    """A unit vector in the plane, so that cosines can be worked by hand."""
    return np.array([cos(degrees * pi / 180), sin(degrees * pi / 180)], np.float32)


def remembered(*pairs: Pair, fade: float = 1.0, into: ClickMemory | None = None, **vectors: Any) -> ClickMemory:
    """vectors: of the queries, by name; due east unless given."""
    queries = sorted({pair[0] for pair in pairs})
    stacked = np.array([vectors.get(query, at(0)) for query in queries], np.float32).reshape(-1, 2)
    return (ClickMemory.empty(2) if into is None else into).merged(queries, stacked, list(pairs), fade=fade)


def lift_of(memory: ClickMemory, text: str, degrees: float, row: int) -> float:
    found = MemoryIndex(memory, ROWS).recall(text, at(degrees))
    return float(dict(zip(found.rows.tolist(), found.lift.tolist(), strict=True)).get(row, 0.0))


def test_it_works() -> None:
    """Examined 8, chosen 3: (3 + 0.2) / (8 + 2) = 0.32, and 0.1 was to be expected: 0.22."""
    memory = remembered(("space", 10, 8.0, 3.0), ("space", 20, 8.0, 0.0))
    assert memory.lifts() == pytest.approx([0.22, 0.02 - 0.1])
    found = MemoryIndex(memory, ROWS).recall("space", at(0))
    assert found.rows.tolist() == [0, 1]
    assert found.lift == pytest.approx([0.22, -0.08])
    assert [memory.queries[witness] if witness >= 0 else None for witness in found.witness] == ["space", None]


def test_what_was_neither_seen_nor_chosen_is_let_go() -> None:
    assert len(remembered(("space", 10, 0.0, 0.0), ("space", 20, 0.01, 0.01))) == 0
    assert len(remembered(("space", 10, 0.0, 0.0), ("space", 20, 0.03, 0.0)).title_ids) == 1


def test_what_fades_away_is_let_go() -> None:
    memory = remembered(("space", 10, 1.0, 1.0), ("cooking", 20, 0.03, 0.03))
    faded = memory.merged([], np.zeros((0, 2), np.float32), [], fade=0.5)
    assert list(faded.queries) == ["space"]
    assert faded.title_ids.tolist() == [10]
    assert faded.starts.tolist() == [0, 1]


def test_of_too_many_queries_those_that_led_to_most_choices_stay() -> None:
    memory = remembered(
        ("a", 10, 1.0, 0.5), ("b", 10, 9.0, 0.2), ("b", 20, 9.0, 0.2), ("c", 10, 1.0, 0.6), ("d", 10, 5.0, 0.0),
        into=ClickMemory.empty(2, MemoryConfig(max_queries=2)),
    )  # fmt: skip
    assert list(memory.queries) == ["a", "c"]
    assert memory.chosen == pytest.approx([0.5, 0.6])


def test_an_empty_memory_says_nothing() -> None:
    found = MemoryIndex(ClickMemory.empty(2), ROWS).recall("space", at(0))
    assert len(found.rows) == len(found.lift) == len(found.witness) == 0
    assert len(ClickMemory.empty(2).lifts()) == 0


counts = st.floats(0, 1e6, width=32)


@settings(max_examples=300)
@given(
    st.lists(st.tuples(counts, counts), min_size=1, max_size=5), st.lists(st.integers(0, 359), min_size=5, max_size=5)
)
def test_lifts_stay_within_bounds_whatever_was_counted(pairs: list[tuple[float, float]], degrees: list[int]) -> None:
    evidence = [(f"q{n}", 10, examined, chosen) for n, (examined, chosen) in enumerate(pairs)]
    vectors: dict[str, Any] = {f"q{n}": at(angle) for n, angle in enumerate(degrees)}
    memory = remembered(*evidence, **vectors)
    assert (np.abs(memory.lifts()) <= 1).all()
    for text, angle in [("q0", degrees[0]), ("unheard", 0), ("unheard", 180)]:
        assert abs(lift_of(memory, text, angle, 0)) <= 1


def test_more_choices_lift_more_and_more_looks_lift_less() -> None:
    by_chosen = [remembered(("q", 10, 10.0, float(n))).lifts()[0] for n in range(11)]
    assert by_chosen == sorted(by_chosen)
    assert len(set(by_chosen)) == 11
    by_looks = [remembered(("q", 10, float(n), 1.0)).lifts()[0] for n in range(1, 50)]
    assert by_looks == sorted(by_looks, reverse=True)


def test_a_neighbour_speaks_by_its_nearness() -> None:
    """cos 30° = 0.866: kernel ((0.866 − 0.4) / 0.6)² = 0.6033, and 8 looks count as 8 · 6 / (6 + 8) = 3.4286; so
    2.0686 looks with 0.7757 choices: (0.7757 + 0.2) / (2.0686 + 2) − 0.1 = 0.1398. At 70° it is below the floor.
    """
    memory = remembered(("space", 10, 8.0, 3.0))
    assert lift_of(memory, "star ship", 30, 0) == pytest.approx(0.1398, abs=1e-4)
    assert lift_of(memory, "cooking", 70, 0) == 0
    assert lift_of(memory, "space", 60, 0) == pytest.approx(0.22), "its own words need no vector"


def test_what_neighbours_know_is_bounded_however_much_they_saw() -> None:
    """At most 6 looks each: 100,000 choices next door are (6 + 0.2) / (6 + 2) − 0.1 = 0.675, not 0.9."""
    memory = remembered(("space", 10, 1e5, 1e5))
    assert lift_of(memory, "outer space", 0, 0) == pytest.approx(0.675, abs=1e-3)
    assert lift_of(memory, "space", 0, 0) == pytest.approx(0.9, abs=1e-3)


def test_neighbours_fall_silent_as_a_query_gets_evidence_of_its_own() -> None:
    neighbour = ("a", 10, 8.0, 8.0)
    borrowed = [lift_of(remembered(neighbour, ("b", 10, float(n), 0.0)), "b", 0, 0) for n in (1, 10, 100, 1_000)]
    alone = [lift_of(remembered(("b", 10, float(n), 0.0)), "b", 0, 0) for n in (1, 10, 100, 1_000)]
    gap = [with_it - without for with_it, without in zip(borrowed, alone, strict=True)]
    assert gap == sorted(gap, reverse=True)
    assert gap[0] > 0.4
    assert gap[-1] < 0.01


def test_neighbours_that_never_saw_a_title_do_not_dilute_what_others_know_of_it() -> None:
    alone = remembered(("a", 10, 8.0, 3.0))
    beside = remembered(("a", 10, 8.0, 3.0), ("b", 20, 8.0, 3.0))
    assert lift_of(beside, "a", 0, 0) == pytest.approx(lift_of(alone, "a", 0, 0))
    assert lift_of(beside, "a", 0, 1) > 0


def test_looks_at_a_title_add_up_over_all_queries() -> None:
    memory = remembered(("space", 10, 8.0, 3.0), ("war", 10, 1.0, 2.0), ("war", 30, 4.0, 0.0), ("war", 99, 4.0, 0.0))
    assert MemoryIndex(memory, ROWS).looks == pytest.approx([10.0, 0.0, 4.0])


def test_only_the_nearest_neighbours_are_asked() -> None:
    config = MemoryConfig(max_neighbours=2)
    pairs = [("near", 10, 8.0, 3.0), ("nearer", 20, 8.0, 3.0), ("far", 30, 8.0, 8.0)]
    memory = remembered(*pairs, into=ClickMemory.empty(2, config), near=at(5), nearer=at(2), far=at(25))
    found = MemoryIndex(memory, ROWS).recall("q", at(0))
    assert sorted(found.rows.tolist()) == [0, 1]


def test_the_witness_is_the_query_that_spoke_loudest() -> None:
    memory = remembered(
        ("far", 10, 8.0, 3.0), ("near", 10, 8.0, 3.0), ("against", 10, 50.0, 0.0),
        far=at(20), near=at(5), against=at(0),
    )  # fmt: skip
    found = MemoryIndex(memory, ROWS).recall("q", at(0))
    assert [memory.queries[witness] for witness in found.witness] == ["near"]


def test_a_title_that_left_the_catalogue_is_passed_over() -> None:
    memory = remembered(("space", 10, 8.0, 3.0), ("space", 99, 8.0, 8.0))
    assert MemoryIndex(memory, ROWS).recall("space", at(0)).rows.tolist() == [0]


def test_old_evidence_fades_and_new_adds_to_it() -> None:
    first = remembered(("space", 10, 8.0, 4.0), ("war", 20, 6.0, 2.0))
    then = remembered(("space", 10, 1.0, 1.0), into=first, fade=0.5)
    assert list(then.queries) == ["space", "war"]
    assert then.examined.tolist() == [5.0, 3.0]
    assert then.chosen.tolist() == [3.0, 1.0]
    assert 0 < then.lifts()[1] < first.lifts()[1]


def test_nothing_new_and_no_fading_changes_nothing() -> None:
    memory = remembered(("space", 10, 8.0, 4.0), ("war", 20, 6.0, 2.0))
    assert as_bytes(remembered(into=memory)) == as_bytes(memory)
    assert len(remembered().merged([], np.zeros((0, 2), np.float32), [], fade=0.5)) == 0


def as_bytes(memory: ClickMemory) -> bytes:
    return to_bytes(ModelState(Weights.untrained(ModelConfig(dimension=2, rank=1, id_dimension=1)), memory))


def test_the_order_of_the_pairs_does_not_matter() -> None:
    draw = random.Random(3)
    pairs = [
        (f"q{draw.randrange(6)}", draw.choice([10, 20, 30]), draw.random(), draw.random() / 3) for _ in range(200)
    ]
    vectors: dict[str, Any] = {f"q{n}": at(15 * n) for n in range(6)}
    shuffled = draw.sample(pairs, len(pairs))
    assert shuffled != pairs
    assert as_bytes(remembered(*pairs, **vectors)) == as_bytes(remembered(*shuffled, **vectors))


def test_not_even_where_rounding_depends_on_it() -> None:
    """1 + 2⁻²⁴ lies half-way between two float32; the crumbs decide, unless they are lost one by one."""
    pairs = [("q", 10, examined, 0.0) for examined in (1.0, 2**-24, 2**-53, 2**-53)]
    assert sum(p[2] for p in pairs) != sum(p[2] for p in reversed(pairs))
    assert as_bytes(remembered(*pairs)) == as_bytes(remembered(*reversed(pairs)))


def test_the_same_query_gets_the_newest_vector() -> None:
    """After another encoder the old vector would be a direction in another space."""
    memory = remembered(("space", 10, 8.0, 3.0), space=at(0))
    memory = remembered(("space", 10, 1.0, 0.0), into=memory, space=at(90))
    assert memory.vectors == pytest.approx(np.array([at(90)]), abs=1e-6)


@pytest.mark.parametrize(
    "wrong",
    [
        {"prior_examined": 0.0},
        {"prior_examined": float("inf")},
        {"prior_rate": 0.0},
        {"prior_rate": 1.0},
        {"prior_rate": float("nan")},
        {"similarity_floor": 1.0},
        {"sharpness": 0.0},
        {"max_neighbours": 0},
    ],
)
def test_it_refuses_numbers_that_give_no_lift(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="no memory works"):
        MemoryConfig(**wrong)  # type: ignore[arg-type]
