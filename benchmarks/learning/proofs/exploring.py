"""Exploration costs little, recovers the curve of attention, and pays for itself.

cost: expected choices on pages with a swap against the same version's pages without, over all draws (the odds are a
table, so nothing is sampled but the searches). pays: sites that explore and sites that do not, each with the same
people; what their visitors chose in expectation so far, and what their versions know at the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.learning.measures import THEMES
from benchmarks.learning.proofs.changes import percent, relative_interval
from benchmarks.learning.proofs.stage import Play, Stage, choices, theme_ndcg
from benchmarks.learning.report import Claim
from benchmarks.learning.site import PAGE_SIZE, RATE
from recommender.ml.engine import answer
from recommender.ml.explore import PAGES_DEEP, chances, is_close
from recommender.ml.snapshot import Snapshot
from training.ml.examination import ExaminationTally, fit
from training.ml.simulator import Intent, World

SEARCHES, SEEDS, PAIRS = 5_000, (0, 1, 2), tuple(range(12))
LONG, JOINING = 20_000, 10_000
COST, SLOTS, CURVE = 0.02, 0.1, 0.15
SAMPLE = 2_000  # searches that a cost is worked out for


@dataclass(frozen=True)
class Drawn:
    """Searches of a kind with, for each, expected choices without exploration and with it, and the moved places."""

    plain: NDArray[np.float64]
    explored: NDArray[np.float64]
    moved: NDArray[np.float64]
    places: NDArray[np.float64]

    def free(self) -> "Drawn":
        """Those whose page may have a swap at all."""
        may = self.moved > 0
        return Drawn(self.plain[may], self.explored[may], self.moved[may], self.places[may])

    @property
    def share(self) -> float:
        return float(self.moved.sum() / self.places.sum())


def prove(stage: Stage) -> Iterator[Claim | str]:
    yield from _costs(stage)
    yield from _curve(stage)
    yield from _pays(stage, stage.searches(SEARCHES))


def _costs(stage: Stage) -> Iterator[Claim | str]:
    n = stage.searches(SEARCHES)
    play = stage.play()
    for name, version in (("version 0", stage.prepared.version_zero), (f"after {n:,} searches", play.until(n))):
        for rate in (RATE, 1.0):
            drawn = draws(stage, play, version, rate)
            free = drawn.free()
            cost = relative_interval(drawn.explored, drawn.plain)
            yield Claim(
                f"cost at rate {rate}, {name}",
                cost[0] >= -COST,
                f"{percent(*cost)} choices, {-COST:.0%} at most wanted;"
                f" on pages with free places {percent(*relative_interval(free.explored, free.plain))}",
            )
            yield Claim(
                f"moved places at rate {rate}, {name}",
                drawn.share <= SLOTS and free.share <= SLOTS,
                f"{drawn.share:.1%}, {SLOTS:.0%} at most wanted; on pages with free places {free.share:.1%}",
            )


def draws(stage: Stage, play: Play, version: Snapshot, rate: float) -> Drawn:
    """Over searches as people make them; those for the home list, where nothing is drawn, included."""
    world, random = stage.world, np.random.default_rng(0)
    intents = random.choice(len(world.intents), SAMPLE, p=world.chances)
    people = random.choice(len(world.activity), SAMPLE, p=world.activity)
    found = [
        _drawn(play, version, world, world.intents[intent], world.tastes.liking[person], rate)
        for intent, person in zip(intents, people, strict=True)
    ]
    return Drawn(*np.array(found).T)


def _drawn(
    play: Play, version: Snapshot, world: World, intent: Intent, liking: NDArray[np.float32], rate: float
) -> tuple[float, float, float, float]:
    """(plain, explored, moved, places) of one search."""
    if not intent.text:
        return 0.0, 0.0, 0.0, 0.0
    ranking = answer(version, play.asker.question(intent.text), limit=PAGE_SIZE)
    ranked = version.index.title_ids[ranking.rows[: PAGES_DEEP * PAGE_SIZE]].tolist()
    n = min(PAGE_SIZE, len(ranked))
    if not n:
        return 0.0, 0.0, 0.0, 0.0
    looks = world.habits.examined(n)
    attraction = choices(world, intent, liking, ranked)
    may_move = np.array([hit.score for hit in ranking.hits[ranking.n_matches :]], np.float32)
    rate = rate if is_close(may_move) else 0.0
    odds = chances(rate, n, min(ranking.n_matches, n), len(ranking.rows))[: len(ranked)]  # [ranks, places]
    moved = n - float(np.trace(odds[:n]))
    return float(looks @ attraction[:n]), float(attraction[: len(odds)] @ odds @ looks), moved, float(n)


def _curve(stage: Stage) -> Iterator[Claim | str]:
    """The examination curve from the log of a site that learnt meanwhile."""
    true = stage.world.habits.examination
    tally = ExaminationTally.empty()
    for seed in SEEDS:
        play = stage.play(seed=seed)
        play.until(stage.searches(SEARCHES))
        tally = tally.plus(ExaminationTally.of(play.first_pages()))
        yield _of_curve(f"η from the log of {len(play.visits):,} searches, seed {seed}", tally, true)[0]
        tally = ExaminationTally.empty()
    play = stage.play(joins_at=stage.searches(JOINING))
    play.until(stage.searches(LONG))
    text, error = _of_curve("", ExaminationTally.of(play.first_pages()), true)
    yield Claim(f"the curve from {len(play.visits):,} searches", error <= CURVE, text.removeprefix(": "))


def _of_curve(name: str, tally: ExaminationTally, true: float) -> tuple[str, float]:
    """(in words, largest relative error of the curve up to place 10)."""
    found = fit(tally)
    places = np.arange(1, 11)
    error = float(np.max(np.abs(places ** (true - found.examination.exponent) - 1)))
    words = (
        f"{found.examination.exponent:.3f} [{found.low:.3f} {found.high:.3f}], truly {true};"
        f" the curve is off by {error:.0%} at most up to place 10, {CURVE:.0%} wanted"
    )
    return f"{name}: {words}", error


def _pays(stage: Stage, n: int) -> Iterator[Claim | str]:
    so_far: list[float] = []
    current: list[float] = []
    for seed in PAIRS:
        pair = [stage.play(seed=seed, rate=rate) for rate in (RATE, 0.0)]
        exploring, fixed = (play.until(n) for play in pair)
        for at in sorted({n // 5, n // 2, n}):
            gone = [play.expected()[:at] for play in pair]
            so_far.append(float(gone[0].sum() / gone[1].sum() - 1))
            yield f"seed {seed}, choices in the first {at:,} searches {percent(*relative_interval(*gone))}"
        now = [draws(stage, pair[0], version, RATE).plain for version in (exploring, fixed)]
        current.append(float(now[0].sum() / now[1].sum() - 1))
        yield f"seed {seed}, choices on an unexplored page after {n:,} {percent(*relative_interval(*now))}"
        for group in THEMES:
            intents = getattr(stage.prepared.cast, group)
            known = [
                theme_ndcg(play.asker, v, intents, stage.world)
                for play, v in zip(pair, (exploring, fixed), strict=True)
            ]
            yield (
                f"seed {seed}, nDCG@10 of {group} after {n:,} {np.nanmean(known[1]):.4f} without,"
                f" {np.nanmean(known[0]):.4f} with, {percent(*relative_interval(*known))}"
            )
    final = so_far[2::3]
    yield Claim(
        f"pays for itself by {n:,} searches",
        float(np.mean(final)) >= 0,
        f"choices so far {np.mean(final):+.2%} (standard error {_error(final):.2%}), none lost wanted; on an"
        f" unexplored page {np.mean(current):+.2%} ({_error(current):.2%}) by now (mean of {len(PAIRS)} seeds)",
    )


def _error(values: list[float]) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def exposure(stage: Stage, play: Play, version: Snapshot) -> float:
    """Share of the first tens of typed themes, as often as they are typed, that goes to titles which joined late."""
    chance = {intent.text: float(p) for intent, p in zip(stage.world.intents, stage.world.chances, strict=True)}
    new = total = 0.0
    for intent in (*stage.prepared.cast.frequent, *stage.prepared.cast.rare):
        shown = play.asker.first(version, intent)
        new += chance[intent.text] * float(play.asker.new[shown].sum())
        total += chance[intent.text] * len(shown)
    return new / total
