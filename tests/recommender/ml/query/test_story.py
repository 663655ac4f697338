"""Stories and questions, and what in them speaks of the film itself."""

import pytest

from recommender.ml.facts.filters import Filters
from recommender.ml.query.story import is_told
from recommender.ml.query.tokens import Said
from recommender.ml.query.understanding import understand
from tests.recommender.ml.query.catalogues import FamousNames


@pytest.mark.parametrize(
    "text",
    [
        "what is the movie where a dog dies",
        "which film has a talking pig",
        "film where a man loses his memory",
        "I remember a scene with a red door",
        "trying to find this one cartoon",
        "this comedy has a talking pig in it",
        "a girl moves to the city and she becomes a spy",
    ],
)
def test_this_is_told(text: str) -> None:
    assert is_told(Said.of(text))


@pytest.mark.parametrize(
    "text",
    ["90s korean thriller", "i saw the devil", "movies about people who rob banks", "what lies beneath", "", "her"],
)
def test_this_is_not(text: str) -> None:
    assert not is_told(Said.of(text))


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        ("I remember a family moving to a war zone, a comedy", Filters(genres=frozenset({"Comedy"}))),
        ("I remember a war movie", Filters(kind="movie", genres=frozenset({"War"}))),
        ("I remember a movie or tv show with a clown", Filters()),
        ("I watched this around 2005, it was scary", Filters(year_max=2005)),
        ("I saw it in the 90s, a movie from 1974", Filters(kind="movie", year_min=1974, year_max=1974)),
        ("I remember soldiers marching home in 1945", Filters()),
        ("I think it was a movie set in the 1920s", Filters(kind="movie")),
        ("I remember a guy who looks like tom hanks", Filters()),
        ("I remember tom hanks was in it", Filters(people=frozenset({"Tom Hanks"}))),
        ("I remember people coming from mexico", Filters()),
        ("I remember a movie from mexico", Filters(kind="movie", countries=frozenset({"Mexico"}))),
    ],
)
def test_a_story_hints_at(text: str, hints: Filters) -> None:
    assert understand(text, FamousNames()).hints == hints
