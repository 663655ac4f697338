"""A file of another site, before anything is kept: opened, read row by row, and matched with titles."""

import io
import struct
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from recommender.ml.composition import TitleText
from recommender.taste.importing import files, matching, words
from recommender.taste.importing.files import BadFile, Sheet, sheets
from recommender.taste.importing.rows import BadRow, Entry, read
from tests import worlds

RATINGS = """Date,Name,Year,Letterboxd URI,Rating
2019-03-02,Inception,2010,https://boxd.it/1skk,4.5
2021-11-20,The Godfather,1972,https://boxd.it/2aHi,5
2020-01-09,Amélie,2001,https://boxd.it/29qw,2
2020-01-10,No Such Film,1999,https://boxd.it/zzzz,3
2020-01-11,Alien,1979,https://boxd.it/2awY,eleven
2020-01-12,Gravity,2013,https://boxd.it/53fA,
"""
WATCHED = """Date,Name,Year,Letterboxd URI
2019-03-02,Inception,2010,https://boxd.it/1skk
2018-05-01,Heat,1995,https://boxd.it/2bg8
"""
WATCHLIST = "Date,Name,Year,Letterboxd URI\n2022-06-01,Brief Encounter,1945,https://boxd.it/29Cy\n"
LIKES = "Date,Name,Year,Letterboxd URI\n2021-11-20,The Godfather,1972,https://boxd.it/2aHi\n"
DIARY = """Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date
2020-02-03,Heat,1995,https://boxd.it/2bg8,4,,,2020-02-01
2020-02-04,Alien,1979,https://boxd.it/2awY,,Yes,,2020-02-02
"""
IMDB_2024 = """Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Release Date,Directors
tt1375666,9,2024-01-05,Inception,Inception,https://www.imdb.com/title/tt1375666/,Movie,8.8,148,2010,"Action, Sci-Fi",2500000,2010-07-08,Christopher Nolan
tt0903747,10,2024-01-06,Ozymandias,Ozymandias,https://www.imdb.com/title/tt2301451/,TV Episode,10,47,2013,Drama,200000,2013-09-15,Rian Johnson
"""  # noqa: E501
IMDB_2020 = """Const,Your Rating,Date Rated,Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Release Date,Directors
tt0068646,10,2014-07-22,The Godfather,https://www.imdb.com/title/tt0068646/,movie,9.2,175,1972,"Crime, Drama",1900000,1972-03-14,Francis Ford Coppola
"""  # noqa: E501
IMDB_2016 = (
    '"position","const","created","modified","description","Title","Title type","Directors","You rated",'
    '"IMDb Rating","Runtime (mins)","Year","Genres","Num. Votes","Release Date (month/day/year)","URL"\n'
    '"1","tt0211915","Sat Jan 11 00:00:00 2014","","","Amélie","Feature Film","Jean-Pierre Jeunet","7",'
    '"8.3","122","2001","comedy, romance","700000","2001-04-25","http://www.imdb.com/title/tt0211915/"\n'
)
IMDB_WATCHLIST = """Position,Const,Created,Modified,Description,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Release Date,Directors,Your Rating,Date Rated
1,tt0113277,2023-07-09,2023-07-09,,Heat,Heat,https://www.imdb.com/title/tt0113277/,Movie,8.3,170,1995,"Action, Crime",700000,1995-12-15,Michael Mann,8,2025-02-02
"""  # noqa: E501


def zipped(**members: str | bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return content.getvalue()


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(BadFile) as refused:
        action()
    assert words.of_file(refused.value)
    return refused.value.code


# ---- opening a file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings_are_seen_by_themselves(encoding: str) -> None:
    [sheet] = sheets("ratings.csv", RATINGS.encode(encoding))
    assert "Amélie" in sheet.text
    assert not sheet.text.startswith("\ufeff")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "binary"),
        (b"\xff\xfe\x00\xd8", "binary"),
        (b"x" * (files.MAX_BYTES + 1), "too_large"),
        (b"PK\x03\x04 nothing of a zip", "zip_broken"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, code: str) -> None:
    assert code_of(lambda: sheets("x.csv", content)) == code


def test_the_zip_of_letterboxd_is_read_with_its_folder_or_without() -> None:
    inside = {"profile.csv": "x", "ratings.csv": RATINGS, "likes/films.csv": LIKES, "lists/a.csv": "x"}
    for folder in ("", "letterboxd-anna-2024-05-01/"):
        found = sheets("export.zip", zipped(**{folder + name: text for name, text in inside.items()}))
        assert [sheet.name for sheet in found] == ["ratings.csv", "likes/films.csv"]


def test_lists_and_deleted_things_of_the_same_name_are_left_alone() -> None:
    content = zipped(**{"lists/watchlist.csv": WATCHLIST, "deleted/ratings.csv": RATINGS, "../ratings.csv/x": "x"})
    assert code_of(lambda: sheets("export.zip", content)) == "zip_without"


def test_a_zip_bomb_is_not_unpacked() -> None:
    content = zipped(**{"ratings.csv": b"0" * (files.MAX_UNPACKED_BYTES + 1)})
    assert len(content) < 100_000
    assert code_of(lambda: sheets("bomb.zip", content)) == "zip_too_large"


def test_a_zip_that_lies_about_its_sizes_is_not_believed() -> None:
    content = zipped(**{"ratings.csv": b"0" * (files.MAX_UNPACKED_BYTES + 1)})
    at = content.index(b"PK\x01\x02") + 24  # the uncompressed size in the central directory
    lying = content[:at] + struct.pack("<I", 10) + content[at + 4 :]
    assert code_of(lambda: sheets("bomb.zip", lying)) == "zip_broken", "its checksum is of more than it claims"


def test_an_encrypted_zip_is_refused() -> None:
    content = bytearray(zipped(**{"ratings.csv": RATINGS}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert code_of(lambda: sheets("x.zip", bytes(content))) == "zip_closed"


def test_too_many_members_are_refused() -> None:
    many = zipped(**{f"lists/{n}.csv": "" for n in range(files.MAX_MEMBERS + 1)})
    assert code_of(lambda: sheets("x.zip", many)) == "zip_too_large"


# ---- reading rows


def test_letterboxd_ratings() -> None:
    table = read(Sheet("ratings.csv", RATINGS))
    assert (table.service, table.what, table.n_rows) == ("letterboxd", "ratings", 6)
    first = table.entries[0]
    assert (first.row, first.name, first.year, first.when) == (2, "Inception", 2010, datetime(2019, 3, 2, tzinfo=UTC))
    assert first.said == (("rating", 4.5), ("seen", None))
    assert table.bad == [BadRow(6, "bad_rating", "eleven"), BadRow(7, "no_rating")]
    assert [words.of_row(bad) for bad in table.bad] == ["“eleven” is no rating that we know", "has no rating"]


@pytest.mark.parametrize(
    ("name", "meant", "kind"),
    [
        ("watched.csv", "", "seen"),
        ("watchlist (1).csv", "", "watchlist"),
        ("films.csv", "", "like"),
        ("x.csv", "seen", "seen"),
    ],
)
def test_letterboxd_lists_are_told_apart_by_name_or_by_word(name: str, meant: str, kind: str) -> None:
    table = read(Sheet(name, WATCHED), meant)
    assert {entry.said for entry in table.entries} == {((kind, None),)}


def test_a_list_of_unknown_name_is_asked_about() -> None:
    assert code_of(lambda: read(Sheet("download.csv", WATCHED))) == "which_list"


def test_a_diary_has_films_without_stars_and_the_day_they_were_seen() -> None:
    heat, alien = read(Sheet("diary.csv", DIARY)).entries
    assert heat.said == (("rating", 4.0), ("seen", None))
    assert (alien.said, alien.when) == ((("seen", None),), datetime(2020, 2, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "imdb_id", "stars", "year"),
    [
        (IMDB_2024, "tt1375666", 4.5, 2024),
        (IMDB_2020, "tt0068646", 5.0, 2014),
        (IMDB_2016, "tt0211915", 3.5, 2014),
    ],
)
def test_imdb_ratings_of_three_ages(text: str, imdb_id: str, stars: float, year: int) -> None:
    first = read(Sheet("ratings.csv", text)).entries[0]
    assert (first.imdb_id, first.said[0], first.form) == (imdb_id, ("rating", stars), "movie")
    assert first.when is not None
    assert first.when.year == year


def test_an_imdb_watchlist_stays_one_though_it_tells_ratings() -> None:
    table = read(Sheet("WATCHLIST.csv", IMDB_WATCHLIST))
    assert (table.service, table.what, table.entries[0].said) == ("imdb", "watchlist", (("watchlist", None),))


def test_a_spreadsheet_may_have_saved_it_with_semicolons() -> None:
    table = read(Sheet("ratings.csv", "Date;Name;Year;Letterboxd URI;Rating\n2019-03-02;Inception;2010;x;4,5\n"))
    assert table.entries[0].said[0] == ("rating", 4.5)


@pytest.mark.parametrize("cell", ["0", "5.5", "-1", "4.3", "nan", "inf", "1e9", "ten", "٤"])
def test_stars_that_no_site_gives_are_a_bad_row(cell: str) -> None:
    table = read(Sheet("ratings.csv", f"Date,Name,Year,Letterboxd URI,Rating\n2019-03-02,Heat,1995,x,{cell}\n"))
    assert [entry.said[0] for entry in table.entries] in ([], [("rating", 4.0)])
    assert cell == "٤" or table.bad[0].code == "bad_rating"


def test_bad_rows_name_their_row_and_the_others_are_read() -> None:
    text = IMDB_2020 + "\n" + "x17,5,2014-07-22,Odd,,movie,,,1999,,,,\n" + "a,b," * 10 + "c\n"
    table = read(Sheet("ratings.csv", text))
    assert len(table.entries) == 1
    assert [(bad.row, bad.code) for bad in table.bad] == [(4, "bad_id"), (5, "too_many_cells")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("title,stars\nHeat,4\n", "wrong_columns"),
        ("Letterboxd list export v7\nDate,Name\n", "wrong_columns"),
        (",,,\n1,2,3\n", "wrong_columns"),
        ("Date,Name,Year,Letterboxd URI,Rating\n\n", "no_rows"),
        ("Date,Name,Year,Letterboxd URI,Rating\n" + "2019-01-01,Heat,1995,x,4\n" * 20_001, "too_many_rows"),
        ('Date,Name,Year,Letterboxd URI,Rating\n2019-01-01,"Heat' + "x" * 200_000, "broken_row"),
        ('"' + "x" * 200_000, "broken_row"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_words(text: str, code: str) -> None:
    assert code_of(lambda: read(Sheet("ratings.csv", text))) == code


@pytest.mark.parametrize("cell", ["", "02/03/2024", "1066-10-14", "yesterday"])
def test_a_day_that_can_be_read_in_two_ways_is_no_day(cell: str) -> None:
    table = read(Sheet("ratings.csv", f"Date,Name,Year,Letterboxd URI,Rating\n{cell},Heat,1995,x,4\n"))
    assert table.entries[0].when is None


# ---- matching, without a database


LIBRARY = worlds.snapshot(worlds.LIBRARY).index


def found(name: str, year: int | None, **facts: Any) -> tuple[str | None, list[tuple[str, int]]]:
    """(name of the title that is meant, candidates)."""
    match = matching.find(LIBRARY, Entry(2, name, year, (("seen", None),), **facts))

    def row(title_id: int) -> int:
        return LIBRARY.row_of_title[title_id]

    meant = None if match.title_id is None else LIBRARY.names[row(match.title_id)]
    return meant, [(LIBRARY.names[row(pk)], int(LIBRARY.facets.years[row(pk)])) for pk in match.candidates]


@pytest.mark.parametrize(
    ("name", "year", "meant"),
    [
        ("Inception", 2010, "Inception"),
        ("AMELIE", 2001, "Amélie"),
        ("Oceans Eleven", 2002, "Ocean's Eleven"),  # the years differ by one
        ("Rocky 2", 1979, "Rocky II"),
        ("七人の侍", 1954, "Seven Samurai"),  # the original name
        ("Godfather, The", 1972, "The Godfather"),
        ("Heat", 1995, "Heat"),  # two listings of one film are no question
        ("1984", 1984, "1984"),
        ("$", 1971, "$"),
    ],
)
def test_a_name_and_a_year_find_their_title(name: str, year: int, meant: str) -> None:
    assert found(name, year) == (meant, [])


def test_what_is_not_sure_is_asked() -> None:
    assert found("Inception", None) == (None, [("Inception", 2010)])
    assert found("Inception", 2013) == (None, [("Inception", 2010)])
    assert found("Inception: The Cobol Job", 2010) == (None, [("Inception", 2010)])
    assert found("The Office", 2003) == (None, [("The Office", 2001), ("The Office", 2005)])
    assert found("Dark", 2017, form="movie") == (None, [("Dark", 2017)])


def test_two_films_of_one_name_and_year_are_asked_about() -> None:
    twins = [
        TitleText("Pinocchio", year=2022, directors=["Robert Zemeckis"], description="A puppet."),
        TitleText("Pinocchio", year=2022, directors=["Guillermo del Toro"], description="Another puppet."),
    ]
    index = worlds.snapshot(twins).index
    match = matching.find(index, Entry(2, "Pinocchio", 2022, (("seen", None),)))
    assert (match.title_id, sorted(match.candidates)) == (None, [101, 102])


def test_nothing_is_found_for_what_is_not_there() -> None:
    assert found("Inception", 1950) == (None, [])
    assert found("Utterly Unheard Of", 1999) == (None, [])
    assert found("Dark", 2017, form="part") == (None, []), "an episode is no title of ours"


pytestmark = pytest.mark.django_db
