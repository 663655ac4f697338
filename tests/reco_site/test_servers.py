"""The public face of `servers`: addresses, and which command gets a database."""

import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from reco_site.servers import database_for_command, database_settings, postgres_in, temporary_postgres
from tests.reco_site.processes import processes_naming

STATE_DIR = Path("/state")


def test_without_a_url_the_embedded_server_is_meant():
    entry = database_settings("", STATE_DIR)
    assert (entry["HOST"], entry["NAME"], entry["USER"]) == ("/state/postgres", "marquee", "marquee")
    assert "pool" not in entry["OPTIONS"]


def test_a_url_is_taken_apart_and_keeps_its_parameters():
    entry = database_settings("postgresql://ann:s%40crt@db.example:6432/films?sslmode=require", STATE_DIR)
    assert entry["ENGINE"] == "django.db.backends.postgresql"
    assert (entry["HOST"], entry["PORT"], entry["NAME"]) == ("db.example", "6432", "films")
    assert (entry["USER"], entry["PASSWORD"]) == ("ann", "s@crt")
    assert entry["OPTIONS"]["sslmode"] == "require"


def test_a_url_may_overrule_the_connect_timeout():
    assert database_settings("postgresql:///x?connect_timeout=9", STATE_DIR)["OPTIONS"]["connect_timeout"] == "9"


@pytest.mark.parametrize(
    "url", ["sqlite:///db.sqlite3", "postgresql://u:hidden@h/x?no_such=1", "postgresql://u:hidden@h"]
)
def test_a_bad_url_is_refused_without_showing_its_password(url):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as caught:
        database_settings(url, STATE_DIR)
    assert "hidden" not in str(caught.value)


def test_only_web_processes_share_connections(monkeypatch):
    monkeypatch.setenv("MARQUEE_PROCESS", "web")
    assert database_settings("", STATE_DIR)["OPTIONS"]["pool"]["max_size"] == 8
    monkeypatch.setenv("MARQUEE_PROCESS", "worker")
    assert "pool" not in database_settings("", STATE_DIR)["OPTIONS"]


@pytest.mark.parametrize(
    "argv", [[], ["help"], ["--version"], ["check"], ["up"], ["makemigrations", "--check"], ["migrate", "--help"]]
)
def test_some_commands_need_no_database(argv):
    assert isinstance(database_for_command(["manage.py", *argv]), nullcontext)


def command(state_dir: Path, name: str = "migrate", **settings: str) -> subprocess.CompletedProcess[str]:
    """A command of `manage.py` that asks its database a question."""
    values = {"DATABASE_URL": "", "POSTGRES_BIN": ""} | settings
    program = f"""
from pathlib import Path
from django.conf import settings
settings.configure(STATE_DIR=Path({str(state_dir)!r}), **{values!r})
from reco_site.servers import database_for_command, postgres_in
with database_for_command(["manage.py", {name!r}]):
    print(postgres_in(settings.STATE_DIR).answers())
"""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_a_command_gets_a_server_for_its_duration(tmp_path):
    assert command(tmp_path).stdout == "True\n"
    assert processes_naming(tmp_path) == []
    with postgres_in(tmp_path) as running:
        assert command(tmp_path).stdout == "True\n"
        assert running.answers()


def test_a_command_makes_no_stray_database(tmp_path):
    done = command(tmp_path, "createsuperuser")
    assert done.returncode == 1
    assert done.stderr.startswith(f"There is no database in {tmp_path} yet.")
    assert list(tmp_path.iterdir()) == []


def test_a_command_leaves_a_named_database_alone(tmp_path):
    assert command(tmp_path, DATABASE_URL="postgresql:///elsewhere").stdout == "False\n"
    assert list(tmp_path.iterdir()) == []


def test_a_command_without_a_server_ends_with_one_sentence(tmp_path):
    done = command(tmp_path, POSTGRES_BIN="/no/such")
    assert done.returncode == 1
    assert done.stderr.startswith("/no/such holds no program postgres")
    assert "Traceback" not in done.stderr


def test_a_temporary_server_agrees_with_the_settings_and_leaves_nothing(tmp_path):
    directory = tmp_path / "throw-away"
    with temporary_postgres(directory) as url, temporary_postgres(directory) as same:
        assert url == same
        assert database_settings(url, directory) == database_settings("", directory)
    assert not directory.exists()
