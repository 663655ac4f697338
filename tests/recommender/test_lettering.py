"""Names are cleaned, and broken into even lines that fit their box."""

import math

import pytest

from recommender.posters.lettering import LEADING, SIZES, calm, clean, fit, width_of


def test_words_stay_whole_while_any_size_holds_them():
    setting = fit("Extraordinary Gentlemen", width=168, height=80)
    assert " ".join(setting.lines) == "Extraordinary Gentlemen"


def test_lines_are_even_rather_than_full():
    setting = fit("Now you see me again", width=168, height=80)
    assert len(setting.lines) > 1
    widths = [width_of(line) for line in setting.lines]
    assert min(widths) > 0.5 * max(widths)


def test_what_does_not_fit_ends_in_an_ellipsis():
    setting = fit("word " * 200, width=168, height=60)
    assert setting.size == SIZES[-1]
    assert setting.lines[-1].endswith("…")
    assert len(setting.lines) == math.floor(60 / (SIZES[-1] * LEADING))


def test_a_break_never_parts_a_letter_from_its_accents():
    lines = fit("o\u0308" * 200, width=168, height=90).lines
    assert all(not line.startswith("\u0308") for line in lines)


def test_nothing_at_all_is_no_lines():
    assert fit("", width=168, height=60).lines == ()


def test_clean_removes_what_could_turn_the_text_around():
    assert clean("\u202eevil\u202c\x00  name\n") == "evil name"


def test_no_more_than_three_marks_stand_on_a_letter():
    heap = "\u0300\u0316\u0489\u200d" * 9  # joiners between them begin no letter
    assert clean(f"Z{heap}a{heap}lgo").replace("\u200d", "") == "Z\u0300\u0316\u0489a\u0300\u0316\u0489lgo"


@pytest.mark.parametrize(
    "name", ["Những Đứa Trẻ", "U\u031b\u0303", "ผู้ที่น้ำกี่", "مُحَمَّدٌ", "שּׁ\u05b8", "བརྒྱུད་", "क्षत्रिय", "👨\u200d👩\u200d👧"]
)
def test_real_names_keep_their_marks(name):
    assert calm(name) == name
