"""PostgreSQL and Redis without set-up: real servers under the state directory, unless URLs name others.

This is the only public face of the package. `settings` imports it, so it imports no settings itself, and
knows nothing of Django's apps.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from reco_site.servers.embedded import EmbeddedServer, ServerError
from reco_site.servers.patience import ImpatientConnection
from reco_site.servers.postgres import DATABASE, PORT, USER, Postgres
from reco_site.servers.redis import Redis

__all__ = [
    "EmbeddedServer",
    "Postgres",
    "Redis",
    "ServerError",
    "broker_url",
    "database_for_command",
    "database_settings",
    "postgres_in",
    "redis_in",
    "temporary_postgres",
]

COMMANDS_WITHOUT_DATABASE = {
    *("check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "help", "makemessages"),
    *("makemigrations", "up", "version"),
}
# Web processes share connections among threads. Celery would close the pool at every task.
WEB_POOL = {"min_size": 1, "max_size": 8, "timeout": 5, "connection_class": ImpatientConnection}


def postgres_in(state_dir: Path, binaries: str = "", *, durable: bool = True) -> Postgres:
    return Postgres(state_dir / "postgres", binaries=binaries, durable=durable)


def redis_in(state_dir: Path, binary: str = "") -> Redis:
    return Redis(state_dir / "redis", binary=binary)


def database_settings(database_url: str, state_dir: Path) -> dict[str, Any]:
    """Django's DATABASES entry for the server that the URL names, or for the embedded one.

    Parameters of the URL that Django has no key for (sslmode, target_session_attrs, …) go to OPTIONS.
    Raises ImproperlyConfigured, without the URL and so without its password.
    """
    options: dict[str, Any] = {"connect_timeout": 5}
    if database_url:
        parts = _parse(database_url)
    else:
        host = str(postgres_in(state_dir).socket_directory)
        parts = {"host": host, "port": PORT, "dbname": DATABASE, "user": USER}
    entry = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": options | parts,
    }
    if os.environ.get("MARQUEE_PROCESS") == "web":
        entry["OPTIONS"]["pool"] = dict(WEB_POOL)
    return entry


def _parse(database_url: str) -> dict[str, Any]:
    expected = "a PostgreSQL address such as postgresql://user:password@host:5432/name"
    try:
        parts = conninfo_to_dict(database_url)
    except psycopg.ProgrammingError:
        raise ImproperlyConfigured(f"DATABASE_URL is not {expected}.") from None
    if not parts.get("dbname") and not parts.get("service"):
        raise ImproperlyConfigured(f"DATABASE_URL names no database; it must be {expected}.")
    return parts


def broker_url(state_dir: Path) -> str:
    """The embedded Redis, in the words of kombu."""
    return f"redis+socket://{quote(str(redis_in(state_dir).socket))}"


def database_for_command(argv: Sequence[str]) -> AbstractContextManager[object]:
    """What `manage.py` holds while it runs a command: the embedded PostgreSQL, if that is the database.

    Nothing for commands that need none, and where DATABASE_URL names a server. Otherwise the server is
    used if it runs, started if not, and stopped by whichever command leaves last. Only `migrate` makes
    a new one: whoever names no STATE_DIR by mistake is told, and finds no stray database later.
    """
    command = argv[1] if len(argv) > 1 else "help"
    if command.startswith("-") or command in COMMANDS_WITHOUT_DATABASE or {"-h", "--help"} & set(argv):
        return nullcontext()
    from django.conf import settings  # only now: this module is imported by the settings

    if settings.DATABASE_URL:
        return nullcontext()
    server = postgres_in(settings.STATE_DIR, settings.POSTGRES_BIN)
    if command != "migrate" and not server.data.exists():
        sys.exit(
            f"There is no database in {settings.STATE_DIR} yet. Start the site once with `make run`, or name the"
            " STATE_DIR of the site that you mean."
        )
    return _or_exit(server)


@contextmanager
def _or_exit(server: EmbeddedServer) -> Iterator[None]:
    try:
        server.start()
    except ServerError as error:
        server.stop()
        sys.exit(str(error))
    try:
        yield
    finally:
        server.stop()


@contextmanager
def temporary_postgres(directory: Path, binaries: str = "") -> Iterator[str]:
    """A throw-away server for tests (nothing is synced to disk); yields its URL.

    Processes that name the same directory share one server, so each process of a test run just enters
    this. `database_settings("", directory)` fits it. The last to leave removes the directory.
    """
    server = postgres_in(directory, binaries, durable=False)
    try:
        server.start()
        yield server.url
    finally:
        if server.stop():
            shutil.rmtree(directory, ignore_errors=True)
            shutil.rmtree(server.socket_directory, ignore_errors=True)
