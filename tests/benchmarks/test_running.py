"""The parts of the drills that can be wrong without a site to run on."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from benchmarks.running import audit, processes, texts
from benchmarks.running.claims import Claims
from benchmarks.running.duplicates import renamed, troubles_in
from benchmarks.running.load import Answers, searching
from benchmarks.running.people import FAVOURED, People, favourite_of, is_liked
from benchmarks.running.telling import Told, estimates, fitted_stages
from benchmarks.running.web import Caller, WebProcesses, inode_of
from catalog.event_log import Visitor
from catalog.models import Interaction, SearchEvent, Title
from recommender import services
from recommender.models import Checkpoint, CheckpointChunk
from tests.waiting import eventually
from training.models import QuarantinedWindow, TrainingRun


class FakeSite(BaseHTTPRequestHandler):
    """Answers every search with twenty titles, and “broken” with 500; takes every event."""

    protocol_version = "HTTP/1.1"
    numbers = count(1)
    events: list[dict[str, Any]] = []

    def do_GET(self) -> None:
        text = parse_qs(urlsplit(self.path).query).get("q", [""])[0]
        items = [{"item_id": f"t{place}", "position": place} for place in range(1, 21)]
        answer = {"query_id": f"q{next(FakeSite.numbers)}", "items": items, "model_version": 7}
        self._answer(500 if text == "broken" else 200, answer)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        FakeSite.events += body["events"]
        self._answer(200, {"accepted": 1, "duplicates": 0, "rejected": []})

    def _answer(self, status: int, answer: object) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    FakeSite.events = []
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeSite) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_drill_passes_only_if_every_claim_holds():
    claims = Claims()
    assert claims.exit_code == 1, "it has shown nothing"
    claims.at_most("time", 5.0, 5, "s")
    claims.equal("runs", [1, 1], [1, 1])
    claims.none("lost", [])
    assert claims.exit_code == 0
    claims.none("lost again", ["an event", "another"])
    assert claims.exit_code == 1
    last = str(claims).splitlines()[-1]
    assert last.startswith("FAILS")
    assert "2: an event" in last


@pytest.mark.parametrize(
    ("found", "holds"), [(5.0, True), (5.01, False), (float("inf"), False), (float("nan"), False)]
)
def test_what_was_not_measured_is_not_at_most_anything(found, holds):
    claims = Claims()
    claims.at_most("time", found, 5, "s")
    assert claims.made[0].holds is holds


def test_memory_by_hand():
    status = "Name:\tpython\nVmHWM:\t  4096 kB\nVmRSS:\t  2048 kB\nRssAnon:\t  1024 kB\n"
    assert processes.in_megabytes(status) == {"VmRSS": 2.0, "VmHWM": 4.0, "RssAnon": 1.0}
    assert processes.in_megabytes("Name:\tzombie\nState:\tZ\n") is None


def test_a_process_by_hand_with_a_name_that_is_hard_to_read():
    line = "42 (a) b (c) S 1 42 42 0 -1 0 0 0 0 0 200 100 50 25 30 10 1 0 1000 0 0"
    ticks = processes.TICKS
    assert processes.from_stat(line, booted=100.0) == processes.Stat(10, 300 / ticks, 75 / ticks, 100 + 1000 / ticks)


def test_a_child_is_seen_with_what_it_needed():
    hungry = "import time; block = bytearray(60_000_000); block[::4096] = b'x' * len(block[::4096]); time.sleep(0.5)"
    with processes.watching(os.getpid()) as watched:
        begun = time.time()
        child = subprocess.Popen(["nice", "-n", "3", sys.executable, "-c", hungry])
        assert child.wait(timeout=20) == 0
    seen = watched.each[child.pid]
    assert seen.peak_mb > 60
    assert watched.together_mb > 60
    assert seen.niceness == min(19, os.nice(0) + 3)
    assert seen.cpu_seconds > 0
    assert begun - 0.1 < seen.begun < seen.last_seen < time.time() + 0.1
    assert hungry in seen.command
    assert processes.stat(child.pid) is None
    assert processes.memory_mb(child.pid) is None
    assert processes.command(child.pid) == []


TCP = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 10 1 0 100 0 0 10 0
   1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
   2: 0100007F:1F90 0100007F:C351 06 00000000:00000000 00:00000000 00000000     0        0 12 1 0 100 0 0 10 0
   3: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 13 1 0 100 0 0 10 0
"""


def test_the_servers_end_of_a_connection():
    assert inode_of(TCP, 8080, 50_000) == 13
    assert inode_of(TCP, 8080, 50_001) is None, "it is closing"


def test_a_connection_is_traced_to_the_process_that_serves_it(port):
    with closing(WebProcesses(port, 1)) as web:
        assert web.versions() == {os.getpid(): 7}
        assert web.wait_for(7, seconds=1) is not None
        assert web.wait_for(6, seconds=0.2) is None
        assert web.wait_for(6, seconds=1, or_later=True) is not None


def test_texts_are_many_and_each_is_about_one_subject():
    asked = texts.themes(3_000)
    assert len(set(asked)) == 3_000
    assert texts.themes(10) == asked[:10]
    assert {texts.subject_of(text) for text in asked[: len(texts.SUBJECTS)]} == set(texts.SUBJECTS)
    assert all(sum(subject in text for subject in texts.SUBJECTS) == 1 for text in asked)
    with pytest.raises(ValueError, match="240 texts"):
        texts.themes(241, texts.SUBJECTS[:1])


def test_people_ask_for_the_first_text_most_and_the_same_way_again():
    asked = texts.as_people_ask(["a", "b", "c"], 600, seed=1)
    counts = [asked.count(text) for text in "abc"]
    assert counts == sorted(counts, reverse=True)
    assert asked == texts.as_people_ask(["a", "b", "c"], 600, seed=1)
    assert asked != texts.as_people_ask(["a", "b", "c"], 600, seed=2)


def test_the_favourite_is_not_at_the_top_yet():
    items = [{"item_id": f"t{place}", "position": place} for place in range(1, 21)]
    assert {favourite_of(items, f"heist {letter}") for letter in "abcdefgh"} == {f"t{place}" for place in FAVOURED}
    assert favourite_of(items[:2], "heist") == ""


def test_people_click_on_what_they_like_and_keep_what_was_acknowledged(port):
    people = People(port)
    asked = texts.themes(20, texts.SUBJECTS[:1])
    people.choose(asked)
    assert len(people.searches) == 20
    assert people.clicks == {event["event_id"] for event in FakeSite.events}
    assert len(people.clicks) == 20
    (favourite,) = people.favourites.values()
    assert {event["item_id"] for event in FakeSite.events} == {favourite}
    assert len({event["client_id"] for event in FakeSite.events}) == 20
    assert f"t{people.place(asked[0])}" == favourite
    with pytest.raises(RuntimeError, match="500"):
        people.search("broken")
    people.close()


def test_people_look_down_the_page_and_have_tastes(port):
    people, asked = People(port), texts.themes(240, texts.SUBJECTS[:1])
    people.browse(asked, seed=1, clicking=0.5)
    places = [event["position"] for event in FakeSite.events]
    assert 90 < len(places) == len(people.clicks) < 150
    liked = [event for event in FakeSite.events if is_liked(event["item_id"], asked[0])]
    looks = {place: place**-2 for place in range(1, 21)}
    by_place_alone = sum(looks[k] for k in looks if is_liked(f"t{k}", asked[0])) / sum(looks.values())
    assert 0 < by_place_alone < 1
    assert len(liked) / len(places) > 1.5 * by_place_alone
    others = [event["position"] for event in FakeSite.events if event not in liked]
    assert sum(place <= 5 for place in others) > sum(5 < place <= 10 for place in others)
    people.close()


def test_every_failed_search_is_noted(port):
    with searching(port, ["heist", "broken"], n_searchers=2) as answers:
        assert eventually(lambda: answers.statuses.total() > 10)
    n = answers.statuses.total()
    assert set(answers.statuses) == {200, 500}
    assert abs(answers.statuses[500] - n / 2) <= 2
    assert answers.failed == answers.statuses[500] == len(answers.troubles)
    assert len(answers.query_ids) == answers.statuses[200]


def test_a_site_that_is_gone_fails_every_search():
    with closing(Caller(1)) as caller, pytest.raises(OSError, match="refused"):
        caller.get("/")
    with searching(1, ["heist"], n_searchers=1, pause_seconds=0.05) as answers:
        assert eventually(lambda: answers.statuses[0])
    assert answers.failed == answers.statuses[0] > 0


@pytest.mark.parametrize(("share", "value"), [(0.0, 1.0), (0.5, 5.0), (0.95, 10.0), (1.0, 10.0)])
def test_percentiles_by_hand(share, value):
    assert Answers(milliseconds=[float(n) for n in range(10, 0, -1)]).percentile(share) == value
    assert Answers().percentile(share) == 0.0


def test_a_chain_of_windows():
    line = [(0, 0, 0, 0), (1, 0, 50, 9), (3, 50, 70, 4)]
    assert audit.broken_links(line) == []
    assert audit.broken_links([*line, (4, 71, 80, 1)]) == ["v4 begins at 71, v3 ended at 70"]
    assert len(audit.broken_links([*line, (4, 69, 80, 1)])) == 1


def test_windows_that_overlap():
    apart = [("run 0", 30, 30), ("run 2", 50, 70), ("run 1", 0, 50), ("run 3", 70, 70)]
    assert audit.overlapping(apart) == []
    assert audit.overlapping([*apart, ("run 4", 40, 60)]) == [
        "run 1 has [0, 50), run 4 has [40, 60)",
        "run 4 has [40, 60), run 2 has [50, 70)",
    ]
    assert len(audit.overlapping([("run 1", 0, 50), ("run 2", 0, 50)])) == 1


def test_a_twin_has_its_own_name_and_schedule():
    worker = ["python", "-m", "celery", "worker", "--queues", "heavy", "--hostname", "heavy@%h", "--pool", "prefork"]
    assert renamed(worker, "heavy-1") == [*worker[:7], "heavy-1@%h", *worker[8:]]
    beat = ["python", "beat", "--schedule", "var/beat/schedule", "--pidfile="]
    assert renamed(beat, "beat-1") == ["python", "beat", "--schedule", "var/beat/schedule.beat-1", "--pidfile="]


def test_troubles_are_found_in_what_programs_say(tmp_path):
    log = tmp_path / "up.log"
    log.write_text(
        "web | serving v1\nworker | 2026 ERROR training: no\nworker | Traceback (most recent call last):\n"
    )
    assert troubles_in(log) == [
        "up: worker | 2026 ERROR training: no",
        "up: worker | Traceback (most recent call last):",
    ]


class TestsDatabase:
    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(query, values or None)
            return list(cursor.fetchall())


def test_the_audit_finds_a_version_that_lacks_bytes_and_an_event_that_was_lost(standing_world):
    site, people = TestsDatabase(), People(port=1)
    people.searches.add(str(services.search("heist", Visitor(), surface="api").query_id))
    assert audit.partial_versions(site) == []
    assert audit.lost_events(site, people) == []
    assert [version for version, *_ in audit.ancestry(site)] == [0]
    assert audit.not_learnt(site) == 1

    people.searches.add("00000000-0000-7000-8000-000000000000")
    assert audit.lost_events(site, people) == ["00000000-0000-7000-8000-000000000000"]
    chunk = CheckpointChunk.objects.get()
    CheckpointChunk.objects.update(data=bytes(chunk.data)[:-1] + b"!")
    assert len(audit.partial_versions(site)) == 1
    CheckpointChunk.objects.all().delete()
    assert len(audit.partial_versions(site)) == 1


def test_the_audit_lets_an_old_version_go_but_not_the_one_that_serves(standing_world):
    site = TestsDatabase()
    Checkpoint.objects.update(pruned=timezone.now())
    assert len(audit.partial_versions(site)) == 1  # it serves
    Checkpoint.objects.update(status=Checkpoint.Status.RETIRED)
    assert len(audit.partial_versions(site)) == 1  # it still has bytes
    CheckpointChunk.objects.all().delete()
    assert audit.partial_versions(site) == []


def test_choices_are_set_aside_with_their_page_or_by_themselves(standing_world):
    """Pages in [10, 20) are in quarantine: a late click on one of them is lost with it."""
    site, film = TestsDatabase(), Title.objects.all()[0]
    asked = [services.search("heist", Visitor(), surface="api").query_id for _ in range(3)]
    for query_id, xid in zip(asked, (5, 10, 20), strict=True):
        SearchEvent.objects.filter(pk=query_id).update(xid=xid)
    clicks = [(asked[0], 6), (asked[0], 12), (asked[1], 11), (asked[1], 30), (asked[2], 21)]
    for query_id, xid in clicks:
        Interaction.objects.create(
            id=uuid4(), query_id=query_id, title=film, action_name="click", client_id=uuid4(),
            occurred=timezone.now(), xid=xid,
        )  # fmt: skip
    assert audit.set_aside(site) == 0
    run = TrainingRun.objects.create(trigger="test", holder=uuid4(), blames="window")
    stretch = QuarantinedWindow.objects.create(wm_from=10, wm_to=20, status="quarantined", reason="test", run=run)
    assert audit.set_aside(site) == 3
    assert audit.quarantined_for_load(site) == 0
    TrainingRun.objects.update(blames="load")
    assert audit.quarantined_for_load(site) == 1
    QuarantinedWindow.objects.filter(pk=stretch.pk).update(status="released")
    assert audit.set_aside(site) == audit.quarantined_for_load(site) == 0


def test_a_row_that_told_how_far_its_run_is():
    def told(stage: str, step: int, loss: float, left: float | None) -> Told:
        return Told(10.0, {"stage": stage, "step": step, "of": 9, "loss": loss, "seconds_left": left})

    heard = [
        told("reading", 0, 0.0, None),
        told("fold 1", 1, 2.5, 7),
        told("fold 1", 9, 2.0, 6),
        told("fit", 1, 2.0, 3),
    ]
    assert fitted_stages(heard) == ["fold 1", "fit"]
    assert fitted_stages([told("fit", 1, float("nan"), 3), told("fold 1", 1, 2.0, None)]) == []
    assert estimates(heard, ended=15.0) == [(7.0, 5.0), (6.0, 5.0), (3.0, 5.0)]
