"""`manage.py import_titles`: what it prints, what it refuses, what it skips."""

import csv
import sqlite3
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.importing import startup
from catalog.importing.progress import ProgressBar
from catalog.models import CatalogImport, CatalogRevision, Delivery, Title, Webhook
from catalog.webhooks import managing

pytestmark = pytest.mark.django_db

ROWS = "external_id,title,year\ntt1,Alpha,1990\ntt1,Alpha,1990\ntt2,Beta,=cmd()\n"


@pytest.fixture
def titles(tmp_path: Path) -> Path:
    path = tmp_path / "titles.csv"
    path.write_text(ROWS)
    return path


def run(capsys: pytest.CaptureFixture[str], *args: object) -> str:
    call_command("import_titles", *map(str, args))
    return capsys.readouterr().out


def test_it_prints_problems_in_order_and_a_summary(capsys: pytest.CaptureFixture[str], titles: Path):
    printed = run(capsys, titles).splitlines()
    assert printed[0] == "line 3: duplicate: tt1 repeats line 2"
    assert printed[1].startswith("line 4, year: problem: '=cmd()' is not a whole number from 1870")
    assert "new         2" in " ".join(printed)
    assert printed[-1] == "titles.csv is imported. Titles it does not name were left alone."


def test_it_prints_so_many_problems_and_counts_the_rest(capsys: pytest.CaptureFixture[str], titles: Path):
    printed = run(capsys, titles, "--max-problems=1")
    assert "1 more problems; --report FILE.csv writes all of them." in printed


def test_the_report_holds_every_problem_and_no_formula(
    capsys: pytest.CaptureFixture[str], titles: Path, tmp_path: Path
):
    titles.write_text("external_id,title,=cmd()\ntt1,A,x\ntt2,B\ntt3,C,\n")
    report = tmp_path / "report.csv"
    run(capsys, titles, "--max-problems=0", f"--report={report}", "--ignore-unknown-columns")
    with report.open(newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows == [["line", "column", "level", "reason"], ["3", "", "rejected", "has 2 cells, the header 3"]]


def test_the_report_is_written_of_a_refused_file_too(titles: Path, tmp_path: Path):
    titles.write_text("external_id,title\n,A\n,B\n")
    with pytest.raises(CommandError, match="2 of 2 rows are unusable"):
        call_command("import_titles", str(titles), f"--report={tmp_path / 'report.csv'}")
    assert len((tmp_path / "report.csv").read_text().splitlines()) == 3


def test_the_report_never_replaces_a_file(titles: Path):
    with pytest.raises(CommandError, match="exists"):
        call_command("import_titles", str(titles), f"--report={titles}")
    assert titles.read_text() == ROWS


def test_a_dry_run_says_so(capsys: pytest.CaptureFixture[str], titles: Path):
    assert "nothing was changed" in run(capsys, titles, "--dry-run")
    assert not Title.objects.exists()


@pytest.mark.parametrize("args", [[], ["titles.csv", "--default"]])
def test_it_wants_one_thing_to_import(args: list[str]):
    with pytest.raises(CommandError, match="one of the two"):
        call_command("import_titles", *args)


def test_a_start_imports_its_catalogue_once(
    capsys: pytest.CaptureFixture[str], titles: Path, settings, django_assert_max_num_queries
):
    settings.CATALOG = str(titles)
    run(capsys, "--default")
    with django_assert_max_num_queries(2):
        assert "nothing to do" in run(capsys, "--default")
    assert CatalogImport.objects.count() == 1
    run(capsys, "--default", "--force")
    assert CatalogImport.objects.count() == 2
    assert CatalogRevision.current() == 1


def test_a_start_imports_again_what_has_changed_or_gone(
    capsys: pytest.CaptureFixture[str], titles: Path, settings, monkeypatch: pytest.MonkeyPatch
):
    settings.CATALOG = str(titles)
    run(capsys, "--default")
    titles.write_text(ROWS.replace("Beta", "Beta Two"))
    assert "changed         1" in run(capsys, "--default")
    Title.objects.all().delete()
    assert "new         2" in run(capsys, "--default")
    monkeypatch.setattr(startup, "IMPORTER_VERSION", startup.IMPORTER_VERSION + 1)
    assert "unchanged         2" in run(capsys, "--default")


def test_a_path_given_by_hand_is_always_read(capsys: pytest.CaptureFixture[str], titles: Path):
    run(capsys, titles)
    Title.objects.filter(external_id="tt1").update(name="Changed by hand")
    assert "changed         1" in run(capsys, titles)


def test_another_release_of_the_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package = tmp_path / "bokeh_sampledata"
    (package / "_data").mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('must not be imported')")
    with sqlite3.connect(package / "_data" / "movies.db") as other:
        other.execute("CREATE TABLE omdb (ID)")
    other.close()
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    with pytest.raises(CommandError, match="only that release may be used freely"):
        call_command("import_titles", "--default")


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(startup, "find_spec", lambda _name: None)
    with pytest.raises(CommandError, match=r"needs bokeh-sampledata==2026\.1"):
        call_command("import_titles", "--default")


class Terminal(list):
    def __init__(self, *, is_terminal: bool) -> None:
        self.is_terminal = is_terminal

    def write(self, text: str) -> None:
        self.append(text)

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return self.is_terminal


def test_progress_is_a_bar_on_a_terminal_and_silent_at_first_elsewhere(monkeypatch: pytest.MonkeyPatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    terminal, log = Terminal(is_terminal=True), Terminal(is_terminal=False)
    bars = [ProgressBar(terminal), ProgressBar(log)]
    for second in range(25):
        now[0] = 100.0 + second
        for bar in bars:
            bar.show("reading", second, 25)
    assert len(terminal) == 25
    assert "█" in terminal[-1]
    assert log == ["importing: reading, 40% read\n", "importing: reading, 80% read\n"]


@pytest.mark.parametrize("content", ["external_id,title\n", "nothing,of,ours\n1,2,3\n"])
def test_a_file_that_is_refused_is_announced(tmp_path: Path, content: str) -> None:
    managing.create(url="https://example.com/", events=[Webhook.Event.NOT_IMPORTED], owner=None)
    path = tmp_path / "titles.csv"
    path.write_text(content)
    with pytest.raises(CommandError):
        call_command("import_titles", str(path), "--dry-run")
    assert not Delivery.objects.exists()
    with pytest.raises(CommandError) as refused:
        call_command("import_titles", str(path))
    told = Delivery.objects.get()
    assert (told.event, told.data["name"]) == ("import.failed", "titles.csv")
    assert told.data["reason"] in str(refused.value)
