"""The embedded PostgreSQL, on real servers in directories of their own."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from reco_site.servers import Postgres, ServerError, postgres_in, temporary_postgres
from tests.reco_site.processes import processes_naming
from tests.waiting import eventually

PROJECT = Path(__file__).resolve().parents[2]
USE_AND_WAIT = """
import sys
from pathlib import Path
from reco_site import servers
with servers.postgres_in(Path(sys.argv[1]), durable=False):
    print("in use", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state directory whose cluster exists, stopped. Tests that do not look at the making share it."""
    state_dir = tmp_path_factory.mktemp("state")
    with server(state_dir):
        pass
    return state_dir


def server(state_dir: Path) -> Postgres:
    return postgres_in(state_dir, durable=False)


def rows(postgres: Postgres, query: str) -> list[tuple]:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchall() if cursor.description else []


def postmaster(postgres: Postgres) -> int:
    return int((postgres.data / "postmaster.pid").read_text().split()[0])


def another_user(state_dir: Path) -> subprocess.Popen[str]:
    """Another process that uses the server, until its stdin closes or it is killed."""
    user = subprocess.Popen(
        [sys.executable, "-c", USE_AND_WAIT, str(state_dir)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert user.stdout
    assert user.stdout.readline() == "in use\n"
    return user


def test_it_works(tmp_path, monkeypatch):
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGPORT", "1")
    with server(tmp_path) as postgres:
        assert postgres.is_alive()
        found = rows(postgres, "SELECT current_database(), current_user, getdatabaseencoding()")
        assert found == [("marquee", "marquee", "UTF8")]
        assert rows(postgres, "SHOW data_checksums") == [("on",)]
        assert rows(postgres, "SELECT lower('ÅNGSTRÖM'), 'Z' < 'a'") == [("ångström", True)]
        assert postgres.directory.stat().st_mode & 0o777 == 0o700
    assert not postgres.is_alive()
    assert processes_naming(tmp_path) == []


def test_a_second_start_is_quick_and_keeps_rows(made_once):
    with server(made_once) as postgres:
        rows(postgres, "CREATE TABLE kept AS SELECT 42 AS answer")
    begun = time.monotonic()
    with server(made_once) as postgres:
        assert time.monotonic() - begun < 5
        assert rows(postgres, "SELECT answer FROM kept") == [(42,)]


def test_a_killed_postmaster_is_replaced_and_no_committed_row_is_lost(made_once):
    with postgres_in(made_once) as postgres:  # durable, as people run it
        rows(postgres, "CREATE TABLE committed AS SELECT 1 AS number")
        os.kill(postmaster(postgres), signal.SIGKILL)
        assert eventually(lambda: not postgres.is_alive())
        postgres.start()
        assert rows(postgres, "SELECT number FROM committed") == [(1,)]
    assert processes_naming(made_once) == []


def test_a_start_while_a_killed_postmaster_is_still_vanishing_succeeds(made_once):
    with server(made_once) as postgres:
        os.kill(postmaster(postgres), signal.SIGKILL)
        postgres.start()
        assert rows(postgres, "SELECT 1") == [(1,)]


def test_processes_that_start_at_once_share_one_server(tmp_path):
    users = [server(tmp_path) for _ in range(3)]
    threads = [threading.Thread(target=user.start) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({postmaster(user) for user in users}) == 1
    keepers = [line for line in processes_naming(tmp_path) if "keeper.py" in line]
    assert len(keepers) == 1
    assert [user.stop() for user in users] == [False, False, True]
    assert processes_naming(tmp_path) == []


def test_the_one_who_started_it_does_not_stop_it_under_the_feet_of_another(made_once):
    starter = server(made_once)
    starter.start()
    other = another_user(made_once)
    assert not starter.stop()
    assert starter.answers()
    other.communicate()
    assert other.returncode == 0
    assert processes_naming(made_once) == []


def test_a_user_that_is_killed_does_not_keep_the_server_running(made_once):
    user = another_user(made_once)
    user.kill()
    user.communicate()
    assert eventually(lambda: not processes_naming(made_once))


def test_the_server_does_not_outlive_its_keeper(made_once):
    with server(made_once) as postgres:
        keeper = next(line for line in processes_naming(made_once) if "keeper.py" in line)
        os.kill(int(keeper.split()[0]), signal.SIGKILL)
        assert eventually(lambda: not processes_naming(made_once))
        postgres.start()
        assert rows(postgres, "SELECT 1") == [(1,)]


def test_a_first_start_that_was_killed_leaves_nothing_in_the_way(tmp_path):
    half_made = tmp_path / "postgres" / "data.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18")
    with server(tmp_path) as postgres:
        assert rows(postgres, "SELECT 1") == [(1,)]
    assert not half_made.exists()


def test_a_lock_file_whose_pid_belongs_to_another_program_is_forgotten(made_once):
    postgres = server(made_once)
    (postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.data}\n")
    with postgres:
        assert rows(postgres, "SELECT 1") == [(1,)]


def test_a_state_directory_too_deep_for_a_socket_gets_a_short_private_one(tmp_path):
    deep = tmp_path / ("a" * 80) / ("b" * 80)
    with temporary_postgres(deep) as url:
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        sockets = postgres_in(deep).socket_directory
        assert len(str(sockets)) < 60
        assert sockets.stat().st_mode & 0o777 == 0o700
    assert not sockets.exists()
    assert not deep.exists()


def test_a_short_directory_of_somebody_else_is_refused(tmp_path):
    deep = tmp_path / ("a" * 80) / ("b" * 80)
    sockets = postgres_in(deep).socket_directory
    sockets.symlink_to(tmp_path)
    try:
        with pytest.raises(ServerError, match="belongs to somebody else"):
            server(deep).start()
    finally:
        sockets.unlink()


def test_it_says_what_is_wrong_with_the_binaries(tmp_path):
    with pytest.raises(ServerError, match="POSTGRES_BIN"):
        postgres_in(tmp_path, binaries=str(tmp_path)).start()


def test_it_shows_the_servers_last_words_when_it_does_not_start(made_once, tmp_path):
    broken = postgres_in(tmp_path, durable=False)
    broken.data.mkdir(parents=True, mode=0o700)
    (broken.data / "PG_VERSION").write_text("9")
    with pytest.raises(ServerError, match=r"(?s)stopped while starting.*postgresql\.conf"):
        broken.start()
    broken.stop()
