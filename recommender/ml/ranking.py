"""From scores to a ranking: tiers above scores, a relevance floor below them.

No version of the model can move a title out of its tier, and nothing is shown that nothing speaks for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

import numpy as np
from numpy.typing import NDArray

from recommender.ml.index import CatalogIndex
from recommender.ml.query.understanding import Chip, Understanding
from recommender.ml.scoring import Evidence, Scores


class Tier(IntEnum):
    SEMANTIC = 0
    TYPO = 1
    PREFIX = 2
    EXACT = 3


class Source(IntFlag):
    """What proposed a title; a bit set, logged with every shown title."""

    TITLE = 1
    LEXICAL = 2
    DENSE = 4
    MEMORY = 8
    POPULAR = 16
    FACTS = 32
    EXPLORED = 64  # a draw put it where it stands, see `explore`
    SEATED = 128  # its place was kept for it, see `seats`
    TASTE = 256  # what this person chose before speaks for it, see `taste`
    PINNED = 512  # editors put it where it stands, see `curation`


@dataclass(frozen=True)
class Floors:
    """From where on something speaks for a title; None: everything may show."""

    dense: float  # cosine
    lexical: float = 0.1  # share of the words' worth
    memory: float = 0.02  # lift
    facts: float = 0.3


@dataclass(frozen=True)
class Hit:
    """One ranked title. parts sum to score; witness is the remembered query behind "memory".

    propensity: how likely the draws of exploration were to put this title at this place; 1 where nothing is drawn.
    """

    title_id: int
    tier: Tier
    score: float
    relevance: float
    novelty: float
    sources: Source
    parts: dict[str, float]
    witness: str | None = None
    propensity: float = 1.0


@dataclass(frozen=True)
class Ranking:
    """hits: one page. rows int64[total]: the whole ranking as rows of the index, what totals and facets count;
    it stays as ranked where exploration moved hits.

    n_matches: of these, how many stand in a title tier. corrected_query: the title that the text was
    taken for, with `confidence` in [0, 1]; suggestions: names it may mean instead. text: as it was
    read, misspelt words replaced, and its understanding. unmet: filters read from it that no title meets,
    so that the ranking is of what comes near.
    """

    query_class: str
    hits: list[Hit]
    rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64), compare=False)
    n_matches: int = 0
    corrected_query: str | None = None
    confidence: float = 0.0
    suggestions: tuple[str, ...] = ()
    text: str = ""
    understanding: Understanding = field(default_factory=lambda: Understanding("empty"))
    unmet: tuple[Chip, ...] = ()

    @property
    def chips(self) -> tuple[Chip, ...]:
        """Filters that were read from the text."""
        return self.understanding.chips

    @property
    def total(self) -> int:
        return len(self.rows)

    @property
    def quality(self) -> str:
        """ "high", or "low" where nothing fits."""
        return "high" if len(self.rows) else "low"


def rank(
    evidence: Evidence,
    scores: Scores,
    final: NDArray[np.float32],
    named: Sequence[int],
    floors: Floors | None,
    max_results: int,
) -> tuple[NDArray[np.intp], NDArray[np.int16]]:
    """(places in `scores`, best first; source bits of each). final: float32[n], what to order by.

    named: rows that the text names, which come first and in this order.
    """
    sources = _sources(evidence, scores, floors)
    height = final.astype(np.float64)
    places = np.searchsorted(scores.rows, named)
    places = places[np.append(scores.rows, -1)[places] == np.asarray(named, np.int64)]
    height[places] = np.inf
    sources[places] |= Source.TITLE
    fits = np.flatnonzero(sources)
    if len(fits) > max_results:
        fits = fits[np.argpartition(-height[fits], max_results)[:max_results]]
    turn = np.full(len(final), len(named))
    turn[places] = np.arange(len(places))
    order = fits[np.lexsort((scores.rows[fits], -final[fits], turn[fits]))]
    return order, sources[order]


def distinct_works(index: CatalogIndex, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool[n]: the first listing of each work among ranked rows."""
    _, first = np.unique(index.facets.work[rows], return_index=True)
    keep = np.zeros(len(rows), np.bool_)
    keep[first] = True
    return keep


def _sources(evidence: Evidence, scores: Scores, floors: Floors | None) -> NDArray[np.int16]:
    """int16[n] bit sets; 0 where nothing speaks for a title, which keeps nonsense empty."""
    found = np.zeros(len(scores.rows), np.int16)
    if floors is None:
        return found + np.int16(Source.POPULAR)
    found[scores.parts["content"] >= floors.dense] |= Source.DENSE
    found[evidence.lexical[scores.rows] >= floors.lexical] |= Source.LEXICAL
    found[evidence.facts[scores.rows] >= floors.facts] |= Source.FACTS
    found[scores.recollection.lift_of(scores.rows) >= floors.memory] |= Source.MEMORY
    return found
