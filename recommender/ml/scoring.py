"""The relevance and novelty of titles for one query: the formula that training fits.

    relevance(q, i) = (q + Δ(q)) · (c_i + P e_i) + w(q) · x(q, i)          Δ(q) = up · (down · q)
    novelty(i)      = −log₂ p̂_i / log₂ N       p̂ = softmax(b · renown + c · attention)
    score           = relevance + λ · novelty

w(q) = (1 − t) · w + t · v, where t(q) says how wordy a query is: the same evidence is worth something else in a theme
of two words and in a plot told at length. Fame is a logarithm of votes, so attention goes with a power of them, and b
says which.

`training.ml.model` is the same formula in torch; a test holds the two together. P e is kept apart
from c, so a version adds a few rows to a shared matrix instead of copying it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.ml.index import CatalogIndex
from recommender.ml.memory import MemoryIndex, Recollection
from recommender.ml.weights import FEATURES, UNTRAINED, ModelState, Weights

LITTLE_KNOWN = 0.1  # quantile of the fame that is known, for titles of which it is not
N_CANDIDATES = 4_000  # titles that a first pass leaves for the exact score
FAMOUS = 0.75  # prior from where on a title is famous
TURN, CLASSIC_SPAN, RECENT_SPAN = 2000, 50, 15  # years: between classic and recent; to wholly the one or the other
CHUNK = 100_000  # rows of content worked on at once


@dataclass(frozen=True)
class Evidence:
    """What speaks for titles before anything learnt does. N titles, D dimensions.

    text: the folded query, under which the memory knows it; "" for none. vector: float32[D], its
    embedding. about: float32[D], what content is compared with: the query, or titles that it names.
    lexical: float32[N] in (-1, 1), words, below 0 for what is refused. facts: float32[N], people and years that were
    said, below 0 for titles that are hardly from the places asked for.
    lexical_scale, prior_scale: how much words and fame count for a query of this kind. told: in [0, 1), 0 for a few
    words, towards 1 for many.
    """

    text: str
    vector: NDArray[np.float32]
    about: NDArray[np.float32]
    lexical: NDArray[np.float32]
    facts: NDArray[np.float32]
    lexical_scale: float = 1.0
    prior_scale: float = 1.0
    told: float = 0.0


@dataclass(frozen=True)
class Scores:
    """Of the titles `rows` int64[n]: float32[n] relevance and the parts it is the sum of. The scorer's rows ascend.

    by_hand: float32[n], the relevance if the evidence of the query counted as it did before anything was learnt; what
    the memory says counts as it does now.
    """

    rows: NDArray[np.int64]
    relevance: NDArray[np.float32]
    parts: dict[str, NDArray[np.float32]]
    recollection: Recollection
    by_hand: NDArray[np.float32]

    def at(self, places: NDArray[np.intp]) -> "Scores":
        """Those of the titles at these places, in their order."""
        parts = {name: part[places] for name, part in self.parts.items()}
        return Scores(self.rows[places], self.relevance[places], parts, self.recollection, self.by_hand[places])


def renown(fame: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32[N]: fame in [0, 1] as attention goes with it.

    0 is not known, which is not the same as unknown to all: such titles count as the lowest tenth of the others does.
    """
    known = fame > 0
    if not known.any():
        return fame
    little = np.quantile(fame[known], LITTLE_KNOWN, method="lower")
    return np.where(known, fame, little).astype(np.float32)


class Scorer:
    """One version's weights and memory, bound to the rows of one catalogue index."""

    def __init__(self, index: CatalogIndex, state: ModelState) -> None:
        self.index = index
        self.weights: Weights = state.weights
        self.memory = MemoryIndex(state.memory, index.row_of_title)
        rows = np.array([index.row_of_title.get(int(t), -1) for t in self.weights.id_titles], np.int64)
        known = rows >= 0
        self._id_rows = rows[known]
        self._id_vectors = self.weights.id_vectors[known]  # [T', k]

    def feature_weights(self, evidence: Evidence) -> NDArray[np.float32]:
        """w(q), float32[F]."""
        weights, told = self.weights, np.float32(evidence.told)
        return np.asarray((1 - told) * weights.feature_weights + told * weights.told_weights, np.float32)

    def query_vector(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """q + Δ(q), float32[D]."""
        return np.asarray(vector + self.weights.query_up @ (self.weights.query_down @ vector), np.float32)

    def content(self, query: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """query · (c_i + P e_i), float32[n]. query: float32[D], after Δ. rows: int64[n]."""
        if 4 * len(rows) > len(self.index) and not len(self.index.sketch):  # one product is cheaper than picking
            scores = np.asarray((self.index.content @ query)[rows], np.float32)
        else:
            scores = np.asarray(self.index.vectors(rows) @ query, np.float32)
        if len(self._id_rows):
            learnt = np.zeros(len(self.index), np.float32)
            learnt[self._id_rows] = self._learnt(query)
            scores += learnt[rows]
        return scores

    def _learnt(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """query · P e_i of the titles that have an e, float32[T']."""
        return np.asarray(self._id_vectors @ (self.weights.id_projection.T @ query), np.float32)

    def candidates(
        self,
        evidence: Evidence,
        recollection: Recollection,
        allowed: NDArray[np.bool_] | None,
        title_similarity: Mapping[int, float],
    ) -> NDArray[np.int64]:
        """Rows worth scoring, int64[n] ascending: all that are allowed, unless there are too many of them.

        Then the best N_CANDIDATES by the sketch of their content and everything else that is known,
        and whatever the title look-up or the memory named.
        """
        if not len(self.index.sketch):
            return np.arange(len(self.index)) if allowed is None else np.flatnonzero(allowed)
        query = self.query_vector(evidence.about)
        rough = self.index.sketch.compare(query)
        rough[self._id_rows] += self._learnt(query)  # exact: what was learnt is not in the sketch
        weight = dict(zip(FEATURES, self.feature_weights(evidence), strict=True))
        rough += np.float32(weight["lexical"] * evidence.lexical_scale) * evidence.lexical
        rough += np.float32(weight["prior"] * evidence.prior_scale) * self.index.prior
        rough += weight["facts"] * evidence.facts
        for name, standing in self.standing.items():
            if weight[name]:
                rough += weight[name] * standing
        named = np.fromiter(title_similarity, np.int64, len(title_similarity))
        rough[named] = rough[recollection.rows] = np.inf
        if allowed is not None:
            rough[~allowed] = -np.inf
        if len(rough) > N_CANDIDATES:
            best = np.argpartition(-rough, N_CANDIDATES)[: N_CANDIDATES + len(named)]
        else:
            best = np.arange(len(rough))
        return np.sort(best[rough[best] > -np.inf])

    def features(
        self,
        evidence: Evidence,
        recollection: Recollection,
        rows: NDArray[np.int64],
        title_similarity: Mapping[int, float] | None = None,
    ) -> NDArray[np.float32]:
        """x(q, i), float32[n, F] in the order of FEATURES. rows: int64[n].

        title_similarity: row → [0, 1], raised to the eighth power so that only near misses count.
        """
        similarity = title_similarity or {}
        title, memory = np.zeros((2, len(self.index)), np.float32)
        title[list(similarity)] = np.fromiter(similarity.values(), np.float32, len(similarity)) ** 8
        memory[recollection.rows] = recollection.lift
        columns = {
            "lexical": np.float32(evidence.lexical_scale) * evidence.lexical[rows],
            "title": title[rows],
            "prior": np.float32(evidence.prior_scale) * self.index.prior[rows],
            "memory": memory[rows],
            "facts": evidence.facts[rows],
        } | {name: standing[rows] for name, standing in self.standing.items()}
        return np.stack([columns[name] for name in FEATURES], axis=1).astype(np.float32, copy=False)

    def score(
        self,
        evidence: Evidence,
        title_similarity: Mapping[int, float] | None = None,
        allowed: NDArray[np.bool_] | None = None,
    ) -> Scores:
        """The candidates with their exact scores. allowed: bool[N], None for all titles."""
        recollection = self.memory.recall(evidence.text, evidence.vector)
        rows = self.candidates(evidence, recollection, allowed, title_similarity or {})
        raw, weights = self.features(evidence, recollection, rows, title_similarity), self.feature_weights(evidence)
        features = raw * weights
        parts = {"content": self.content(self.query_vector(evidence.about), rows)}
        parts |= {name: features[:, column] for column, name in enumerate(FEATURES)}
        relevance = np.asarray(np.sum(list(parts.values()), axis=0), np.float32)
        learnt = weights - np.array(UNTRAINED, np.float32)
        learnt[FEATURES.index("memory")] = 0
        return Scores(rows, relevance, parts, recollection, relevance - raw @ learnt)

    @cached_property
    def standing(self) -> dict[str, NDArray[np.float32]]:
        """What a title has whatever is asked, float32[N] in [0, 1] each: fame beyond the common, age, newness.

        Bent where tastes bend, so that weights can say "the famous, but neither silent films nor last year's". A
        title of unknown year is neither classic nor recent.
        """
        years = self.index.facets.years.astype(np.float32)
        fame = (self.index.prior - FAMOUS) / (1 - FAMOUS)
        classic = np.where(years > 0, (TURN - years) / CLASSIC_SPAN, 0)
        recent = np.where(years > 0, (years - TURN) / RECENT_SPAN, 0)
        names = ("fame", "classic", "recent")
        return {
            name: np.clip(values, 0, 1).astype(np.float32)
            for name, values in zip(names, (fame, classic, recent), strict=True)
        }

    @cached_property
    def novelty(self) -> NDArray[np.float32]:
        """float32[N] ≥ 0: surprisal of a title in units of log₂ N, so 1 is the average catalogue title."""
        n = len(self.index)
        if not n:
            return np.zeros(0, np.float32)
        logits = self.weights.attention_to_fame * renown(self.index.prior)
        if self.weights.attention.any():
            for start in range(0, n, CHUNK):
                rows = np.arange(start, min(n, start + CHUNK))
                logits[rows] += self.index.vectors(rows) @ self.weights.attention
        logits -= logits.max()
        log_share = logits - np.log(np.exp(logits).sum())
        return np.asarray(-log_share / max(np.log(n), 1.0), np.float32)
