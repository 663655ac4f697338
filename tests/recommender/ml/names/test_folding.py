"""Folding: what people type and how titles are written come to one form, for any text at all."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recommender.ml.names.folding import fold, numbers, readings, same_numbers, title_keys, without_article, words

any_text = st.text(st.characters(), max_size=40)  # with surrogates, controls, unassigned code points
thorough = settings(max_examples=2_000)
quick = settings(thorough, max_examples=500)


def test_it_works() -> None:
    assert fold("  Amélie & the GARDEN—Gnome! ") == "amelie and the garden gnome"


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Ægir Œuvre", "aegir oeuvre"),
        ("STRASSE straße", "strasse strasse"),
        ("ﬁnal ﬂight", "final flight"),
        ("Łódź", "lodz"),
        ("Đỗ Thị", "do thi"),
        ("İstanbul ıssız", "istanbul issiz"),
        ("Þór", "thor"),
        ("Ｆｕｌｌ　Ｗｉｄｔｈ", "full width"),
        ("Ocean’s O'Hara Don`t", "oceans ohara dont"),
        ("Spider-Man: No_Way", "spider man no way"),
        ("Romeo + Juliet", "romeo plus juliet"),
        ("M*A*S*H", "m a s h"),
        ("Ночной дозор", "ночнои дозор"),
        ("Ἀλέξανδρος", "αλεξανδροσ"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد", "محمد"),
        ("x² ½", "x2 1 2"),
        ("七人の侍", "七人の侍"),
        ("$", "$"),
        (" … ", "..."),
        ("", ""),
        (" \t\n", ""),
    ],
)
def test_text_folds_to(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_marks_that_are_letters_to_their_readers_stay() -> None:
    assert fold("がき") != fold("かき")
    assert len({fold(syllable) for syllable in ("क", "कि", "की", "का", "के")}) == 5


@pytest.mark.parametrize("word", ["हिन्दी", "ต้มข่า", "বাংলা", "தமிழ்", "မြန်မာ"])
def test_a_word_of_a_script_with_vowel_signs_stays_one_word(word: str) -> None:
    assert fold(f"{word}, {word}!") == f"{word} {word}"
    assert title_keys(word) == [word]


@pytest.mark.parametrize("sign", ["❤", "❤\ufe0f", "\ufe0f❤"])
def test_a_sign_is_the_same_in_any_dress(sign: str) -> None:
    assert fold(f"i {sign} huckabees 1\ufe0f\u20e3") == "i huckabees 1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Amélie", "amelie"),
        ("Mr. & Mrs. Smith", "mr and mrs smith"),
        ("Spider-Man", "spiderman"),
        ("Spider-Man", "spider man"),
        ("Ocean's Eleven", "oceans 11"),
        ("Ocean's Eleven", "oceanseleven"),
        ("The Godfather", "godfather"),
        ("The Godfather", "Godfather, The"),
        ("The Godfather", "the god father"),
        ("An Education", "education"),
        ("The Godfather: Part II", "the godfather part 2"),
        ("The Godfather: Part II", "the godfather part two"),
        ("The Godfather: Part II", "godfather part II"),
        ("Rocky IV", "rocky four"),
        ("Twelve Monkeys", "12 monkeys"),
        ("Seven", "7"),
        ("Henry VIII", "henry 8"),
        ("The Magnificent Seven", "magnificent 7"),
        ("WALL·E", "wall-e"),
        ("Léon: The Professional", "leon the professional"),
        ("Fury", "FURY"),
        ("Se7en", "seven"),
        ("Se7en", "7"),
        ("Thr3e", "three"),
        ("The King and I", "thekingandi"),
        ("Rocky II", "rockyii"),
        ("Batman v Superman", "batman vs superman"),
        ("Alien vs. Predator", "alien versus predator"),
        ("Doctor Strange", "dr strange"),
        ("Dr. No", "doctor no"),
    ],
)
def test_two_ways_to_write_a_title_meet(one: str, other: str) -> None:
    assert set(title_keys(one)) & set(title_keys(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rocky II", "Rocky III"),
        ("Rocky 2", "rocky three"),
        ("I, Robot", "1 robot"),  # a Roman numeral only after a first word
        ("Alien", "Aliens"),
        ("The", "A"),
        ("Man versus Machine", "Man 5 Machine"),
        ("Apollo 13", "apollo i3"),
        ("The A-Team", "the team"),
        ("Theatre", "atre"),
        ("がき", "かき"),
    ],
)
def test_different_titles_stay_apart(one: str, other: str) -> None:
    assert not set(title_keys(one)) & set(title_keys(other))


def test_the_most_literal_key_comes_first() -> None:
    assert title_keys("The Godfather Part Two") == [
        "thegodfatherpart2",
        "godfatherpart2",
        "thegodfatherparttwo",
        "godfatherparttwo",
    ]
    assert title_keys("Godfather, The") == ["godfatherthe", "thegodfather", "godfather"]
    assert title_keys("The") == ["the"]
    assert title_keys("   ") == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("rocky ii", ["rocky 2", "rocky ii"]),
        ("ii rocky", ["ii rocky"]),
        ("seven", ["7", "seven"]),
        ("se7en", ["se7en", "7", "seven"]),
        ("blade runner 2049", ["blade runner 2049"]),
        ("2 fast 2 furious", ["2 fast 2 furious"]),
        ("", [""]),
    ],
)
def test_a_name_is_read_in_these_ways(written: str, read: list[str]) -> None:
    assert [" ".join(reading) for reading in readings(written.split())] == read


def test_an_article_may_stand_at_either_end_or_be_missing() -> None:
    assert without_article("the big a".split()) == [["the", "big", "a"], ["big", "a"]]
    assert without_article("godfather the".split()) == [["godfather", "the"], ["the", "godfather"], ["godfather"]]
    assert without_article(["the"]) == [["the"]]
    assert without_article([]) == [[]]


@pytest.mark.parametrize(
    ("typed", "meant", "same"),
    [
        ("rocky 2", "rocky ii", True),
        ("rocky two", "rocky ii", True),
        ("rocky two", "rocky 3", False),
        ("rocky", "rocky ii", False),
        ("rocky ii", "rocky", False),
        ("oceans elevn", "oceans eleven", True),
        ("oceans elevn", "oceans 11", False),
        ("nnine to five", "nine to five", True),
        ("district five", "district nine", False),
        ("one two", "two one", False),
        ("heat", "heet", True),
    ],
)
def test_numbers_tell_parts_of_a_series_apart(typed: str, meant: str, same: bool) -> None:
    assert same_numbers(numbers(typed.split()), numbers(meant.split())) is same


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("stories movies", "story movy"),  # wrong, but wrong alike in query and title
        ("thieves heroes", "thieve heroe"),
        ("cats", "cat"),
        ("glass bus gas", "glass bus gas"),
        ("houses", "house"),
    ],
)
def test_plurals_are_reduced(plural: str, singular: str) -> None:
    assert words(plural) == singular.split()


@thorough
@given(any_text)
@example("\u0345")
@example("ΐ̈")
@example("ﷺ")
def test_folding_is_total_and_idempotent(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert bool(folded) == bool(text.strip())
    assert folded == " ".join(folded.split())


@thorough
@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_folds_as_any_other_text(text: str) -> None:
    if any(map(str.isalnum, text)):
        assert fold(f"{text} ж") == f"{fold(text)} ж"


@quick
@given(any_text)
def test_case_makes_no_difference(text: str) -> None:
    assert fold(text.casefold()) == fold(text)


@thorough
@given(any_text)
def test_keys_have_no_spaces_and_folding_first_changes_none(text: str) -> None:
    keys = title_keys(text)
    assert all(key and not any(character.isspace() for character in key) for key in keys)
    assert len(set(keys)) == len(keys)
    assert bool(keys) == bool(text.strip())
    assert title_keys(fold(text)) == keys


@quick
@given(any_text)
def test_words_are_neither_empty_nor_spaced(text: str) -> None:
    assert all(word and not any(character.isspace() for character in word) for word in words(text))
