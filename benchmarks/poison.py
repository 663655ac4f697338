"""Can somebody click a title to the top? Known attacks on the simulated site, with and without each defence.

    make drill-poison [ARGS="--attacks sessions,fresh --layers none,rules,caps,all --near"]

In each cycle simulated people search (the same ones, whatever the attack), attackers do their part, and one window
is learnt with the real engine, labels, caps, trainer and, in the whole defence, gate. The target is a little
known title; attackers ask the 20 themes that are asked most, page down until it is shown, and choose it. At the end,
versions are compared over every theme anybody types, weighted by how often it is. Exits with 1 if an attack gets
through the whole defence, or if none gets through where there is no defence: then the drill proves nothing.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import django
import numpy as np

django.setup()

from django.conf import settings  # noqa: E402

from benchmarks.catalogues import index_of, shared_catalogue  # noqa: E402
from benchmarks.learning.asking import Asker  # noqa: E402
from benchmarks.learning.world import cast, pool_of  # noqa: E402
from benchmarks.poisoning.attacks import DEEPEST, DRILLS, Drill, Scene  # noqa: E402
from benchmarks.poisoning.site import Outcome, only, run  # noqa: E402
from benchmarks.quality.marquee import StoredEncoder  # noqa: E402
from recommender.encoders import encoder  # noqa: E402
from recommender.ml.engine import Snapshot, answer  # noqa: E402
from recommender.ml.weights import ModelConfig, ModelState  # noqa: E402
from training.ml import labels  # noqa: E402
from training.ml.golden import golden_set  # noqa: E402
from training.ml.metrics import ndcg_at_k  # noqa: E402

N_ATTACKED = 20
LITTLE_KNOWN = 0.25  # quantile of popularity below which the target is
NDCG_MARGIN, EXPOSURE, LOST = 0.005, 0.01, 0.01  # what a defence must keep
UNDEFENDED_CYCLES = 3

_ABOUT = """
top 10: share of theme searches that show the target there. lost: of honest choices, beyond what is lost in peace.
none: every choice counts. rules: eligible choices, once per client, title and day. caps: sessions, titles and pairs
are held as well. all: places far down count less, looks bound the choices of a pair, and the gate judges.
"""


@dataclass(frozen=True)
class Reading:
    """share: of theme searches with the target in the first ten. n_attacked: of the attacked themes. ndcg: mean over
    all themes. place: of the target, its median over the attacked themes. victim: its place in the first of them.
    """

    share: float
    n_attacked: int
    ndcg: float
    place: float
    victim: int


def read(scene: Scene, snapshot: Snapshot, attacked: Sequence[str]) -> Reading:
    chance = dict(zip((i.text for i in scene.cast.world.intents), scene.cast.world.chances, strict=True))
    mean = scene.cast.world.tastes.mean
    weights = np.array([chance[intent.text] for intent in scene.themes])
    lists = [scene.asker.first(snapshot, intent) for intent in scene.themes]
    everything = [*scene.themes, *scene.cast.never_seen]
    ndcg = [ndcg_at_k(scene.asker.first(snapshot, i), scene.cast.world.gains(i, mean)) for i in everything]
    inside = np.array([scene.target in shown for shown in lists])
    ranked = [
        [hit.title_id for hit in answer(snapshot, scene.asker.question(text), limit=DEEPEST).hits]
        for text in (scene.attacked[0], *attacked)
    ]
    top, *ranked = ranked
    return Reading(
        float(weights @ inside / weights.sum()),
        sum(scene.target in each[:10] for each in ranked),
        float(np.mean(ndcg)),
        float(np.median([_place(each, scene.target) for each in ranked])),
        _place(top, scene.victim),
    )


def _place(ranked: Sequence[int], title: int) -> int:
    return ranked.index(title) + 1 if title in ranked else DEEPEST


def scene_of(seed: int, *, near: bool = False) -> Scene:
    titles = pool_of(shared_catalogue())
    kept = settings.STATE_DIR / "bench"
    stored = StoredEncoder(encoder(), kept)
    index = index_of(titles, encoder(), kept)
    asker = Asker(index, stored, np.zeros(len(index), np.bool_))
    zero = Snapshot(0, index, ModelState.untrained(ModelConfig(stored.dimension)), stored)
    played = cast(titles, seed=seed)
    ranked = {
        intent.text: [hit.title_id for hit in answer(zero, asker.question(intent.text), limit=DEEPEST).hits]
        for intent in [*played.frequent, *played.rare]
    }
    attacked = [intent.text for intent in played.frequent if ranked[intent.text]][:N_ATTACKED]
    target = _target(titles.popularity, [ranked[text] for text in attacked], near=near)
    rare = next(i.text for i in reversed(played.rare) if target in ranked[i.text][labels.LAST_PLACE :])
    stored.save()
    golden = golden_set(zero, {row: text.genres for row, text in enumerate(titles.texts)})
    return Scene(played, asker, zero, attacked, target, ranked[attacked[0]][0], rare, golden)


def _target(popularity: Sequence[float | None], ranked: Sequence[Sequence[int]], *, near: bool) -> int:
    """Of the little known titles the one that most attacked themes can show: of those that stand on none of their
    first pages, or, if `near`, on places 11 to 60 of most.
    """
    known = np.array([each or 0.0 for each in popularity])
    little = set(np.flatnonzero(known < np.quantile(known, LITTLE_KNOWN)).tolist())
    first = {title for each in ranked for title in each[: 10 if near else labels.LAST_PLACE]}
    deepest = labels.LAST_PLACE if near else DEEPEST
    reached = Counter(title for each in ranked for title in each[:deepest] if title in little - first)
    return max(sorted(reached), key=lambda title: reached[title])


def main() -> None:
    options = _options()
    started = time.perf_counter()
    scene = scene_of(options.seed, near=options.near)
    zero = read(scene, scene.version_zero, scene.attacked)
    print(f"target: “{scene.version_zero.index.names[scene.target]}”, median place {zero.place:.0f} in the attacked"
          f" themes, in the first ten of {zero.n_attacked}; rare query: “{scene.rare}”")  # fmt: skip
    print(f"{_ABOUT}\n{'attack':<34}{'layer':<8}{'top 10':>8}{'attacked':>9}{'place':>7}{'victim':>7}"
          f"{'Δ nDCG':>9}{'lost':>8}{'alarms':>8}{'refused':>8}", flush=True)  # fmt: skip
    longest = {layer: max(_cycles(DRILLS[key], layer) for key in options.attacks) for layer in options.layers}
    calm = {}
    for layer, cycles in longest.items():
        with only(layer):
            calm[layer] = run(scene, None, layer, cycles, options.searches)
    failures = [
        f"in peace: {what}" for what, is_so in _false_alarms(calm.get("all"), longest.get("all", 0)).items() if is_so
    ]
    for key in options.attacks:
        drill = DRILLS[key]
        attacked = [scene.rare] if key == "rare" else scene.attacked
        got_in: dict[str, bool] = {}
        for layer in options.layers:
            cycles = _cycles(drill, layer)
            with only(layer):
                outcome = run(scene, drill.attack, layer, cycles, options.searches)
            after = read(scene, outcome.snapshots[-1], attacked)
            before = read(scene, calm[layer].snapshots[cycles - 1], attacked)
            lost = max(0.0, calm[layer].learnt[cycles - 1] - outcome.learnt[-1])
            change = after.ndcg - before.ndcg
            print(f"{drill.name:<34}{layer:<8}{after.share:>8.2%}{after.n_attacked:>6}/{len(attacked):<2}"
                  f"{after.place:>7.0f}{after.victim:>7}{change:>+9.4f}{lost:>8.2%}{outcome.alarms:>5}/{cycles:<2}"
                  f"{len(outcome.refusals):>8}", flush=True)  # fmt: skip
            got_in[layer] = after.share > EXPOSURE or after.n_attacked > 0
            got_in[layer] |= drill.sinks and after.victim > max(10, before.victim)
            if layer == "all" and not (drill.is_limit or options.near):
                wrong = {
                    "it gets in": got_in["all"],
                    f"nDCG@10 changed by {change:+.4f}": change < -NDCG_MARGIN,
                    f"{lost:.2%} of honest choices lost": lost > LOST,
                    "no alarm": drill.needs_alarm and not outcome.alarms,
                }
                failures += [f"{drill.name}: {what}" for what, is_so in wrong.items() if is_so]
                for refusal in sorted(set(outcome.refusals))[:3]:
                    print(f"      refused: {refusal}", flush=True)
        if drill.bites and not got_in.get("none", True):
            failures.append(f"{drill.name}: does not bite without a defence")
    print(f"\n{time.perf_counter() - started:.0f} s")
    for failure in failures:
        print(f"FAILED  {failure}")
    sys.exit(bool(failures))


def _cycles(drill: Drill, layer: str) -> int:
    """Without a defence a few cycles are enough to get in, unless it is a slow attack."""
    return drill.cycles if layer == "all" else min(drill.cycles, UNDEFENDED_CYCLES)


def _false_alarms(calm: Outcome | None, cycles: int) -> dict[str, bool]:
    if calm is None:
        return {}
    held, refused = calm.held / max(calm.chosen, 1), calm.refused / max(calm.chosen, 1)
    print(f"no attack: {calm.alarms} alarms and {len(calm.refusals)} refusals in {cycles} cycles; of the choices"
          f" {held:.2%} held by caps, {refused:.2%} in refused windows {calm.refusals[:2]}", flush=True)  # fmt: skip
    return {"false alarms": calm.alarms > cycles / 20, f"{held:.2%} of the choices held": held > LOST}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="click-spam drills in the simulated world")
    parser.add_argument("--attacks", type=lambda text: text.split(","), default=list(DRILLS))
    parser.add_argument("--layers", type=lambda text: text.split(","), default=["none", "all"])
    parser.add_argument("--near", action="store_true", help="a target at places 11 to 60 already: a limit, not held")
    parser.add_argument("--searches", type=int, default=500, help="honest ones in a cycle")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
