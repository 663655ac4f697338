"""Does it learn? Simulated people use the real engine, trainer and gate; every learner reads the same log.

    make bench-learning [ARGS="--searches 5000 --examination 0.5 --json results.json --plots docs/learning"]
    make bench-learning ARGS="--searches 1000 --seeds 8"          # means of eight runs, each of other people

The site serves "both" (memory and weights behind the gate) and its pages make the log. On the same log, tick by tick:
version 0; memory only; weights only; both without a gate; the demo's recipe; naive fine-tuning without corrections;
LambdaMART refitted on the log, as it is and with the seats that ours keeps. Truth is relevance × what the average
person makes of a title. Titles that make up NEW of the catalogue join half way through.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import django

django.setup()

import numpy as np  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from benchmarks import catalogues  # noqa: E402
from benchmarks.learning.arms import Part  # noqa: E402
from benchmarks.learning.asking import Asker  # noqa: E402
from benchmarks.learning.means import means  # noqa: E402
from benchmarks.learning.measures import Point, Rank, measure  # noqa: E402
from benchmarks.learning.report import OURS, UNSEATED, ZERO, Claim, as_json, claims, table  # noqa: E402
from benchmarks.learning.site import RATE, Site  # noqa: E402
from benchmarks.learning.world import Cast, cast, pool_of  # noqa: E402
from benchmarks.quality.marquee import StoredEncoder  # noqa: E402
from recommender.index.encoders import encoder, query_encoder  # noqa: E402
from recommender.ml.snapshot import Snapshot  # noqa: E402
from recommender.ml.weights import ModelConfig, ModelState  # noqa: E402
from training.ml.config import TrainConfig  # noqa: E402
from training.ml.golden import golden_set  # noqa: E402
from training.ml.labels import LoggedSearch  # noqa: E402
from training.ml.simulator import Habits, Intent, People  # noqa: E402

POINTS = (0, 10, 50, 200, 1_000, 5_000, 20_000)
JOINING = 10_000  # searches after which the new titles can be found
NEW = 0.05  # of all titles
SMALL, LARGE, GROWS_AT = 25, 250, 1_000  # searches a tick: few at first, many once there is traffic


@dataclass
class World:
    """What all runs share."""

    cast: Cast
    asker: Asker
    vectors: StoredEncoder
    version_zero: Snapshot
    genres: dict[int, list[str]]


def main() -> None:
    options = _options()
    call_command("prepare_encoder")
    runs = [_one_run(options, seed) for seed in range(options.seed, options.seed + options.seeds)]
    if len(runs) > 1:
        print(means([results for results, _ in runs]))
    if options.json:
        kept = [results for results, _ in runs] if len(runs) > 1 else runs[0][0]
        options.json.write_text(json.dumps(kept, indent=1, sort_keys=True), encoding="utf-8")
    if options.plots:
        from benchmarks.learning.plots import draw  # matplotlib, only where plots are wanted

        draw(runs[0][0], options.plots)
    sys.exit(0 if all(claim.reached for _, found in runs for claim in found) else 1)


def _one_run(options: argparse.Namespace, seed: int) -> tuple[dict[str, Any], list[Claim]]:
    started = time.perf_counter()
    world = prepare(options.examination, options.split, seed)
    print(_about(world, options, seed), flush=True)
    arms, points, site = run(world, options, seed)
    found = claims(arms, points)
    print("\nto reach", *found, f"\n{time.perf_counter() - started:,.0f} s in all\n", sep="\n", flush=True)
    more = {"judged": site.n_judged, "promoted": site.n_promoted, "refusals": site.refusals, "seconds": site.seconds}
    return as_json(arms, points, more), found


def prepare(examination: float, split: str, seed: int) -> World:
    cache = settings.STATE_DIR / "bench"
    titles = pool_of(catalogues.shared_catalogue())
    index = catalogues.index_of(titles, encoder(), cache)
    stored = StoredEncoder(query_encoder(), cache)
    new = np.zeros(len(index), np.bool_)
    new[np.random.default_rng(seed).choice(len(index), round(NEW * len(index)), replace=False)] = True
    untrained = ModelState.untrained(ModelConfig(stored.dimension))
    members = cast(titles, split=split, habits=Habits(examination=examination), seed=seed)
    genres = {row: list(text.genres) for row, text in enumerate(titles.texts)}
    return World(members, Asker(index, stored, new), stored, Snapshot(0, index, untrained, stored), genres)


def run(world: World, options: argparse.Namespace, seed: int) -> tuple[dict[str, list[Point]], list[int], Site]:
    """(measures of every learner at every point, the points, the site as it ended)."""
    zero, asker, simulated = world.version_zero, world.asker, world.cast.world
    config = TrainConfig(learning_rate=options.learning_rate)
    site = Site(zero, zero, asker, golden_set(zero, world.genres), config, rate=options.exploration)
    parts = [Part(name, zero, asker, config) for name in ("memory", "weights", "both")]
    rivals = [] if options.alone else _rivals(world)
    learners = [*parts, *rivals]
    people = People(simulated, seed=seed)
    points = [point for point in POINTS if point <= options.searches]
    arms: dict[str, list[Point]] = {}
    waiting: list[LoggedSearch] = []
    seconds = dict.fromkeys([OURS, *(learner.name for learner in learners)], 0.0)
    served: list[float] = []
    for number in range(options.searches + 1):
        if number == JOINING:
            asker.open_to_all()
        if waiting and (number in points or len(waiting) >= (SMALL if number <= GROWS_AT else LARGE)):
            for learner in (site, *learners):
                started = time.perf_counter()
                learner.learn(waiting)
                seconds[OURS if learner is site else learner.name] += time.perf_counter() - started
            waiting = []
        if number in points:
            for name, rank in _rankers(world, site, parts, rivals).items():
                arms.setdefault(name, []).append(measure(rank, world.cast, asker))
            print(f"\nafter {number:,} searches ({site.n_promoted} of {site.n_judged} candidates promoted)")
            print(
                f"expected choices a search so far: {np.mean(served or [0]):.4f}", table(arms), sep="\n", flush=True
            )
        if number < options.searches:
            visit = people.visit(site.serve)
            waiting.append(visit.logged)
            served.append(simulated.utility(visit.intent, simulated.tastes.mean, visit.logged.shown))
    world.vectors.save()
    print("\nseconds of learning: " + ", ".join(f"{name} {spent:,.0f}" for name, spent in seconds.items()))
    return arms, points, site


def _rivals(world: World) -> list[Any]:
    from benchmarks.learning.lambdamart import LambdaMart, SeatedLambdaMart  # lightgbm, only where it is compared
    from benchmarks.learning.rivals import DemoRecipe, NaiveFineTune

    zero, question_of = world.version_zero, world.asker.question
    trees = LambdaMart(zero, question_of)
    return [DemoRecipe(zero, question_of), NaiveFineTune(zero, question_of), trees, SeatedLambdaMart(trees)]


def _rankers(world: World, site: Site, parts: list[Part], rivals: list[Any]) -> dict[str, Rank]:
    asker = world.asker

    def by_version(snapshot: Snapshot) -> Rank:
        return lambda intent, limit: asker.first(snapshot, intent, limit)

    def by_rival(rival: Any) -> Rank:
        def rank(intent: Intent, limit: int) -> list[int]:
            if not intent.text:  # the home list: none of them has one of its own
                return asker.first(world.version_zero, intent, limit)
            return list(rival.rank(asker.question(intent.text), limit))

        return rank

    rankers = {ZERO: by_version(world.version_zero), OURS: by_version(site.champion)}
    rankers |= {part.name: part.rank for part in parts}
    unseated = replace(site.champion, config=replace(site.champion.config, seats=0))
    rankers[UNSEATED] = by_version(unseated)
    for rival in rivals:
        if hasattr(rival, "refit"):
            rival.refit()
        rankers[rival.name] = by_rival(rival)
    return rankers


def _about(world: World, options: argparse.Namespace, seed: int) -> str:
    cast_, simulated = world.cast, world.cast.world
    return (
        f"{len(world.asker.new):,} films, {len(simulated.activity):,} people,"
        f" {len(simulated.intents):,} things to look for;"
        f" themes: {len(cast_.frequent)} frequent, {len(cast_.rare)} rare, {len(cast_.never_seen)} never typed;"
        f" place k is looked at with k^-{simulated.habits.examination}; seed {seed}, split {options.split}"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Does it learn?", prog="bench-learning")
    parser.add_argument("--searches", type=int, default=POINTS[-1])
    parser.add_argument("--examination", type=float, default=1.1, help="place k is looked at with k to minus this")
    parser.add_argument("--exploration", type=float, default=RATE, help="share of first pages with a swap")
    parser.add_argument("--learning-rate", type=float, default=TrainConfig().learning_rate)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1, help="so many runs, of seed, seed + 1, …, and their means")
    parser.add_argument("--split", default="dev", help="part of the query files")
    parser.add_argument("--alone", action="store_true", help="without the rivals")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plots", type=Path, help="directory for the curves as SVG")
    return parser.parse_args()


if __name__ == "__main__":
    main()
