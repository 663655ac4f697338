"""What it costs to learn, in the running system.

    make bench-learning-cost [ARGS="--shared --ticks 5 --events 5000"]

Ticks of 25 searches, three of them by people who choose the same title; searches that nobody could learn from;
then so many searches at once, three in five with a click. --shared: the 36,830 titles of the shared data instead of
the packaged ones (their embedding takes a quarter of an hour the first time).
"""

import argparse
import os
import sys
import time
from dataclasses import dataclass, replace

from benchmarks.running import audit, texts
from benchmarks.running.claims import Claims
from benchmarks.running.people import People
from benchmarks.running.processes import Watched, watching
from benchmarks.running.site import TRAINER, Site, running
from benchmarks.running.telling import estimates, fitted_stages, listening
from benchmarks.running.web import WebProcesses

TICK = 25  # searches, the default of LEARN_EVERY_SEARCHES
ALIKE = 3  # people who choose the same title
CLICKING = 0.6  # share of searches with a click
LOVED, OTHERS = texts.SUBJECTS[:10], texts.SUBJECTS[10:]  # each of the former is new to the site when its tick comes
N_TEXTS = 2_500  # that many people's 5,000 searches are drawn from
RUN_SECONDS = 300.0
IDLE_SECONDS = 15.0  # three ticks
N_AT_ONCE = 4_900  # a run reads 5,000 at most, and looking where titles stand is searching too
STAGES = ["fold 1", "fold 2", "fold 3", "fit"]  # that have steps
NEW_RUN = """
SELECT status, extract(epoch FROM started)::float, extract(epoch FROM finished - started)::float, verdict
FROM training_trainingrun WHERE id > %s AND finished IS NOT NULL ORDER BY id LIMIT 1
"""


@dataclass(frozen=True)
class Run:
    status: str
    seconds: float  # that its process lived
    cpu_seconds: float
    peak_mb: float  # of it and all other processes of the workers together
    niceness: int
    began: float  # its row, since the epoch
    row_seconds: float  # from then on until it ended
    refusals: str
    told: list[str]  # stages of which its row told step, loss and seconds left


def main() -> int:
    options = _options()
    claims = Claims()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start", flush=True)
    with running("shared" if options.shared else "packaged") as site:
        people, web = People(site.port), site.web()
        ticks = [tick(site, people, web, number) for number in range(options.ticks)]
        claims.equal("ticks that were promoted", sum(run.status == "promoted" for run, *_ in ticks), options.ticks)
        claims.at_most("a tick of 25 searches, slowest", max(run.seconds for run, *_ in ticks), 5, "s")
        claims.at_most("its memory, all processes together", max(run.peak_mb for run, *_ in ticks), 700, "MB")
        claims.equal("ticks not nicer than the site", sum(run.niceness <= os.nice(0) for run, *_ in ticks), 0)
        claims.at_most("25th search to all web processes, slowest", max(late for _, late, *_ in ticks), 10, "s")
        claims.equal("favourites of three that rose", sum(now < was for *_, was, now in ticks), options.ticks)
        claims.equal("runs when nothing was new", idle(site, people), 0)
        run = many(site, people, options.events)
        claims.equal(f"{options.events:,} new searches became", run.status, "promoted")
        claims.at_most("learning them", run.seconds, 60, "s")
        claims.at_most("its memory, all processes together", run.peak_mb, 700, "MB")
        claims.equal("rows of the log that it left", audit.not_learnt(site), 0)
        claims.equal("stages that told step, loss and time left", run.told, STAGES)
    print(f"\n{claims}")
    return claims.exit_code


def tick(site: Site, people: People, web: WebProcesses, number: int) -> tuple[Run, float, int, int]:
    """(run, seconds from the 25th search to all web processes, place of the favourite before, and after)"""
    loved = texts.about(LOVED[number % len(LOVED)])[0]
    others = texts.as_people_ask(texts.themes(10, OTHERS), TICK, seed=number)
    before, last = _serving(web), _last_run(site)
    with watching(_workers(site)) as watched:
        people.choose([loved])
        place = people.place(loved)
        people.choose([loved] * (ALIKE - 1))
        people.browse(others[: TICK - 1 - _new_searches(site)], seed=number)
        people.search(others[-1])  # the 25th
        asked_last = time.time()
        served = web.wait_for(before + 1, 1.0, or_later=True)
        while served is None and not _was_refused(site, last):
            served = web.wait_for(before + 1, 1.0, or_later=True)
        run = _run_after(site, last, watched)
    late = (served or float("inf")) - asked_last
    now = people.place(loved)
    print(
        f"tick {number + 1}: {run.status} {run.refusals}in {run.seconds:.1f} s ({run.cpu_seconds:.1f} s of CPU),"
        f" {run.peak_mb:.0f} MB, nice {run.niceness};"
        f" all web processes after {late:.1f} s, {(served or float('inf')) - run.began:.1f} s after the run began;"
        f" “{loved}”: {place} → {now}",
        flush=True,
    )
    return run, late, place, now


def idle(site: Site, people: People) -> int:
    """Runs that came of searches without a choice, more than a tick of them: nothing can be learnt of those."""
    last = _last_run(site)
    people.browse(texts.themes(TICK + 5, OTHERS), seed=0, clicking=0.0)
    time.sleep(IDLE_SECONDS)
    return _last_run(site) - last


def many(site: Site, people: People, n_searches: int) -> Run:
    asked = texts.as_people_ask(texts.themes(N_TEXTS, OTHERS), n_searches, seed=0)
    last = _last_run(site)
    begun = time.monotonic()
    with site.nobody_trains():
        people.browse(asked, seed=0, clicking=CLICKING)
        n_clicks = site.value("SELECT count(*) FROM catalog_interaction")
        print(
            f"{n_searches:,} searches for {len(set(asked)):,} texts and their clicks ({n_clicks:,} in the log)"
            f" took {time.monotonic() - begun:.0f} s to make",
            flush=True,
        )
    with watching(_workers(site)) as watched, listening(site, last) as heard:
        run = _run_after(site, last, watched)
    run = replace(run, told=fitted_stages(heard))
    for left, truly in estimates(heard, run.began + run.row_seconds)[::5]:
        print(f"its row told of {left:.0f} s left when {truly:.0f} s were left")
    print(
        f"learnt at once: {run.status} {run.refusals}in {run.seconds:.1f} s ({run.cpu_seconds:.1f} s of CPU),"
        f" {run.peak_mb:.0f} MB",
        flush=True,
    )
    return run


def _run_after(site: Site, last: int, watched: Watched) -> Run:
    site.wait_for(lambda: site.rows(NEW_RUN, last), RUN_SECONDS, "finished run")
    time.sleep(1.0)  # its process ends after its row is written
    ((status, began, row_seconds, verdict),) = site.rows(NEW_RUN, last)
    trainer = max((seen for seen in watched.each.values() if TRAINER in seen.command), key=lambda seen: seen.peak_mb)
    refused = "; ".join(condition["reason"] for condition in verdict if not condition["passed"])
    return Run(
        status,
        trainer.last_seen - trainer.begun,
        trainer.cpu_seconds,
        watched.together_mb,
        trainer.niceness,
        began,
        row_seconds,
        f"({refused}) " if refused else "",
        [],
    )


def _was_refused(site: Site, last: int) -> bool:
    runs = site.rows(NEW_RUN, last)
    return bool(runs) and runs[0][0] != "promoted"


def _workers(site: Site) -> int:
    """The process that starts those that train; it is there all the time and not counted."""
    return site.programs("--queues heavy")[0]


def _last_run(site: Site) -> int:
    return int(site.value("SELECT coalesce(max(id), 0) FROM training_trainingrun"))


def _new_searches(site: Site) -> int:
    return int(
        site.value(
            "SELECT count(*) FROM catalog_searchevent WHERE surface = 'api' AND xid >="
            " (SELECT wm_to::text::xid8 FROM recommender_checkpoint WHERE status = 'champion')"
        )
    )


def _serving(web: WebProcesses) -> int:
    return max(version or 0 for version in web.versions().values())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", action="store_true", help="with the catalogue of the shared data")
    parser.add_argument("--ticks", type=int, default=5)
    parser.add_argument("--events", type=int, default=N_AT_ONCE, help="searches to learn at once")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
