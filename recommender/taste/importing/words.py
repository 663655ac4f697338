"""What the codes of `files` and `rows` mean, in words for whoever chose the file."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recommender.taste.importing.files import BadFile
from recommender.taste.importing.rows import BadRow

# Each says what is wrong, and what to do.
FILES = {
    "no_file": _("No file was chosen. Choose the file first, then press Import."),
    "too_large": _(
        "That file is larger than 5 MB; exports are far smaller. Choose the zip from Letterboxd, or a CSV from it or"
        " from IMDb."
    ),
    "empty": _("That file is empty. Please export it once more, or choose another."),
    "no_rows": _("That file has a header and no rows below it, so there is nothing to import."),
    "binary": _(
        "That file is not a table in text form. Choose the zip from Letterboxd, or a file whose name ends with .csv."
    ),
    "zip_broken": _("That zip cannot be opened; perhaps it did not arrive whole. Please download it once more."),
    "zip_closed": _("That zip is encrypted or packed in an unusual way. Choose the zip as Letterboxd made it."),
    "zip_too_large": _("That zip unpacks to more than we read. Choose the CSV files from it one by one."),
    "zip_without": _(
        "That zip holds none of ratings.csv, watched.csv, watchlist.csv and likes/films.csv, which an export from"
        " Letterboxd has."
    ),
    "broken_row": _("Row %(row)s cannot be read as CSV: a quotation mark may be missing. Nothing was imported."),
    "too_many_rows": _("That file has more than 20,000 rows, which is more than we read at once. Please split it."),
    "which_list": _(
        "Letterboxd’s lists look alike inside, and the name “%(name)s” does not say which one this is. Choose what it"
        " holds beside the file, then import it again."
    ),
    "wrong_columns": _(
        "These columns are of no file that we know: %(found)s. We read ratings.csv, watched.csv, watchlist.csv and"
        " likes/films.csv from Letterboxd, and ratings and watchlists from IMDb."
    ),
}
ROWS = {
    "too_many_cells": _("has %(detail)s cells, more than the header"),
    "bad_id": _("“%(detail)s” is no id of IMDb"),
    "no_name": _("names no film"),
    "no_rating": _("has no rating"),
    "bad_rating": _("“%(detail)s” is no rating that we know"),
}
TABLES = {
    ("letterboxd", "ratings"): _("ratings from Letterboxd"),
    ("letterboxd", "diary"): _("a diary from Letterboxd"),
    ("letterboxd", "seen"): _("films watched, from Letterboxd"),
    ("letterboxd", "watchlist"): _("a watchlist from Letterboxd"),
    ("letterboxd", "like"): _("liked films from Letterboxd"),
    ("imdb", "ratings"): _("ratings from IMDb"),
    ("imdb", "watchlist"): _("a watchlist from IMDb"),
}


def of_file(error: BadFile) -> str:
    if error.code == "wrong_columns" and not error.facts["found"]:
        return gettext("That file has no header. Its first row should name the columns, as exports do.")
    return str(FILES[error.code]) % error.facts


def of_row(bad: BadRow) -> str:
    return str(ROWS[bad.code]) % {"detail": bad.detail}
