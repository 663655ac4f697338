"""What can be narrowed, and how many titles there are of each: counted without showing any, and not logged."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from catalog.event_log import Visitor
from recommender import serving
from recommender.answers.hiding import opinions_of
from recommender.ml import engine
from recommender.ml.curation import either
from recommender.ml.facts.filters import Filters
from recommender.ml.names.folding import fold
from recommender.taste import personal


@dataclass(frozen=True)
class Counted:
    """total: titles that are counted. is_capped: a text finds more titles than a search pages through."""

    total: int
    facets: dict[str, list[tuple[str, int]]]
    is_capped: bool


def count(
    text: str, visitor: Visitor, *, filters: Filters, facets: Collection[str], limit: int, correct: bool = True
) -> Counted:
    """With a text, the titles that a search for it pages through; without, all that pass the filters.

    limit: values of a facet. Raises ValueError (too long) and serving.NotReady.
    """
    snapshot = serving.current()
    index, opinions = snapshot.index, opinions_of(visitor)
    hidden = opinions.hidden(index)
    if not fold(text):
        hidden = either(hidden, serving.curation().hidden_everywhere(index))
        passing = index.facets.mask(filters)
        if hidden is not None:
            passing = ~hidden if passing is None else passing & ~hidden
        total = len(index) if passing is None else int(np.count_nonzero(passing))
        return Counted(total, index.facets.counts(passing, facets, limit), is_capped=False)
    mine = personal.of(visitor, snapshot)
    ranking = engine.search(
        snapshot, text, filters=filters, limit=1, correct=correct, hidden=hidden, curation=serving.curation(),
        taste=mine.in_search if mine else None,
    )  # fmt: skip
    is_capped = ranking.total >= snapshot.config.max_results
    return Counted(ranking.total, index.facets.counts(ranking.rows, facets, limit), is_capped)
