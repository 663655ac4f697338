"""`manage.py up`: the whole site with one command, from an empty directory to an open browser.

This file says what runs; how is in `startup` (conditions and steps), `supervisor` and `servers`.
"""

import hashlib
import http.client
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand

from reco_site import servers
from reco_site.startup import StartError, Step, require_free_port, run_steps, sole_run
from reco_site.supervisor import Child, Console, Program, StopSignals, Supervisor, Ward

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "MALLOC_ARENA_MAX": "2",
    "HF_HUB_OFFLINE": "1",
    "PYTHONUNBUFFERED": "1",
    # For Celery: give a running task some seconds on SIGTERM, not the minutes that it may still take,
    "REMAP_SIGTERM": "SIGQUIT",
    # and say nothing of root: messages are JSON, nothing in them is run.
    "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
}
READY_EVERY_SECONDS = 0.5
REMIND_EVERY_SECONDS = 30.0


class Command(BaseCommand):
    help = "Runs the whole site: database, broker, web server, workers and scheduler."
    requires_system_checks = []  # the set-up's own steps check what they need

    def servers(self) -> list[Ward]:
        """The embedded servers that no URL replaces, in starting order."""
        found: list[Ward] = []
        if not settings.DATABASE_URL:
            found.append(servers.postgres_in(settings.STATE_DIR, settings.POSTGRES_BIN))
        if not settings.REDIS_URL:
            found.append(servers.redis_in(settings.STATE_DIR, settings.REDIS_SERVER))
        return found

    def steps(self) -> list[Step]:
        """Each is cheap when it has nothing to do: a second start runs them all again."""
        return [
            Step("Database schema", partial(call_command, "migrate", verbosity=0, interactive=False)),
            Step("Catalogue", partial(call_command, "import_titles", "--default")),
            Step("Sentence encoder", partial(call_command, "prepare_encoder")),
            Step("Title embeddings", partial(call_command, "embed_titles")),
            Step("Version 0", partial(call_command, "prepare_model")),
            Step("Static files", collect_static_files),
        ]

    def programs(self) -> list[Program]:
        """In starting order, so the scheduler stops first and the web server last."""
        granian = [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--no-ws",
            "--log-level",
            "warning",
        ]
        celery = [sys.executable, "-m", "celery", "--quiet", "--app", "reco_site.celery"]
        worker = [*celery, "worker", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
        schedule = settings.STATE_DIR / "beat" / "schedule"
        schedule.parent.mkdir(parents=True, exist_ok=True)
        return [
            Program(
                "web",
                [
                    *granian,
                    *("--host", settings.BIND, "--port", str(settings.PORT)),
                    *("--workers", str(settings.WEB_WORKERS), "--blocking-threads", "4"),
                    *("--respawn-failed-workers", "--workers-kill-timeout", "4"),
                    "reco_site.wsgi:application",
                ],
                ENVIRONMENT,
                grace_seconds=6,
            ),
            Program(
                "worker-ticks",
                [*worker, "--queues", "ticks", "--pool", "solo", "--hostname", "ticks@%h"],
                ENVIRONMENT,
                grace_seconds=3,
            ),
            Program(
                "worker-heavy",
                [
                    *("nice", "-n", "10", *worker, "--queues", "heavy", "--hostname", "heavy@%h"),
                    *("--pool", "prefork", "--concurrency", "1", "--max-tasks-per-child", "1"),
                ],
                ENVIRONMENT,
                grace_seconds=6,
            ),
            Program(
                "beat",
                [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(schedule), "--pidfile="],
                ENVIRONMENT,
                grace_seconds=2,
            ),
        ]

    def handle(self, *_: Any, **__: Any) -> None:
        console = Console(sys.stdout)
        signals = StopSignals()
        supervisor = Supervisor(console)
        try:
            with sole_run(settings.STATE_DIR, console) as tether:
                require_free_port(settings.BIND, settings.PORT)
                try:
                    for server in self.servers():
                        begun = time.monotonic()
                        supervisor.start(server)
                        console.line("setup", f"{server.name} answers after {time.monotonic() - begun:.1f} s")
                    run_steps(self.steps(), console)
                    for program in self.programs():
                        supervisor.start(Child(program, tether, console, signals))
                    supervisor.run(Greeting(console).look)
                finally:
                    console.line("setup", "stopping")
                    supervisor.stop()
        except KeyboardInterrupt:
            pass
        except (StartError, servers.ServerError) as error:
            sys.exit(str(error))


class Greeting:
    """Asks the site whether it is ready until it is, then says so once."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begun = self._asked = self._reminded = time.monotonic()
        self._is_done = False

    def look(self) -> None:
        now = time.monotonic()
        if self._is_done or now - self._asked < READY_EVERY_SECONDS:
            return
        self._asked = now
        answer = health()
        if answer == "200":
            self._is_done = True
            host = "localhost" if settings.BIND in {"127.0.0.1", "0.0.0.0", "::", "::1"} else settings.BIND  # noqa: S104
            address = f"http://{host}:{settings.PORT}"
            self._console.write(
                f"\n  Marquee is ready: {address}\n"
                f"  admin {address}/admin/ · data in {settings.STATE_DIR} · Ctrl-C stops it\n\n"
            )
        elif now - self._reminded > REMIND_EVERY_SECONDS:
            self._reminded = now
            waited = now - self._begun
            self._console.line("setup", f"not ready after {waited:.0f} s; /health/ready says: {answer}")


def health() -> str:
    """The status of /health/ready as text, or why there is none. Asks as a proxy in front of us would."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
    hosts = [host for host in settings.ALLOWED_HOSTS if host != "*"]
    headers = {
        "Host": hosts[0].lstrip(".") if hosts else "localhost",
        "X-Forwarded-Proto": "https" if settings.HTTPS else "http",
    }
    connection = http.client.HTTPConnection(everywhere.get(settings.BIND, settings.BIND), settings.PORT, timeout=2)
    try:
        connection.request("GET", "/health/ready", headers=headers)
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()


def collect_static_files() -> None:
    """`collectstatic`, unless every source file is as it was: hashing 200 files beats compressing them."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list(ignore_patterns=[]):
            digest.update(name.encode() + b"\0" + hashlib.sha256(Path(storage.path(name)).read_bytes()).digest())
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(digest.hexdigest())
