"""Files damaged at random: imported or refused, never a crash, never a part of one applied."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.importing.feeds import CsvFeed
from catalog.importing.files import CatalogFile
from catalog.importing.importer import import_feed
from catalog.importing.report import ImportRefused
from catalog.models import Title
from tests.catalog.conftest import everything_stored

GOOD = (
    b"external_id,title,year,kind,genres,cast,countries,added_on,description,popularity\n"
    b'tt1,"Alpha ""one""",1990,movie,Drama|Crime,Ann One|Bo Two,"France, Italy",2020-02-29,"Two\nlines",12.5\n'
    b"tt2,Beta,1991,show,,Cy Three,,,,\r\n"
    b"tt3,G\xc3\xa4mma,,,Noir,,Spain,,Text,0\n"
)
POISON = st.binary(max_size=4) | st.sampled_from(
    [b"\0", b'"', b",", b"\n", b"\r", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"|", b"\x1f\x8b", b"\\.", b"\\N", b"{",
     b"tt1", b"\xf0\x9f\x98\x80", b"\xe2\x80\xa8", b"\xef\xbf\xbf", b"\xcc\x81" * 9, b"1e999", b"9" * 400]
)  # fmt: skip
EDIT = st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), POISON)


def mutate(edits: list[tuple[int, int, bytes]]) -> bytes:
    content = GOOD
    for start, n_removed, inserted in edits:
        content = content[:start] + inserted + content[start + n_removed :]
    return content


@pytest.mark.django_db
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EDIT, min_size=1, max_size=4))
def test_a_damaged_file_is_imported_whole_or_refused(tmp_path: Path, edits: list[tuple[int, int, bytes]]):
    path = tmp_path / "mutant.csv"
    path.write_bytes(mutate(edits))
    before = everything_stored()
    try:
        report = import_feed(CsvFeed.open(CatalogFile.find(path)))
    except ImportRefused:
        assert everything_stored() == before
        return
    assert report.rows == sum(report.counts()[name] for name in (
        "new", "changed", "unchanged", "rejected", "conflicts", "duplicates"
    ))  # fmt: skip
    assert not Title.objects.filter(content_hash="").exists()
    again = import_feed(CsvFeed.open(CatalogFile.find(path)))
    assert (again.new, again.changed) == (0, 0)
