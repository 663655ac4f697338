"""What slips cost, and what makes a match more or less sure."""

from typing import Any

import pytest

from recommender.ml.names.slips import prefix_confidence, slip_cost, typo_confidence


@pytest.mark.parametrize(
    ("typed", "meant", "cost"),
    [
        ("inception", "inception", 0),
        ("inceptin", "inception", 0.9),  # lost
        ("inceptiomn", "inception", 0.9),  # added
        ("incepption", "inception", 0.6),  # doubled
        ("galdiator", "gladiator", 0.9),  # swapped
        ("incaption", "inception", 0.9),  # a vowel for a vowel
        ("incebtion", "inception", 1),
        ("unception", "inception", 1.2),  # the first letter
        ("incebtin", "inception", 1.9),
        ("", "heat", 4 * 0.9 + 4 * 0.3),
    ],
)
def test_a_slip_costs(typed: str, meant: str, cost: float) -> None:
    assert slip_cost(typed, meant) == pytest.approx(cost)


SURE: dict[str, Any] = {"usage": 0.0, "fame": 0.8, "margin": 2.0, "n_words": 2, "knows_words": False}


def test_a_word_that_nobody_uses_is_a_slip_and_a_common_phrase_is_none() -> None:
    assert typo_confidence(0.9, **SURE) > 0.95
    assert typo_confidence(0.9, **SURE | {"usage": 0.02, "knows_words": True}) < 0.2


@pytest.mark.parametrize(
    "change", [{"usage": 0.01}, {"fame": 0.1}, {"margin": 0.0}, {"n_words": 1}, {"knows_words": True}]
)
def test_each_reason_for_doubt_counts(change: dict[str, Any]) -> None:
    assert typo_confidence(0.9, **SURE | change) < typo_confidence(0.9, **SURE)
    assert typo_confidence(2.9, **SURE) < typo_confidence(0.9, **SURE)


SERIES: dict[str, Any] = {"usage": 0.0003, "fame": 0.9, "n_words": 2, "n_found": 8, "n_series": 0, "n_titles": 40_000}


def test_words_that_are_mostly_names_begin_a_series() -> None:
    assert prefix_confidence(**SERIES) > 0.7
    assert prefix_confidence(**SERIES | {"usage": 0.02, "n_words": 1}) < 0.1


@pytest.mark.parametrize("change", [{"usage": 0.003}, {"fame": 0.1}, {"n_words": 1}, {"n_found": 1}])
def test_each_reason_for_doubt_counts_for_a_beginning(change: dict[str, Any]) -> None:
    assert prefix_confidence(**SERIES | change) < prefix_confidence(**SERIES)
    assert prefix_confidence(**SERIES | {"n_series": 5}) > prefix_confidence(**SERIES)
