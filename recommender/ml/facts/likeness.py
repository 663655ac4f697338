"""How much titles have in common with others beside their story: genres, makers, years."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.ml.facts.facets import Facets
from recommender.ml.facts.values import ValueTable

GENRES, MAKERS, YEARS = 0.3, 0.3, 0.2  # the most that each adds (docs/decisions/0009)
MAX_PEOPLE = 40  # of a title; a cast of hundreds has something in common with everything
CAST_SHARE = 0.3  # what a shared actor or writer counts of a shared director
ENOUGH = 1.5  # shared makers, in directors, from which on more add nothing
YEARS_APART = 12.0  # after which the closeness of two years has fallen to 1/e


def likeness(facets: Facets, rows: Sequence[int]) -> NDArray[np.float32]:
    """float32[N] in [0, GENRES + MAKERS + YEARS], the mean over `rows`."""
    total = np.zeros(len(facets), np.float32)
    for row in rows:
        total += np.float32(GENRES) * _same_genres(facets.genres, row)
        total += np.float32(MAKERS / ENOUGH) * np.minimum(_same_makers(facets, row), ENOUGH)
        if year := int(facets.years[row]):
            closeness = np.exp(-np.abs(facets.years.astype(np.float32) - year) / YEARS_APART)
            total += np.float32(YEARS) * closeness
    return np.asarray(total / max(1, len(rows)), np.float32)


def _same_genres(genres: ValueTable, row: int) -> NDArray[np.float32]:
    """float32[N]: cosine of the genres, each weighed by the root of its idf."""
    shared = np.zeros(genres.n_titles, np.float32)
    for value in genres.of(row).tolist():
        shared[genres.having(value)] += genres.rarity[value]
    lengths = np.sqrt(np.maximum(genres.summed_rarity * genres.summed_rarity[row], 1e-6))
    return np.asarray(shared / lengths, np.float32)


def _same_makers(facets: Facets, row: int) -> NDArray[np.float32]:
    """float32[N]: makers in common, in directors."""
    shared = np.zeros(len(facets), np.float32)
    for value in facets.people.of(row).tolist()[:MAX_PEOPLE]:
        shared[facets.people.having(value)] += CAST_SHARE
    for value in facets.directors.of(row).tolist():
        shared[facets.directors.having(value)] += 1 - CAST_SHARE
    return shared
