"""The relevance and novelty of every title for one query: the formula that training fits.

    relevance(q, i) = (q + Δ(q)) · (c_i + P e_i) + w · x(q, i)          Δ(q) = up · (down · q)
    novelty(i)      = −log₂ p̂_i / log₂ N       p̂ = softmax(log prior + c · attention)
    score           = relevance + λ · novelty

`training.ml.model` is the same formula in torch; a test holds the two together. P e is kept apart
from c, so a version adds a few rows to a shared matrix instead of copying it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.ml.index import CatalogIndex
from recommender.ml.memory import MemoryIndex, Recollection
from recommender.ml.weights import FEATURES, ModelState, Weights

PRIOR_FLOOR = 0.05  # attention that an unknown title is granted, as a share of the most famous


@dataclass(frozen=True)
class Scores:
    """Per title, float32[N]: relevance and the parts it is the sum of."""

    relevance: NDArray[np.float32]
    parts: dict[str, NDArray[np.float32]]
    recollection: Recollection


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
        self._feature = dict(zip(FEATURES, (float(w) for w in self.weights.feature_weights), strict=True))

    def query_vector(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """q + Δ(q), float32[D]."""
        return np.asarray(vector + self.weights.query_up @ (self.weights.query_down @ vector), np.float32)

    def content(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """query · (c_i + P e_i) for every title, float32[N]. query: float32[D], after Δ."""
        scores = np.asarray(self.index.content @ query, np.float32)
        if len(self._id_rows):
            scores[self._id_rows] += self._id_vectors @ (self.weights.id_projection.T @ query)
        return scores

    def score(
        self,
        text: str,
        vector: NDArray[np.float32],
        about: NDArray[np.float32],
        lexical: NDArray[np.float32],
        title_similarity: dict[int, float],
    ) -> Scores:
        """text: folded query. vector: float32[D], its embedding. about: float32[D], what content is
        compared with: the query, or the title it names. lexical: float32[N]. title_similarity:
        row → [0, 1], raised to the eighth power so that only near misses count.
        """
        title = np.zeros(len(self.index), np.float32)
        for row, similarity in title_similarity.items():
            title[row] = self._feature["title"] * similarity**8
        recollection = self.memory.recall(text, vector)
        memory = np.zeros(len(self.index), np.float32)
        memory[recollection.rows] = self._feature["memory"] * recollection.lift
        parts = {
            "content": self.content(self.query_vector(about)),
            "lexical": self._feature["lexical"] * lexical,
            "title": title,
            "prior": self._feature["prior"] * self.index.prior,
            "memory": memory,
        }
        return Scores(np.sum(list(parts.values()), axis=0, dtype=np.float32), parts, recollection)

    @cached_property
    def novelty(self) -> NDArray[np.float32]:
        """float32[N] ≥ 0: surprisal of a title in units of log₂ N, so 1 is the average catalogue title."""
        if not len(self.index):
            return np.zeros(0, np.float32)
        logits = np.log(self.index.prior + PRIOR_FLOOR) + self.index.content @ self.weights.attention
        logits -= logits.max()
        log_share = logits - np.log(np.exp(logits).sum())
        return np.asarray(-log_share / max(np.log(len(self.index)), 1.0), np.float32)
