"""The estimates that are compared on a biased log: right where the answer is known."""

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.learning.proofs.debiasing import (
    CLIP,
    CORRECTED,
    MEMORY,
    MIN_SHOWS,
    concordance,
    curve_error,
    estimated,
)
from training.ml.examination import Examination
from training.ml.labels import Deed, LoggedSearch

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def page(number: int, shown: tuple[int, ...], *clicked: int) -> LoggedSearch:
    who, at = f"p{number}", NOON + timedelta(minutes=number)
    deeds = tuple(Deed("click", title, who, at + timedelta(seconds=9)) for title in clicked)
    return LoggedSearch(f"q{number}", "space", who, who, at, shown, (1.0,) * len(shown), deeds=deeds)


def test_it_works() -> None:
    """Title 1 stands first and is clicked in half of the searches, title 2 second and in a quarter: equally good
    under k^-1.
    """
    clicks = [(1,), (1,), (2,), ()] * MIN_SHOWS
    found = estimated([page(n, (1, 2), *clicked) for n, clicked in enumerate(clicks)], Examination(1.0), ["space"])
    first, second = ("space", 1), ("space", 2)
    assert found["CTR"] == {first: 0.5, second: 0.25}
    assert found["COEC"] == {first: 1.0, second: 1.0}  # what stands there always is what is expected there
    assert found[CORRECTED] == {first: 0.5, second: 0.5}
    assert found[MEMORY].keys() == {first, second}


def test_far_down_a_click_counts_ten_times_at_most() -> None:
    log = [page(n, tuple(range(1, 21)), 20) for n in range(MIN_SHOWS)]
    assert estimated(log, Examination(1.0), ["space"])[CORRECTED]["space", 20] == pytest.approx(1 / CLIP)


def test_titles_without_a_click_are_estimated_too_and_seldom_shown_ones_are_not() -> None:
    log = [page(n, (1, 2, 3)) for n in range(MIN_SHOWS)]
    assert all(len(of) == 3 for of in estimated(log, Examination(), ["space"]).values())
    assert not any(estimated(log[1:], Examination(), ["space"]).values())


def test_concordance_asks_only_for_pairs_that_differ() -> None:
    assert concordance([3, 2, 1], [3, 2, 1]) == 1
    assert concordance([1, 2, 3], [3, 2, 1]) == -1
    assert concordance([1, 1, 1], [3, 2, 1]) == 0
    assert concordance([1, 2, 3], [0, 0, 1]) == 1
    assert concordance([2, 1], [0, 0]) != concordance([2, 1], [0, 0])  # NaN


def test_the_error_of_a_curve_is_the_worst_of_ten_places() -> None:
    assert curve_error(Examination(1.1), 1.1) == 0
    assert curve_error(Examination(1.0), 1.1) == pytest.approx(10**0.1 - 1)
