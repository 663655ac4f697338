"""Can somebody click a title to the top? Known attacks on the simulated site, with and without each defence.

    make drill-poison [ARGS="--attacks sessions,fresh --layers none,rules,caps,all --near"]

In each cycle simulated people search (the same ones, whatever the attack), attackers do their part, and one window
is learnt with the real engine, labels, caps, trainer and, in the whole defence, gate. The target is a little
known title; attackers ask the 20 themes that are asked most, page down until it is shown, and choose it. At the end,
versions are compared over every theme anybody types, weighted by how often it is. Exits with 1 if an attack gets
through the whole defence, or if none gets through where there is no defence: then the drill proves nothing.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import fmean, stdev

import django
from scipy import stats

django.setup()

from benchmarks.poisoning.attacks import DRILLS, Drill, Scene  # noqa: E402
from benchmarks.poisoning.scenes import catalogue, read, scene_of  # noqa: E402
from benchmarks.poisoning.site import Outcome, only, run  # noqa: E402

NDCG_MARGIN, EXPOSURE, LOST = 0.005, 0.01, 0.01  # what a defence must keep
UNDEFENDED_CYCLES = 3

_ABOUT = """
top 10: share of theme searches that show the target there. Δ nDCG: of all themes, against the same people without the
attack. lost: of honest choices, beyond what is lost in peace; what is under quarantine at the end is lost.
none: every choice counts. rules: eligible choices, once per client, title and day. caps: sessions, titles and pairs
are held as well. all: places far down count less, looks bound the choices of a pair, and the gate judges.
Two runs of 20 cycles part ways by more than is at stake, whatever makes the difference: see how far apart the seeds
of the placebo lie (its mean is what more honest searches teach). Over so many cycles Δ nDCG and lost are therefore
judged by their mean over several seeds, each a world of its own; whether the target gets in, or no alarm is raised,
by every seed.
"""


@dataclass(frozen=True)
class Result:
    """Of a drill on one seed. change, lost: of nDCG@10 and of honest choices, against the same cycles in peace.
    got_in: the attack. refusals: why the gate refused windows.
    """

    drill: str
    layer: str
    change: float
    lost: float
    got_in: bool
    alarms: int
    refusals: list[str]


def main() -> None:
    options = _options()
    started = time.perf_counter()
    print(f"{_ABOUT}\n{'attack':<36}{'layer':<7}{'seed':>4}{'top 10':>8}{'attacked':>9}{'place':>7}{'victim':>7}"
          f"{'Δ nDCG':>9}{'lost':>8}{'alarms':>8}{'refused':>8}", flush=True)  # fmt: skip
    seeds = range(options.seed, options.seed + max(DRILLS[key].seeds for key in options.attacks))
    found: dict[tuple[str, str], list[Result]] = {}
    failures = []
    catalogue()  # made before each process wants it
    with ProcessPoolExecutor(options.processes, multiprocessing.get_context("spawn")) as pool:
        for wrong, results in pool.map(partial(play, options), seeds):
            failures += wrong
            for result in results:
                found.setdefault((result.drill, result.layer), []).append(result)
    for (key, layer), results in found.items():
        if layer == "all":
            print("\n".join(_summary(DRILLS[key], results)))
        if not options.near:
            failures += [f"{DRILLS[key].name}: {what}" for what in _what_is_wrong(DRILLS[key], layer, results)]
    print(f"\n{time.perf_counter() - started:.0f} s")
    for failure in failures:
        print(f"FAILED  {failure}")
    sys.exit(bool(failures))


def play(options: argparse.Namespace, seed: int) -> tuple[list[str], list[Result]]:
    """(what is wrong in peace, every drill that this seed takes part in), each line printed as it comes."""
    keys = [key for key in options.attacks if DRILLS[key].seeds > seed - options.seed]
    layers = [layer for layer in options.layers if layer == "all" or seed == options.seed]
    shared = catalogue()
    scene = scene_of(shared, seed, near=options.near)
    zero, name = read(scene, scene.version_zero, scene.attacked), scene.version_zero.index.names[scene.target]
    print(f"seed {seed}: target “{name}”, median place {zero.place:.0f} in the attacked themes, in the first ten of"
          f" {zero.n_attacked}; rare query “{scene.rare}”", flush=True)  # fmt: skip
    results = []
    calm: dict[str, Outcome] = {}
    for layer in layers:
        longest = max(_cycles(DRILLS[key], layer) for key in keys)
        with only(layer):
            calm[layer] = run(scene, None, layer, longest, options.searches)
    wrong = _false_alarms(calm["all"], seed) if "all" in calm else []
    for key in keys:
        for layer in layers:
            with only(layer):
                results.append(_drilled(scene, key, layer, calm[layer], options.searches))
    if seed == options.seed:  # one process writes
        shared.stored.save()
    return wrong, results


def _drilled(scene: Scene, key: str, layer: str, calm: Outcome, n_searches: int) -> Result:
    drill = DRILLS[key]
    cycles = _cycles(drill, layer)
    outcome = run(scene, drill.attack, layer, cycles, n_searches)
    texts = [scene.rare] if drill.is_rare else scene.attacked
    after, before = (read(scene, of.snapshots[cycles - 1], texts) for of in (outcome, calm))
    change, lost = after.ndcg - before.ndcg, calm.learnt[cycles - 1] - outcome.learnt[-1]
    got_in = after.share > EXPOSURE or after.n_attacked > 0
    got_in |= drill.sinks and after.victim > max(10, before.victim)
    print(f"{drill.name:<36}{layer:<7}{scene.seed:>4}{after.share:>8.2%}{after.n_attacked:>6}/{len(texts):<2}"
          f"{after.place:>7.0f}{after.victim:>7}{change:>+9.4f}{lost:>+8.2%}{outcome.alarms:>5}/{cycles:<2}"
          f"{len(outcome.refusals):>8}", flush=True)  # fmt: skip
    return Result(key, layer, change, lost, got_in, outcome.alarms, outcome.refusals)


def _false_alarms(calm: Outcome, seed: int) -> list[str]:
    """What is wrong with the caps where nobody attacks."""
    cycles, chosen = len(calm.snapshots), max(calm.chosen, 1)
    held, quarantined = calm.held / chosen, calm.quarantined / chosen
    print(f"no attack, seed {seed}: {calm.alarms} alarms and {len(calm.refusals)} refusals in {cycles} cycles; of the"
          f" choices {held:.2%} held by caps, {quarantined:.2%} in quarantine", flush=True)  # fmt: skip
    wrong = {"false alarms": calm.alarms > cycles / 20, f"{held:.2%} of the choices held": held > LOST}
    return [f"in peace, seed {seed}: {what}" for what, is_so in wrong.items() if is_so]


def _what_is_wrong(drill: Drill, layer: str, results: Sequence[Result]) -> list[str]:
    """What a drill costs is judged by the mean of its seeds, the rest by each."""
    got_in = any(result.got_in for result in results)
    if layer == "none" and drill.bites and not got_in:
        return ["does not bite without a defence"]
    if layer != "all" or drill.is_limit:
        return []
    change, lost = fmean(result.change for result in results), fmean(result.lost for result in results)
    wrong = {
        "it gets in": got_in and not drill.is_honest,
        f"nDCG@10 changed by {change:+.4f}": change < -NDCG_MARGIN,
        f"{lost:.2%} of honest choices lost": lost > LOST,
        "no alarm": drill.needs_alarm and not all(result.alarms for result in results),
    }
    return [what for what, is_so in wrong.items() if is_so]


def _summary(drill: Drill, results: Sequence[Result]) -> list[str]:
    """What its judgement rests on."""
    change, lost = _mean([result.change for result in results], "+.4f"), _mean([r.lost for r in results], "+.2%")
    refusals = sorted({refusal for result in results for refusal in result.refusals})
    return [
        f"{drill.name}: Δ nDCG {change}; lost {lost}",
        *(f"    refused: {refusal}" for refusal in refusals[:3]),
    ]


def _mean(values: Sequence[float], form: str) -> str:
    """With its 95 % t-interval, where there are several values."""
    mean, n = fmean(values), len(values)
    if n == 1:
        return f"{mean:{form}}"
    margin = stats.t.ppf(0.975, n - 1) * stdev(values) / n**0.5
    return f"{mean:{form}} [{mean - margin:{form}} to {mean + margin:{form}}], {n} seeds"


def _cycles(drill: Drill, layer: str) -> int:
    """Without a defence a few cycles are enough to get in, unless it is a slow attack."""
    return drill.cycles if layer == "all" else min(drill.cycles, UNDEFENDED_CYCLES)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="click-spam drills in the simulated world")
    parser.add_argument("--attacks", type=lambda text: text.split(","), default=list(DRILLS))
    parser.add_argument("--layers", type=lambda text: text.split(","), default=["none", "all"])
    parser.add_argument("--near", action="store_true", help="a target at places 11 to 60 already: a limit, not held")
    parser.add_argument("--searches", type=int, default=500, help="honest ones in a cycle")
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--processes", type=int, default=2, help="that play a seed each")
    return parser.parse_args()


if __name__ == "__main__":
    main()
