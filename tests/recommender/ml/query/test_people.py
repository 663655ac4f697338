"""People after a cue, before "movies", and by their full name."""

import pytest

from recommender.ml.query.people import people_said
from recommender.ml.query.readings import Force
from recommender.ml.query.tokens import Said
from tests.recommender.ml.query.catalogues import FamousNames


def found(text: str, *, story: bool = False) -> list[tuple[str, str]]:
    said = Said.of(text)
    readings = people_said(said, FamousNames(), [False] * len(said), story=story)
    return [reading.wish for reading in readings if reading.field]


def test_it_works() -> None:
    assert found("starring Tom Hanks, Meg Ryan and Will Smith, directed by nolan") == [
        ("people", "Tom Hanks"),
        ("people", "Meg Ryan"),
        ("people", "Will Smith"),
        ("directors", "Christopher Nolan"),
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("tom hanks", "Tom Hanks"),
        ("tom hnks", "Tom Hanks"),
        ("movies with tom hnaks", "Tom Hanks"),
        ("with will smith", "Will Smith"),
        ("tarantino's movies", "Quentin Tarantino"),
        ("best nolan films", "Christopher Nolan"),
        ("heist starring pacino", "Al Pacino"),
        ("song kang ho revenge", "Song Kang-ho"),
        ("based on a stephen king novel", "Stephen King"),
    ],
)
def test_a_person_is_found(text: str, name: str) -> None:
    assert [value for _, value in found(text)] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "nolan",
        "with zombies",
        "by the sea",
        "without zombies",
        "not dark",
        "no country",
        "dark nolan mood",
        "tom",
        "with",
    ],
)
def test_nobody_is_found(text: str) -> None:
    assert found(text) == []


def test_in_a_story_a_slip_or_a_single_name_after_with_is_nobody() -> None:
    assert found("a boy with pacino and tom hnks", story=True) == []
    assert found("starring pacino", story=True) == [("people", "Al Pacino")]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("without tom hanks", ["Tom Hanks"]),
        ("not a tom hanks film", ["Tom Hanks"]),
        ("no meg ryan or will smith", ["Meg Ryan", "Will Smith"]),
        ("not directed by nolan", ["Christopher Nolan"]),
        ("anything but al pacino", ["Al Pacino"]),
        ("zombies -pacino", ["Al Pacino"]),
    ],
)
def test_a_person_is_refused(text: str, names: list[str]) -> None:
    assert found(text) == [("without_people", name) for name in names]


def test_after_a_comma_the_next_person_is_asked_for() -> None:
    assert found("not tom hanks, meg ryan") == [("without_people", "Tom Hanks"), ("people", "Meg Ryan")]


@pytest.mark.parametrize("text", ["tom hanks or meg ryan", "starring tom hanks, will smith or meg ryan"])
def test_people_joined_by_or_are_hints(text: str) -> None:
    said = Said.of(text)
    readings = list(people_said(said, FamousNames(), [False] * len(said), story=False))
    assert {reading.force for reading in readings if reading.field} == {Force.NEVER}
