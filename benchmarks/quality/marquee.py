"""The system under test: the real engine with version 0, and query vectors kept from run to run."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.metrics import Answer, Query
from recommender.ml.encoder import TextEncoder
from recommender.ml.engine import search, similar
from recommender.ml.index import CatalogIndex
from recommender.ml.ranking import Ranking
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import ModelConfig, ModelState

DEPTH = 100  # places that are looked at


class Marquee:
    """Title ids must be rows, as in `catalogues.index_of`. What the engine does not show is not found."""

    name = "Marquee v0"

    def __init__(self, index: CatalogIndex, encoder: TextEncoder) -> None:
        self.snapshot = Snapshot(0, index, ModelState.untrained(ModelConfig(encoder.dimension)), encoder)

    def answer(self, query: Query, *, limit: int = DEPTH) -> Answer:
        among = None
        if query.among is not None:
            among = np.zeros(len(self.snapshot.index), np.bool_)
            among[query.among] = True
        if query.seeds:
            return _answer(similar(self.snapshot, query.seeds, limit=limit, among=among))
        return _answer(search(self.snapshot, query.text, limit=limit, among=among))


class StoredEncoder:
    """An encoder that remembers on disk what it was asked. One text at a time, as in a search."""

    def __init__(self, encoder: TextEncoder, directory: Path) -> None:
        self.encoder = encoder
        self.dimension = encoder.dimension
        self.fingerprint = encoder.fingerprint
        self._file = directory / f"queries-{encoder.fingerprint}.npz"
        self._vectors: dict[str, NDArray[np.float32]] = {}
        if self._file.exists():
            with np.load(self._file) as stored:
                self._vectors = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))
        self._n_saved = len(self._vectors)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = [self._one(text) for text in texts]
        return np.array(vectors, np.float32).reshape(len(texts), self.dimension)

    def reads(self, text: str) -> bool:
        return self.encoder.reads(text)

    def save(self) -> None:
        if len(self._vectors) == self._n_saved:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partial = self._file.with_suffix(".partial.npz")
        np.savez(partial, keys=np.array(list(self._vectors)), vectors=np.array(list(self._vectors.values())))
        partial.replace(self._file)
        self._n_saved = len(self._vectors)

    def _one(self, text: str) -> NDArray[np.float32]:
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        if key not in self._vectors:
            self._vectors[key] = self.encoder.encode([text])[0]
        return self._vectors[key]


def _answer(ranking: Ranking) -> Answer:
    rows = [hit.title_id for hit in ranking.hits]
    return Answer(rows, corrected=ranking.corrected_query is not None, refused=ranking.quality == "low")
