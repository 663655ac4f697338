"""Every way a file can be bad: one clear sentence, and nothing changed."""

import gzip
import io
import os
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.importing.files import CatalogFile
from catalog.importing.report import ImportRefused
from tests.catalog.conftest import ImportText, everything_stored

GOOD = "external_id,title,year\ntt1,Alpha,1990\ntt2,Beta,1991\n"


def zipped(content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("../titles.csv", content)
    return archive.getvalue()


BAD_FILES = {
    "empty": (b"", "is empty"),
    "empty gzip": (gzip.compress(b""), "empty once unpacked"),
    "blank lines only": (b"\n\n\r\n", "blank lines"),
    "byte order mark only": (b"\xef\xbb\xbf", "blank lines"),
    "header only": (b"external_id,title\n", "a header and no rows"),
    "header then blank lines": (b"external_id,title\n\n\n", "a header and no rows"),
    "wrong columns": (b"movieId,movieName\n1,Alpha\n", "external_id, item_id or show_id"),
    "missing title column": (b"external_id,name\ntt1,Alpha\n", "unknown in the marquee layout: name"),
    "no title at all": (b"external_id,year\ntt1,1990\n", "the column title is missing"),
    "unknown column": (b"external_id,title,poster\ntt1,Alpha,x\n", "poster"),
    "misspelt column": (b"external_id,title,descripton\ntt1,Alpha,x\n", "mean description for descripton"),
    "column without a name": (b",external_id,title\n0,tt1,Alpha\n", "a column without a name"),
    "column twice": (b"external_id,title,title\ntt1,Alpha,Beta\n", "twice: title"),
    "two columns of one meaning": (b"external_id,item_id,title\ntt1,tt2,Alpha\n", "mean the same"),
    "semicolons": (b"external_id;title;year\ntt1;Alpha;1990\n", "separated by semicolons"),
    "tabs": (b"external_id\ttitle\ntt1\tAlpha\n", "separated by tabs"),
    "UTF-16 with its mark": (GOOD.encode("utf-16"), "UTF-16"),
    "UTF-16 without its mark": (GOOD.encode("utf-16-le"), "line 1: NUL byte"),
    "Latin-1": ("external_id,title\ntt1,Alpha\ntt2,Amélie\n".encode("latin-1"), "line 3: byte 0xE9"),
    "UTF-8 and Latin-1 mixed": (
        "external_id,title\ntt1,Amélie\n".encode() + "tt2,Amélie\n".encode("latin-1"),
        "line 3: byte 0xE9",
    ),
    "UTF-8 cut in a character": ("external_id,title\ntt1,Amé".encode()[:-1], "line 2: byte 0xC3"),
    "surrogate in UTF-8": (b"external_id,title\ntt1,\xed\xa0\x80\n", "line 2: byte 0xED"),
    "NUL byte": (b"external_id,title\ntt1,Al\0pha\n", "line 2: NUL byte"),
    "unclosed quote": (b'external_id,title\ntt1,"Alpha\ntt2,Beta\n', "line 2: a quote is opened here"),
    "quote not doubled": (b'external_id,title\ntt1,"The "Best""\ntt2,Beta\n', "line 2: text follows"),
    "unclosed quote met by another": (
        b'external_id,title\ntt1,"Alpha\ntt2,"Beta"\n',
        "line 2 (the record that ends at line 3): text follows",
    ),
    "1 MB cell": (b"external_id,title\ntt1," + b"x" * 2**20 + b"\n", "line 2: a cell is larger than 128 KB"),
    "200 KB cell in quotes": (
        b'external_id,title\ntt1,"' + b"x\n" * 100_000 + b'"\n',
        "a cell is larger than 128 KB",
    ),
    "endless line": (b"external_id,title\n" + b"x" * 9 * 2**20, "no line break in"),
    "zip": (zipped(GOOD.encode()), "zip archive or a spreadsheet; unpack it"),
    "zip in gzip": (gzip.compress(zipped(GOOD.encode())), "zip archive"),
    "gzip in gzip": (gzip.compress(gzip.compress(GOOD.encode())), "gzip inside gzip"),
    "gzip bomb": (gzip.compress(GOOD.encode() + b"\n" * 20 * 2**20), "gzip bombs"),
    "gzip bomb of one line": (gzip.compress(b"x" * 20 * 2**20), "gzip bombs"),
    "truncated gzip": (gzip.compress(GOOD.encode() * 99)[:-20], "in the middle of its gzip data"),
    "corrupt gzip": (gzip.compress(os.urandom(9000))[:4000] + b"?" * 4000, "gzip"),
    "damaged gzip checksum": (gzip.compress(GOOD.encode())[:-8] + b"\0" * 8, "damaged gzip"),
    "bzip2": (b"BZh91AY&SY" + b"\1" * 50, "bzip2"),
    "SQLite": (b"SQLite format 3\0" + b"\1" * 50, "SQLite"),
    "HTML": (b"<!DOCTYPE html>\n<html><body>Not found</body></html>\n", "no layout we know"),
    "mostly bad rows": (
        b"external_id,title\ntt1,A\n,B\ntt3\n,D\n",
        "3 of 4 rows are unusable, the first on line 3",
    ),
    "every row ragged": (b"external_id,title\na\nb\nc\n", "3 of 3 rows"),
}


@pytest.mark.parametrize(("content", "message"), BAD_FILES.values(), ids=BAD_FILES.keys())
@pytest.mark.parametrize("name", ["titles.csv", "titles.csv.gz"])
def test_a_bad_file_is_refused_and_changes_nothing(import_text: ImportText, name: str, content: bytes, message: str):
    import_text("external_id,title,year,genres,cast\ntt1,Before,1990,Drama,Somebody\n")
    before = everything_stored()
    with pytest.raises(ImportRefused) as refusal:
        import_text(content, name=name)
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert everything_stored() == before


def test_a_directory_is_refused(tmp_path: Path):
    with pytest.raises(ImportRefused, match="is a directory"):
        CatalogFile.find(tmp_path)


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(ImportRefused, match="does not exist"):
        CatalogFile.find(tmp_path / "absent.csv")


def test_a_symbolic_link_to_nothing_is_refused(tmp_path: Path):
    (tmp_path / "link.csv").symlink_to(tmp_path / "absent.csv")
    with pytest.raises(ImportRefused, match="does not exist"):
        CatalogFile.find(tmp_path / "link.csv")


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(ImportRefused, match="pipe, socket or device"):
        CatalogFile.find(tmp_path / "pipe.csv")


def test_a_path_with_a_nul_is_refused():
    with pytest.raises(ImportRefused, match="cannot be read"):
        CatalogFile.find(Path("a\0b.csv"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_refused(tmp_path: Path):
    path = tmp_path / "secret.csv"
    path.write_text(GOOD)
    path.chmod(0)
    with pytest.raises(ImportRefused, match="cannot be read"):
        CatalogFile.find(path)


def test_a_sparse_giant_is_refused_by_its_size(tmp_path: Path):
    path = tmp_path / "giant.csv"
    with path.open("wb") as stream:
        stream.truncate(3 * 1024**3)
    with pytest.raises(ImportRefused, match="larger than 2 GB"):
        CatalogFile.find(path)


def test_a_file_that_unpacks_beyond_the_limit_is_refused(import_text: ImportText, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("catalog.importing.files.MAX_UNPACKED_BYTES", 2**20)
    with pytest.raises(ImportRefused, match="unpacks to more than"):
        import_text(gzip.compress(b"0123456789abcdef" * 2**17))


def test_a_file_of_too_many_rows_is_refused(import_text: ImportText, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("catalog.importing.reading.MAX_RECORDS", 2)
    with pytest.raises(ImportRefused, match="more than 2 rows"):
        import_text(GOOD)


def test_the_command_says_it_in_one_sentence(tmp_path: Path, db: None):
    (tmp_path / "bad.csv").write_bytes(b"external_id,title\ntt1,\xff\n")
    with pytest.raises(CommandError, match=r"^Nothing was imported: line 2: byte 0xFF is not UTF-8"):
        call_command("import_titles", str(tmp_path / "bad.csv"))
