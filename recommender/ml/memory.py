"""Click memory: the fast half of learning. What people chose for a query lifts it there at once.

Each (query, title) pair keeps how often it was examined and how much it was chosen. A new query
borrows from its neighbours in embedding space. No gradient is involved, the lift is bounded, old
evidence fades, and it explains itself ("people who searched X chose this").
"""

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.ml.strings import StringTable

FORGOTTEN = 0.02  # evidence below which a pair is let go


@dataclass(frozen=True)
class MemoryConfig:
    prior_examined: float = 2.0  # imagined examinations a pair starts with: how slow it is to believe
    prior_rate: float = 0.1  # the share of them that were choices: what "as good as expected" means
    similarity_floor: float = 0.4  # cosine below which another query says nothing
    borrowed: float = 6.0  # looks: the most that what another query knows of a title counts for
    sharpness: float = 2.0  # power of the kernel between the floor and 1
    max_neighbours: int = 32
    max_queries: int = 20_000  # the most chosen-from stay; each costs a comparison in every search

    def __post_init__(self) -> None:
        """Raises ValueError for numbers that give no lift, TypeError for what is no number."""
        fits = (
            0 < self.prior_examined < math.inf
            and 0 < self.prior_rate < 1
            and -1 <= self.similarity_floor < 1
            and 0 < self.borrowed < math.inf
            and 0 < self.sharpness < math.inf
            and operator.index(self.max_neighbours) > 0
            and operator.index(self.max_queries) > 0
        )
        if not fits:
            raise ValueError(f"no memory works with {self}")


@dataclass(frozen=True)
class Recollection:
    """What the memory says about one query: `rows` int64[n], `lift` float32[n] in (−1, 1), and
    `witness` int64[n], the remembered query that spoke loudest for each.
    """

    rows: NDArray[np.int64]
    lift: NDArray[np.float32]
    witness: NDArray[np.int64]

    def lift_of(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """float32[n], 0 for rows that nothing is remembered of."""
        lift = np.zeros(max(self.rows.max(initial=-1), rows.max(initial=-1)) + 1, np.float32)
        lift[self.rows] = self.lift
        return lift[rows]

    @classmethod
    def nothing(cls) -> "Recollection":
        return cls(np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros(0, np.int64))


@dataclass(frozen=True)
class ClickMemory:
    """Q remembered queries and their E pairs, sorted by (query, title id).

    queries: Q folded texts. vectors: float32[Q, D], unit length. starts: int64[Q + 1].
    title_ids: int64[E], database ids. examined, chosen: float32[E], faded counts.
    """

    queries: StringTable
    vectors: NDArray[np.float32]
    starts: NDArray[np.int64]
    title_ids: NDArray[np.int64]
    examined: NDArray[np.float32]
    chosen: NDArray[np.float32]
    config: MemoryConfig = field(default_factory=MemoryConfig)

    @classmethod
    def empty(cls, dimension: int, config: MemoryConfig | None = None) -> "ClickMemory":
        return cls(
            StringTable.of([]),
            np.zeros((0, dimension), np.float32),
            np.zeros(1, np.int64),
            np.zeros(0, np.int64),
            np.zeros(0, np.float32),
            np.zeros(0, np.float32),
            config or MemoryConfig(),
        )

    def __len__(self) -> int:
        return len(self.queries)

    def looks(self) -> NDArray[np.float32]:
        """float32[E]: how often each pair was looked at; nobody chooses what nobody sees."""
        return np.maximum(self.examined, self.chosen)

    def lift(self, looks: NDArray[Any], chosen: NDArray[Any]) -> NDArray[np.float32]:
        """float32[n] in [−r, 1 − r]: the smoothed rate of choice, less the expected rate r. looks, chosen: real[n].

        (chosen + a·r) / (looks + a) is the posterior mean of a Beta prior with mean r. The difference, not the ratio:
        most of what is looked at is not chosen, so passing a title over says little, and takes away no more than r.
        """
        a, r = self.config.prior_examined, self.config.prior_rate
        return np.asarray((chosen + a * r) / (looks + a) - r, np.float32)

    def lifts(self) -> NDArray[np.float32]:
        """float32[E]: of each pair, by what its own query knows."""
        return self.lift(self.looks(), self.chosen)

    def only(self, kept: NDArray[np.bool_]) -> "ClickMemory":
        """The memory of some queries. kept: bool[Q]."""
        sizes = np.diff(self.starts)
        entries = np.repeat(kept, sizes)
        return ClickMemory(
            StringTable.of([text for text, is_kept in zip(self.queries, kept, strict=True) if is_kept]),
            self.vectors[kept],
            np.append(0, sizes[kept].cumsum()).astype(np.int64),
            self.title_ids[entries],
            self.examined[entries],
            self.chosen[entries],
            self.config,
        )

    def merged(
        self,
        queries: Sequence[str],
        vectors: NDArray[np.float32],
        pairs: Sequence[tuple[str, int, float, float]],
        *,
        fade: float,
    ) -> "ClickMemory":
        """A new memory: this one faded by `fade` in (0, 1], plus new evidence.

        queries, vectors: the folded texts that occur in `pairs`, float32[n, D]. pairs: (query,
        title id, examined, chosen) to add. The order of the pairs does not matter; sums are taken
        in sorted order, so equal evidence gives equal bytes. Pairs that faded to nothing are let go, and
        beyond `max_queries` the queries that led to the fewest choices.
        """
        texts = sorted({*self.queries, *queries})
        number = {text: place for place, text in enumerate(texts)}
        known = np.array([number[text] for text in self.queries], np.int64)
        new = sorted(pairs)
        query = np.concatenate([np.repeat(known, np.diff(self.starts)), [number[pair[0]] for pair in new]])
        title = np.concatenate([self.title_ids, np.array([pair[1] for pair in new], np.int64)])
        counts = np.concatenate(
            [
                np.stack([self.examined, self.chosen], axis=1).astype(np.float64) * fade,
                np.array([pair[2:] for pair in new], np.float64).reshape(-1, 2),
            ]
        )
        query, title, counts = _summed(query.astype(np.int64), title, counts)
        kept = (counts >= FORGOTTEN).any(axis=1)
        chosen_from = np.bincount(query[kept], counts[kept, 1], minlength=len(texts))
        if len(np.unique(query[kept])) > self.config.max_queries:
            kept &= np.isin(query, np.argsort(-chosen_from, kind="stable")[: self.config.max_queries])
        query, title, counts = query[kept], title[kept], counts[kept]
        remembered, starts = np.unique(query, return_index=True)
        stored = np.zeros((len(texts), self.vectors.shape[1]), np.float32)
        stored[known] = self.vectors
        stored[[number[text] for text in queries]] = vectors
        return ClickMemory(
            StringTable.of([texts[place] for place in remembered]),
            stored[remembered],
            np.append(starts, len(query)).astype(np.int64),
            title,
            counts[:, 0].astype(np.float32),
            counts[:, 1].astype(np.float32),
            self.config,
        )


def _summed(
    query: NDArray[np.int64], title: NDArray[np.int64], counts: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The same with each (query, title) once, in order, and its counts added up in an order of their own."""
    order = np.lexsort((counts[:, 1], counts[:, 0], title, query))
    query, title, counts = query[order], title[order], counts[order]
    if not len(query):
        return query, title, counts
    first = np.flatnonzero(np.append(True, (np.diff(query) != 0) | (np.diff(title) != 0)))
    return query[first], title[first], np.add.reduceat(counts, first, axis=0)


class MemoryIndex:
    """A `ClickMemory` bound to the rows of one catalogue index, ready to answer queries."""

    def __init__(self, memory: ClickMemory, row_of_title: dict[int, int]) -> None:
        self.memory = memory
        n_rows = len(row_of_title)
        self._rows = np.array([row_of_title.get(int(t), -1) for t in memory.title_ids], np.int64)
        self._looks = memory.looks()
        known = self._rows >= 0
        # float32[N]: how much each title was looked at, in all queries together.
        self.looks = np.bincount(self._rows[known], self._looks[known], minlength=n_rows).astype(np.float32)
        self._query_ids = {query: index for index, query in enumerate(memory.queries)}

    def recall(self, text: str, vector: NDArray[np.float32]) -> Recollection:
        """text: the folded query. vector: float32[D], unit length.

        lift(i) of the looks and choices of all queries q' together, each counted K(q, q') times: 1 for the same
        words, else ((cos − floor) / (1 − floor))^sharpness · b / (b + looks(q', i)). So neighbours say what nobody
        has found out about a query yet, up to b looks each, and fall silent as its own evidence grows.
        """
        memory, config = self.memory, self.memory.config
        if not len(memory):
            return Recollection.nothing()
        kernel = np.clip((memory.vectors @ vector - config.similarity_floor) / (1 - config.similarity_floor), 0, 1)
        kernel **= config.sharpness
        own = self._query_ids.get(text, -1)
        if own >= 0:
            kernel[own] = 1.0
        near = np.flatnonzero(kernel > 1e-3)
        if len(near) > config.max_neighbours:
            near = near[np.argpartition(-kernel[near], config.max_neighbours)[: config.max_neighbours]]
        near = np.sort(near)
        sizes = np.diff(memory.starts)[near]
        entries = np.repeat(memory.starts[near] - (sizes.cumsum() - sizes), sizes) + np.arange(sizes.sum())
        query = np.repeat(near, sizes)
        known = self._rows[entries] >= 0
        entries, query = entries[known], query[known]
        looks, chosen = self._looks[entries], memory.chosen[entries]
        weight = kernel[query] * np.where(query == own, 1, config.borrowed / (config.borrowed + looks))
        rows, place = np.unique(self._rows[entries], return_inverse=True)
        lift = memory.lift(
            np.bincount(place, weight * looks, minlength=len(rows)),
            np.bincount(place, weight * chosen, minlength=len(rows)),
        )
        # The loudest of those that speak for a title: the last of them, sorted by how much they say.
        said = weight * memory.lift(looks, chosen)
        witness = np.full(len(rows), -1)
        loud = np.flatnonzero(said > 0)
        loud = loud[np.lexsort((-query[loud], said[loud]))]
        witness[place[loud]] = query[loud]
        return Recollection(rows, lift, witness)
