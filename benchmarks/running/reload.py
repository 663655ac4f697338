"""A hundred changes of version under searches that never stop.

    make drill-reload [ARGS="--reloads 100 --searchers 2"]

Promotions of new versions and rollbacks take turns; the next comes when every web process has followed.
No search may fail, and the processes may not grow: their memory after the last reload is compared with that
after the tenth, when every buffer has been made.
"""

import argparse
import sys
import time

from benchmarks.running import texts
from benchmarks.running.claims import Claims
from benchmarks.running.inside import hand_inside
from benchmarks.running.load import searching
from benchmarks.running.people import People
from benchmarks.running.processes import memory_mb
from benchmarks.running.site import BARELY, running
from benchmarks.running.web import WebProcesses

SETTLED = 10  # reloads until memory is looked at
QUIET_SECONDS = 15.0  # of searches without a reload, to compare with
FOLLOW_SECONDS = 20.0
LEARNT = 500  # searches that the versions know, so that there is something to load
GROWTH_MB = 10.0


def main() -> int:
    options = _options()
    claims = Claims()
    asked = texts.themes(1_000)
    with running("packaged", TICK_SECONDS=1, LEARNING_RATE=BARELY) as site, hand_inside(site) as hand:
        People(site.port).browse(asked[:LEARNT], seed=0)
        site.wait_until_idle()
        web = site.web()
        claims.equal(
            "web processes that serve something learnt", sum(map(bool, web.versions().values())), len(web.pids)
        )
        print(f"of {LEARNT} searches; the web processes serve {set(web.versions().values())}", flush=True)
        with searching(site.port, asked, n_searchers=options.searchers) as quiet:
            time.sleep(QUIET_SECONDS)
        took, lost, memory = [], [], [_memory(web)]
        with site.nobody_trains(), searching(site.port, asked, n_searchers=options.searchers) as answers:
            for number in range(1, options.reloads + 1):
                begun = time.time()
                version = hand.do("promote" if number % 2 else "back")
                served = web.wait_for(version, FOLLOW_SECONDS)
                if served is None:
                    lost.append(f"reload {number}: {web.versions()} instead of v{version}")
                else:
                    took.append(served - begun)
                memory.append(_memory(web))
                if number % SETTLED == 0:
                    print(f"{number} reloads: {_told(memory[-1])}", flush=True)
        (n_logged,) = site.rows("SELECT count(*) FROM catalog_searchevent")[0]
        n_answered = LEARNT + quiet.statuses[200] + answers.statuses[200]
        claims.none("reloads that a web process did not follow", lost)
        claims.none("searches that failed", answers.troubles)
        claims.equal("searches in the log", n_logged, n_answered)
        claims.equal("web processes that are still the same", site.web().pids, web.pids)
        settled, last = memory[SETTLED], memory[-1]
        for kind in ("RssAnon", "VmRSS"):
            growth = max(last[pid][kind] - settled[pid][kind] for pid in web.pids)
            claims.at_most(f"growth of {kind} from reload {SETTLED} to {options.reloads}", growth, GROWTH_MB, "MB")
        claims.at_most("seconds from a promotion to all processes, mean", sum(took) / max(1, len(took)), 5, "s")
    for what, these in (("without reloads", quiet), ("under reloads", answers)):
        print(
            f"{what}: {these.statuses.total():,} searches, p50 {these.percentile(0.5):.0f} ms,"
            f" p95 {these.percentile(0.95):.0f} ms, p99 {these.percentile(0.99):.0f} ms,"
            f" longest {these.percentile(1):.0f} ms"
        )
    print(f"all processes followed after {min(took):.1f} to {max(took):.1f} s")
    print(f"\n{claims}")
    return claims.exit_code


def _memory(web: WebProcesses) -> dict[int, dict[str, float]]:
    return {pid: figures for pid in web.pids if (figures := memory_mb(pid))}


def _told(memory: dict[int, dict[str, float]]) -> str:
    return ", ".join(
        f"process {pid}: {m['VmRSS']:.0f} MB resident, {m['RssAnon']:.0f} MB its own" for pid, m in memory.items()
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reloads", type=int, default=100)
    parser.add_argument("--searchers", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
