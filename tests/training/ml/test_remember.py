"""From lessons to click memory."""

from typing import Any

import numpy as np
import pytest

from recommender.ml.memory import ClickMemory
from training.ml.labels import Lesson
from training.ml.remember import FORGOTTEN, remember

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
