"""People after a cue, before "movies", and by their full name."""

import pytest

from recommender.ml.query.people import MAX_WORDS, people_said
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
        ("movies starring christmas", "Eric Christmas"),
        ("by christmas", "Eric Christmas"),
        ("with christmas, best movies", "Eric Christmas"),
        ("eric christmas movies", "Eric Christmas"),
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
        "christmas movie",
        "good christmas movies",
        "not christmas movies",
        "without space",
        "movies with space battles",
        "starring christmas carols",
    ],
)
def test_nobody_is_found(text: str) -> None:
    assert found(text) == []


def test_a_word_is_looked_into_once_and_only_so_many() -> None:
    class Words(FamousNames):
        """Every word is somebody's surname, and a word."""

        asked: list[str] = []

        def person(self, text: str, *, fuzzy: bool) -> str | None:
            return None if fuzzy or " " in text else f"Tom {text}"

        def is_word(self, text: str) -> bool:
            self.asked.append(text)
            return True

    said = Said.of(" ".join(f"a{n % 20} movies" for n in range(60)))
    list(people_said(said, Words(), [False] * len(said), story=False))
    assert Words.asked == [f"a{n}" for n in range(MAX_WORDS)]


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


def test_with_hopes_for_an_actor_and_by_for_nobody_in_particular() -> None:
    def roles(text: str) -> list[tuple[tuple[str, str], ...]]:
        said = Said.of(text)
        return [one.also for one in people_said(said, FamousNames(), [False] * len(said), story=False) if one.field]

    assert roles("starring tom hanks and meg ryan") == [(("cast", "Tom Hanks"),), (("cast", "Meg Ryan"),)]
    assert roles("by tarantino") == roles("tom hanks") == roles("directed by nolan") == [()]
