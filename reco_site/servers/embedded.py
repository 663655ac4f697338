"""A server of our own under the state directory: started by its first user, stopped after its last.

Two lock files carry the whole protocol, and neither can go stale:

- `users` is held shared by everyone who uses the server. The keeper (see `keeper`) stops the server once
  it can have this lock alone.
- `alive` is held alone by whoever starts the server, and inherited by every process of it. Free means:
  no process of an earlier server is left, not even a dying one, so a start is safe. Of several processes
  that start at once exactly one gets it; the others see the server answer and use it.
"""

import os
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

from reco_site.servers import keeper, sockets
from reco_site.servers.locks import FileLock

START_SECONDS = 60  # a first start on a slow disk, or the recovery after a crash
LOG_BYTES = 1 << 20


class ServerError(Exception):
    """A server cannot start; the text says why, and what the person who runs the site can do."""


class EmbeddedServer(ABC):
    """Used as a context manager, or through `start`, `is_alive` and `stop` by the supervisor."""

    name: str
    socket_name: str
    gentle_signal: str  # finishes, writes, ends
    hard_signal: str  # ends at once; the next start recovers
    fate = "is gone"  # for the supervisor, when it is not alive

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.socket_directory = sockets.socket_directory(self.directory, self.socket_name)
        self.log = self.directory / "log"
        self._users: FileLock | None = None
        self._keeper: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def prepare(self) -> list[str]:
        """Make what the server needs, return the command that runs it.

        Called by one process at a time, and only while the server is stopped.
        """

    @abstractmethod
    def answers(self) -> bool:
        """Whether a client would be served right now."""

    def identity(self) -> str:
        """Who the server runs as, in the words of `launch`."""
        return "same"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Use the server, starting it if nobody has, and again after it died. Raises ServerError."""
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            owner = self.directory.stat().st_uid  # not us if we are root and PostgreSQL must not be
            for directory in (self.directory, self.socket_directory):
                sockets.make_private(directory, {owner, os.geteuid()})
        except (OSError, sockets.SocketDirectoryError) as error:
            raise ServerError(f"{self.name} cannot keep its files in {self.directory}: {error}") from error
        if self._users is None:
            self._users = FileLock(self.directory / "users")
            self._users.share()
        self._wait_until_it_answers()

    def is_alive(self) -> bool:
        """Whether any process of the server is left. Cheap enough to ask several times a second."""
        return not self._alive_lock_is_free(within_seconds=0)

    def stop(self) -> bool:
        """Leave, and see the server stop unless somebody else uses it; True if it has stopped."""
        users, self._users = self._users, None
        if users is None:
            return False
        deadline = time.monotonic() + keeper.PATIENCE_SECONDS + 5
        try:
            while time.monotonic() < deadline:
                if not users.try_exclusive() and users.try_share():
                    return False  # others share it; the keeper, stopping the server, would hold it alone
                users.release()
                if self._alive_lock_is_free(within_seconds=0.02):
                    return True
        finally:
            users.close()
            if self._keeper and self._keeper.poll() is None:
                self._keeper.returncode = 0  # it stays for the others, so it is not ours to wait for
        return False

    def _alive_lock_is_free(self, within_seconds: float) -> bool:
        alive = FileLock(self.directory / "alive")
        try:
            return alive.wait_exclusive(within_seconds)
        finally:
            alive.close()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        launched = False
        while not self.answers():
            alive = FileLock(self.directory / "alive")
            try:
                if alive.try_exclusive():
                    if launched:
                        raise ServerError(f"{self.name} stopped while starting:\n{self._last_words()}")
                    self._launch(alive)
                    launched = True
            finally:
                alive.close()  # the server's own processes hold it on
            if time.monotonic() > deadline:
                raise ServerError(f"{self.name} gave no answer in {START_SECONDS} s; its log is {self.log}.")
            time.sleep(0.02)

    def _launch(self, alive: FileLock) -> None:
        if self._keeper:
            self._keeper.wait()  # of a server that died
        command = self.prepare()
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".old"))
        with self.log.open("ab") as log:
            self._keeper = subprocess.Popen(
                keeper.kept(self.directory / "users", self.gentle_signal, self.hard_signal, self.identity(), command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[alive.fd],
                start_new_session=True,  # Ctrl-C is for us, who stop the server in order
                cwd=self.directory,
                env=environment(),
            )

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])


def environment() -> dict[str, str]:
    """Ours without PGDATA, PGPORT and their kin, which would steer the server away from its own files."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
