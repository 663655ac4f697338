"""What a window says of itself: worked by hand, and against windows that people could not have made."""

import random
from collections.abc import Sequence
from dataclasses import replace
from math import log

import pytest

from recommender.ml.engine import search
from tests import worlds
from training.ml.evaluate import asking
from training.ml.labels import Lesson
from training.ml.plausible import attention_evidence, facts_of, known_share

SNAPSHOT = worlds.snapshot()
ASKS = asking(SNAPSHOT)
PAGE = tuple(range(1, 21))


def lesson(
    chosen: Sequence[int], *, text: str = "heist", shown: tuple[int, ...] = PAGE, weight: float = 1.0, n: int = 0
) -> Lesson:
    examined = {title: 1 / place for place, title in enumerate(shown, start=1)}
    gains = dict.fromkeys(chosen, 0.25)
    return Lesson(f"q{n} {text}", text, shown, gains, frozenset(), examined, weight=weight, session=f"s{n}")


def test_it_works() -> None:
    """Two places, looked at with chances 1 and 1/2: the first is chosen with 2/3 instead of 1/2."""
    assert attention_evidence([lesson([1], shown=(1, 2))]) == pytest.approx(log(2 / 3 * 2))
    assert attention_evidence([lesson([2], shown=(1, 2))]) == pytest.approx(log(1 / 3 * 2))
    assert attention_evidence([lesson([], shown=(1, 2)), lesson([1], shown=(1,))]) == 0


def test_others_who_choose_the_same_outweigh_a_place_far_down() -> None:
    alone = attention_evidence([lesson([2], shown=(1, 2))])
    agreed = attention_evidence([lesson([2], shown=(1, 2), n=n) for n in range(3)])
    assert agreed == pytest.approx(alone + log((1 / 3 + 1) / 2 * 2) + log((1 / 3 + 2) / 3 * 2))
    assert alone < 0 < agreed
    assert attention_evidence([lesson([20], n=n) for n in range(3)]) > 1, "three who agree on the last of twenty"
    elsewhere = [lesson([2], shown=(1, 2), n=n, text=f"text {n}") for n in range(3)]
    assert attention_evidence(elsewhere) == pytest.approx(3 * alone)


def test_a_busy_session_says_less() -> None:
    assert attention_evidence([lesson([1], weight=0.1)]) == pytest.approx(0.1 * attention_evidence([lesson([1])]))


def test_a_page_without_a_curve_of_its_own_and_a_choice_that_was_not_shown() -> None:
    late = replace(lesson([1], shown=(1, 2)), examined={})
    assert attention_evidence([late]) == pytest.approx(log(2 / 3 * 2))
    assert attention_evidence([replace(late, first_position=2)]) == pytest.approx(log(3 / 5 * 2))
    assert attention_evidence([lesson([99])]) == 0


def test_people_and_chance_come_apart_in_ten_choices() -> None:
    """Of 200 windows of ten choices each, by 1/k and evenly: hardly any is taken for the other."""
    draw = random.Random(0)
    weights = [1 / place for place in PAGE]
    people = [
        attention_evidence([lesson(draw.choices(PAGE, weights), text=str(n)) for n in range(10)]) for _ in range(200)
    ]
    chance = [attention_evidence([lesson(draw.choices(PAGE), text=str(n)) for n in range(10)]) for _ in range(200)]
    assert sum(evidence > 0 for evidence in people) > 180
    assert sum(evidence < 0 for evidence in chance) > 180


def test_pages_are_compared_with_what_the_engine_finds() -> None:
    shown = tuple(hit.title_id for hit in search(SNAPSHOT, "thieves plan a heist").hits)
    found, by_chance = known_share([lesson([], text="thieves plan a heist", shown=shown)], SNAPSHOT, ASKS)
    assert found == 1
    assert by_chance == len(shown) / len(SNAPSHOT.index)
    half = (*shown, *range(900, 900 + len(shown)))
    assert known_share([lesson([], text="thieves plan a heist", shown=half)], SNAPSHOT, ASKS)[0] == 0.5
    assert known_share([], SNAPSHOT, ASKS) == (1.0, 1.0)


def test_what_a_window_holds_is_counted() -> None:
    window = [
        lesson([1, 2], n=1),
        lesson([1], n=2),
        lesson([1], n=2, text="space"),
        lesson([], n=3, text="paris"),
    ]
    facts = facts_of(window, [], SNAPSHOT, ASKS)
    assert (facts.n_choices, facts.n_sessions, facts.n_texts) == (4, 2, 2)
    assert facts.most_chosen_for == 2, "title 1, for two texts however often"
    empty = facts_of([], [], SNAPSHOT, ASKS)
    assert (empty.n_choices, empty.n_sessions, empty.evidence, empty.most_chosen_for) == (0, 0, 0, 0)
