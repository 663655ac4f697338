"""Three beats, three of each worker, and fifty rings at once: one run for each window.

make drill-duplicates [ARGS="--windows 5 --rings 50"]
"""

import argparse
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.running import audit, texts
from benchmarks.running.claims import Claims
from benchmarks.running.inside import hand_inside
from benchmarks.running.people import People
from benchmarks.running.processes import PROC, command, stat
from benchmarks.running.site import BARELY, ROOT, Site, running

TWINS = 2  # of each program, beside the first
ROUND = 30  # searches with a choice, more than LEARN_EVERY_SEARCHES
RUN_SECONDS = 300.0
AFTERMATH_SECONDS = 10.0  # for what was rung to be answered, and to start a second run if it could
TROUBLE = re.compile(r"\b(ERROR|CRITICAL|Traceback)\b")
PROGRAMS = ("--queues ticks", "--queues heavy", "beat")  # words of their command lines


@dataclass(frozen=True)
class Twin:
    name: str
    process: "subprocess.Popen[bytes]"
    log: Path


def main() -> int:
    options = _options()
    claims = Claims()
    with (
        running("packaged", TICK_SECONDS=1, LEARNING_RATE=BARELY) as site,
        twins(site) as others,
        hand_inside(site) as hand,
    ):
        people, n_runs = People(site.port), []
        with most_at_once(site) as most:
            for number in range(options.windows):
                before = site.value("SELECT count(*) FROM training_trainingrun")
                with site.nobody_trains():
                    people.browse(texts.as_people_ask(texts.themes(60), ROUND, seed=number), seed=number)
                hand.do(f"ring {options.rings}")
                site.wait_for(lambda: _has_ended(site, before), RUN_SECONDS, "run")  # noqa: B023 - called at once
                time.sleep(AFTERMATH_SECONDS)
                n_runs.append(site.value("SELECT count(*) FROM training_trainingrun") - before)
                print(f"window {number + 1}: {n_runs[-1]} run(s), {_last_run(site)}", flush=True)
        accepted = site.rows(
            "SELECT id, wm_from, wm_to FROM training_trainingrun WHERE status IN ('promoted', 'held')"
        )
        failed = site.rows(
            "SELECT id, status, error FROM training_trainingrun WHERE status IN ('failed', 'died', 'running')"
        )
        claims.equal("runs for each window", n_runs, [1] * options.windows)
        claims.equal("runs at once, at most", most[0], 1)
        claims.none(
            "accepted windows that overlap", audit.overlapping([(f"run {key}", *ends) for key, *ends in accepted])
        )
        claims.none("windows that do not begin where the parent's ended", audit.broken_links(audit.ancestry(site)))
        claims.none(
            "runs that failed or never ended", [f"run {key}: {status} {error}" for key, status, error in failed]
        )
        claims.none(
            "errors in what the programs say",
            [t for log in (site.log, *(twin.log for twin in others)) for t in troubles_in(log)],
        )
        claims.none("acknowledged events that the log lacks", audit.lost_events(site, people))
        claims.none("programs that ended", ended(site, others))
    print(f"\n{claims}")
    return claims.exit_code


@contextmanager
def twins(site: Site) -> Iterator[list[Twin]]:
    """Each of PROGRAMS so many times more, with the command line, environment and niceness of the first."""
    started: list[Twin] = []
    try:
        for words in PROGRAMS:
            first = site.programs(words)[0]
            environment = dict(
                pair.split("=", 1) for pair in (PROC / str(first) / "environ").read_text().split("\0") if "=" in pair
            )
            nice = stat(first)
            assert nice is not None
            for number in range(1, TWINS + 1):
                name = f"{words.split()[-1]}-{number}"
                log = site.state_dir / f"{name}.log"
                with log.open("wb") as output:
                    process = subprocess.Popen(
                        ["nice", "-n", str(nice.niceness - os.nice(0)), *renamed(command(first), name)],
                        cwd=ROOT, env=environment, stdout=output, stderr=output,
                    )  # fmt: skip
                started.append(Twin(name, process, log))
        yield started
    finally:
        for twin in started:
            twin.process.terminate()
        for twin in started:
            twin.process.wait(30)


def renamed(arguments: list[str], name: str) -> list[str]:
    """The command line of a twin: a worker's host name and a beat's schedule must be its own."""
    told = dict(pairwise(arguments))
    own = {"--hostname": f"{name}@%h", "--schedule": f"{told.get('--schedule')}.{name}"}
    return [own.get(before, argument) for before, argument in zip(["", *arguments], arguments, strict=False)]


@contextmanager
def most_at_once(site: Site) -> Iterator[list[int]]:
    """[the most runs that were running at once], looked at fifty times a second while the block runs."""
    most, done = [0], threading.Event()

    def watch() -> None:
        with site.connection() as ours:
            while not done.wait(0.02):
                row = ours.execute("SELECT count(*) FROM training_trainingrun WHERE status = 'running'").fetchone()
                most[0] = max(most[0], row[0] if row else 0)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield most
    finally:
        done.set()
        watcher.join()


def troubles_in(log: Path) -> list[str]:
    return [f"{log.stem}: {line}" for line in log.read_text(errors="replace").splitlines() if TROUBLE.search(line)]


def ended(site: Site, others: list[Twin]) -> list[str]:
    restarts = [line for line in site.log.read_text(errors="replace").splitlines() if "starting it again" in line]
    return restarts + [f"{twin.name} ended" for twin in others if twin.process.poll() is not None]


def _has_ended(site: Site, before: int) -> bool:
    statuses = [
        status for (status,) in site.rows("SELECT status FROM training_trainingrun ORDER BY id OFFSET %s", before)
    ]
    return bool(statuses) and "running" not in statuses


def _last_run(site: Site) -> str:
    ((key, status, start, end),) = site.rows(
        "SELECT id, status, wm_from, wm_to FROM training_trainingrun ORDER BY id DESC LIMIT 1"
    )
    return f"run {key} {status} [{start}, {end})"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--windows", type=int, default=5)
    parser.add_argument("--rings", type=int, default=50)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
