"""`manage.py up` from outside: a whole run with a small cast, ended in every way there is."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.reco_site.processes import processes_naming
from tests.waiting import eventually


class SmallSite:
    def __init__(self, state_dir: Path, port: int, *words: str) -> None:
        self.state_dir = state_dir
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("small_site.py")), str(state_dir), str(port), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""

    def wait_for(self, text: str) -> str:
        """The first line that holds `text`, said already or to come within a minute."""
        assert self.process.stdout
        for line in self.said.splitlines():
            if text in line:
                return line
        too_late = threading.Timer(60, self.process.kill)
        too_late.start()
        try:
            for line in self.process.stdout:
                self.said += line
                if text in line:
                    return line
        finally:
            too_late.cancel()
        raise AssertionError(f"never said {text!r}:\n{self.said}")

    def end(self, number: int | None = None) -> int:
        if number is not None:
            self.process.send_signal(number)
        self.said += self.process.communicate(timeout=60)[0]
        return self.process.wait()

    def pids_of(self, word: str) -> list[int]:
        """The program itself, without its keeper."""
        lines = [line for line in processes_naming(self.state_dir) if word in line and "keeper.py" not in line]
        return [int(line.split()[0]) for line in lines]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def site(tmp_path: Path, port: int) -> Iterator[SmallSite]:
    site = SmallSite(tmp_path, port)
    site.wait_for("ready")
    yield site
    if site.process.poll() is None:
        site.end(signal.SIGTERM)
    assert processes_naming(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_stops_in_order_and_leaves_nothing(site, number):
    site.wait_for("deaf and")
    assert site.end(number) == 0
    assert processes_naming(site.state_dir) == []
    assert "Small step: done in" in site.said
    assert "Traceback" not in site.said


def test_it_starts_and_stops_the_database(tmp_path, port):
    site = SmallSite(tmp_path, port, "database")
    site.wait_for("ready")
    assert any("bin/postgres" in line for line in processes_naming(tmp_path))
    assert site.end(signal.SIGTERM) == 0
    assert processes_naming(tmp_path) == []
    assert "PostgreSQL answers after" in site.said


def test_a_second_instance_is_refused_and_names_the_first(site, port):
    second = SmallSite(site.state_dir, port + 1)
    assert second.end() == 1
    assert second.said == f"Marquee already runs on {site.state_dir} (process {site.process.pid}).\n"


def test_a_taken_port_is_refused_before_anything_starts(tmp_path, port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        site = SmallSite(tmp_path, port, "database")
        assert site.end() == 1
    assert site.said == f"Port {port} on 127.0.0.1 is taken. Choose another: PORT={port + 1} make run\n"
    assert not (tmp_path / "postgres").exists()


def test_a_failed_step_stops_everything_and_shows_its_error(tmp_path, port):
    site = SmallSite(tmp_path, port, "bad-step", "database")
    assert site.end() == 1
    assert "the catalogue is upside down" in site.said
    assert "Setting up failed" in site.said
    assert processes_naming(tmp_path) == []


def test_a_program_that_dies_is_started_again(site):
    [first] = site.pids_of("ThreadingHTTPServer")
    os.kill(first, signal.SIGKILL)
    assert "ended with exit code 137; starting it again in 1 s" in site.wait_for("again")
    assert eventually(lambda: site.pids_of("ThreadingHTTPServer") not in ([], [first]))


def test_what_a_dead_program_leaves_behind_goes_with_it(site):
    grandchild = int(site.wait_for("deaf and").split()[-1])
    os.kill(site.pids_of("SIG_IGN")[0], signal.SIGKILL)
    site.wait_for("again")
    assert eventually(lambda: not Path(f"/proc/{grandchild}").exists())


def test_a_second_ctrl_c_does_not_wait(site):
    site.wait_for("deaf and")
    site.process.send_signal(signal.SIGINT)
    site.wait_for("stopping")
    assert site.end(signal.SIGINT) == 0
    assert processes_naming(site.state_dir) == []


def test_a_killed_supervisor_takes_everything_with_it_and_a_new_run_waits_for_that(site, port):
    site.wait_for("deaf and")
    site.process.kill()
    site.process.communicate()
    again = SmallSite(site.state_dir, port)
    again.wait_for("waiting for the processes of a run that was killed")
    again.wait_for("ready")
    assert again.end(signal.SIGTERM) == 0
