"""What titles have in common beside their story, worked by hand on small catalogues."""

from math import exp, log, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml.composition import TitleText
from recommender.ml.facts.facets import Facets
from recommender.ml.facts.likeness import CAST_SHARE, ENOUGH, GENRES, MAKERS, YEARS, likeness


def facets(*films: dict[str, Any]) -> Facets:
    texts = [TitleText(f"t{row}", **film) for row, film in enumerate(films)]
    return Facets.build(texts, np.ones(len(texts), np.float32))


def test_it_works() -> None:
    """Of four titles two are Sport: rarity log 2; one is War: log 4. The rest is made by hand below."""
    found = facets(
        {"genres": ["Sport", "War"], "directors": ["Ann"], "year": 1990},
        {"genres": ["Sport"], "directors": ["Ann"], "year": 2002},
        {"genres": ["Drama"], "year": 1990},
        {},
    )
    both = log(2) / sqrt((log(2) + log(4)) * log(2))
    assert likeness(found, [0]) == pytest.approx(
        [
            GENRES + MAKERS / ENOUGH + YEARS,
            GENRES * both + MAKERS / ENOUGH + YEARS * exp(-1),
            YEARS,
            0,
        ],
        abs=1e-6,
    )


def test_genres_are_alike_both_ways_round() -> None:
    all_genres = [["War", "Drama"], ["War", "Sport"], ["Drama", "Comedy"], ["Drama"]]
    found = facets(*({"genres": genres} for genres in all_genres))
    table = np.array([likeness(found, [row]) for row in range(4)])
    np.testing.assert_allclose(table, table.T, atol=1e-6)
    np.testing.assert_allclose(np.diag(table), GENRES, atol=1e-6)
    assert table[0, 1] > table[0, 2] > table[1, 2] == 0, "War is rarer than Drama"


def test_a_genre_that_all_have_says_nothing() -> None:
    assert not likeness(facets({"genres": ["Drama"]}, {"genres": ["Drama"]}), [0]).any()


def test_makers_add_up_until_it_is_enough() -> None:
    cast = list("abcdefgh")
    found = facets(
        {"directors": ["D", "E"], "cast": cast},
        {"cast": cast[:1]},
        {"cast": cast[:3]},
        {"directors": ["D"]},
        {"directors": ["D"], "cast": cast[:1]},
        {"directors": ["D", "E"]},
        {"cast": cast},
        {"writers": ["D"]},
    )
    director = MAKERS / ENOUGH
    assert likeness(found, [0])[1:] == pytest.approx(
        [
            CAST_SHARE * director,
            3 * CAST_SHARE * director,
            director,
            (1 + CAST_SHARE) * director,
            MAKERS,
            MAKERS,
            CAST_SHARE * director,
        ],
        abs=1e-6,
    )


def test_years_are_near_by_twelves_and_an_unknown_one_is_near_to_none() -> None:
    found = facets(*({"year": year} for year in (1980, 1980, 1992, 1968, None)))
    assert likeness(found, [0]) == pytest.approx([YEARS, YEARS, YEARS * exp(-1), YEARS * exp(-1), 0], abs=1e-6)
    assert not likeness(found, [4]).any(), "not even to itself"


def test_like_several_is_the_mean_of_like_each() -> None:
    found = facets({"genres": ["War"], "year": 1980}, {"genres": ["Sport"]}, {"genres": ["War"], "year": 1985})
    mean = (likeness(found, [0]) + likeness(found, [1])) / 2
    np.testing.assert_allclose(likeness(found, [0, 1]), mean, rtol=1e-6)
    assert likeness(found, []).tolist() == [0, 0, 0]


_names = st.lists(st.sampled_from("Ann Bob Cid Dan Eve".split()), max_size=5)
_film = st.fixed_dictionaries(
    {
        "genres": st.lists(st.sampled_from(["War", "Drama", "Sport", "Comedy"]), max_size=4),
        "directors": _names,
        "writers": _names,
        "cast": st.lists(st.integers(0, 99).map(str), max_size=60),
        "year": st.none() | st.integers(-5, 40_000),
    }
)


@settings(max_examples=100)
@given(st.lists(_film, min_size=1, max_size=6), st.data())
def test_it_has_bounds(films: list[dict[str, Any]], data: st.DataObject) -> None:
    found = facets(*films)
    rows = data.draw(st.lists(st.integers(0, len(films) - 1), min_size=1, max_size=3))
    alike = likeness(found, rows)
    assert alike.shape == (len(films),)
    assert alike.dtype == np.float32
    assert ((alike >= 0) & (alike <= GENRES + MAKERS + YEARS + 1e-6)).all()
    if len(set(rows)) == 1:
        assert alike[rows[0]] == pytest.approx(alike.max(), abs=1e-6), "nothing is more alike than itself"
