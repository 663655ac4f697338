"""Values are what the file says, or a fault: nothing is guessed."""

import datetime

import pandas as pd
import pytest

from catalog.importing import cleaning
from catalog.importing.layouts import bars_for_commas
from catalog.importing.title_fields import FIELDS


def clean(field: str, *cells: str) -> tuple[list, list[bool]]:
    values, bad = FIELDS[field].cleaner.clean(cleaning.tidy(pd.Series(cells, dtype=object)))
    return values.astype(object).where(values.notna(), None).tolist(), bad.tolist()


@pytest.mark.parametrize(
    "cell",
    ["1_0", "٣٣٣٣", "nan", "1e999", "1e3", "-1990", "+1990", "1990.0", "0x7c6", "1,990", "9" * 5000, "1869",
     "1602", "9999", "0", "1499999999999", "²", "１９９０", "inf", "=1990", "19 90"],
)  # fmt: skip
def test_a_year_in_other_clothes_is_a_fault(cell: str):
    assert clean("year", cell) == ([None], [True])


def test_whole_numbers():
    latest = str(cleaning.LATEST_YEAR)
    assert clean("year", "1870", " 1990 ", "", "01990", latest) == (
        [1870, 1990, None, 1990, int(latest)],
        [False] * 5,
    )
    assert clean("runtime_minutes", "1", "2000", "0", "2001") == ([1, 2000, None, None], [False, False, True, True])


@pytest.mark.parametrize("cell", ["nan", "NaN", "inf", "1e999", "1e5", "-1", "1_000", "1,5", "٣", ".5", "9" * 400])
def test_popularity_in_other_clothes_is_a_fault(cell: str):
    assert clean("popularity", cell) == ([None], [True])


def test_popularity():
    assert clean("popularity", "0", "12.5", "", "123456") == ([0.0, 12.5, None, 123456.0], [False] * 4)


def test_dates_of_every_layout():
    day = datetime.date(2021, 9, 25)
    assert clean("added_on", "2021-09-25", "September 25, 2021", " Sep 25, 2021 ", "25-Sep-21", "") == (
        [day, day, None, day, None],
        [False, False, True, False, False],
    )


@pytest.mark.parametrize(
    "cell",
    ["9999-12-31", "1602-01-01", "2021-02-29", "2021-9-5", "1632528000000", "25/09/2021", "٢٠٢١-٠٩-٢٥", "today"],
)
def test_other_dates_are_faults(cell: str):
    assert clean("added_on", cell) == ([None], [True])


def test_text_is_composed_and_free_of_control_characters():
    assert clean("name", "Ame\u0301lie", " A\tB\x07\x1b[0m ", "A\u2028 \n B", "‏עברית‏", "Z̶a̶l̷g̸o") == (
        ["Amélie", "A B[0m", "A B", "‏עברית‏", "Z̶a̶l̷g̸o"],
        [False] * 5,
    )
    assert clean("description", " one\r\ntwo\rthree\x00 ")[0] == ["one\ntwo\nthree"]


def test_a_title_must_be_seen_and_end():
    assert clean("name", "x" * 500, "x" * 501, "\u200b\u200f", "") == (
        ["x" * 500, "", "", ""],
        [False, True, True, False],
    )


def test_lists_keep_their_order_and_drop_blanks_and_repetitions():
    assert clean("cast", "B|A| B ||\n|A B|", "", "|") == ([["B", "A", "A B"], [], []], [False] * 3)
    assert clean("cast", f"A|{'x' * 301}|B") == ([["A", "B"]], [True])


@pytest.mark.parametrize("cell", ["a b", "a/b", "../x", ".", "..", "x" * 101, "é", "a?b", "a#b", "a\nb", "-a"])
def test_an_id_must_fit_into_an_address(cell: str):
    assert clean("external_id", cell) == ([""], [True])


def test_ids():
    assert clean("external_id", " tt0133093 ", "s1", "disney:s1", "A.b_c~d-e")[1] == [False] * 4


def test_kinds():
    assert clean("kind", "Movie", "TV Show", "SHOW", "", "play") == (
        ["movie", "show", "show", "movie", "movie"],
        [False, False, False, False, True],
    )


def test_no_rows_are_no_trouble():
    for field in FIELDS:
        assert clean(field) == ([], [])


@pytest.mark.parametrize(
    ("cell", "list_"),
    [
        ("A, B", "A| B"),
        ("A | B, C", "A | B, C"),
        ("Robert Downey, Jr., Ann Lee", "Robert Downey Jr.| Ann Lee"),
        ("Juniper Lee, Junior Soprano", "Juniper Lee| Junior Soprano"),
        ("Arts, Entertainment, and Culture, Drama", "Arts, Entertainment, and Culture| Drama"),
        (", South Korea", "| South Korea"),
        ("", ""),
    ],
)
def test_commas_join_lists_but_not_names(cell: str, list_: str):
    assert bars_for_commas(pd.Series([cell], dtype=object)).tolist() == [list_]
