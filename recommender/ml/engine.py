"""A search from text to a ranking. Pure: no database, no clock, no randomness.

Tiers stand above scores: exact titles, then confident corrections, then everything by score. No
version of the model can move a title out of its tier.
"""

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.ml.encoder import TextEncoder
from recommender.ml.folding import fold, words
from recommender.ml.index import CatalogIndex
from recommender.ml.memory import Recollection
from recommender.ml.scoring import Scorer, Scores
from recommender.ml.titles import MIN_FUZZY_LENGTH, TitleHit, corrected
from recommender.ml.weights import ModelState

MAX_QUERY_LENGTH = 2_000


class Tier(IntEnum):
    SEMANTIC = 0
    TYPO = 1
    EXACT = 2


class Source(IntFlag):
    """What proposed a title; a bit set, logged with every shown title."""

    TITLE = 1
    LEXICAL = 2
    DENSE = 4
    MEMORY = 8
    POPULAR = 16


@dataclass(frozen=True)
class EngineConfig:
    novelty_weight: float = 0.02  # λ: how much surprise may outweigh relevance
    typo_similarity: float = 0.78  # from here on a misspelt title is worth a tier of its own
    typo_similarity_known_words: float = 0.9  # the same where every word typed is a real one
    typo_margin: float = 0.06  # how far behind the best correction another may lie
    dense_floor: float = 0.12  # cosine below which a title has nothing to do with the query
    dense_floor_unknown_words: float = 0.4  # the same where the catalogue uses none of the words typed
    lexical_floor: float = 0.15
    memory_floor: float = 0.05
    max_results: int = 200


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


@dataclass(frozen=True)
class Hit:
    """One ranked title. parts sum to score; witness is the remembered query behind "memory"."""

    title_id: int
    tier: Tier
    score: float
    relevance: float
    novelty: float
    sources: Source
    parts: dict[str, float]
    witness: str | None = None


@dataclass(frozen=True)
class Ranking:
    query_class: str
    corrected_query: str | None
    hits: list[Hit]
    total: int
    n_matches: int = 0  # of the total, those in the title tiers


def search(snapshot: Snapshot, text: str, *, limit: int = 20, offset: int = 0, correct: bool = True) -> Ranking:
    """Titles for `text`, the best first; an empty ranking where nothing fits.

    `total` counts what paging through yields, at most `max_results`. Raises ValueError if the text
    is longer than MAX_QUERY_LENGTH.
    """
    if len(text) > MAX_QUERY_LENGTH:
        raise ValueError(f"a query may have {MAX_QUERY_LENGTH} characters, this one has {len(text)}")
    folded = fold(text)
    if not folded or not len(snapshot.index):
        return Ranking("empty", None, [], 0)
    index = snapshot.index
    exact = index.titles.exact(text)
    misspelt = [] if exact or not correct else _misspelt(snapshot, text, folded)
    vector = snapshot.encoder.encode([folded])[0]
    similarity = dict.fromkeys(exact, 1.0) | {hit.row: hit.similarity for hit in misspelt}
    asked_for = max(similarity, key=lambda row: (similarity[row], index.prior[row]), default=None)
    about, lexical = _subject(snapshot, text, vector, asked_for)
    scores = snapshot.scorer.score(folded, vector, about, lexical, similarity)
    tiers = dict.fromkeys(exact, Tier.EXACT) | {hit.row: Tier.TYPO for hit in misspelt}
    correction = corrected(text, index.names[misspelt[0].row]) if misspelt else None
    query_class = "title" if tiers else "theme"
    config = snapshot.config
    sense = bool(tiers) or any(index.lexical.knows(word) for word in words(text) if len(word) > 2)
    floor = config.dense_floor if sense else config.dense_floor_unknown_words
    return _rank(snapshot, scores, tiers, query_class, correction, limit, offset, dense_floor=floor)


def similar(snapshot: Snapshot, title_id: int, *, limit: int = 12) -> Ranking:
    """More like one title: the same scorer, with the title's vector as the query. Unknown: empty."""
    row = snapshot.index.row_of_title.get(title_id)
    if row is None:
        return Ranking("similar", None, [], 0)
    none = np.zeros(len(snapshot.index), np.float32)
    vector = snapshot.index.content[row]
    scores = snapshot.scorer.score("", vector, vector, none, {})
    scores.relevance[row] = -np.inf
    return _rank(snapshot, scores, {}, "similar", None, limit, 0, dense_floor=snapshot.config.dense_floor)


def popular(snapshot: Snapshot, *, limit: int = 12) -> Ranking:
    """The most famous titles: the answer to no query at all."""
    prior = np.array(snapshot.index.prior)
    scores = Scores(prior, {"prior": prior}, Recollection.nothing())
    return _rank(snapshot, scores, {}, "home", None, limit, 0, dense_floor=None)


def _subject(
    snapshot: Snapshot, text: str, vector: NDArray[np.float32], asked_for: int | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(float32[D], float32[N]): what the rest of the page is about, as a vector and as word scores.

    Whoever names a title gets titles like it below, not titles that are spelt like it.
    """
    index = snapshot.index
    if asked_for is None:
        return vector, index.lexical.score(text)
    content = index.content[asked_for]
    return (content if content.any() else vector), index.lexical.score(index.names[asked_for])


def _misspelt(snapshot: Snapshot, text: str, folded: str) -> list[TitleHit]:
    """Corrections worth showing above everything else.

    Where every word is one that the catalogue uses, the text is probably meant as it stands
    ("sad movie" is no slip for "Bad Movie"), so the correction has to be closer.
    """
    config = snapshot.config
    long_words = [word for word in words(folded) if len(word) >= MIN_FUZZY_LENGTH]
    meant = bool(long_words) and all(snapshot.index.lexical.knows(word) for word in words(folded))
    needed = config.typo_similarity_known_words if meant else config.typo_similarity
    hits = snapshot.index.titles.misspelt(text, at_least=needed)
    return [hit for hit in hits if hit.similarity >= hits[0].similarity - config.typo_margin]


def _rank(
    snapshot: Snapshot,
    scores: Scores,
    tiers: dict[int, Tier],
    query_class: str,
    correction: str | None,
    limit: int,
    offset: int,
    *,
    dense_floor: float | None,
) -> Ranking:
    """dense_floor: cosine below which content does not speak for a title; None: everything may show."""
    config, index, novelty = snapshot.config, snapshot.index, snapshot.scorer.novelty
    final = scores.relevance + np.float32(config.novelty_weight) * novelty
    fits = np.isfinite(final)
    sources = _sources(scores, config, dense_floor)
    fits &= sources > 0
    fits[list(tiers)] = True
    candidates = np.flatnonzero(fits)
    if len(candidates) > config.max_results:
        best = np.argpartition(-final[candidates], config.max_results)[: config.max_results]
        candidates = np.union1d(candidates[best], np.array(list(tiers), np.int64))
    tier = np.array([tiers.get(int(row), Tier.SEMANTIC) for row in candidates], np.int64)
    order = np.lexsort((candidates, -final[candidates], -tier))[: config.max_results]
    page = candidates[order][offset : offset + limit]
    witnesses = dict(zip(scores.recollection.rows.tolist(), scores.recollection.witness.tolist(), strict=True))
    memory = snapshot.state.memory
    hits = []
    for row in page.tolist():
        parts = {name: float(part[row]) for name, part in scores.parts.items() if part[row]}
        parts["novelty"] = float(config.novelty_weight * novelty[row])
        witness = witnesses.get(row, -1)
        hits.append(
            Hit(
                title_id=int(index.title_ids[row]),
                tier=tiers.get(row, Tier.SEMANTIC),
                score=float(final[row]),
                relevance=float(scores.relevance[row]),
                novelty=float(novelty[row]),
                sources=Source(int(sources[row])) | (Source.TITLE if row in tiers else Source(0)),
                parts=parts,
                witness=memory.queries[witness] if witness >= 0 else None,
            )
        )
    return Ranking(query_class, correction, hits, len(order), int((tier > Tier.SEMANTIC).sum()))


def _sources(scores: Scores, config: EngineConfig, dense_floor: float | None) -> NDArray[np.int64]:
    """int64[N] bit sets; 0 where nothing speaks for a title, which keeps nonsense empty."""
    n = len(scores.relevance)
    found = np.zeros(n, np.int64)
    if dense_floor is None:
        return found + int(Source.POPULAR)
    found += int(Source.DENSE) * (scores.parts["content"] >= dense_floor)
    found += int(Source.LEXICAL) * (scores.parts["lexical"] >= config.lexical_floor)
    found += int(Source.MEMORY) * (scores.parts["memory"] >= config.memory_floor)
    return found
