"""Headers and what they mean: the Netflix family, our own, and strangers."""

import pytest

from catalog.importing.report import Level
from catalog.models import Credit, Title
from tests.catalog.conftest import ImportText

NETFLIX = "show_id,type,title,director,cast,country,date_added,release_year,rating,duration,listed_in,description\n"


def test_the_netflix_layout(import_text: ImportText):
    report = import_text(
        NETFLIX
        + 's1,Movie,A Film,"Ann One, Bo Two","Cy Three, Di Four",", France, Spain","September 25, 2021",2020,PG-13,'
        '90 min,"Dramas, Comedies",About it.\n'
        's2,TV Show,A Show,,,,,2021,TV-MA,2 Seasons,Reality TV,"It, too."\n'
        "s3,TV Show,One Season,,,,,2021,,1 Season,,\n"
    )
    assert report.problems == []
    film, show, one = Title.objects.order_by("external_id")
    assert (film.kind, film.runtime_minutes, film.seasons, film.maturity) == ("movie", 90, None, "PG-13")
    assert (film.countries, str(film.added_on)) == (["France", "Spain"], "2021-09-25")
    assert film.credited(Credit.Role.DIRECTOR) == ["Ann One", "Bo Two"]
    assert {genre.name for genre in film.genres.all()} == {"Dramas", "Comedies"}
    assert (show.kind, show.runtime_minutes, show.seasons) == ("show", None, 2)
    assert one.seasons == 1


def test_a_duration_in_the_rating_column_is_moved_with_a_note(import_text: ImportText):
    report = import_text(NETFLIX + "s5542,Movie,Louis C.K. 2017,,,,,2017,74 min,,Movies,Stand-up.\n")
    assert [(problem.column, problem.level) for problem in report.problems] == [("rating", Level.NOTE)]
    title = Title.objects.get()
    assert (title.runtime_minutes, title.maturity) == (74, "")


def test_a_duration_we_cannot_read_is_a_problem(import_text: ImportText):
    report = import_text(NETFLIX + "s1,Movie,A,,,,,2017,,0 min,,\ns2,Movie,B,,,,,2017,,an hour,,\n")
    assert [(problem.column, problem.level) for problem in report.problems] == [("duration", Level.PROBLEM)] * 2


def test_the_cousins_of_amazon_and_disney(import_text: ImportText):
    header = NETFLIX.replace("listed_in", "genre")
    report = import_text(
        header + 's1,Movie,A,,A B | C D,,30-Mar-21,2014,,113 min,"Comedy, Drama",x\n', source="amazon"
    )
    assert report.problems == []
    title = Title.objects.get(external_id="amazon:s1")
    assert str(title.added_on) == "2021-03-30"
    assert title.credited(Credit.Role.CAST) == ["A B", "C D"]
    assert title.genres.count() == 2


def test_columns_may_be_missing_and_shuffled(import_text: ImportText):
    import_text(" Description , TITLE,Show_ID\nText,Name,s1\n")
    assert Title.objects.values_list("external_id", "name", "description").get() == ("s1", "Name", "Text")


def test_the_aliases_of_our_own_columns(import_text: ImportText):
    header = (
        "item_id,title,runtime_min,alt_titles,countries,languages,tmdb_votes,imdb_votes,description_source,tmdb_id"
    )
    report = import_text(
        f'{header}\ntt1,A,90,B|C,"France, Italy",English|French,10,900,x,5\ntt2,B,,,,,7,,,\ntt3,C,,,,,,,,\n'
    )
    assert report.problems == []
    first, second, third = Title.objects.order_by("external_id")
    assert (first.runtime_minutes, first.countries, first.languages) == (
        90,
        ["France", "Italy"],
        ["English", "French"],
    )
    assert (first.popularity, second.popularity, third.popularity) == (900, 7 * 45, None)
    assert first.aliases.count() == 2


def test_unknown_columns_may_be_ignored(import_text: ImportText):
    report = import_text("external_id,title,poster\ntt1,A,x\n", ignore_unknown_columns=True)
    assert report.new == 1


@pytest.mark.parametrize("n_cells", [1, 2, 4])
def test_ragged_rows_are_rejected_one_by_one(import_text: ImportText, n_cells: int):
    report = import_text("external_id,title,year\ntt1,A,1990\n" + ",".join(["x"] * n_cells) + "\ntt2,B,1991\n")
    assert report.new == 2
    assert [(problem.line, problem.reason) for problem in report.problems] == [
        (3, f"has {n_cells} cells, the header 3")
    ]
