"""What speaks for titles before anything learnt does: words, facts, fame, and how much each counts.

Short themes want the well-known titles they describe, half-remembered plots want the one that says
what was said, and whoever names a title wants titles like it. The numbers were picked on the
development queries of real people (docs/decisions/0009).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recommender.ml.facts.belonging import belonging
from recommender.ml.facts.filters import Filters
from recommender.ml.facts.likeness import likeness
from recommender.ml.index import CatalogIndex
from recommender.ml.names.folding import fold
from recommender.ml.query.understanding import Understanding
from recommender.ml.scoring import Evidence
from recommender.ml.usage import titles_saying

# What a fact that somebody said is worth where a title agrees with it wholly.
FACT_WEIGHTS = {
    "people": 1.0,
    "directors": 1.0,
    "cast": 1.0,
    "year": 0.15,
    "genres": 0.1,
    "kind": 0.1,
    "origins": 0.1,
    "countries": 0.1,
    "languages": 0.1,
}
SHORT = 4  # words; a longer text says more with its words, and asks less for what is famous
MOST_WORDS = 8  # of a text in which names are told from words; in a longer one a name weighs little
RARELY = 0.3  # share of the titles that say a word in which somebody is called so; below it, it is a word
FILTERED = 2.0  # scale of fame where filters alone are asked for
LIKE_WORDS, LIKE_FAME = 0.6, 0.65  # scales where titles are named
FROM_ELSEWHERE = 0.8  # taken from a title that has nothing of the places asked for, but a part in the production
REFUSED_WORDS, REFUSED_MEANING = 0.8, 0.7  # what saying what is refused takes from a title, of what it would be worth


def of_text(index: CatalogIndex, understanding: Understanding, folded: str, vector: NDArray[np.float32]) -> Evidence:
    """folded: the whole text, folded; "" for filters alone. vector: float32[D], the embedding of what it asks for."""
    if not folded:
        vector = np.zeros_like(vector)  # the embedding of nothing is a direction all the same
    # "since 2010" and "not horror" are about nothing, "with Tom Hanks" about whatever he is in: a title that sounds
    # like them is no better an answer.
    about = np.zeros_like(vector) if _only_narrows(understanding) else vector
    n_words = len(set(folded.split()))
    lexical = _words(index, understanding.rest)
    return Evidence(
        text=folded,
        vector=vector,
        about=about,
        lexical=lexical,
        facts=_facts(index, understanding.hints) - _from_elsewhere(index, understanding.filters),
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
        lexical = lexical + index.lexical.score(_without_comparatives(index, more.rest))
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


def against(
    index: CatalogIndex, evidence: Evidence, refused: Sequence[str], vectors: NDArray[np.float32]
) -> Evidence:
    """The evidence with what is refused turned against the titles that say it or sound like it.

    refused: folded words, at least one. vectors: float32[len(refused), D], their embeddings. What the two meanings
    have in common is still asked for: "zombies but not scary" is not against zombies.
    """
    said = np.maximum.reduce([index.lexical.score(words) for words in refused])
    sought, unwanted = _unit(evidence.about), _unit(vectors.sum(axis=0))
    unwanted = unwanted - max(0.0, float(sought @ unwanted)) * sought
    return replace(
        evidence,
        lexical=evidence.lexical - np.float32(REFUSED_WORDS) * said,
        about=np.asarray(evidence.about - np.float32(REFUSED_MEANING) * unwanted, np.float32),
    )


def _words(index: CatalogIndex, rest: str) -> NDArray[np.float32]:
    """float32[N]: what the words say for titles; one that is rarely a name says nothing for those who bear it.

    "zombie comedy" asks for no film by Rob Zombie; whoever does ask for one has a filter.
    """
    lexical = index.lexical.score(rest)
    words = fold(rest).split()
    for word in dict.fromkeys(words if len(words) <= MOST_WORDS else ()):
        saying = titles_saying(index.lexical, word)
        bearing = index.facets.by_last_name(word) if len(saying) else saying
        if len(bearing) and np.isin(saying, bearing).mean() < RARELY:
            others = " ".join(other for other in words if other != word)
            lexical[bearing] = np.minimum(lexical[bearing], index.lexical.score_of(others, bearing))
    return lexical


def _without_comparatives(index: CatalogIndex, rest: str) -> str:
    """ "but darker" is said of how a title is, and no title says it but by chance: "I Used to Be Darker".

    A comparative is a word that has its superlative in the catalogue; "killer" has none.
    """
    return " ".join(
        word
        for word in fold(rest).split()
        if not (word.endswith("er") and index.lexical.knows(f"{word.removesuffix('r')}st"))
    )


def _only_narrows(understanding: Understanding) -> bool:
    """Whether nothing but people, years, minutes, kinds and refusals is said, which no title is about."""
    said = understanding.filters
    subjects = said.genres | said.any_genres | said.origins
    return bool(said or understanding.refused) and not subjects and not fold(understanding.rest)


def _prior_scale(understanding: Understanding, n_words: int) -> float:
    if not fold(understanding.rest):
        return FILTERED
    told = understanding.query_class in ("description", "theme")
    return min(1.0, SHORT / max(1, n_words)) if told else 1.0


def _from_elsewhere(index: CatalogIndex, said: Filters) -> NDArray[np.float32] | np.float32:
    """float32[N] ≥ 0: a co-production passes the filter, and comes after what is wholly from there."""
    if not (said.origins or said.countries):
        return np.float32(0)
    return np.float32(FROM_ELSEWHERE) * (1 - belonging(index.facets, said.origins, said.countries))


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
