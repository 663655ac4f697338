"""What an import does to the catalogue: adds, changes, leaves alone, and says which."""

import gzip
import threading

import pytest
from django.db import connection

from catalog.importing.report import ImportRefused, Level
from catalog.models import CatalogImport, CatalogRevision, Credit, Genre, Person, Title
from tests.catalog.conftest import ImportText, everything_stored

FILE = (
    "external_id,title,year,kind,genres,directors,writers,cast,countries,languages,runtime_minutes,"
    "seasons,maturity,added_on,description,plot,themes,aliases,popularity,original_title,creators\n"
    "tt1,Alpha,1990,movie,Drama|Crime,Ann One,Bo Two,Cy Three|Di Four,France,French|English,99,"
    ",PG,2020-02-29,About alpha.,Long alpha.,heist|time loop,Alef|A,1234.5,Alpha O,\n"
    "tt2,Beta,1991,show,Drama,,,Cy Three,\"Italy, Spain\",Italian,,3,,,About beta.,,,,,,Eve Five\n"
)  # fmt: skip


def hashes() -> dict[str, str]:
    return dict(Title.objects.values_list("external_id", "content_hash"))


def test_it_works(import_text: ImportText):
    report = import_text(FILE)
    assert (report.new, report.changed, report.unchanged, report.rows) == (2, 0, 0, 2)
    assert report.problems == []
    alpha, beta = Title.objects.with_details().order_by("external_id")
    assert (alpha.name, alpha.original_name, alpha.year, alpha.kind) == ("Alpha", "Alpha O", 1990, "movie")
    assert (alpha.runtime_minutes, alpha.maturity, str(alpha.added_on)) == (99, "PG", "2020-02-29")
    assert (alpha.description, alpha.plot, alpha.popularity) == ("About alpha.", "Long alpha.", 1234.5)
    assert (alpha.themes, alpha.languages) == (["heist", "time loop"], ["French", "English"])
    assert {genre.name for genre in alpha.genres.all()} == {"Drama", "Crime"}
    assert alpha.credited(Credit.Role.CAST) == ["Cy Three", "Di Four"]
    assert alpha.credited(Credit.Role.DIRECTOR) == ["Ann One"]
    assert set(alpha.aliases.values_list("name", flat=True)) == {"Alef", "A"}
    assert (beta.kind, beta.seasons, beta.runtime_minutes) == ("show", 3, None)
    assert beta.countries == ["Italy", "Spain"]
    assert beta.credited(Credit.Role.CREATOR) == ["Eve Five"]
    assert alpha.is_published
    assert CatalogRevision.current() == 1


def test_a_second_import_changes_nothing(import_text: ImportText):
    import_text(FILE)
    before = everything_stored()
    report = import_text(FILE)
    assert (report.new, report.changed, report.unchanged) == (0, 0, 2)
    after = everything_stored()
    assert before.pop("CatalogImport") == after.pop("CatalogImport")[:1]
    assert before == after


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_a_byte_order_mark_and_gzip_make_no_difference(import_text: ImportText, line_end: str):
    import_text(FILE)
    content = b"\xef\xbb\xbf" + FILE.replace("\n", line_end).encode()
    assert import_text(content).unchanged == 2
    assert import_text(gzip.compress(content), name="no_extension").unchanged == 2


def test_an_overlay_changes_its_columns_and_leaves_the_others(import_text: ImportText):
    import_text(FILE)
    report = import_text(
        "external_id,title,year,description,themes\ntt1,Alpha,1990,New words.,heist|memory\ntt3,Gamma,,Third.,\n"
    )
    assert (report.new, report.changed, report.unchanged) == (1, 1, 0)
    alpha = Title.objects.get(external_id="tt1")
    assert (alpha.description, alpha.themes) == ("New words.", ["heist", "memory"])
    assert (alpha.plot, alpha.runtime_minutes, alpha.popularity) == ("Long alpha.", 99, 1234.5)
    assert alpha.credits.count() == 4
    assert alpha.genres.count() == 2
    gamma = Title.objects.get(external_id="tt3")
    assert (gamma.kind, gamma.year, gamma.themes, gamma.plot) == ("movie", None, [], "")


def test_a_present_but_empty_cell_clears_the_value(import_text: ImportText):
    import_text(FILE)
    report = import_text("external_id,title,year,genres,cast,description,popularity,aliases\ntt1,Alpha,,,,,,\n")
    assert report.changed == 1
    alpha = Title.objects.get(external_id="tt1")
    assert (alpha.year, alpha.description, alpha.popularity) == (None, "", None)
    assert not alpha.genres.exists()
    assert not alpha.aliases.exists()
    assert set(alpha.credits.values_list("role", flat=True)) == {"director", "writer"}


def test_titles_that_the_file_does_not_name_are_left_alone(import_text: ImportText):
    import_text(FILE)
    beta = Title.objects.filter(external_id="tt2").values().get()
    import_text("external_id,title\ntt1,Alpha 2\n")
    assert Title.objects.filter(external_id="tt2").values().get() == beta


def test_an_unpublished_title_stays_unpublished(import_text: ImportText):
    import_text(FILE)
    Title.objects.update(is_published=False)
    import_text(FILE.replace("About alpha", "More about alpha"))
    assert not Title.objects.filter(is_published=True).exists()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Alpha,1990", "Alpha!,1990"),
        (",1990,movie", ",1992,movie"),
        ("About alpha.", "About alpha again."),
        ("Long alpha.", "Longer alpha."),
        ("heist|time loop", "heist"),
        ("Drama|Crime", "Drama|Noir"),
        ("Cy Three|Di Four", "Di Four|Cy Three"),
        ("Ann One", "Ann Oneone"),
        ("French|English", "French"),
        (",France,", ",Belgium,"),
    ],
)
def test_the_content_hash_follows_what_an_embedding_is_made_from(import_text: ImportText, before: str, after: str):
    import_text(FILE)
    old = hashes()
    import_text(FILE.replace(before, after))
    new = hashes()
    assert new["tt1"] != old["tt1"]
    assert new["tt2"] == old["tt2"]
    import_text(FILE)
    assert hashes() == old


@pytest.mark.parametrize(
    ("before", "after"),
    [("1234.5", "7"), (",99,", ",98,"), (",PG,", ",R,"), ("2020-02-29", "2020-03-01"), ("Alef|A", "Alef"),
     ("Drama|Crime", "Crime|Drama")],
)  # fmt: skip
def test_other_facts_leave_the_content_hash_as_it_is(import_text: ImportText, before: str, after: str):
    import_text(FILE)
    old = hashes()
    import_text(FILE.replace(before, after))
    assert hashes() == old


def test_the_hash_of_an_import_is_the_hash_of_the_model(import_text: ImportText):
    import_text(FILE)
    imported = hashes()
    assert all(len(digest) == 64 for digest in imported.values())
    for title in Title.objects.all():
        title.refresh_content_hash()
    assert hashes() == imported


def test_a_changed_row_moves_updated_and_an_equal_one_does_not(import_text: ImportText):
    import_text(FILE)
    Title.objects.update(updated="2020-01-01T00:00Z")
    import_text(FILE.replace("Di Four", "Di Forty"))
    assert {title.external_id: title.updated.year > 2020 for title in Title.objects.all()} == {
        "tt1": True,
        "tt2": False,
    }


def test_a_dry_run_reports_and_changes_nothing(import_text: ImportText):
    import_text(FILE)
    before = everything_stored()
    report = import_text(FILE.replace("Alpha", "Alfa") + "tt9,New" + "," * 19 + "\n", dry_run=True)
    assert (report.new, report.changed, report.unchanged) == (1, 1, 1)
    assert everything_stored() == before


def test_only_an_import_that_changed_something_bumps_the_revision(import_text: ImportText):
    import_text(FILE)
    import_text(FILE)
    assert CatalogRevision.current() == 1
    import_text(FILE.replace("1234.5", "1"))
    assert CatalogRevision.current() == 2


def test_equal_rows_are_duplicates_and_unequal_ones_conflicts(import_text: ImportText):
    report = import_text(
        "external_id,title,genres\ntt1,Alpha,Drama\ntt1, Alpha ,Drama|Drama\ntt1,Alpha,Crime\ntt2,Beta,\n"
    )
    assert [(problem.line, problem.level) for problem in report.problems] == [
        (3, Level.DUPLICATE),
        (4, Level.CONFLICT),
    ]
    assert report.new == 2
    assert list(Title.objects.get(external_id="tt1").genres.values_list("name", flat=True)) == ["Drama"]


def test_an_id_that_belongs_to_another_title_is_a_conflict(import_text: ImportText):
    import_text("external_id,title,year\ns1,Dick Johnson Is Dead,2020\n")
    report = import_text("external_id,title,year\ns1,Duck the Halls,2016\ns2,Other,2001\n")
    assert [problem.level for problem in report.problems] == [Level.CONFLICT]
    assert "--source" in report.problems[0].reason
    assert (report.new, report.changed, report.unchanged) == (1, 0, 0)
    assert Title.objects.get(external_id="s1").name == "Dick Johnson Is Dead"


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("The Godfather", "1972"),  # spelling
        ("The Godfather", "1980"),  # spelling, and the year corrected
        ("The Godfater: Part One", "1980"),  # a subtitle
        ("Le Parrain", "1973"),  # a translation; the year vouches for it
        ("Mario Puzo's Don", "1999"),  # a name that was stored as an alias
    ],
)
def test_a_correction_goes_through(import_text: ImportText, name: str, year: str):
    import_text("external_id,title,year,aliases\ntt1,The Godfater,1972,Mario Puzo’s DON\n")
    report = import_text(f"external_id,title,year\ntt1,{name},{year}\n")
    assert (report.changed, report.problems) == (1, [])


def test_without_a_year_a_wholly_different_title_is_a_conflict(import_text: ImportText):
    import_text("external_id,title,year\ntt1,The Godfather,1972\n")
    report = import_text("external_id,title\ntt1,Finding Nemo\n")
    assert [problem.level for problem in report.problems] == [Level.CONFLICT]


def test_a_file_with_a_numbering_of_its_own_is_refused_until_it_is_named(import_text: ImportText):
    words = ["Orange", "Velvet", "Marching", "Quiet", "Thunder", "Glass", "Wolf", "Paper", "Ivory", "Moth"]
    names = [f"{word} {n}" for n in range(3) for word in words]
    rows = "external_id,title,year\n" + "".join(f"s{n},{name},19{n + 50}\n" for n, name in enumerate(names))
    import_text(rows)
    before = everything_stored()
    other = "external_id,title,year\n" + "".join(
        f"s{n},{name[::-1]} of it,20{n + 10}\n" for n, name in enumerate(names)
    )
    with pytest.raises(ImportRefused, match="--source NAME"):
        import_text(other)
    assert everything_stored() == before
    assert import_text(other, source="disney").new == 30
    assert Title.objects.filter(external_id__startswith="disney:s").count() == 30
    assert import_text(other, source="disney").unchanged == 30


@pytest.mark.parametrize("source", ["Disney", "a b", "-x", "x" * 31, "a:b", "ä"])
def test_a_source_has_a_plain_name(import_text: ImportText, source: str):
    with pytest.raises(ImportRefused, match="source"):
        import_text(FILE, source=source)


def test_a_bad_value_is_left_out_and_a_bad_row_rejected(import_text: ImportText):
    report = import_text(
        "external_id,title,year,runtime_minutes\n"
        "tt1,Alpha,20_24,0\n"
        "tt2,,1990,90\n"
        "tt3,Gamma,1990\n"
        "tt4,Delta,1990,90\n"
        "no id,Epsilon,1990,90\n"
        "tt6,Zeta,1990,90\n"
    )
    assert {(problem.line, problem.column, problem.level) for problem in report.problems} == {
        (2, "year", Level.PROBLEM),
        (2, "runtime_minutes", Level.PROBLEM),
        (3, "title", Level.REJECTED),
        (4, "", Level.REJECTED),
        (6, "external_id", Level.REJECTED),
    }
    assert set(hashes()) == {"tt1", "tt4", "tt6"}
    assert report.counts()["rejected"] == 3


def test_lines_are_counted_as_an_editor_counts_them(import_text: ImportText):
    report = import_text('external_id,title,description\ntt1,A,"one\ntwo\r\nthree"\n\ntt2,B,x\n,C,\n')
    assert [problem.line for problem in report.problems] == [7]
    assert Title.objects.get(external_id="tt1").description == "one\ntwo\nthree"


def test_hostile_words_are_kept_as_words(import_text: ImportText):
    words = [
        "=1+1",
        "<script>alert(1)</script>",
        "Robert'); DROP TABLE catalog_title;--",
        "%s %(x)s {}",
        "\\N",
        "a\\b",
    ]
    rows = "".join(f"tt{n},{word},{word}|{word}x\n" for n, word in enumerate(words))
    import_text("external_id,title,cast\n" + rows)
    assert list(Title.objects.order_by("external_id").values_list("name", flat=True)) == words
    assert Person.objects.filter(name__in=words).count() == len(words)


def test_it_is_remembered(import_text: ImportText):
    import_text(FILE, source="mine")
    done = CatalogImport.objects.get()
    assert (done.file_name, done.layout, done.source) == ("titles.csv", "marquee", "mine")
    assert done.counts["new"] == 2
    assert len(done.sha256) == 64


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_wait_for_each_other(import_text: ImportText):
    failures = []

    def run(name: str) -> None:
        try:
            import_text(FILE, name=name)
        except Exception as error:  # noqa: BLE001 - any failure at all fails the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[f"titles{n}.csv"]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Title.objects.count() == 2
    assert sorted(done.counts["new"] for done in CatalogImport.objects.all()) == [0, 0, 0, 2]
    assert CatalogRevision.current() == 1
    assert Genre.objects.count() == 2
