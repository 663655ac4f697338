"""A site that few people taught, all of one taste: are newcomers of other tastes still told apart?"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from benchmarks.personal_ranking.histories import SECONDS_PER_DAY
from recommender.ml.affinity import Affinity
from recommender.ml.index import CatalogIndex
from recommender.ml.ranking import distinct_works
from recommender.ml.taste import WEIGHTS, Signal, Tastes
from recommender.ml.turns import taking_turns
from training.ml.affinity import fit

TAUGHT_BY = 35
CROWDS = (0, TAUGHT_BY, 100, 400, 1_000)  # people
LOVED = 3  # films that each of them liked
FAMOUS = 20  # films that they chose from
PLACES = 10
NOW = 1_700_000_000.0
CROWD, NEWCOMERS = "sci-fi", ("animation", "horror", "romance")  # as genres are called, in any case


def shared_places(
    index: CatalogIndex, crowd: Sequence[int], newcomers: Sequence[Sequence[int]], n_people: int
) -> float:
    """The largest share of their first ten that two newcomers share. crowd, newcomers: rows that they like."""
    tastes = Tastes(index, taught_by(index, crowd, n_people))
    lists = [set(first_ten(tastes, rows).tolist()) for rows in newcomers]
    return max(len(one & other) / PLACES for one, other in combinations(lists, 2))


def taught_by(index: CatalogIndex, crowd: Sequence[int], n_people: int, *, seed: int = 0) -> Affinity:
    """What is learnt of so many people who liked LOVED of the same films within two days."""
    draw = np.random.default_rng(seed)
    rows = [draw.choice(crowd, LOVED, replace=False) for _ in range(n_people)]
    times = NOW - draw.random(n_people) * 2 * SECONDS_PER_DAY
    return fit(
        np.repeat(np.arange(n_people), LOVED),
        index.title_ids[np.array(rows, np.int64).reshape(-1)],
        (times[:, None] + 30 * np.arange(LOVED)).reshape(-1),
        now=NOW,
    )


def first_ten(tastes: Tastes, rows: Sequence[int]) -> NDArray[np.int64]:
    """“For you” of a newcomer who just liked the titles `rows`, as rows."""
    index = tastes.index
    taste = tastes.taste([Signal(int(index.title_ids[row]), WEIGHTS["like"], 0.0) for row in rows])
    points = tastes.scores(taste)
    total = np.where(points > 0, tastes.prior_beside(points) + points, -np.inf)
    total[list(rows)] = -np.inf
    order = np.argsort(-total, kind="stable")
    order = order[np.isfinite(total[order])]
    candidates = order[distinct_works(index, order)][:100]
    return np.asarray(candidates[taking_turns(tastes.speaking(taste, candidates))][:PLACES])


def famous_of(index: CatalogIndex, genre: str, n: int) -> list[int]:
    """Rows of the most famous films of a genre and of none of the others that are asked about."""
    genres = index.facets.genres
    asked = {value: name for value in range(len(genres.labels)) if (name := genres.labels[value].casefold()) in ASKED}
    films = [row for row in np.argsort(-index.prior, kind="stable").tolist() if index.facets.kind[row] == 0]
    only = (row for row in films if {asked[v] for v in genres.of(row).tolist() if v in asked} == {genre})
    return [row for row, _ in zip(only, range(n), strict=False)]


ASKED = {CROWD, *NEWCOMERS}
