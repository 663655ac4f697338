"""Suggestions while typing: of several kinds, the famous first, each group within its places."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml.names.completions import Completions, relative_fame
from recommender.ml.names.people import PeopleIndex
from recommender.ml.names.suggest import GROUPS, PLACES, Source, Suggester, Suggestion
from recommender.ml.names.titles import TitleIndex
from recommender.ml.strings import StringTable

TITLES = [
    "Inception",
    "The Godfather",
    "The Godfather: Part II",
    "Amélie",
    "Godzilla",
    "Dune",
    "Dune",
    "Heist",
    "God",
]
FAME = np.array([0.95, 0.94, 0.9, 0.8, 0.85, 0.4, 0.9, 0.3, 0.05], np.float32)
PEOPLE = ["Tom Hanks", "Jean-Luc Godard", "Christopher Nolan"]


@pytest.fixture(scope="module")
def suggester() -> Suggester:
    names = TitleIndex.build([[name] for name in TITLES])
    weight = np.array([30, 9, 25], np.float32)
    people = PeopleIndex.build(PEOPLE, weight)
    return Suggester(
        (
            Source("title", TITLES, names, Completions.build(names, FAME)),
            Source(
                "person", StringTable.of(PEOPLE), people.names, Completions.build(people.names, relative_fame(weight))
            ),
            Source.of("genre", [("Comedy", 90), ("Horror", 50)]),
            Source.of("theme", [("heist", 9), ("comedy", 1), ("time travel", 20)]),
            Source.of("query", [("heist", 40), ("heist movies", 30), ("movies like inception", 5)]),
        )
    )


def said(suggestions: list[Suggestion]) -> list[tuple[str, str]]:
    return [(suggestion.kind, suggestion.text) for suggestion in suggestions]


def test_it_works(suggester: Suggester) -> None:
    assert said(suggester.suggest("god"))[:4] == [
        ("title", "The Godfather"),
        ("title", "The Godfather: Part II"),
        ("title", "Godzilla"),
        ("person", "Jean-Luc Godard"),
    ]
    assert said(suggester.suggest("amel")) == [("title", "Amélie")]
    assert said(suggester.suggest("tom h")) == [("person", "Tom Hanks")]


@pytest.mark.parametrize("typed", ["incepto", "incpeti", "icnep", "incepptio"])
def test_a_slip_is_forgiven(suggester: Suggester, typed: str) -> None:
    assert said(suggester.suggest(typed))[0] == ("title", "Inception")


def test_no_slip_is_looked_for_where_something_famous_goes_on(suggester: Suggester) -> None:
    assert said(suggester.suggest("godz")) == [("title", "Godzilla")]


def test_nothing_comes_twice(suggester: Suggester) -> None:
    assert [(one.text, one.row) for one in suggester.suggest("dune")] == [("Dune", 6)]
    assert said(suggester.suggest("comed")) == [("genre", "Comedy")]
    assert ("query", "heist") not in said(suggester.suggest("heist"))
    assert ("query", "heist movies") in said(suggester.suggest("heist"))


def test_a_group_keeps_to_its_places() -> None:
    names = [f"Star {number}" for number in range(30)]
    index = TitleIndex.build([[name] for name in names])
    films = Source("title", names, index, Completions.build(index, np.full(30, 0.5, np.float32)))
    queries = Source.of("query", [(f"star {number} reviews", 1) for number in range(30)])
    found = Suggester((films, queries)).suggest("star", limit=100)
    assert [one.kind for one in found].count("title") == PLACES["title"]
    assert [one.kind for one in found].count("query") == PLACES["query"]
    assert len(Suggester((films, queries)).suggest("star", limit=3)) == 3


@pytest.mark.parametrize("typed", ["", "   ", "!?", "zzzzzz", "x" * 500])
def test_nothing_is_suggested_for_nothing(suggester: Suggester, typed: str) -> None:
    assert suggester.suggest(typed) == []


@settings(max_examples=300)
@given(st.text(st.characters(), max_size=12))
def test_any_text_has_an_answer(text: str) -> None:
    suggester = Suggester((Source.of("query", [("heist movies", 3), ("Ἀλέξανδρος", 2), ("七人の侍", 1)]),))
    found = suggester.suggest(text)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_every_kind_has_places() -> None:
    assert set(GROUPS.values()) == set(PLACES)
