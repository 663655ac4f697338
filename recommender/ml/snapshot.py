"""One version with the catalogue that it answers for."""

from dataclasses import dataclass, field
from functools import cached_property

from recommender.ml.encoder import TextEncoder
from recommender.ml.index import CatalogIndex
from recommender.ml.scoring import Scorer
from recommender.ml.seats import N_SEATS
from recommender.ml.weights import ModelState


@dataclass(frozen=True)
class EngineConfig:
    novelty_weight: float = 0.02  # λ: how much surprise may outweigh relevance
    dense_floor: float = 0.05  # cosine below which a title has nothing to do with the query
    dense_floor_unknown_words: float = 0.48  # the same where the catalogue uses none of the words typed
    max_results: int = 1_000
    seats: int = N_SEATS  # of a first page, for titles that learning would crowd out


@dataclass(frozen=True)
class Snapshot:
    """Everything one version needs to answer, immutable: swapping versions is swapping this."""

    version: int
    index: CatalogIndex
    state: ModelState
    encoder: TextEncoder
    config: EngineConfig = field(default_factory=EngineConfig)

    @cached_property
    def scorer(self) -> Scorer:
        return Scorer(self.index, self.state)
