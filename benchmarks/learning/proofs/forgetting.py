"""Learning about some themes takes nothing from what is known of others.

Half of the themes are searched for, then only the other half: the nDCG of the first half must not fall by 1 %. The
halves have equally often asked themes, and change roles for the second run. As themes of one half say something of
the other's, a third run looks for titles, plots and people instead, where little can make up for what is forgotten.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks.learning.proofs.changes import percent, relative_interval
from benchmarks.learning.proofs.stage import Play, Stage, theme_ndcg
from benchmarks.learning.report import Claim
from recommender.ml.snapshot import Snapshot
from training.ml.config import TrainConfig
from training.ml.simulator import Intent, World

SEARCHES = 5_000  # of each half
MOST_ASKED = 15
MAY_FALL = 0.01


def prove(stage: Stage, config: TrainConfig | None = None) -> Iterator[Claim]:
    n, world = stage.searches(SEARCHES), stage.world
    halves = split(world)
    no_themes = [intent for intent in world.intents if intent.kind != "theme"]
    for name, first, others in (
        ("one half, then the other", halves[0], (halves[1],)),
        ("the other half, then the first", halves[1], (halves[0], no_themes)),
    ):
        play = Play(stage.prepared, seed=0, config=config)
        play.people.world = only(world, first)
        learnt = play.until(n)
        for second in others:
            later = Play(stage.prepared, seed=1, config=config, champion=learnt)
            later.people.world = only(world, second)
            then = name if second is not no_themes else "the other half, then no themes at all"
            yield from _compared(then, stage, play, [stage.prepared.version_zero, learnt, later.until(n)], first)


def _compared(name: str, stage: Stage, play: Play, versions: list[Snapshot], themes: list[Intent]) -> Iterator[Claim]:
    """versions: before anything, when the themes were learnt, and later."""
    start, before, after = (theme_ndcg(play.asker, version, themes, stage.world) for version in versions)
    for group, which in (("all", slice(None)), (f"the {MOST_ASKED} most asked", slice(MOST_ASKED))):
        change = relative_interval(after[which], before[which])
        yield Claim(
            f"{name}: {group}",
            change[0] > -MAY_FALL,
            f"{percent(*change)}, above {-MAY_FALL:.0%} wanted; nDCG@10 {np.nanmean(start[which]):.4f}"
            f" → {np.nanmean(before[which]):.4f} → {np.nanmean(after[which]):.4f}",
        )


def split(world: World) -> tuple[list[Intent], list[Intent]]:
    """Themes in two halves, the most asked first: every other one."""
    themes = [place for place, intent in enumerate(world.intents) if intent.kind == "theme"]
    themes.sort(key=lambda place: (-world.chances[place], place))
    ordered = [world.intents[place] for place in themes]
    return ordered[0::2], ordered[1::2]


def only(world: World, intents: list[Intent]) -> World:
    """The same people, looking for nothing else, in the old proportions."""
    chance = {intent.text: float(p) for intent, p in zip(world.intents, world.chances, strict=True)}
    chances = np.array([chance[intent.text] for intent in intents])
    return replace(world, intents=intents, chances=chances / chances.sum())
