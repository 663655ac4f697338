"""kill -9 of the trainer at twenty places of a run.

    make drill-kill [ARGS="--seed 1 --places judging,storing --texts 2600"]

People search and click; a run starts; it is held or let run into a place, and killed there without a
word, at every fourth place the workers with it. After each kill: is every acknowledged event in the
log, is every version whole, did nobody searching notice, does learning go on. At the end: did each
event teach exactly once, unless the gate itself put its window into quarantine? First so many
different texts are learnt that a version has several chunks.
"""

import argparse
import os
import random
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass

from benchmarks.running import audit, texts
from benchmarks.running.breakpoints import REGISTRY, Place, held_at, install
from benchmarks.running.claims import Claims
from benchmarks.running.load import searching
from benchmarks.running.people import People
from benchmarks.running.site import BARELY, TRAINER, Site, running

BETWEEN_CHUNKS = Place("between chunks")
PLACES = (
    *map(Place, ("starting", "begun", "reading", "window read", "encoding", "fitting", "fold 1", "fold 2", "fold 3")),
    *(Place("fit"), Place("fit"), Place("judging"), Place("judging"), Place("storing")),
    Place("serialising", at="storing"),
    Place("serialised", lock=REGISTRY),  # the first lock after it
    *(Place("version without a chunk"), BETWEEN_CHUNKS),
    *map(Place, ("promoting", "in the commit", "after the commit")),
)
SERIALISING_SECONDS = 0.02
STARTING_SECONDS = 2.0  # imports
ROUND = 30  # searches with a choice, more than LEARN_EVERY_SEARCHES
RUN_SECONDS = 300.0
TRIES = 3  # a stage may be over sooner than it was in the first run
ENDED = "('promoted', 'refused', 'held', 'nothing_new')"


@dataclass(frozen=True)
class Killed:
    place: Place
    stage: str  # what its row said; "" if there was none
    hit: bool  # it ran until then
    became: str  # its status in the end
    learnt_after: float | None  # seconds from the kill to the end of a run that was not killed; None if none came


def main() -> int:
    options = _options()
    draw = random.Random(options.seed)
    places = [place for place in PLACES if not options.places or place.name in options.places.split(",")]
    killed: list[Killed] = []
    troubles: dict[str, list[str]] = defaultdict(list)
    claims = Claims()
    with running("packaged", TICK_SECONDS=1, LEARNING_RATE=BARELY) as site:
        people = People(site.port)
        seconds = seconds_of_stages(site, people, options.texts)
        if BETWEEN_CHUNKS in places and site.value("SELECT max(sequence) FROM recommender_checkpointchunk") == 0:
            sys.exit("A version has one chunk and so no place between two; raise --texts.")
        install(site)
        with searching(site.port, texts.themes(200), n_searchers=1, pause_seconds=0.2) as answers:
            for number, place in enumerate(places, start=1):
                for _ in range(TRIES):
                    result = kill_at(site, people, place, draw, seconds, with_workers=number % 4 == 0)
                    print(f"{number:2}. {told(result)}", flush=True)
                    look(site, people, place, troubles)
                    if result.hit:
                        break
                killed.append(result)
        people.searches |= answers.query_ids
        learn_the_rest(site, people)
        line = audit.ancestry(site)
        n_clicks = site.value("SELECT count(*) FROM catalog_interaction")
        claims.equal("kills that hit a running trainer", sum(each.hit for each in killed), len(places))
        claims.equal(
            "kills after which learning went on", sum(e.learnt_after is not None for e in killed), len(places)
        )
        claims.equal("searches that failed meanwhile", answers.failed, 0)
        claims.none("acknowledged events that the log lacks", audit.lost_events(site, people) + troubles["lost"])
        claims.none("versions that are not whole", audit.partial_versions(site) + troubles["partial"])
        claims.none("web processes with a version that is not whole", troubles["served"])
        claims.none("windows that do not begin where the parent's ended", audit.broken_links(line))
        claims.equal("rows of the log that were not learnt", audit.not_learnt(site), 0)
        n_learnt, n_aside = sum(choices for *_, choices in line), audit.set_aside(site)
        print(f"{n_learnt:,} choices learnt, {n_aside:,} set aside by verdicts of the gate")
        claims.equal("choices learnt once by the champion's line, or set aside", n_learnt + n_aside, n_clicks)
        claims.equal("stretches in quarantine because of kills", audit.quarantined_for_load(site), 0)
        claims.none("commands that disagree", disagreeing(site, "audit_windows", "check_integrity"))
    print(f"\n{claims}")
    return claims.exit_code


def seconds_of_stages(site: Site, people: People, n_texts: int) -> dict[str, float]:
    """Stage → seconds, of a run like those that will be killed, on a champion that knows so many texts."""
    people.browse(texts.themes(n_texts), seed=0)
    site.wait_until_idle()
    last = _last_run(site)
    people.browse(texts.as_people_ask(texts.themes(60), ROUND, seed=0), seed=0)
    site.wait_for(lambda: _has_learnt(site, last), RUN_SECONDS, "first run")
    ((status, progress, verdict),) = site.rows(
        "SELECT status, progress, verdict FROM training_trainingrun ORDER BY id DESC LIMIT 1"
    )
    reasons = [condition["reason"] for condition in verdict if not condition["passed"]]
    n_bytes = site.value("SELECT n_bytes FROM recommender_checkpoint WHERE status = 'champion'")
    ended = "; ".join([status, *reasons])
    print(
        f"a champion of {n_bytes / 1e6:.1f} MB; a run that is not killed: {ended}, {progress['seconds']}",
        flush=True,
    )
    return dict(progress["seconds"])


def kill_at(
    site: Site, people: People, place: Place, draw: random.Random, seconds: dict[str, float], *, with_workers: bool
) -> Killed:
    """Have people search until a run is due, kill it there, and wait for one that ends.

    A stage is killed in the midst, at a random share of the time that it took in the first run; other
    places have no length, there the run is held while it is killed.
    """
    last = _last_run(site)
    asked = texts.as_people_ask(texts.themes(60), ROUND, seed=draw.randrange(2**32))
    share = draw.uniform(0.05, 0.95)
    length = {**seconds, "serialising": SERIALISING_SECONDS}.get(place.name, 0.0)
    if place.name == "starting":
        with site.nobody_trains():
            people.browse(asked, seed=draw.randrange(2**32))
            site.wait_for(lambda: not site.programs(TRAINER), RUN_SECONDS, "end of those that came in vain")
        site.wait_for(lambda: site.programs(TRAINER), RUN_SECONDS, "training process")
        victims = find_victims(site, with_workers=with_workers)
        length = STARTING_SECONDS
    else:
        with held_at(site, place) as wait_until_held:
            bring(people, asked, draw, wait_until_held)
            victims = find_victims(site, with_workers=with_workers)
            hit = not length and kill(victims)
    if length:
        time.sleep(share * length)
        hit = kill(victims)
    stage = _stage(site, last)
    learnt_after = None
    with suppress(TimeoutError):
        learnt_after = site.wait_for(lambda: _has_learnt(site, last), RUN_SECONDS, "run after a kill")
    became = site.rows("SELECT status FROM training_trainingrun WHERE id > %s ORDER BY id LIMIT 1", last)
    return Killed(place, stage, hit, became[0][0] if became else "no row", learnt_after)


def bring(people: People, asked: list[str], draw: random.Random, wait_until_held: Callable[[float], None]) -> None:
    """Search until a run has come to the place, or give up: a run that is refused never comes to the last ones."""
    for _ in range(3):
        people.browse(asked, seed=draw.randrange(2**32))
        with suppress(TimeoutError):
            wait_until_held(RUN_SECONDS / 3)
            return


def find_victims(site: Site, *, with_workers: bool) -> list[int]:
    """The trainer comes last: the workers die first, so that none of them can tidy up. None without a trainer."""
    trainer = site.programs(TRAINER)[-1:]
    return [*(site.programs("--queues heavy") if with_workers and trainer else ()), *trainer]


def kill(victims: list[int]) -> bool:
    """Did the last of them live until now?"""
    hit = False
    for pid in victims:
        try:
            os.kill(pid, signal.SIGKILL)
            hit = True
        except ProcessLookupError:
            hit = False
    return hit


def told(killed: Killed) -> str:
    if not killed.hit:
        return f"{killed.place.name}: missed, no run was there"
    went_on = "nothing was learnt afterwards"
    if killed.learnt_after is not None:
        went_on = f"learnt {killed.learnt_after:.0f} s later"
    return f"{killed.place.name}: the row said “{killed.stage}”; it became {killed.became}; {went_on}"


def look(site: Site, people: People, place: Place, troubles: dict[str, list[str]]) -> None:
    """What must hold after every kill."""
    troubles["lost"] += [f"{event}, after the kill at “{place.name}”" for event in audit.lost_events(site, people)]
    partial = audit.partial_versions(site)
    troubles["partial"] += [f"{version}, after the kill at “{place.name}”" for version in partial]
    kept = "SELECT version FROM recommender_checkpoint WHERE status <> 'rejected' AND pruned IS NULL"
    whole = {version for (version,) in site.rows(kept)}
    with closing(site.web()) as web:
        served = web.versions()
    for pid, version in served.items():
        if version not in whole or any(wrong.startswith(f"v{version} ") for wrong in partial):
            troubles["served"].append(f"process {pid} serves v{version} after the kill at “{place.name}”")


def learn_the_rest(site: Site, people: People) -> None:
    """Until the champion has learnt the whole log: a refused window waits for more to judge it by."""
    for seed in range(5):
        last = _last_run(site)
        with site.nobody_trains():
            people.browse(texts.as_people_ask(texts.themes(60), ROUND, seed=seed), seed=seed)
        site.wait_for(lambda: _has_learnt(site, last), RUN_SECONDS, "last run")  # noqa: B023 - called at once
        if not audit.not_learnt(site):
            return


def disagreeing(site: Site, *commands: str) -> list[str]:
    found = []
    for command in commands:
        try:
            print(f"manage.py {command}: {site.manage(command).strip().splitlines()[-1]}")
        except RuntimeError as error:
            found.append(str(error).replace("\n", " "))
    return found


def _has_learnt(site: Site, last: int) -> bool:
    return bool(site.value(f"SELECT count(*) FROM training_trainingrun WHERE id > %s AND status IN {ENDED}", last))


def _stage(site: Site, last: int) -> str:
    """Of the first run after that one."""
    stages = site.rows(
        "SELECT progress ->> 'stage' FROM training_trainingrun WHERE id > %s ORDER BY id LIMIT 1", last
    )
    return str(stages[0][0] or "") if stages else ""


def _last_run(site: Site) -> int:
    return int(site.value("SELECT coalesce(max(id), 0) FROM training_trainingrun"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--places", default="", help="only these, joined by commas")
    parser.add_argument("--texts", type=int, default=2_600, help="learnt before the first kill")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
