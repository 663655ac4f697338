"""The facts as arrays: filters keep what they say, hints weigh, counts count."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ml import arrays
from recommender.ml.composition import TitleText
from recommender.ml.facts.facets import UNKNOWN, Facets
from recommender.ml.facts.filters import Filters
from recommender.ml.index import fame

TITLES = [
    TitleText("Sleepless in Seattle", year=1993, genres=["Comedy", "Romance"], countries=["USA"], languages=["en"],
              directors=["Nora Ephron"], writers=["Nora Ephron"], cast=["Tom Hanks", "Meg Ryan"],
              runtime_minutes=105, maturity="PG"),
    TitleText("Oldboy", year=2003, genres=["Crime", "Thriller"], countries=["South Korea"], languages=["Korean"],
              directors=["Park Chan-wook"], cast=["Choi Min-sik"], runtime_minutes=120, maturity="R"),
    TitleText("You've Got Mail", year=1998, genres=["Romantic Movies", "Comedies"], countries=["United States"],
              directors=["Nora Ephron"], cast=["Tom Hanks", "Meg Ryan"], runtime_minutes=119, maturity="PG"),
    TitleText("That Thing You Do!", year=1996, genres=["Comedy", "Music"], countries=["United States"],
              directors=["Tom Hanks"], cast=["Tom Hanks", "Liv Tyler"]),
    TitleText("Kingdom", kind="show", year=2019, genres=["International TV Shows", "TV Horror"],
              languages=["Korean"], maturity="TV-MA"),
    TitleText("Unknown", kind="movie"),
]  # fmt: skip
PRIOR = np.array([1.0, 0.5, 0.25, 0.0, 0.5, 0.0], np.float32)


@pytest.fixture(scope="module")
def facets() -> Facets:
    return Facets.build(TITLES, PRIOR)


def kept(facets: Facets, filters: Filters) -> list[int]:
    mask = facets.mask(filters)
    assert mask is not None
    assert mask.dtype == np.bool_
    return np.flatnonzero(mask).tolist()


def some(*values: str) -> frozenset[str]:
    return frozenset(values)


def test_it_works(facets: Facets) -> None:
    assert kept(facets, Filters(genres=some("Comedy", "Romance"), people=some("meg ryan"), year_max=1995)) == [0]
    assert facets.counts(None, ["genres"], limit=2) == {"genres": [("Comedy", 3), ("Romance", 2)]}
    agree = facets.agreements(Filters(people=some("Tom Hanks", "Liv Tyler")))
    assert agree["people"].tolist() == [0.5, 0, 0.5, 1, 0, 0]


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        (Filters(kind="show"), [4]),
        (Filters(kind="movie"), [0, 1, 2, 3, 5]),
        (Filters(genres=some("comedy", "MUSIC")), [3]),
        (Filters(any_genres=some("Music", "Crime")), [1, 3]),
        (Filters(without_genres=some("Comedy", "Horror")), [1, 5]),
        (Filters(countries=some("United States", "South Korea")), [0, 1, 2, 3]),
        (Filters(languages=some("English")), [0]),
        (Filters(origins=some("Korean")), [1, 4]),
        (Filters(origins=some("korean", "American")), [0, 1, 2, 3, 4]),
        (Filters(without_origins=some("American")), [1, 4, 5]),
        (Filters(maturity=some("PG", "tv ma")), [0, 2, 4]),
        (Filters(people=some("Nora Ephron", "Tom Hanks")), [0, 2]),
        (Filters(directors=some("Tom Hanks")), [3]),
        (Filters(directors=some("Meg Ryan")), []),
        (Filters(year_min=1996, year_max=1998), [2, 3]),
        (Filters(year_max=1993), [0]),
        (Filters(year_min=2003), [1, 4]),
        (Filters(year_min=0), [0, 1, 2, 3, 4]),
        (Filters(year_min=2000, year_max=1990), []),
        (Filters(year_min=10**9), []),
        (Filters(year_max=10**9), [0, 1, 2, 3, 4]),
        (Filters(runtime_max=119), [0, 2]),
        (Filters(runtime_min=119, runtime_max=120), [1, 2]),
    ],
)
def test_a_filter_keeps_what_it_says(facets: Facets, filters: Filters, rows: list[int]) -> None:
    assert kept(facets, filters) == rows


def test_no_filter_is_no_mask(facets: Facets) -> None:
    assert facets.mask(Filters()) is None
    assert facets.agreements(Filters()) == {}
    assert facets.unknown(Filters()) == []


def test_a_value_nobody_has_gives_nothing_and_is_told(facets: Facets) -> None:
    filters = Filters(
        kind="opera", genres=some("Comedy", "Western"), any_genres=some("Noir", "Crime"), people=some("Nobody"),
        directors=some("Meg Ryan"), origins=some("Korean", "Klingon", "French"), maturity=some("X"),
    )  # fmt: skip
    assert facets.unknown(filters) == [
        ("kind", "opera"), ("genres", "Western"), ("maturity", "X"), ("people", "Nobody"),
        ("directors", "Meg Ryan"), ("any_genres", "Noir"), ("origins", "French"), ("origins", "Klingon"),
    ]  # fmt: skip
    for field, value in facets.unknown(filters):
        alone: dict[str, Any] = {field: value if field == "kind" else some(value)}
        assert kept(facets, Filters(**alone)) == []
        (agree,) = facets.agreements(Filters(**alone)).values()
        assert (agree <= UNKNOWN).all()


def test_refusing_what_nobody_has_refuses_nothing(facets: Facets) -> None:
    filters = Filters(without_genres=some("Western"), without_origins=some("Klingon"))
    assert kept(facets, filters) == [0, 1, 2, 3, 4, 5]
    assert facets.unknown(filters) == []


FACTS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["", "movie", "show"]),
        **{
            name: st.frozensets(st.sampled_from(["Comedy", "Romance", "Crime", "Horror", "Western"]), max_size=2)
            for name in ("genres", "any_genres", "without_genres")
        },
        **{
            name: st.frozensets(st.sampled_from(["Tom Hanks", "Nora Ephron", "Meg Ryan"]), max_size=2)
            for name in ("people", "directors")
        },
        **{name: st.none() | st.integers(1990, 2004) for name in ("year_min", "year_max")},
        **{name: st.none() | st.integers(100, 121) for name in ("runtime_min", "runtime_max")},
    }
)


@given(FACTS)
def test_the_mask_is_what_reading_every_title_gives(facts: dict) -> None:
    filters = Filters(**facts)
    facets = Facets.build(TITLES, PRIOR)

    def has(field: str, row: int) -> set[str]:
        table = getattr(facets, field)
        return {table.labels[int(v)] for v in table.values[table.row_starts[row] : table.row_starts[row + 1]]}

    def within(number: int | None, low: int | None, high: int | None) -> bool:
        if low is None and high is None:
            return True
        return number is not None and (low is None or low <= number) and (high is None or number <= high)

    expected = [
        row
        for row, text in enumerate(TITLES)
        if filters.kind in ("", text.kind)
        and filters.genres <= has("genres", row)
        and (not filters.any_genres or filters.any_genres & has("genres", row))
        and not filters.without_genres & has("genres", row)
        and filters.people <= {*text.cast, *text.directors, *text.writers}
        and filters.directors <= set(text.directors)
        and within(text.year, filters.year_min, filters.year_max)
        and within(text.runtime_minutes, filters.runtime_min, filters.runtime_max)
    ]
    mask = facets.mask(filters)
    assert (list(range(len(TITLES))) if mask is None else np.flatnonzero(mask).tolist()) == expected
    for name, agree in facets.agreements(filters).items():
        assert agree.dtype == np.float32, name
        assert ((agree >= 0) & (agree <= 1)).all(), name
        if name not in ("genres", "people"):
            assert (agree[expected] == 1).all(), name


@pytest.mark.parametrize(
    ("hints", "expected"),
    [
        (Filters(kind="show"), {"kind": [0, 0, 0, 0, 1, 0]}),
        (Filters(year_min=1995, year_max=1997), {"year": [1 / 3, 0, 2 / 3, 1, 0, 0.5]}),
        (Filters(year_min=2002), {"year": [0, 1, 0, 0, 1, 0.5]}),
        (Filters(year_max=10**6), {"year": [1, 1, 1, 1, 1, 0.5]}),
        (Filters(runtime_max=90), {"runtime": [0.5, 0, 1 / 30, 0.5, 0.5, 0.5]}),
        (Filters(genres=some("Comedy", "Music")), {"genres": [0.5, 0, 0.5, 1, 0, 0]}),
        (Filters(any_genres=some("Comedy", "Music")), {"genres": [1, 0, 1, 1, 0, 0]}),
        (Filters(genres=some("Comedy"), without_genres=some("Music")), {"genres": [1, 0.5, 1, 0.5, 0.5, 0.5]}),
        (Filters(people=some("Nora Ephron", "Nobody")), {"people": [0.5, 0, 0.5, 0, 0, 0]}),
        (Filters(directors=some("Tom Hanks")), {"directors": [0, 0, 0, 1, 0, 0]}),
        (Filters(origins=some("Korean")), {"origins": [0, 1, 0, 0, 1, 0.5]}),
        (Filters(without_origins=some("Korean")), {"origins": [1, 0, 1, 1, 0, 0.5]}),
        (Filters(countries=some("South Korea")), {"countries": [0, 1, 0, 0, 0.5, 0.5]}),
        (Filters(languages=some("English")), {"languages": [1, 0, 0.5, 0.5, 0, 0.5]}),
        (Filters(maturity=some("PG")), {"maturity": [1, 0, 1, 0.5, 0, 0.5]}),
    ],
)
def test_a_hint_agrees_as_far_as_it_is_met(facets: Facets, hints: Filters, expected: dict[str, list[float]]) -> None:
    agree = facets.agreements(hints)
    assert list(agree) == list(expected)
    for name, values in expected.items():
        assert agree[name] == pytest.approx(values), name
        assert agree[name].dtype == np.float32


def test_counts_are_of_the_given_titles_the_most_frequent_first(facets: Facets) -> None:
    fields = ["kind", "years", "runtime", "genres", "countries", "languages", "maturity", "people", "directors"]
    assert facets.counts(np.array([3, 2, 0]), fields, limit=3) == {
        "kind": [("movie", 3)],
        "years": [("1990s", 3)],
        "runtime": [("90 to 119 min", 2)],
        "genres": [("Comedy", 3), ("Romance", 2), ("Music", 1)],
        "countries": [("United States", 3)],
        "languages": [("English", 1)],
        "maturity": [("PG", 2)],
        "people": [("Tom Hanks", 3), ("Meg Ryan", 2), ("Nora Ephron", 2)],
        "directors": [("Nora Ephron", 2), ("Tom Hanks", 1)],
    }
    nothing = facets.counts(np.zeros(0, np.int64), fields)
    assert nothing == {field: [] for field in fields}
    with pytest.raises(KeyError):
        facets.counts(None, ["colour"])


def test_a_mask_counts_like_its_rows_and_none_like_all(facets: Facets) -> None:
    mask = facets.mask(Filters(genres=some("Comedy")))
    assert mask is not None
    assert facets.counts(mask, ["people"]) == facets.counts(np.flatnonzero(mask), ["people"])
    assert facets.counts(None, ["years"])["years"] == [("1990s", 3), ("2000s", 1), ("2010s", 1)]
    assert facets.counts(None, ["kind"], limit=1)["kind"] == [("movie", 5)]


@pytest.mark.parametrize(
    ("minutes", "band"),
    [(1, "under 90 min"), (89, "under 90 min"), (90, "90 to 119 min"), (119, "90 to 119 min"),
     (120, "120 to 150 min"), (150, "120 to 150 min"), (151, "over 150 min")],
)  # fmt: skip
def test_every_runtime_is_in_one_band(minutes: int, band: str) -> None:
    facets = Facets.build([TitleText("x", runtime_minutes=minutes)], PRIOR[:1])
    assert facets.counts(None, ["runtime"])["runtime"] == [(band, 1)]


def test_people_are_in_order_of_their_names_and_weigh_the_fame_of_their_titles(facets: Facets) -> None:
    assert list(facets.people_names) == [
        "Choi Min-sik", "Liv Tyler", "Meg Ryan", "Nora Ephron", "Park Chan-wook", "Tom Hanks",
    ]  # fmt: skip
    assert facets.people_weight == pytest.approx([0.5, 0, 1.25, 1.25, 0.5, 1.25])
    assert facets.people_weight.dtype == np.float32


def test_unknown_and_impossible_numbers_are_zero_or_the_largest() -> None:
    texts = [TitleText("x", year=year, runtime_minutes=70_000) for year in (None, -5, 2000)]
    facets = Facets.build(texts, np.zeros(3, np.float32))
    assert facets.years.tolist() == [0, 0, 2000]
    assert facets.runtime.tolist() == [32767] * 3


@pytest.mark.parametrize("texts", [[], [TitleText("\ud800", genres=["\ud800"], cast=["\ud800", ""])]], ids=len)
def test_no_title_and_no_sense_are_no_error(texts: list[TitleText]) -> None:
    facets = Facets.build(texts, fame([None] * len(texts)))
    filters = Filters(genres=some("\ud800"), people=some("\ud800"), year_min=1990, origins=some("Korean"))
    assert kept(facets, filters) == []
    assert all(len(agree) == len(texts) for agree in facets.agreements(filters).values())
    assert len(facets.counts(None, ["kind", "years", "runtime", "people"])["people"]) == len(texts)


def test_reading_what_was_written_gives_the_same(facets: Facets, tmp_path: Path) -> None:
    arrays.save(facets, tmp_path)
    stored, read = dict(arrays.flat(facets)), dict(arrays.flat(arrays.load(Facets, tmp_path)))
    assert read.keys() == stored.keys()
    for name, array in read.items():
        assert np.array_equal(array, stored[name]), name


def test_the_order_of_values_in_a_title_changes_nothing(facets: Facets) -> None:
    def turned(values: Iterable[str]) -> list[str]:
        return list(values)[::-1]

    other = Facets.build(
        [replace(text, genres=turned(text.genres), cast=turned(text.cast), countries=turned(text.countries))
         for text in TITLES], PRIOR
    )  # fmt: skip
    expected = dict(arrays.flat(facets))
    for name, array in arrays.flat(other):
        assert np.array_equal(array, expected[name]), name


def test_who_acts_is_told_from_who_directs_or_writes(facets: Facets) -> None:
    assert kept(facets, Filters(people=some("Nora Ephron"))) == [0, 2]
    assert kept(facets, Filters(cast=some("Nora Ephron"))) == []
    assert kept(facets, Filters(cast=some("tom hanks"))) == [0, 2, 3]
    assert facets.agreements(Filters(cast=some("Tom Hanks", "Meg Ryan")))["cast"].tolist() == [1, 0, 1, 0.5, 0, 0]
    assert kept(facets, Filters(cast=some("Nobody"))) == []


def test_titles_by_the_last_name_of_anybody_in_them(facets: Facets) -> None:
    assert facets.by_last_name("hanks").tolist() == [0, 2, 3]
    assert facets.by_last_name("wook").tolist() == [1]
    assert not len(facets.by_last_name("tom"))
    assert not len(facets.by_last_name(""))


def test_animation_from_japan_is_anime() -> None:
    drawn = [
        TitleText("Totoro", genres=["Animation"], countries=["Japan"], languages=["Japanese"]),
        TitleText("No country", genres=["Animated"], languages=["ja"]),
        TitleText("No language", genres=["Animation"], countries=["Japan"]),
        TitleText("Dubbed", genres=["Animation"], countries=["United States"], languages=["English", "Japanese"]),
        TitleText("Made there", genres=["Animation"], countries=["Japan", "United States"], languages=["English"]),
        TitleText("Ran", genres=["Drama"], countries=["Japan"], languages=["Japanese"]),
        TitleText("Nothing known", genres=["Animation"]),
        TitleText("Labelled", genres=["Anime"], countries=["France"]),
    ]
    found = Facets.build(drawn, np.zeros(len(drawn), np.float32))
    assert kept(found, Filters(genres=some("Anime"))) == [0, 1, 2, 7]
    assert kept(found, Filters(genres=some("Animation"))) == [0, 1, 2, 3, 4, 6, 7], "it is that as well"
