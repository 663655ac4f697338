"""Does the loop narrow what people see? Twenty cycles of a site that learns from what it showed.

    make drill-feedback [ARGS="--cycles 10 --searches 500 --seed 1"]

Simulated people search, click by place and taste, and every cycle is one window. With exploration and with choices
weighed by how likely each place was looked at, the different titles on first pages stay at 90 % or more of those
before, and the Gini coefficient of their exposure rises by .05 at most. The same recipe without either must break it:
then it is they that hold the bound. Without the correction clicks are counted and nobody asks who looked, so what was
shown high is chosen more and shown high for it. Exits with 1 if one of these fails.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from unittest.mock import patch

import django
import numpy as np

django.setup()

from django.conf import settings  # noqa: E402

from benchmarks.catalogues import index_of, shared_catalogue  # noqa: E402
from benchmarks.learning.asking import Asker  # noqa: E402
from benchmarks.learning.measures import measure  # noqa: E402
from benchmarks.learning.site import RATE, Site  # noqa: E402
from benchmarks.learning.world import cast, pool_of  # noqa: E402
from benchmarks.quality.marquee import StoredEncoder  # noqa: E402
from recommender.index.encoders import encoder, query_encoder  # noqa: E402
from recommender.ml.snapshot import Snapshot  # noqa: E402
from recommender.ml.weights import ModelConfig, ModelState  # noqa: E402
from training.ml import caps, remember  # noqa: E402
from training.ml.examination import Examination  # noqa: E402
from training.ml.golden import golden_set  # noqa: E402
from training.ml.learning import learn  # noqa: E402
from training.ml.simulator import People  # noqa: E402

COVERAGE, GINI = 0.9, 0.05  # of cycle 0's coverage; above its Gini
HARDLY = 1e-6  # chance of a look, the same everywhere: clicks are counted, not divided by looks
NEVER = 10**9  # choices beyond looks that are too many


@dataclass(frozen=True)
class Arm:
    name: str
    explores: bool = True
    corrects: bool = True  # for who looked at a title; without, no gate either: it judges by looks


ARMS = (
    Arm("whole"),
    Arm("no exploration", explores=False),
    Arm("no correction", corrects=False),
    Arm("neither", explores=False, corrects=False),
)


@dataclass(frozen=True)
class Reading:
    """Of theme searches: different titles in first tens, Gini of their exposure, nDCG@10 by true taste."""

    coverage: float
    gini: float
    ndcg: float


def main() -> None:
    options = _options()
    started = time.perf_counter()
    titles = pool_of(shared_catalogue())
    cache = settings.STATE_DIR / "bench"
    stored = StoredEncoder(query_encoder(), cache)
    index = index_of(titles, encoder(), cache)
    played = cast(titles, seed=options.seed)
    asker = Asker(index, stored, np.zeros(len(index), np.bool_))
    zero = Snapshot(0, index, ModelState.untrained(ModelConfig(stored.dimension)), stored)
    golden = golden_set(zero, {row: text.genres for row, text in enumerate(titles.texts)})

    def read(snapshot: Snapshot) -> Reading:
        point = measure(lambda intent, limit: asker.first(snapshot, intent, limit), played, asker)
        sizes = len(played.frequent), len(played.rare)
        ndcg = np.average([point.values["frequent"], point.values["rare"]], weights=sizes)
        return Reading(point.values["coverage"], point.values["gini"], float(ndcg))

    start = read(zero)
    print(
        f"{'arm':<20}{'cycle':>6}{'coverage':>10}{'of first':>9}{'Gini':>8}{'change':>8}{'nDCG':>8}{'promoted':>10}"
    )
    worst: dict[str, tuple[float, float]] = {}
    for arm in ARMS:
        site = Site(zero, zero, asker, golden, rate=RATE if arm.explores else 0.0)
        coverage, gini = [], []
        for cycle, reading in enumerate(
            _cycles(arm, site, People(played.world, seed=options.seed), options, read), 1
        ):
            coverage.append(reading.coverage / start.coverage)
            gini.append(reading.gini - start.gini)
            if cycle % 5 == 0 or cycle == options.cycles:
                print(f"{arm.name:<20}{cycle:>6}{reading.coverage:>10.0f}{coverage[-1]:>9.1%}{reading.gini:>8.3f}"
                      f"{gini[-1]:>+8.3f}{reading.ndcg:>8.4f}{site.n_promoted:>10}", flush=True)  # fmt: skip
        worst[arm.name] = min(coverage), max(gini)
    stored.save()
    print(f"at the start: coverage {start.coverage:.0f}, Gini {start.gini:.3f}, nDCG@10 {start.ndcg:.4f};"
          f" {time.perf_counter() - started:.0f} s")  # fmt: skip
    failures = _failures(worst)
    for failure in failures:
        print(f"FAILED  {failure}")
    sys.exit(bool(failures))


def _failures(worst: dict[str, tuple[float, float]]) -> list[str]:
    """worst: arm → lowest coverage, as a share of the start, and highest rise of the Gini, of all cycles."""
    (coverage, gini), (bare_coverage, bare_gini) = worst[ARMS[0].name], worst[ARMS[-1].name]
    failures = []
    if coverage < COVERAGE:
        failures.append(f"coverage fell to {coverage:.1%}")
    if gini > GINI:
        failures.append(f"the Gini coefficient rose by {gini:.3f}")
    if bare_coverage >= COVERAGE and bare_gini <= GINI:
        failures.append(
            f"without exploration and correction the bound holds as well: coverage {bare_coverage:.1%},"
            f" Gini {bare_gini:+.3f}"
        )
    return failures


def _cycles(
    arm: Arm, site: Site, people: People, options: argparse.Namespace, read: Callable[[Snapshot], Reading]
) -> Iterator[Reading]:
    """A reading after every cycle."""
    with ExitStack() as stack:
        if not arm.corrects:
            stack.enter_context(patch.object(Examination, "__call__", lambda _self, _place: HARDLY))
            for module, bound in ((caps, "PAIR_FLOOR"), (caps, "SURGE_FLOOR"), (remember, "UNEXPLAINED")):
                stack.enter_context(patch.object(module, bound, NEVER))
        for _ in range(options.cycles):
            for _ in range(options.searches):
                site.log(people.visit(site.serve).logged)
            if arm.corrects:
                site.tick()
            else:
                _learn_unjudged(site)
            yield read(site.champion)


def _learn_unjudged(site: Site) -> None:
    fresh, replay = site.teacher.teach(site.window, site.config, site.champion.state)
    vectors = site.asker.vectors(sorted({lesson.text for lesson in (*fresh, *replay)}))
    state, _ = learn(site.champion, fresh, replay, vectors, site.config)
    site.teacher.close(site.window, fresh)
    site.champion = replace(site.champion, version=site.champion.version + 1, state=state)
    site.window, site.n_promoted = [], site.n_promoted + 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="feedback drill in the simulated world")
    parser.add_argument("--cycles", type=int, default=20)
    parser.add_argument("--searches", type=int, default=500, help="in a cycle")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
