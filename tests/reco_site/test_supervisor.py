"""The supervisor's decisions, with a ward that dies on command; no processes but where they matter."""

import io
from types import SimpleNamespace

import pytest

from reco_site import supervisor
from reco_site.servers import ServerError
from reco_site.supervisor import Console, Supervisor, Watch


class Ward:
    name = "ward"
    fate = "ended with exit code 3"

    def __init__(self, log: list[str], *, dies: bool = False, cannot_start: bool = False) -> None:
        self.log, self.dies, self.cannot_start = log, dies, cannot_start

    def start(self) -> None:
        self.log.append("start")
        if self.cannot_start:
            raise ServerError("no room")

    def is_alive(self) -> bool:
        return not self.dies

    def stop(self) -> None:
        self.log.append(f"stop {self.name}")


@pytest.fixture
def clock(monkeypatch):
    """Time passes only when the supervisor sleeps; it is interrupted after 200 seconds."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds
        if now[0] > 200:
            raise KeyboardInterrupt

    monkeypatch.setattr(supervisor, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    return now


def run(ward: Ward) -> str:
    said = io.StringIO()
    watching = Supervisor(Console(said))
    watching.start(ward)
    with pytest.raises(KeyboardInterrupt):
        watching.run(lambda: None)
    return said.getvalue()


def delays(said: str) -> list[int]:
    return [int(line.split(" again in ")[1].split()[0]) for line in said.splitlines() if " again in " in line]


@pytest.mark.usefixtures("clock")
def test_what_lives_is_left_alone():
    log: list[str] = []
    assert run(Ward(log)) == ""
    assert log == ["start"]


@pytest.mark.usefixtures("clock")
def test_what_dies_again_and_again_is_started_less_and_less_often():
    log: list[str] = []
    said = run(Ward(log, dies=True))
    assert said.splitlines()[0] == "ward         | ended with exit code 3; starting it again in 1 s"
    assert delays(said) == [1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30]
    assert len(log) == 11


def test_a_minute_of_health_is_rewarded(clock):
    said = io.StringIO()
    watching = Supervisor(Console(said))
    ward = Ward([])
    watch = Watch(ward, started=0.0, delay_seconds=16)
    for now, dies in [(59.0, False), (61.0, False), (62.0, True)]:
        ward.dies = dies
        watching._look_after(watch, now)
    assert delays(said.getvalue()) == [1]


@pytest.mark.usefixtures("clock")
def test_a_restart_that_fails_is_said_and_tried_again():
    log: list[str] = []
    said = io.StringIO()
    watching = Supervisor(Console(said))
    ward = Ward(log, dies=True)
    watching.start(ward)
    ward.cannot_start = True
    with pytest.raises(KeyboardInterrupt):
        watching.run(lambda: None)
    assert said.getvalue().count("no room") == len(log) - 1 > 5


def test_everything_stops_in_the_reverse_order():
    log: list[str] = []
    watching = Supervisor(Console(io.StringIO()))
    for name in ("database", "web", "beat"):
        ward = Ward(log)
        ward.name = name
        watching.start(ward)
    watching.stop()
    assert log[3:] == ["stop beat", "stop web", "stop database"]


def test_the_console_prefixes_each_line_and_survives_a_closed_terminal():
    stream = io.StringIO()
    console = Console(stream)
    console.line("web", "one\ntwo")
    assert stream.getvalue() == "web          | one\nweb          | two\n"
    stream.close()
    console.line("web", "three")
