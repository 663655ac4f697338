"""Which titles a text names: the tiers that stand above every score."""

from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from recommender.ml.facts.filters import Filters
from recommender.ml.index import CatalogIndex
from recommender.ml.names.titles import CONFIDENT, Match, corrected
from recommender.ml.ranking import Tier
from recommender.ml.usage import share_with_all

_TIERS = {Match.EXACT: Tier.EXACT, Match.PREFIX: Tier.PREFIX, Match.TYPO: Tier.TYPO}
N_SUGGESTIONS = 3
LEAST_LIKELY = 0.05  # confidence below which a name is not worth a question


@dataclass(frozen=True)
class Matches:
    """tiers, similarity: by row, the likeliest first.

    correction: the name the text was taken for, where it is spelt otherwise. suggestions: names that it
    may mean, not surely enough for a tier; their similarity lifts them all the same.
    """

    tiers: dict[int, Tier] = field(default_factory=dict)
    similarity: dict[int, float] = field(default_factory=dict)
    correction: str | None = None
    confidence: float = 0.0
    suggestions: tuple[str, ...] = ()

    @property
    def subject(self) -> int | None:
        """The row that was probably meant."""
        return next(iter(self.tiers), None)

    def among(self, allowed: NDArray[np.bool_]) -> "Matches":
        """Without the titles that may not show; a correction whose title may not show is none."""
        rows = [row for row in self.tiers if allowed[row]]
        if len(rows) == len(self.tiers):  # as where a theme was reworded, which names no title
            return self
        kept = replace(self, tiers={r: self.tiers[r] for r in rows}, similarity={r: self.similarity[r] for r in rows})
        return kept if rows else replace(kept, correction=None, confidence=0.0)


def match(index: CatalogIndex, text: str, *, correct: bool, hints: Filters = Filters()) -> Matches:  # noqa: B008
    """correct: whether a misspelt name may be taken for the right one.

    hints: tell namesakes apart ("king kong 1933").
    """
    usage = partial(share_with_all, index.lexical)
    hits = index.titles.find(text, usage=usage, prior=index.prior, correct=correct)
    if not hits or hits[0].confidence < CONFIDENT:
        likely = [hit for hit in hits if hit.confidence >= LEAST_LIKELY]
        names = dict.fromkeys(index.names[hit.row] for hit in likely)
        return Matches(
            similarity={hit.row: hit.similarity for hit in likely}, suggestions=tuple(names)[:N_SUGGESTIONS]
        )
    if hints:
        agreed = sum(index.facets.agreements(hints).values(), np.zeros(len(index), np.float32))
        hits = sorted(hits, key=lambda hit: (hit.match, -agreed[hit.row]))
    first = hits[0]
    return Matches(
        tiers={hit.row: _TIERS[hit.match] for hit in hits},
        similarity={hit.row: hit.similarity for hit in hits},
        correction=corrected(text, index.names[first.row]) if first.match == Match.TYPO else None,
        confidence=first.confidence if first.match == Match.TYPO else 0.0,
    )
