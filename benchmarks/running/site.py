"""The whole real site in a scratch directory: `manage.py up` on a free loopback port, with a catalogue in it.

A catalogue is imported and embedded once, in a directory under the state directory; a drill runs on a copy.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.running import processes
from benchmarks.running.web import Caller, WebProcesses, free_port
from reco_site import servers

ROOT = Path(__file__).resolve().parents[2]
PREPARED = Path(os.environ.get("STATE_DIR") or ROOT / "var").resolve() / "bench" / "running"
SHARED = ROOT.parent / "shared" / "data" / "catalog" / "catalog.csv.gz"
FILES = {"packaged": "", "shared": str(SHARED)}  # what CATALOG says
SET_UP = (
    ("migrate", "-v0"),
    ("import_titles", "--default"),
    ("prepare_encoder",),
    ("embed_titles",),
    ("prepare_model",),
)
SETTINGS = (
    *("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "MARQUEE_PROCESS", "LOG_LEVEL", "HTTPS", "BIND"),
    *("ALLOWED_HOSTS", "WEB_WORKERS", "LEARN_EVERY_SEARCHES", "LEARN_EVERY_SECONDS", "TICK_SECONDS", "ENCODER"),
    *("LEARNING_RATE", "LEARN_DEADLINE_SECONDS", "SERVING_LOOK_SECONDS", "DEBUG", "SECRET_KEY", "API_RATES"),
)  # of whoever starts a drill: they are not the drill's
BARELY = 1e-6  # a learning rate, for drills where it matters that windows pass and not what they teach
TRAINER = "fine_tune"  # the command that a training process runs
N_WEB_PROCESSES = 2
IDLE_SECONDS = 12.0  # more than two ticks of five seconds
START_SECONDS = 120.0
STOP_SECONDS = 40.0


class Site:
    """A running site."""

    def __init__(self, state_dir: Path, environment: dict[str, str]) -> None:
        self.state_dir = state_dir
        self.port = int(environment["PORT"])
        self.environment = environment
        self.log = state_dir / "up.log"
        self.database: psycopg.Connection[Any]
        self._process: subprocess.Popen[bytes]

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "up"], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        try:
            self.wait_for(self._is_ready, START_SECONDS, "a ready site")
        except BaseException:
            self._process.terminate()
            raise
        self.database = self.connection()

    def stop(self) -> int:
        """The exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_SECONDS)

    def connection(self) -> psycopg.Connection[Any]:
        """To the site's database, every statement a transaction of its own. One for each thread."""
        return psycopg.connect(servers.postgres_in(self.state_dir).url, autocommit=True)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.database.execute(query.encode(), values or None).fetchall()

    def value(self, query: str, *values: Any) -> Any:
        return self.rows(query, *values)[0][0]

    def manage(self, *arguments: str) -> str:
        """What the command printed. Raises CalledProcessError, with all it said."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def web(self) -> WebProcesses:
        return WebProcesses(self.port, N_WEB_PROCESSES)

    def programs(self, *words: str) -> list[int]:
        """Processes of the site with all these words in their command line; parents first, keepers left out."""
        return [
            pid
            for pid in processes.descendants(self._process.pid)
            if (line := " ".join(processes.command(pid)))
            and "keeper.py" not in line
            and all(w in line for w in words)
        ]

    def wait_for(self, condition: Callable[[], object], seconds: float, what: str) -> float:
        """Seconds it took. Raises TimeoutError, with the end of what the site said."""
        started = time.monotonic()
        while not condition():
            if self._process.poll() is not None or time.monotonic() - started > seconds:
                said = self.log.read_text(errors="replace")[-3_000:]
                raise TimeoutError(f"no {what} within {seconds:g} s. The site said:\n{said}")
            time.sleep(0.05)
        return time.monotonic() - started

    @contextmanager
    def nobody_trains(self) -> Iterator[None]:
        """Hold the trainers' lease while the block runs: what is logged in it becomes one window."""
        self.wait_for(self._takes_the_lease, 120, "free lease")
        try:
            yield
        finally:
            self.database.execute("UPDATE training_lease SET holder = NULL, expires = NULL WHERE name = 'training'")

    def wait_until_idle(self, seconds: float = 600.0) -> None:
        """Until nobody has trained for IDLE_SECONDS: nothing is due. Raises TimeoutError."""
        held = "SELECT count(*) FROM training_lease WHERE expires > clock_timestamp()"
        idle_since = time.monotonic()

        def is_idle() -> bool:
            nonlocal idle_since
            if self.value(held) or self.programs(TRAINER):
                idle_since = time.monotonic()
            return time.monotonic() - idle_since > IDLE_SECONDS

        self.wait_for(is_idle, seconds, "end of training")

    def _takes_the_lease(self) -> bool:
        taken = self.database.execute(
            "INSERT INTO training_lease AS lease (name, holder, expires)"
            " VALUES ('training', gen_random_uuid(), clock_timestamp() + interval '1 hour')"
            " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = excluded.expires"
            " WHERE lease.expires IS NULL OR lease.expires <= clock_timestamp()"
        )
        return taken.rowcount == 1

    def _is_ready(self) -> bool:
        try:
            with closing(Caller(self.port)) as caller:
                return caller.get("/health/ready")[0] == 200
        except (OSError, HTTPException, ValueError):
            return False


@contextmanager
def running(catalogue: str, **settings: object) -> Iterator[Site]:
    """A site with this catalogue (one of FILES) and these settings; its directory goes when the block ends.

    A polite end of the drill ends the block too.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("The drill was told to stop."))
    prepared = prepare(catalogue)
    scratch = Path(tempfile.mkdtemp(prefix="running-"))
    scratch.chmod(0o755)  # PostgreSQL may run as another user than root
    try:
        subprocess.run(["cp", "-a", f"{prepared}/.", str(scratch)], check=True)
        site = Site(
            scratch, _environment(scratch, catalogue) | {name: str(value) for name, value in settings.items()}
        )
        site.start()
        try:
            yield site
        finally:
            site.database.close()
            site.stop()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def prepare(catalogue: str) -> Path:
    """The directory with this catalogue, imported and embedded. Takes minutes the first time."""
    directory = PREPARED / catalogue
    directory.mkdir(parents=True, exist_ok=True)
    for arguments in SET_UP:
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=_environment(directory, catalogue), check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    return directory


def _environment(state_dir: Path, catalogue: str) -> dict[str, str]:
    ours = {"STATE_DIR": str(state_dir), "PORT": str(free_port()), "CATALOG": FILES[catalogue]}
    ours |= {"WEB_WORKERS": str(N_WEB_PROCESSES), "OMP_NUM_THREADS": "1"}
    ours |= {"API_RATES": "search=0,events=0"}  # one address plays all the people
    return {name: value for name, value in os.environ.items() if name not in SETTINGS} | ours
