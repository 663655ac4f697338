"""Forms of a word that meet in one stem, and those that must not."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
import Stemmer
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml.names.folding import fold
from recommender.ml.names.stemming import stem, stems


def test_it_works() -> None:
    assert stems("The Robots, investigating!") == stems("the robot investigates")
    assert stems("dystopian robots") == stems("Dystopian ROBOT")


@pytest.mark.parametrize(
    "forms",
    [
        "robot robots robotic",
        "investigate investigates investigated investigating investigation investigator",
        "family families",
        "haunted haunting haunts",
        "time-travelling time-travelled",
        "mystery mysteries",
        "marriage marriages",
        "kidnapped kidnaps kidnapping",
        "magic magical",
        "murders murdered murdering",
        "psychological psychology",
        "Amélie amelie",
    ],
)
def test_forms_of_a_word_meet(forms: str) -> None:
    assert len({tuple(stems(form)) for form in forms.split()}) == 1


@pytest.mark.parametrize("words", ["alien alone", "wander wonder", "new news", "war warrior", "dystopia dystopian"])
def test_other_words_stay_apart(words: str) -> None:
    """The last pair is a loss that we know of: the rules have no such ending."""
    one, other = words.split()
    assert stems(one) != stems(other)


@pytest.mark.parametrize("text", ["七人の侍", "Война и мир", "שלום עולם", "नमस्ते", "🦄", "1984", "\ud800", "\0"])
def test_other_scripts_signs_and_numbers_stay_whole(text: str) -> None:
    assert stems(text) == fold(text).split()


def test_nothing_has_no_stems() -> None:
    assert stems("") == stems(" \n") == []


@settings(max_examples=300)
@given(st.text(st.characters(), max_size=80))
def test_any_text_has_a_stem_for_each_folded_word(text: str) -> None:
    found = stems(text)
    assert len(found) == len(fold(text).split())
    assert all(found)
    assert found == stems(fold(text))


def test_many_threads_share_one_stemmer() -> None:
    """Words that no other test has used, so that none is answered from the cache."""
    words = [f"wander{a}{b}{c}ing" for a, b, c in product("abcdefgh", "klmnopqr", "tvwxz")]
    alone = Stemmer.Stemmer("english")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(stem, words, chunksize=7))
    assert found == [alone.stemWord(word) for word in words]
