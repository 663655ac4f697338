"""The real processes, started as a user starts them: one `manage.py up` on a directory of its own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reco_site import servers
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Site:
    """A running site. `environment` goes to every process of it and to every command."""

    state_dir: Path
    port: int
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    clients: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> float:
        """Seconds until it was ready."""
        started = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        self.wait_for(lambda: self.health()["status"] == "ready", seconds=120, what="a ready site")
        return time.monotonic() - started

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def connection(self) -> psycopg.Connection[Any]:
        """To the site's database: one transaction, which ends with the block."""
        return psycopg.connect(servers.postgres_in(self.state_dir).url)

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Rows straight from the site's database."""
        with self.connection() as connection:
            return connection.execute(query.encode()).fetchall()

    def get(self, path: str, **query: Any) -> Any:
        address = f"{self.address}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(address, timeout=60) as answer:
            return json.loads(answer.read())

    def search(self, text: str, who: str = "somebody", **query: Any) -> Any:
        client = self.clients.setdefault(who, str(uuid.uuid4()))
        return self.get("/api/v1/search", q=text, client_id=client, session_id=client, **query)

    def click(self, answer: Any, item: Any, who: str = "somebody", action: str = "click") -> None:
        event = {
            "event_id": str(uuid.uuid4()),
            "query_id": answer["query_id"],
            "action_name": action,
            "item_id": item["item_id"],
            "position": item["position"],
            "client_id": self.clients[who],
            "session_id": self.clients[who],
        }
        request = urllib.request.Request(
            f"{self.address}/api/v1/events",
            data=json.dumps({"events": [event]}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            assert json.loads(reply.read()) == {"accepted": 1, "duplicates": 0, "rejected": []}

    def health(self) -> Any:
        try:
            return self.get("/health/ready")
        except urllib.error.HTTPError as error:
            return json.loads(error.read())
        except OSError:
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            return {"status": "not reachable", "model_version": None}

    def versions(self) -> set[int]:
        """What the web processes serve, asked often enough to meet all of them."""
        return {self.health()["model_version"] for _ in range(12)}

    def wait_for(self, condition: Callable[[], bool], *, seconds: float, what: str) -> float:
        """Seconds it took. Fails with the site's log."""
        started = time.monotonic()
        while not condition():
            if time.monotonic() - started > seconds:
                pytest.fail(f"no {what} within {seconds} s\n{self.log.read_text()[-5000:]}")
            time.sleep(0.2)
        return time.monotonic() - started


def processes_of(state_dir: Path) -> dict[int, str]:
    """pid → command line of every process that works on a state directory."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                environment = (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if command and f"STATE_DIR={state_dir}".encode() in environment.split(b"\0"):
                found[int(entry.name)] = command
    return found


def place_of(answer: Any, item_id: str) -> int:
    return next((item["position"] for item in answer["items"] if item["item_id"] == item_id), 999)


@contextmanager
def prepared(state_dir: Path, films: Path, log: Path, **environment: str) -> Iterator[Site]:
    """A site that is not started yet; stopped at the end if it runs then."""
    port = free_port()
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "MARQUEE_PROCESS", "LOG_LEVEL")
    }
    ours = {
        "STATE_DIR": str(state_dir),
        "PORT": str(port),
        "CATALOG": str(films),
        "EXPLORATION_RATE": "0",  # answers are compared
        "LEARN_EVERY_SECONDS": "3600",
        "TICK_SECONDS": "1",
        "HF_HUB_OFFLINE": "1",
    }
    site = Site(state_dir, port, inherited | ours | environment, log)
    try:
        yield site
    finally:
        if site.process is not None and site.process.poll() is None:
            site.stop()
