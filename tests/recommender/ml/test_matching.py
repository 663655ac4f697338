"""Titles by their beginnings: what goes on from a word that is not finished, and what must not be taken for one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ml.composition import TitleText
from recommender.ml.engine import search
from recommender.ml.index import CatalogIndex
from recommender.ml.matching import Matches, abbreviated, continued, match
from recommender.ml.ranking import Tier
from tests import worlds

FILMS = [
    TitleText("Inception", description="A thief enters dreams."),
    TitleText("The Godfather", description="The head of a mafia family hands his empire to his son."),
    TitleText("The Godfather Part II", description="A mafia family grows."),
    TitleText("Pulp Fiction", description="Gangsters talk of burgers."),
    TitleText("Jurassic Park", description="Dinosaurs break out of a park."),
    TitleText("Boyhood", description="A boy grows up."),
    TitleText("Starship Troopers", description="Soldiers fight giant insects under a distant star."),
    TitleText("Scorpion King", description="A warrior takes a throne."),
    TitleText("Score", description="A burglar has a last job."),
    TitleText("Boys", description="A woman hides in a boarding school."),
    TitleText("Obscurity Unbound", description="Nobody has seen it."),
    TitleText("Liebelei Abroad", description="A lieutenant is in a duel."),
]
WORLD = worlds.snapshot(FILMS)  # of falling fame; the last two have next to none
INDEX = WORLD.index


def found(text: str) -> list[str]:
    """The names in a title tier, in order."""
    ranking = search(WORLD, text)
    return [INDEX.names[INDEX.row_of_title[hit.title_id]] for hit in ranking.hits if hit.tier]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("incep", ["Inception"]),
        ("godf", ["The Godfather", "The Godfather Part II"]),
        ("the godfat", ["The Godfather", "The Godfather Part II"]),
        ("pulp fic", ["Pulp Fiction"]),
        ("jurass", ["Jurassic Park"]),  # the stem of a word that is said
    ],
)  # fmt: skip
def test_the_beginning_of_a_well_known_title_finds_it(typed: str, names: list[str]) -> None:
    ranking = search(WORLD, typed)
    assert found(typed) == names
    assert ranking.query_class == "title"
    assert ranking.corrected_query is None, "nothing was misspelt"
    assert {hit.tier for hit in ranking.hits[: len(names)]} == {Tier.PREFIX}


def test_a_beginning_is_better_than_a_slip_of_a_title_that_is_less_known() -> None:
    assert match(INDEX, "boyh", correct=True).correction == "Boys"
    assert found("boyh")[0] == "Boyhood"


def test_a_title_that_lacks_a_letter_comes_before_one_that_lacks_a_word() -> None:
    assert found("scor")[0] == "Score"


@pytest.mark.parametrize("typed", ["star", "obsc", "inc", "a thief enters dre", "mafia fam", ""])
def test_words_that_stand_as_they_are_and_unknown_titles_are_no_beginnings(typed: str) -> None:
    assert found(typed) == []


def test_a_whole_name_and_a_misspelt_one_are_what_they_were() -> None:
    for typed, tier in (("inception", Tier.EXACT), ("incepton", Tier.TYPO)):
        before = match(INDEX, typed, correct=True)
        assert continued(INDEX, typed, before) is before
        assert before.tiers == {0: tier}


def test_a_word_of_another_language_is_read_before_it_is_a_beginning() -> None:
    assert search(WORLD, "liebe").text == "romance"


def test_to_the_letter_nothing_goes_on() -> None:
    assert not any(hit.tier for hit in search(WORLD, "incep", correct=False).hits)


@given(st.text(max_size=30))
def test_any_text_is_taken(text: str) -> None:
    matches = continued(INDEX, text)
    assert matches.tiers.keys() == matches.similarity.keys()
    assert set(matches.tiers.values()) <= {Tier.PREFIX}


# The famous come first; "Dark", "Inside" and "Seven" are what a letter too many was taken for.
SHELF = [
    TitleText("The Dark Knight", description="A masked man fights a clown."),
    TitleText("The Dark Knight Rises", description="A masked man comes back."),
    TitleText("Seven", description="Two policemen follow a murderer with a plan."),
    TitleText("Seven Samurai", description="Swordsmen defend a village; one of them is called Sam."),
    TitleText("Toy Story", description="Dolls come to life."),
    TitleText("The Lord of the Rings: The Two Towers", description="A ring must be destroyed."),
    TitleText("The Dark", year=2005, description="A child vanishes."),
    TitleText("Inside Out", description="Feelings run a girl's mind."),
    TitleText("Inside", description="A woman is alone at home."),
    TitleText("American Psycho", countries=["United States"], description="A banker kills."),
    TitleText("Toys", description="A factory makes dolls."),
]
SHELVES = worlds.snapshot(SHELF)


def on_the_shelf(text: str) -> list[tuple[str, Tier]]:
    index = SHELVES.index
    ranking = search(SHELVES, text)
    assert ranking.corrected_query is None
    return [(index.names[index.row_of_title[hit.title_id]], hit.tier) for hit in ranking.hits if hit.tier]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("the dark k", ["The Dark Knight", "The Dark Knight Rises"]),
        ("seven sa", ["Seven Samurai"]),
        ("seven s", ["Seven Samurai"]),
        ("inside o", ["Inside Out"]),
        ("toy s", ["Toy Story"]),  # though "toys" is a name
        ("american ps", ["American Psycho"]),  # though "american" is a country
        ("lord of", ["The Lord of the Rings: The Two Towers"]),
    ],
)  # fmt: skip
def test_a_last_word_of_a_few_letters_begins_a_name_and_corrects_none(typed: str, names: list[str]) -> None:
    found = on_the_shelf(typed)
    assert [name for name, tier in found if tier == Tier.PREFIX][: len(names)] == names
    assert found[0][0] == names[0]


def test_a_whole_name_comes_before_those_that_go_on_from_it() -> None:
    assert on_the_shelf("the dark")[:3] == [
        ("The Dark", Tier.EXACT), ("The Dark Knight", Tier.PREFIX), ("The Dark Knight Rises", Tier.PREFIX),
    ]  # fmt: skip


def test_a_famous_name_is_found_by_its_initials() -> None:
    index = worlds.snapshot([SHELF[5], *SHELF[:5]]).index
    assert abbreviated(index, "LotR", Matches()).tiers == {0: Tier.TYPO}
    assert abbreviated(index, "xyzz", Matches(confidence=0.3)) == Matches(confidence=0.3), "what else there is"
    assert search(worlds.snapshot([SHELF[5], *SHELF[:5]]), "lotr").hits[0].title_id == 101
    said = worlds.snapshot([SHELF[5], TitleText("Lotr", description="A lotr is a word.")]).index
    assert abbreviated(said, "lotr", Matches()) == Matches()


NAMESAKES = [
    TitleText("Parasite", year=1982, description="A worm hunts people."),
    TitleText("Parasite", year=2019, description="A poor family moves in with a rich one."),
    *(TitleText(f"Grey Curtain {number}", year=1990, description="A play.") for number in range(40)),
]
VOTES = [50.0, None, *(100.0 * 1.2**number for number in range(40))]


def by_year(text: str) -> list[int]:
    index = CatalogIndex.build(range(42), NAMESAKES, np.zeros((42, 8), np.float32), VOTES)
    return [int(index.facets.years[row]) for row in match(index, text, correct=True).tiers]


@pytest.mark.parametrize(
    ("typed", "years"),
    [
        ("parasite", [2019, 1982]),  # newer than all that was ever counted
        ("parasitte", [2019, 1982]),
        ("Parasite (1982)", [1982, 2019]),
        ("parasite (2019", [2019, 1982]),
        ("parasite (1999)", []),  # nothing came out then
    ],
)
def test_which_of_two_namesakes(typed: str, years: list[int]) -> None:
    assert by_year(typed) == years
