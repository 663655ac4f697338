"""The files people have: the packaged films always, the published lists where they lie beside us."""

from pathlib import Path

import pandas as pd
import pytest
from django.core.management import call_command
from django.db.models import Max

from catalog.importing.feeds import CsvFeed
from catalog.importing.files import CatalogFile
from catalog.importing.importer import ImportOptions, import_feed
from catalog.importing.packaged import PackagedFeed, fame
from catalog.importing.report import ImportReport, Level
from catalog.importing.startup import packaged_films
from catalog.models import Credit, Title
from tests.shared_data import shared_file

# Real commits, so that the tables are truncated afterwards: a rollback leaves them full of dead rows,
# and every later test would read past them.
pytestmark = pytest.mark.django_db(transaction=True)


def import_shared(name: str, **options) -> ImportReport:
    return import_feed(CsvFeed.open(CatalogFile.find(shared_file(name))), ImportOptions(**options))


def test_the_packaged_films():
    report = import_feed(PackagedFeed(packaged_films()))
    assert (report.rows, report.new) == (17_472, 17_470)
    assert [problem.level for problem in report.problems] == [Level.CONFLICT] * 2
    matrix = Title.objects.with_details().get(external_id="tt0133093")
    assert (matrix.name, matrix.year, matrix.kind, matrix.runtime_minutes) == ("The Matrix", 1999, "movie", 136)
    assert "Keanu Reeves" in matrix.credited(Credit.Role.CAST)
    assert "Sci-Fi" in {genre.name for genre in matrix.genres.all()}
    assert Title.objects.filter(popularity=None).count() == 0
    assert 1_000 < Title.objects.aggregate(most=Max("popularity"))["most"] < 100_000
    assert not Title.objects.filter(people__name__in=["Jr.", "Jr", "Sr."]).exists()
    assert not Title.objects.filter(name__endswith="film)").exists(), "what Wikipedia calls its article"
    assert {"Faust", "Godspell", "Upside Down"} <= set(Title.objects.values_list("name", flat=True))
    assert Title.objects.filter(name="Frontier(s)").exists()
    again = import_feed(PackagedFeed(packaged_films()))
    assert (again.new, again.changed, again.unchanged) == (0, 0, 17_470)
    call_command("import_titles", "--default")


def test_fame_is_zero_for_the_unnoticed_and_grows_with_notice():
    assert fame(None, "", None, None) == 0
    assert fame(10, "Drama", None, None) == 20
    assert fame(10, "Drama", "R", None) == 40
    assert fame(10, "Drama", "R", 90_000_000.0) > fame(10, "Drama", "R", 1.0) >= fame(10, "Drama", "R", None)


def test_the_netflix_file_and_its_cousins():
    report = import_shared("catalog/netflix_titles.csv")
    assert (report.rows, report.new) == (8_807, 8_807)
    assert [problem.level for problem in report.problems] == [Level.NOTE] * 3
    assert Title.objects.get(external_id="s5542").runtime_minutes == 74
    assert import_shared("catalog/netflix_titles.csv").unchanged == 8_807
    disney = import_shared("catalog/disney_plus_titles.csv", source="disney")
    assert (disney.new, disney.problems) == (1_450, [])
    amazon = import_shared("catalog/amazon_prime_titles.csv.gz", source="amazon")
    assert (amazon.new, amazon.levels[Level.PROBLEM]) == (9_668, 11)


def test_the_beginning_of_the_joined_catalogue(tmp_path: Path):
    """5,000 rows of 36,830; `make bench-import` reads them all."""
    joined = pd.read_csv(shared_file("catalog/catalog.csv.gz"), dtype=str, keep_default_na=False, nrows=5_000)
    joined.to_csv(tmp_path / "joined.csv", index=False)
    report = import_feed(CsvFeed.open(CatalogFile.find(tmp_path / "joined.csv")), ImportOptions(dry_run=True))
    assert (report.rows, report.new, report.problems) == (5_000, 5_000, [])
    assert not Title.objects.exists()
