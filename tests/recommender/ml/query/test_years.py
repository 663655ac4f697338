"""Years of release are told from settings, ages and other numbers."""

import pytest

from recommender.ml.query.tokens import Said
from recommender.ml.query.years import refused_years, years_said


def said(text: str) -> list[tuple[str, str]]:
    return [(reading.value, reading.label) for reading in years_said(Said.of(text))]


def test_it_works() -> None:
    assert said("thrillers from the late 90s") == [("1995-1999", "Late 1990s")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1888", "1888-1888"),
        ("2035", "2035-2035"),
        ("00s", "2000-2009"),
        ("the 70ies", "1970-1979"),
        ("80ties", "1980-1989"),
        ("20s", "1920-1929"),
        ("noughties", "2000-2009"),
        ("1990 s", "1990-1999"),
        ("the ’90s", "1990-1999"),
        ("mid-90s", "1993-1997"),
        ("early-mid 2000s", "2000-2007"),
        ("the early eighties", "1980-1984"),
        ("prior to 1980", "-1979"),
        ("before the late 90s", "-1994"),
        ("newer than 2010", "2011-"),
        ("no newer than 2010", "-2010"),
        ("2010 onwards", "2010-"),
        ("2010 or newer", "2010-"),
        ("2010 and earlier", "-2010"),
        ("2010+", "2010-"),
        ("1990–99", "1990-1999"),
        ("2000 to 1990", "1990-2000"),
        ("80s, 90s", "1980-1999"),
        ("70s or 80s", "1970-1989"),
        ("in this century", "2000-"),
    ],
)
def test_this_is_a_span_of_years(text: str, value: str) -> None:
    assert [found for found, _ in said(text)] == [value]


@pytest.mark.parametrize(
    "text",
    ["1887", "2036", "300", "24", "19999", "1984a", "in her 30s", "set in 1974", "set in the late 70s", "not 1990",
     "during the 1920s", "takes place in 1950", "a 70s setting", "20th century fox", "90", "roaring 20s",
     "not the 1995 one", "not from the 90s", "not 1990-1999", "no 90s"],
)  # fmt: skip
def test_this_is_none(text: str) -> None:
    assert said(text) == []


def test_two_numbers_without_a_dash_are_a_year_and_a_number() -> None:
    assert said("1990 99 balloons") == [("1990-1990", "1990")]


@pytest.mark.parametrize("text", ["rome in 1950", "(1995)", "maybe 1995", "probably the 80s", "class of 1984"])
def test_what_belongs_to_the_word_before_it_or_is_unsure_is_marked(text: str) -> None:
    assert [reading.attached for reading in years_said(Said.of(text))] == [True]


def test_refused_years_are_found_with_what_refuses_them() -> None:
    assert list(refused_years(Said.of("heat not the 1995 one"))) == [(1, 5)]
    assert list(refused_years(Said.of("no newer than 2010"))) == []
