"""A database that stops answering is not waited for without end."""

import os
import signal
import time
from pathlib import Path

import psycopg
import pytest

from reco_site.servers import patience, temporary_postgres
from reco_site.servers.patience import ImpatientConnection


def test_it_works(tmp_path: Path) -> None:
    with temporary_postgres(tmp_path / "server") as url, ImpatientConnection.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        with connection.cursor() as cursor, cursor.copy("COPY (SELECT generate_series(1, 3)) TO STDOUT") as copy:
            assert list(copy.rows()) == [("1",), ("2",), ("3",)]
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.execute("SELECT 1 / 0")


def test_a_frozen_server_is_given_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.5)
    with temporary_postgres(tmp_path / "server") as url:
        connection = ImpatientConnection.connect(url, autocommit=True)
        backend = connection.info.backend_pid
        os.kill(backend, signal.SIGSTOP)
        try:
            begun = time.monotonic()
            with pytest.raises(psycopg.OperationalError, match="did not answer"):
                connection.execute("SELECT 1")
            assert 0.4 < time.monotonic() - begun < 5
        finally:
            os.kill(backend, signal.SIGCONT)
            connection.close()


def test_a_query_that_works_may_take_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time counts from the last wait for an answer, each query anew."""
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 5.0)
    with temporary_postgres(tmp_path / "server") as url, ImpatientConnection.connect(url) as connection:
        for _ in range(4):
            connection.execute("SELECT pg_sleep(1.4)")
