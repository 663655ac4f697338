"""HTTP to the site: a caller that keeps its connection, and one that has a connection to each web process."""

import http.client
import json
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

TIMEOUT_SECONDS = 20.0
IDLE_SECONDS = 5.0  # after which a connection is made anew
ESTABLISHED = "01"


class Caller:
    """One kept connection. Not for two threads at once. Raises OSError and http.client.HTTPException."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        self._used = time.monotonic()

    @property
    def idle_seconds(self) -> float:
        """Since it was used: servers close connections that nobody uses, and a request may meet that."""
        return time.monotonic() - self._used

    def get(self, path: str, **query: Any) -> tuple[int, Any]:
        """(status, the answer's JSON)"""
        return self._ask("GET", f"{path}?{urlencode(query)}" if query else path, None)

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        return self._ask("POST", path, json.dumps(body))

    def own_port(self) -> int:
        """Of this end of the connection, which is made if there is none."""
        if self._connection.sock is None:
            self._connection.connect()
        return int(self._connection.sock.getsockname()[1])

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, Any]:
        self._used = time.monotonic()
        try:
            self._connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            answer = self._connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            self._connection.close()  # the next request opens a new one
            raise


class WebProcesses:
    """A kept connection to each process that serves, so that none of them can be missed.

    A connection belongs to the process that holds its other end's inode (/proc/net/tcp, man 5 proc).
    """

    def __init__(self, port: int, n_processes: int) -> None:
        self._port = port
        self._n_processes = n_processes
        self._callers: dict[int, Caller] = {}
        self._meet_all()

    def _meet_all(self) -> None:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        spare = []
        while len(self._callers) < self._n_processes:
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"only {len(self._callers)} of {self._n_processes} web processes took a connection"
                )
            caller = Caller(self._port)
            caller.get("/health/live")
            pid = _holder_of(caller.own_port(), self._port)
            if pid is None or pid in self._callers:
                spare.append(caller)  # kept open until the end, so that the next one goes elsewhere
            else:
                self._callers[pid] = caller
        for caller in spare:
            caller.close()

    def close(self) -> None:
        while self._callers:
            self._callers.popitem()[1].close()

    @property
    def pids(self) -> list[int]:
        return sorted(self._callers)

    def versions(self) -> dict[int, int | None]:
        """pid → the version that the process serves; None if it serves none."""
        if any(caller.idle_seconds > IDLE_SECONDS for caller in self._callers.values()):
            self.close()
            self._meet_all()
        return {pid: caller.get("/health/ready")[1]["model_version"] for pid, caller in self._callers.items()}

    def wait_for(self, version: int, seconds: float, *, or_later: bool = False) -> float | None:
        """When the last of them served it, since the epoch; None if one does not within so many seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            served = self.versions().values()
            if all(v is not None and (v == version or (or_later and v > version)) for v in served):
                return time.time()
            time.sleep(0.05)
        return None


def _holder_of(their_port: int, our_port: int) -> int | None:
    """The process that holds the end `our_port` of a connection from `their_port`."""
    inode = inode_of(Path("/proc/net/tcp").read_text(), our_port, their_port)
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            for descriptor in (process / "fd").iterdir():
                if str(descriptor.readlink()) == f"socket:[{inode}]":
                    return int(process.name)
    return None


def inode_of(table: str, local_port: int, remote_port: int) -> int | None:
    """From the text of /proc/net/tcp, of an established connection."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        ports = (int(fields[1].rpartition(":")[2], 16), int(fields[2].rpartition(":")[2], 16))
        if ports == (local_port, remote_port) and fields[3] == ESTABLISHED:
            return int(fields[9])
    return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
