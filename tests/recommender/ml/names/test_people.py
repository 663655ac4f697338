"""People by name: full, by surname, misspelt; nobody where it could be several."""

from pathlib import Path

import numpy as np
import pytest

from recommender.ml import arrays
from recommender.ml.names.people import PeopleIndex

KNOWN = {
    "Brad Pitt": 30, "Leonardo DiCaprio": 30, "Agnès Varda": 5, "Steven Spielberg": 25, "Sasha Spielberg": 1,
    "Robert Downey Jr.": 20, "Robert De Niro": 25, "Daniel Day-Lewis": 12, "Madonna": 6, "Tom Hanks": 30,
    "Will Smith": 20, "Maggie Smith": 18, "Eric Christmas": 1, "Yuan Francisco": 9, "Wes Anderson": 12,
    "Paul Anderson": 8, "Bong Joon Ho": 8,
}  # fmt: skip
NAMES = list(KNOWN)


@pytest.fixture(scope="module")
def people() -> PeopleIndex:
    return PeopleIndex.build(NAMES, np.array(list(KNOWN.values()), np.float32))


def found(people: PeopleIndex, text: str, *, fuzzy: bool = False) -> str | None:
    person = people.find(text, fuzzy=fuzzy)
    return None if person is None else NAMES[person]


def test_it_works(people: PeopleIndex) -> None:
    assert found(people, "agnes varda") == "Agnès Varda"
    assert found(people, "spielberg") == "Steven Spielberg"
    assert found(people, "brad pit") is None
    assert found(people, "brad pit", fuzzy=True) == "Brad Pitt"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("BRAD PITT", "Brad Pitt"),
        ("bradpitt", None),  # one word is a surname
        ("robert downey", "Robert Downey Jr."),
        ("robert downey jr", "Robert Downey Jr."),
        ("downey", "Robert Downey Jr."),
        ("de niro", "Robert De Niro"),
        ("day lewis", "Daniel Day-Lewis"),
        ("day-lewis", "Daniel Day-Lewis"),
        ("madonna", "Madonna"),
        ("bong joon-ho", "Bong Joon Ho"),
        ("hanks", "Tom Hanks"),
        ("pitt", None),  # too short
        ("smith", None),  # two
        ("will smith", "Will Smith"),
        ("anderson", None),
        ("christmas", None),  # nobody knows him
        ("brad", None),
        ("", None),
        ("  ", None),
        ("the", None),
    ],
)
def test_a_name_names_one_person_or_nobody(people: PeopleIndex, text: str, name: str | None) -> None:
    assert found(people, text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("leonardo dicapro", "Leonardo DiCaprio"),
        ("spielburg", "Steven Spielberg"),
        ("steven speilberg", "Steven Spielberg"),
        ("wes andersen", "Wes Anderson"),
        ("thanks", None),  # too short to be a slip
        ("san francisco", None),  # another first letter
        ("time travel", None),
        ("love stories", None),
        ("x" * 500, None),
    ],
)
def test_a_slip_is_forgiven(people: PeopleIndex, text: str, name: str | None) -> None:
    assert found(people, text, fuzzy=True) == name


def test_the_best_known_of_namesakes_is_meant() -> None:
    people = PeopleIndex.build(["Chris Evans", "Chris Evans"], np.array([1, 9], np.float32))
    assert people.find("chris evans") == 1
    assert people.find("evans") == 1


def test_nobody_is_in_an_empty_index() -> None:
    assert PeopleIndex.build([], np.zeros(0, np.float32)).find("tom hanks", fuzzy=True) is None


def test_it_comes_back_from_files(people: PeopleIndex, tmp_path: Path) -> None:
    arrays.save(people, tmp_path)
    assert found(arrays.load(PeopleIndex, tmp_path), "spielburg", fuzzy=True) == "Steven Spielberg"
