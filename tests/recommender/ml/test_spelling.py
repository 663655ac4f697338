"""Misspelt words of themes."""

from dataclasses import replace

import pytest

from recommender.ml import spelling
from recommender.ml.engine import search
from recommender.ml.reading import REWORDED
from recommender.ml.snapshot import Snapshot
from recommender.ml.spelling import N_REWORDINGS, Spelling
from tests.worlds import FILMS, snapshot


@pytest.fixture(scope="module")
def world() -> Snapshot:
    """Every word that two titles say is known."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spelling, "KNOWN_FROM", 1)
        return snapshot(FILMS)


def reworded(world: Snapshot, text: str) -> list[str]:
    return world.index.spelling.rewordings(text, world.index.lexical)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("thriler", "thriller"), ("spcae", "space"), ("maffia familly", "mafia family"),
     ("a theif in dreems", "a thief in dreams"), ("Astronuats", "astronauts")],
)  # fmt: skip
def test_it_works(world: Snapshot, typed: str, meant: str) -> None:
    assert reworded(world, typed)[:1] == [meant]


@pytest.mark.parametrize(
    "text",
    [
        "thriller",
        "thieves and mafia",
        "",
        "hest",
        "1945",
        "asdfgh qwerty",
        "thriler asdfgh",
        "\ud800\ud800\ud800",
        "ｘ" * 2000,
    ],
)
def test_what_is_spelt_right_short_or_nonsense_is_left_alone(world: Snapshot, text: str) -> None:
    assert reworded(world, text) == []


def test_the_first_letter_is_never_corrected(world: Snapshot) -> None:
    assert reworded(world, "mhriller") == []


def test_a_long_text_is_left_alone(world: Snapshot) -> None:
    assert reworded(world, "a thriler " + "in space " * spelling.MAX_WORDS) == []


def test_there_are_never_more_readings_than_are_tried(world: Snapshot) -> None:
    assert all(len(reworded(world, word)) <= N_REWORDINGS for word in ("thriler", "strangers", "straners"))


def test_the_more_common_of_two_equally_near_words_is_meant() -> None:
    films = [replace(FILMS[0], description=text) for text in ("a brake", "a break", "a break", "a break")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spelling, "KNOWN_FROM", 1)
        index = snapshot(films).index
    assert isinstance(index.spelling, Spelling)
    assert index.spelling.rewordings("breik", index.lexical)[:1] == ["break"]


def test_a_reworded_theme_says_so_and_can_be_refused(world: Snapshot) -> None:
    ranking = search(world, "married strngers in love")
    assert (ranking.corrected_query, ranking.confidence) == ("married strangers in love", REWORDED)
    assert ranking.text == "married strangers in love"
    assert search(world, "married strngers in love", correct=False).corrected_query is None


def test_a_genre_in_another_language_is_searched_in_english(world: Snapshot) -> None:
    ranking = search(world, "фильм ужасов")
    assert ranking.corrected_query == "horror"
    assert [FILMS[hit.title_id - 101].name for hit in ranking.hits][:1] == ["Alien"]


def test_two_words_that_no_title_says_together_were_not_meant(world: Snapshot) -> None:
    assert reworded(world, "casnos railwey") == ["casinos railway"]
    assert search(world, "casnos railwey").corrected_query is None
    assert search(world, "casnos theives").corrected_query == "casinos thieves", "one title says both"
