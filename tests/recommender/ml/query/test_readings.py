"""Wishes become filters."""

from recommender.ml.facts.filters import Filters
from recommender.ml.query.readings import filters_of


def test_it_works() -> None:
    wishes = [
        ("kind", "movie"),
        ("genres", "Romance|Comedy"),
        ("genres", "Horror"),
        ("years", "1990-"),
        ("runtime", "-120"),
    ]
    assert filters_of(wishes) == Filters(
        kind="movie", genres=frozenset({"Romance", "Comedy", "Horror"}), year_min=1990, runtime_max=120
    )


def test_nothing_asks_for_nothing() -> None:
    assert filters_of([]) == Filters()


def test_of_ranges_the_common_part_counts() -> None:
    assert filters_of([("years", "1990-"), ("years", "-1999")]) == Filters(year_min=1990, year_max=1999)


def test_ranges_without_a_common_part_leave_the_first() -> None:
    assert filters_of([("years", "1990-1999"), ("years", "1970-1979")]) == Filters(year_min=1990, year_max=1999)


def test_of_two_kinds_the_first_counts() -> None:
    assert filters_of([("kind", "movie"), ("kind", "show")]) == Filters(kind="movie")
