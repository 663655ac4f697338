"""Which titles are most like a title: content, words, makers, genres and years agree, and the well-known come first.

It is the measure of "more like this" before anything was learnt, so rows that answer a taste and the page of a title
agree. What is near is told by rank, because how close neighbours are depends on how dense the catalogue is about a
title: so a title with many near copies says no more than one that stands alone.
"""

from collections import OrderedDict
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from recommender.ml import evidence as gather
from recommender.ml.index import CatalogIndex
from recommender.ml.ranking import Floors, distinct_works
from recommender.ml.weights import FEATURES, UNTRAINED

FLOOR = 0.3  # cosine from where on content alone makes a title near
KEPT = 2_000  # titles whose neighbours are kept, four bytes a neighbour
SPARE = 50  # neighbours beside those wanted: other listings of a work are dropped


class Neighbours:
    """Of any title of one catalogue index, the `most` titles most like it. Safe between threads."""

    def __init__(self, index: CatalogIndex, most: int) -> None:
        self.index, self.most = index, most
        self._kept: OrderedDict[int, NDArray[np.int32]] = OrderedDict()
        self._lock = Lock()

    def of(self, row: int) -> NDArray[np.int32]:
        """int32[n ≤ most], rows: the title itself, then the nearest first, without its other listings."""
        with self._lock:
            if row in self._kept:
                self._kept.move_to_end(row)
                return self._kept[row]
        found = nearest(self.index, row, self.most)
        with self._lock:
            self._kept[row] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


def nearest(index: CatalogIndex, row: int, most: int) -> NDArray[np.int32]:
    """What `Neighbours.of` says, worked out. A title with nothing in common is not near, however few there are."""
    evidence, floors = gather.of_titles(index, [row]), Floors(FLOOR)
    weight = dict(zip(FEATURES, UNTRAINED, strict=True))
    content = np.asarray(index.content @ evidence.about.astype(index.content.dtype), np.float32)
    near = (content >= floors.dense) | (evidence.lexical >= floors.lexical) | (evidence.facts >= floors.facts)
    alike = content
    alike += np.float32(weight["lexical"] * evidence.lexical_scale) * evidence.lexical
    alike += np.float32(weight["facts"]) * evidence.facts
    alike += np.float32(weight["prior"] * evidence.prior_scale) * index.prior
    alike[(index.facets.work == index.facets.work[row]) | ~near] = -np.inf
    n = min(most + SPARE, len(alike))
    best = np.argpartition(-alike, n - 1)[:n]
    best = best[np.lexsort((best, -alike[best]))]
    best = best[alike[best] > -np.inf]
    return np.append(row, best[distinct_works(index, best)][: most - 1]).astype(np.int32)
