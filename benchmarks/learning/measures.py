"""What a learner is worth at one moment, by the truth of the simulated world."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.learning.asking import HOME_PLACES, Asker
from benchmarks.learning.world import Cast
from training.ml.metrics import ndcg_at_k, reciprocal_rank
from training.ml.simulator import HOME, Intent

Rank = Callable[[Intent, int], list[int]]  # (what is looked for, how many) → title ids, the best first
THEMES = ("frequent", "rare", "never_seen")
KNOWN = ("title", "typo", "plot", "fact")  # searches for one title, measured by MRR@10
AT_MOST = 300  # searches of a kind that are asked


@dataclass(frozen=True)
class Point:
    """values: measure → number. queries: of THEMES, the nDCG@10 of each query, for paired differences."""

    values: dict[str, float]
    queries: dict[str, NDArray[np.float64]]


def measure(rank: Rank, cast: Cast, asker: Asker) -> Point:
    """The true gain of a title is its relevance × what the average person makes of it."""
    world, tastes = cast.world, cast.world.tastes
    first: dict[str, list[list[int]]] = {}
    queries: dict[str, NDArray[np.float64]] = {}
    values: dict[str, float] = {}
    for group in THEMES:
        intents: list[Intent] = getattr(cast, group)
        first[group] = [rank(intent, 10) for intent in intents]
        queries[group] = _ndcg(intents, first[group], [world.gains(i, tastes.mean) for i in intents], asker)
        own = _ndcg(intents, first[group], [world.gains(i, tastes.mean_of_own) for i in intents], asker)
        values |= {group: float(np.nanmean(queries[group])), f"{group}, own ratings": float(np.nanmean(own))}
    for kind in KNOWN:
        intents = [intent for intent in cast.of_kind(kind, AT_MOST) if asker.truth(intent.relevance)]
        values[kind] = float(np.mean([_reciprocal_rank(rank(intent, 10), intent) for intent in intents]))
    home = Intent(HOME, "")
    values[HOME] = world.utility(home, tastes.mean, rank(home, HOME_PLACES))
    asked = [*cast.frequent, *cast.rare]
    lists = [*first["frequent"], *first["rare"]]
    share = {intent.text: float(chance) for intent, chance in zip(world.intents, world.chances, strict=True)}
    values |= _exposure(lists, [share[intent.text] for intent in asked], asker)
    reached = [world.utility(i, tastes.mean, shown) for i, shown in zip(asked, lists, strict=True)]
    best = [world.utility(i, tastes.mean, _oracle(world.gains(i, tastes.mean), asker)) for i in asked]
    weights = [share[intent.text] for intent in asked]
    values["utility"] = float(np.average(reached, weights=weights))
    values["regret"] = float(np.average(best, weights=weights)) - values["utility"]
    return Point(values, queries)


def _ndcg(
    intents: Sequence[Intent], lists: Sequence[list[int]], gains: Sequence[dict[int, float]], asker: Asker
) -> NDArray[np.float64]:
    """One number a query; NaN where nothing that can be found has a gain."""
    made = []
    for _, shown, truth in zip(intents, lists, gains, strict=True):
        right = {title: gain for title, gain in asker.truth(truth).items() if gain > 0}
        made.append(ndcg_at_k(shown, right) if right else np.nan)
    return np.array(made)


def _reciprocal_rank(shown: Sequence[int], intent: Intent) -> float:
    return max(reciprocal_rank(shown, right) for right in intent.relevance)


def _oracle(gains: dict[int, float], asker: Asker) -> list[int]:
    right = asker.truth(gains)
    return sorted(right, key=lambda title: (-right[title], title))[:10]


def _exposure(lists: Sequence[list[int]], weights: Sequence[float], asker: Asker) -> dict[str, float]:
    """coverage@10: different titles over all asked themes. gini: of their exposure, weighted by how often each theme
    is asked. new: share of the exposure that goes to titles which joined late.
    """
    exposure = np.zeros(len(asker.new))
    for shown, weight in zip(lists, weights, strict=True):
        exposure[shown] += weight
    ordered = np.sort(exposure)
    n = len(ordered)
    places = np.arange(1, n + 1)
    gini = float((2 * places - n - 1) @ ordered / (n * ordered.sum()))
    return {
        "coverage": float((exposure > 0).sum()),
        "gini": gini,
        "new titles": float(exposure[asker.new].sum() / exposure.sum()),
    }


def interval(differences: NDArray[np.float64], *, seed: int = 0, draws: int = 2_000) -> tuple[float, float]:
    """95 % interval of the mean of paired differences, by percentile bootstrap over queries."""
    values = differences[~np.isnan(differences)]
    picks = np.random.default_rng(seed).integers(0, len(values), (draws, len(values)))
    low, high = np.quantile(values[picks].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)
