"""Names are cleaned, and broken into even lines that fit their box."""

import math

from recommender.lettering import LEADING, SIZES, clean, fit, width_of


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
