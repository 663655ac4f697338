"""“For you”: what one visitor would choose next, the same on the home page and in “Why this?”."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recommender.ml import engine
from recommender.ml.ranking import Hit, Ranking
from recommender.ml.snapshot import Snapshot
from recommender.ml.turns import taking_turns
from recommender.taste.personal import Personal

N_CANDIDATES = 100  # titles of which the first places are filled


def for_you(
    snapshot: Snapshot, mine: Personal, *, limit: int = 12, among: NDArray[np.bool_] | None = None
) -> Ranking:
    """Taste decides, what everybody chooses helps, and everything they chose has a say. among: bool[N], else all."""
    ranking = engine.for_you(snapshot, mine.attention, mine.for_you, limit=max(limit, N_CANDIDATES), among=among)
    if not ranking.hits:
        return ranking
    rows = ranking.rows[:N_CANDIDATES]
    turn = taking_turns(mine.tastes.speaking(mine.taste, rows))
    hits = [ranking.hits[place] for place in turn] + ranking.hits[len(turn) :]
    order = np.concatenate([rows[turn], ranking.rows[len(turn) :]])
    seen = mine.tastes.share_seen
    return replace(
        ranking,
        hits=[_told(hit, float(seen[row])) for hit, row in zip(hits[:limit], order, strict=False)],
        rows=order,
    )


def _told(hit: Hit, seen: float) -> Hit:
    """What everybody chose and what a title's fame promises are two things to say, though one number."""
    attention = hit.parts["attention"]
    parts = {"attention": seen * attention, "prior": (1 - seen) * attention, "taste": hit.parts["taste"]}
    return replace(hit, parts=parts)
