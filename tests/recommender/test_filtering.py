"""Filters as parameters: what a request means, and what is refused in whose words."""

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from recommender.answers.filtering import (
    MAX_VALUES,
    PARAMETERS,
    BadFilter,
    as_json,
    parameters,
    read,
    refuse_repeated,
    unknown_in_words,
)
from recommender.ml.facts.filters import Filters


def of(query: str) -> Filters:
    return read(QueryDict(query))


def test_it_works() -> None:
    filters = of("kind=movie&genres=Comedy,-Horror&people=Tom+Hanks&people=Meg+Ryan&year_min=1990&year_max=1999")
    assert filters == Filters(
        kind="movie",
        genres=frozenset({"Comedy"}),
        without_genres=frozenset({"Horror"}),
        people=frozenset({"Tom Hanks", "Meg Ryan"}),
        year_min=1990,
        year_max=1999,
    )
    assert as_json(filters) == {
        "kind": "movie", "genres": ["Comedy", "-Horror"], "people": ["Meg Ryan", "Tom Hanks"],
        "year_min": 1990, "year_max": 1999,
    }  # fmt: skip


def test_nothing_asked_is_no_filter() -> None:
    assert not of("")
    assert not of("kind=&genres=&genres=,%20,-&people=%20&year_min=&runtime_max=%20&q=heat&page=2")
    assert as_json(Filters()) == {}
    assert parameters(Filters()) == []


@pytest.mark.parametrize(
    ("query", "name", "values"),
    [
        ("genres=comedy,drama", "genres", {"Comedy", "Drama"}),
        ("genres=comedy&genres=drama", "genres", {"Comedy", "Drama"}),
        ("genres=science+fiction", "genres", {"Sci-Fi"}),
        ("genres=romantic+comedy", "genres", {"Romance", "Comedy"}),
        ("genres=Nonsense", "genres", {"Nonsense"}),
        ("genres=movies", "genres", {"movies"}),
        ("genres=-%20Horror", "without_genres", {"Horror"}),
        ("any_genres=war,western", "any_genres", {"War", "Western"}),
        ("countries=USA,uk", "countries", {"United States", "United Kingdom"}),
        ("languages=en,Korean", "languages", {"English", "Korean"}),
        ("maturity=PG-13,R", "maturity", {"PG-13", "R"}),
        ("people=Downey,+Robert", "people", {"Downey, Robert"}),
        ("directors=Bong+Joon-ho", "directors", {"Bong Joon-ho"}),
        ("people=M-", "people", {"M-"}),
        ("people=-Tom+Hanks&people=Meg+Ryan", "without_people", {"Tom Hanks"}),
        ("people=-Tom+Hanks&people=Meg+Ryan", "people", {"Meg Ryan"}),
        ("people=--y", "without_people", {"-y"}),
        ("people=-%20Downey,+Robert", "without_people", {"Downey, Robert"}),
    ],
)
def test_values_are_read_as_the_catalogue_calls_them(query: str, name: str, values: set[str]) -> None:
    assert getattr(of(query), name) == values


@pytest.mark.parametrize(
    "query", ["year_min=1880", "year_max=2100", "runtime_min=0", "runtime_max=2000", "kind=Show"]
)
def test_the_ends_of_what_is_allowed_are_allowed(query: str) -> None:
    assert of(query)


@pytest.mark.parametrize(
    ("query", "parameter", "message"),
    [
        ("kind=film", "kind", "The kind is “movie” or “show”; “film” is neither."),
        ("kind=movie&kind=show", "kind", "There can be one kind; here are “movie” and “show”."),
        ("year_min=1990&year_min=1991", "year_min", "There can be one first year; here are “1990” and “1991”."),
        ("year_min=1879", "year_min", "The first year is a whole number from 1880 to 2100; “1879” is not."),
        ("year_max=2101", "year_max", "The last year is a whole number from 1880 to 2100; “2101” is not."),
        ("runtime_min=-1", "runtime_min",
         "The shortest running time in minutes is a whole number from 0 to 2000; “-1” is not."),
        ("runtime_max=2001", "runtime_max",
         "The longest running time in minutes is a whole number from 0 to 2000; “2001” is not."),
        ("year_min=2000&year_max=1990", "year_min", "The first year, 2000, is after the last year, 1990."),
        ("runtime_min=120&runtime_max=90", "runtime_min",
         "The shortest running time, 120 minutes, is longer than the longest, 90 minutes."),
        ("genres=Horror,-horror", "genres", "The genre “horror” is both asked for and left out."),
        ("people=Cher&people=-cher", "people", "The person “cher” is both asked for and left out."),
        *((f"{name}=x&{name}=-y", name, f"{name}: only genres and people can be excluded with a minus.")
          for name in ("any_genres", "countries", "languages", "maturity", "directors")),
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_words(query: str, parameter: str, message: str) -> None:
    with pytest.raises(BadFilter) as refused:
        of(query)
    assert (refused.value.parameter, str(refused.value)) == (parameter, message)


@pytest.mark.parametrize(
    "number", ["1e3", "1990.0", "٢٠٠٠", "nan", "0x7d0", "9" * 20, "9" * 5_000, "1_990", "\x00", "²"]
)
def test_a_number_is_plain_digits(number: str) -> None:
    asked = QueryDict(mutable=True)
    asked["year_min"] = number
    with pytest.raises(BadFilter):
        read(asked)


def test_what_is_left_out_is_written_with_a_minus() -> None:
    filters = of("genres=-War&people=-Tom+Hanks&people=Meg+Ryan")
    assert as_json(filters) == {"genres": ["-War"], "people": ["Meg Ryan", "-Tom Hanks"]}
    assert parameters(filters) == [("genres", "-War"), ("people", "Meg Ryan"), ("people", "-Tom Hanks")]


def test_a_parameter_of_one_value_has_one() -> None:
    refuse_repeated(QueryDict("q=a&q=a&limit=3"), ["q", "limit", "cursor"])
    with pytest.raises(BadFilter, match=r"There can be one q; here are “a” and “b”\.") as refused:
        refuse_repeated(QueryDict("limit=3&q=a&q=b"), ["limit", "q"])
    assert refused.value.parameter == "q"


def test_a_hundred_values_are_enough() -> None:
    people = "&".join(f"people=P{n}" for n in range(MAX_VALUES - 1))
    assert len(of(f"{people}&kind=show").people) == MAX_VALUES - 1
    with pytest.raises(BadFilter, match=r"up to 100 filter values; these are 101\."):
        of(f"{people}&kind=show&year_min=1990")
    with pytest.raises(BadFilter):
        of("genres=" + ",".join(["Drama"] * (MAX_VALUES + 1)))


def test_a_quoted_value_is_cut() -> None:
    with pytest.raises(BadFilter) as refused:
        of("kind=" + "x" * 5_000)
    assert len(str(refused.value)) < 150
    assert unknown_in_words("genres", "Foo") == "No title has the genre “Foo”."


_TEXT = st.text(st.characters(), max_size=12)


@given(st.lists(st.tuples(st.sampled_from(PARAMETERS), st.one_of(_TEXT, st.integers().map(str))), max_size=12))
def test_whatever_is_sent_is_read_or_refused_and_written_as_it_is_read(pairs: list[tuple[str, str]]) -> None:
    asked = QueryDict(mutable=True)
    for name, value in pairs:
        asked.appendlist(name, value)
    try:
        filters = read(asked)
    except BadFilter:
        return
    written = QueryDict(mutable=True)
    for name, value in parameters(filters):
        value.encode("utf-8")  # no lone surrogate, and no NUL below: Postgres keeps it
        assert "\x00" not in value
        written.appendlist(name, value)
    assert as_json(read(written)) == as_json(filters)
