"""Well-known titles that a newcomer may love, as different from each other as can be."""

from collections.abc import Collection

import numpy as np

from recommender.index.once import once_per_index
from recommender.ml.index import CatalogIndex
from recommender.ml.ranking import distinct_works

N_OFFERED = 12
N_AT_LEAST = 4 * N_OFFERED  # films of a catalogue from where on enough is left for the rows
N_FAMOUS = 1_000  # titles that many people know, and will find a favourite among
# Fame, in [0, 1], that a title must have more: where it is just like one offered already (by content, and by
# genres), and for each one of its decade.
LIKE_CONTENT, LIKE_GENRES, SAME_DECADE = 0.25, 0.06, 0.07


def offered(index: CatalogIndex, without: Collection[int]) -> list[int]:
    """Ids of N_OFFERED titles but for those in `without`; none in a small catalogue."""
    return [title_id for row in various(index) if (title_id := int(index.title_ids[row])) not in without][:N_OFFERED]


@once_per_index
def various(index: CatalogIndex) -> list[int]:
    """Rows of twice N_OFFERED famous films, each the best of the rest beside those before it; none of too few films.

    Maximal marginal relevance (Carbonell and Goldstein 1998, doi:10.1145/290941.291025) with fame as the relevance.
    """
    famous = np.argsort(-index.prior, kind="stable")[:N_FAMOUS]
    famous = famous[distinct_works(index, famous) & (index.facets.kind[famous] == 0)]
    if len(famous) < N_AT_LEAST:
        return []
    worth = index.prior[famous].astype(np.float64)
    content = index.vectors(famous) - index.vectors(famous).mean(axis=0)
    content /= np.maximum(np.linalg.norm(content, axis=1, keepdims=True), 1e-6)
    genres = [frozenset(index.facets.genres.of(row).tolist()) for row in famous.tolist()]
    decades = index.facets.years[famous] // 10
    alike = np.zeros(len(famous))
    chosen: list[int] = []
    while len(chosen) < 2 * N_OFFERED:
        best = int((worth - LIKE_CONTENT * alike).argmax())
        chosen.append(int(famous[best]))
        worth[best] = -np.inf
        alike = np.maximum(alike, content @ content[best])
        worth -= LIKE_GENRES * np.array([_share(genres[best], other) for other in genres])
        worth -= SAME_DECADE * (decades == decades[best])
    return chosen


def _share(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0
