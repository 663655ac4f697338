"""What a search costs over HTTP: GET /api/v1/search of the running site, on loopback.

    make bench-http [ARGS="--packaged --searches 1000"]

Alone, one search after the other: processor time of the web processes and of the database for each, with texts that
are new and with texts that were asked before (their meaning is in the encoder's cache). Then as many as the site
answers, by callers who never pause; and the same while a version is learnt from 5,000 searches. /health/live beside
it is what an answer costs that does nothing.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial

from benchmarks.running import processes, texts
from benchmarks.running.claims import Claims
from benchmarks.running.load import Answers, searching
from benchmarks.running.people import People
from benchmarks.running.site import N_WEB_PROCESSES, TRAINER, Site, running
from benchmarks.running.web import Caller

UNCACHED_MS, CACHED_MS, SLOWER = 8.0, 4.0, 2.0  # what is aimed at
N_KNOWN = 50  # texts that are asked again and again
TO_LEARN = 5_000  # searches
CALLERS = 4
ROUNDS = 5  # of each measurement of processor time; the median is told
LOAD_SECONDS = 15.0
RUN_SECONDS = 300.0


@dataclass(frozen=True)
class Cost:
    """Processor milliseconds of one request."""

    web: float
    database: float

    @property
    def together(self) -> float:
        return self.web + self.database

    def __str__(self) -> str:
        return f"{self.together:6.2f} ms of CPU (web {self.web:.2f}, database {self.database:.2f})"


def main() -> int:
    options = _options()
    claims = Claims()
    asked = texts.themes(9_600)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start", flush=True)
    with running("packaged" if options.packaged else "shared") as site:
        n_titles = site.value("SELECT count(*) FROM catalog_title")
        print(f"{n_titles:,} titles, {N_WEB_PROCESSES} web processes", flush=True)
        n, share = options.searches, options.searches // ROUNDS
        new, others, known = asked[:n], asked[n:-N_KNOWN], asked[-N_KNOWN:]
        for _ in range(4):  # until every process knows them
            one_by_one(site, known)
        pids = pids_of(site)
        nothing = told("/health/live", cost(pids, lambda: alive(site, n), n))
        uncached = told("a search for a new text", middle([
            cost(pids, partial(one_by_one, site, new[at : at + share]), share) for at in range(0, n, share)
        ]))  # fmt: skip
        again = [known[number % N_KNOWN] for number in range(share)]
        cached = told("for a text asked before", middle([
            cost(pids, lambda: one_by_one(site, again), share) for _ in range(ROUNDS)
        ]))  # fmt: skip
        ratios = [found.together / nothing.together for found in (uncached, cached)]
        print(f"times /health/live: {ratios[0]:.1f}, {ratios[1]:.1f}")
        with load(site, others, "nobody learns") as quiet:
            time.sleep(LOAD_SECONDS)
        learning = while_it_learns(site, others)
        claims.at_most("a search for a new text", uncached.together, UNCACHED_MS, "ms of CPU")
        claims.at_most("for a text asked before", cached.together, CACHED_MS, "ms of CPU")
        claims.at_most(
            "p99 while it learns, to p99 without", learning.percentile(0.99) / quiet.percentile(0.99), SLOWER, ""
        )
        claims.equal("searches that were not answered", quiet.failed + learning.failed, 0)
    print(f"\n{claims}")
    return claims.exit_code


def one_by_one(site: Site, asked: Sequence[str]) -> None:
    with closing(Caller(site.port)) as caller:
        for text in asked:
            status, answer = caller.get("/api/v1/search", q=text)
            if status != 200:
                raise RuntimeError(f"a search was answered with {status}: {answer}")


def alive(site: Site, n: int) -> None:
    with closing(Caller(site.port)) as caller:
        for _ in range(n):
            caller.get("/health/live")


def cost(pids: dict[str, list[int]], work: Callable[[], None], n_requests: int) -> Cost:
    """Of each request. What the site does by itself meanwhile is in it; it is little."""
    before = {name: cpu_seconds(each) for name, each in pids.items()}
    work()
    spent = {name: (cpu_seconds(each) - before[name]) * 1e3 / n_requests for name, each in pids.items()}
    return Cost(spent["web"], spent["database"])


def pids_of(site: Site) -> dict[str, list[int]]:
    """The web processes, and PostgreSQL with all its backends."""
    web = site.web()
    postmaster = int(next(site.state_dir.rglob("postmaster.pid")).read_text().split()[0])
    found = {"web": web.pids, "database": [postmaster, *processes.descendants(postmaster)]}
    web.close()
    return found


def cpu_seconds(pids: Sequence[int]) -> float:
    """Of processor time so far, with children that have ended and were waited for."""
    figures = [figure for pid in pids if (figure := processes.stat(pid)) is not None]
    return sum(figure.own_seconds + figure.reaped_seconds for figure in figures)


def middle(costs: Sequence[Cost]) -> Cost:
    """The median round, by what web and database took together."""
    return sorted(costs, key=lambda cost: cost.together)[len(costs) // 2]


def told(what: str, found: Cost) -> Cost:
    print(f"{what:<28}{found}", flush=True)
    return found


@contextmanager
def load(site: Site, asked: Sequence[str], what: str) -> Iterator[Answers]:
    """Callers who never pause while the block runs; what they met is printed."""
    began = time.monotonic()
    with searching(site.port, asked, n_searchers=CALLERS) as answers:
        yield answers
        seconds = time.monotonic() - began
    print(
        f"{CALLERS} callers, {what:<14} {len(answers.milliseconds) / seconds:6.0f} searches/s,"
        f" p50 {answers.percentile(0.5):5.1f} ms, p99 {answers.percentile(0.99):5.1f} ms,"
        f" {answers.failed} of {len(answers.milliseconds):,} not answered {answers.troubles[:1]}",
        flush=True,
    )


def while_it_learns(site: Site, asked: Sequence[str]) -> Answers:
    """The same load from when a run begins to train until its process has gone."""
    people = People(site.port)
    with site.nobody_trains():
        people.browse(texts.as_people_ask(texts.themes(2_500), TO_LEARN, seed=0), seed=0, clicking=0.6)
    site.wait_for(lambda: site.programs(TRAINER), 60, "training process")
    with load(site, asked, "one learns") as answers:
        site.wait_for(lambda: not site.programs(TRAINER), RUN_SECONDS, "end of the training process")
    return answers


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="what a search costs over HTTP")
    parser.add_argument("--packaged", action="store_true", help="the packaged titles instead of the 36,830 shared")
    parser.add_argument("--searches", type=int, default=1_000, help="for each figure of processor time")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
