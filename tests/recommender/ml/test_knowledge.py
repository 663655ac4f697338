"""Which surnames are words, told from what the titles of a catalogue say."""

import pytest

from recommender.ml.composition import TitleText
from recommender.ml.engine import search
from recommender.ml.knowledge import IndexKnowledge
from recommender.ml.ranking import Tier
from tests import worlds

# Eric Christmas plays in two of twelve titles that say "christmas", Tom Hanks in all but one that say "hanks".
# Of those that say "cruise" most are ships; but nobody is as famous as Tom Cruise.
CAROLS = [TitleText(f"Carol {number}", description="It is Christmas, in peace and quiet.") for number in range(10)]
PLAYED = [TitleText(f"Played {number}", cast=["Eric Christmas", "Tom Hanks"]) for number in range(2)]
SHIPS = [TitleText(f"Ship {number}", description="A cruise ends in the ice.") for number in range(13)]
CRUISES = [TitleText(f"Run {number}", cast=["Tom Cruise"]) for number in range(7)]
YEARS = [
    TitleText("2001: A Space Odyssey", year=1968, description="A monolith, and a computer that does not obey."),
    TitleText("Spirited Away", year=2001, description="A girl works in a bath house of gods.", genres=["Comedy"]),
    TitleText("Donnie Darko", year=2001, description="A rabbit tells when the world ends."),
    TitleText("Hanks, a Biography", year=1999),
]
FILMS = CRUISES + PLAYED + CAROLS + SHIPS + YEARS  # the first are the famous ones
SNAPSHOT = worlds.snapshot(FILMS)
KNOWLEDGE = IndexKnowledge(SNAPSHOT.index)


def shown(text: str) -> list[str]:
    return [FILMS[hit.title_id - 101].name for hit in search(SNAPSHOT, text).hits]


def said(text: str) -> list[str]:
    return [chip.label for chip in search(SNAPSHOT, text).understanding.chips]


@pytest.mark.parametrize("word", ["christmas", "Christmas"])
def test_a_surname_that_titles_say_for_something_else_is_a_word(word: str) -> None:
    assert KNOWLEDGE.person(word, fuzzy=False) == "Eric Christmas"
    assert KNOWLEDGE.is_word(word)


@pytest.mark.parametrize("word", ["hanks", "ice", "qwerty", ""])
def test_a_name_that_is_only_a_name_is_none_and_who_bears_none_has_none(word: str) -> None:
    assert not KNOWLEDGE.is_word(word)


def test_the_more_famous_a_person_the_more_has_to_speak_against_them() -> None:
    assert KNOWLEDGE.person("cruise", fuzzy=False) == "Tom Cruise"
    assert not KNOWLEDGE.is_word("cruise")


def test_a_christmas_movie_is_about_christmas_and_a_hanks_movie_has_hanks() -> None:
    assert said("good christmas movies") == ["Movies"]
    assert {film.name for film in CAROLS} <= set(shown("good christmas movies"))
    assert said("movies starring christmas") == ["Movies", "With Eric Christmas"]
    assert said("hanks movies") == ["Tom Hanks", "Movies"]


def test_a_number_shows_titles_that_begin_with_it_and_then_its_year() -> None:
    ranking = search(SNAPSHOT, "2001")
    assert (ranking.hits[0].tier, shown("2001")[0]) == (Tier.PREFIX, "2001: A Space Odyssey")
    assert set(shown("2001")) == {"2001: A Space Odyssey", "Spirited Away", "Donnie Darko"}
    assert said("2001") == ["2001"]
    assert set(shown("2001 comedies")) == {"Spirited Away"}


def test_of_namesakes_the_year_in_brackets_says_which() -> None:
    films = [TitleText("Heat", year=1995), TitleText("Heat", year=1986), TitleText("Alien", year=1979)]
    knowledge = IndexKnowledge(worlds.snapshot(films).index)
    assert (knowledge.title("heat"), knowledge.title_row("heat")) == ("Heat", 0)
    assert (knowledge.title("heat (1986)"), knowledge.title_row("Heat (1986)")) == ("Heat (1986)", 1)
    assert knowledge.is_title("heat (1986)")
    assert not knowledge.is_title("heat (2001)")


def test_like_a_title_with_its_year_is_like_that_one() -> None:
    ships, cars = "A ship is lost among icebergs.", "Gangs race stolen cars."
    films = [
        TitleText("Crash", year=2004, description=ships), TitleText("Crash", year=1996, description=cars),
        TitleText("North Wind", description=ships), TitleText("Night Drive", description=cars),
    ]  # fmt: skip
    snapshot = worlds.snapshot(films)
    for text, first, like in (
        ("like Crash", "North Wind", ("Crash",)), ("like Crash (1996)", "Night Drive", ("Crash (1996)",)),
    ):  # fmt: skip
        ranking = search(snapshot, text)
        assert films[ranking.hits[0].title_id - 101].name == first
        assert ranking.understanding.like == like
