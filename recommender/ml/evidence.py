"""What speaks for titles before anything learnt does: words, facts, fame, and how much each counts.

Short themes want the well-known titles they describe, half-remembered plots want the one that says
what was said, and whoever names a title wants titles like it. The numbers were picked on the
development queries of real people (docs/decisions/0009).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.ml.facts.filters import Filters
from recommender.ml.facts.likeness import likeness
from recommender.ml.index import CatalogIndex
from recommender.ml.names.folding import fold
from recommender.ml.query.understanding import Understanding
from recommender.ml.scoring import Evidence

# What a fact that somebody said is worth where a title agrees with it wholly.
FACT_WEIGHTS = {
    "people": 1.0,
    "directors": 1.0,
    "year": 0.15,
    "genres": 0.1,
    "kind": 0.1,
    "origins": 0.1,
    "countries": 0.1,
    "languages": 0.1,
}
SHORT = 4  # words; a longer text says more with its words, and asks less for what is famous
FILTERED = 2.0  # scale of fame where filters alone are asked for
LIKE_WORDS, LIKE_FAME = 0.6, 0.65  # scales where titles are named


def of_text(index: CatalogIndex, understanding: Understanding, folded: str, vector: NDArray[np.float32]) -> Evidence:
    """folded: the whole text, folded; "" for filters alone. vector: float32[D], its embedding."""
    if not folded:
        vector = np.zeros_like(vector)  # the embedding of nothing is a direction all the same
    # "since 2010" and "not horror" are about nothing: a title that sounds like them is no better an answer.
    about = np.zeros_like(vector) if _only_narrows(understanding) else vector
    n_words = len(set(folded.split()))
    lexical = index.lexical.score(understanding.rest)
    return Evidence(
        text=folded,
        vector=vector,
        about=about,
        lexical=lexical,
        facts=_facts(index, understanding.hints),
        lexical_scale=max(1.0, n_words / SHORT) ** 0.25,
        prior_scale=_prior_scale(understanding, n_words),
        told=min(1.0, max(0, n_words - SHORT) / SHORT),
    )


def of_titles(
    index: CatalogIndex,
    rows: Sequence[int],
    *,
    text: str = "",
    vector: NDArray[np.float32] | None = None,
    more: Understanding | None = None,
    more_vector: NDArray[np.float32] | None = None,
) -> Evidence:
    """More like these titles. rows: at least one. text, vector: what was typed, for the memory.

    more, more_vector: what was said beside them ("but funny"), and its embedding.
    """
    about = _unit(index.vectors(list(rows)).sum(axis=0))
    lexical = index.lexical.score_like(rows)
    facts = likeness(index.facets, rows)
    if more is not None and more_vector is not None:
        about = _unit(about + more_vector)
        lexical = lexical + index.lexical.score(more.rest)
        facts = facts + _facts(index, more.hints)
    return Evidence(
        text=text,
        vector=about if vector is None else vector,
        about=about,
        lexical=lexical,
        facts=facts,
        lexical_scale=LIKE_WORDS,
        prior_scale=LIKE_FAME,
    )


def _only_narrows(understanding: Understanding) -> bool:
    """Whether nothing but years, minutes, kinds and refusals is said, which no title is about."""
    said = understanding.filters
    subjects = said.genres | said.any_genres | said.origins | said.people | said.directors
    return bool(said) and not subjects and not fold(understanding.rest)


def _prior_scale(understanding: Understanding, n_words: int) -> float:
    if not fold(understanding.rest):
        return FILTERED
    told = understanding.query_class in ("description", "theme")
    return min(1.0, SHORT / max(1, n_words)) if told else 1.0


def _facts(index: CatalogIndex, hints: Filters) -> NDArray[np.float32]:
    facts = np.zeros(len(index), np.float32)
    if hints:
        for name, agreement in index.facets.agreements(hints).items():
            if weight := FACT_WEIGHTS.get(name):
                facts += np.float32(weight) * agreement
    return facts


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length if length else vector, np.float32)
