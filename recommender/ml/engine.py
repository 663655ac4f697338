"""A search from text to a ranking. Pure: no database, no clock, no chance but what a seed decides.

`search` puts a question to the catalogue (`questions`) and lets one version answer it: score, rank, cut a page.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from recommender.ml import evidence as gather
from recommender.ml.encoder import TextEncoder
from recommender.ml.explore import Draw, Exploration, draw
from recommender.ml.facts.filters import Filters
from recommender.ml.index import CatalogIndex
from recommender.ml.matching import Matches
from recommender.ml.names.folding import fold
from recommender.ml.questions import Question, others, question
from recommender.ml.ranking import Floors, Hit, Ranking, Source, Tier, distinct_works, rank
from recommender.ml.scoring import Evidence, Scorer, Scores
from recommender.ml.weights import ModelState


@dataclass(frozen=True)
class EngineConfig:
    novelty_weight: float = 0.02  # λ: how much surprise may outweigh relevance
    dense_floor: float = 0.05  # cosine below which a title has nothing to do with the query
    dense_floor_unknown_words: float = 0.48  # the same where the catalogue uses none of the words typed
    max_results: int = 1_000


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


def search(
    snapshot: Snapshot,
    text: str,
    *,
    filters: Filters | None = None,
    limit: int = 20,
    offset: int = 0,
    correct: bool = True,
    among: NDArray[np.bool_] | None = None,
    without: Collection[int] = (),
    explore: Exploration | None = None,
    novelty: float | None = None,
) -> Ranking:
    """Titles for `text`, the best first; an empty ranking where nothing fits.

    filters: what was asked for beside the text; with no text at all, the famous titles that pass.
    among: bool[N], the rows that may be ranked at all. without: ids of titles that earlier pages have
    shown; they count, but do not come again. explore: the draw that may let two titles of a first page
    change places. novelty: λ of this search in place of the version's, more for the surprising, less for the
    familiar.
    Raises ValueError if the text is longer than MAX_QUERY_LENGTH, or if novelty is no finite number.
    """
    asked = question(snapshot.index, snapshot.encoder, text, filters=filters, correct=correct, among=among)
    return answer(snapshot, asked, limit=limit, offset=offset, without=without, explore=explore, novelty=novelty)


def answer(
    snapshot: Snapshot,
    asked: Question,
    *,
    limit: int = 20,
    offset: int = 0,
    without: Collection[int] = (),
    explore: Exploration | None = None,
    novelty: float | None = None,
) -> Ranking:
    """This version's answer to a question that was put to its catalogue."""
    if novelty is not None and not isfinite(novelty):
        raise ValueError(f"λ is a finite number, not {novelty}")
    if asked.evidence is None:
        return Ranking("empty", [])
    scores = snapshot.scorer.score(asked.evidence, asked.matches.similarity, asked.allowed)
    floors = _floors(snapshot, asked)
    ranking = _ranking(
        snapshot,
        asked.evidence,
        scores,
        asked.matches,
        floors,
        limit,
        offset,
        without=without,
        explore=explore,
        novelty_weight=novelty,
    )
    return replace(
        ranking,
        query_class=asked.query_class,
        text=asked.text,
        understanding=asked.understanding,
        unmet=asked.unmet,
    )


def similar(
    snapshot: Snapshot, title_ids: Sequence[int], *, limit: int = 12, among: NDArray[np.bool_] | None = None
) -> Ranking:
    """More like some titles, without them and their other listings; unknown ids count for nothing."""
    index = snapshot.index
    rows = [row for title_id in title_ids if (row := index.row_of_title.get(title_id)) is not None]
    if not rows:
        return Ranking("similar", [])
    allowed = others(index, rows)
    if among is not None:
        allowed &= among
    evidence = gather.of_titles(index, rows)
    scores = snapshot.scorer.score(evidence, allowed=allowed)
    floors = Floors(snapshot.config.dense_floor)
    ranking = _ranking(snapshot, evidence, scores, Matches(), floors, limit, 0, one_of_each_work=True)
    return replace(ranking, query_class="similar")


def popular(snapshot: Snapshot, *, limit: int = 12) -> Ranking:
    """The most famous titles: the answer to no query at all."""
    index = snapshot.index
    none = np.zeros(len(index), np.float32)
    nothing = np.zeros(snapshot.encoder.dimension, np.float32)
    evidence = Evidence("", nothing, nothing, none, none, prior_scale=gather.FILTERED)
    scores = snapshot.scorer.score(evidence)
    return replace(_ranking(snapshot, evidence, scores, Matches(), None, limit, 0), query_class="home")


def _floors(snapshot: Snapshot, asked: Question) -> Floors | None:
    """None where filters alone were asked for: whatever passes them is an answer."""
    understanding, text = asked.understanding, asked.text
    if not fold(understanding.rest) and not understanding.like:
        return None
    config = snapshot.config
    if asked.matches.tiers or understanding.like or understanding.filters:
        return Floors(config.dense_floor)
    # Signs are no words, though "&" is read as one; single letters are in too many titles to mean any.
    said = [word for word in fold(text).split() if len(word) > 1] if any(map(str.isalnum, text)) else []
    if any(snapshot.index.lexical.knows(word) for word in said):
        return Floors(config.dense_floor)
    return Floors(config.dense_floor_unknown_words, lexical=1.0)


def _ranking(
    snapshot: Snapshot,
    evidence: Evidence,
    scores: Scores,
    matches: Matches,
    floors: Floors | None,
    limit: int,
    offset: int,
    *,
    without: Collection[int] = (),
    one_of_each_work: bool = False,
    explore: Exploration | None = None,
    novelty_weight: float | None = None,
) -> Ranking:
    index, config = snapshot.index, snapshot.config
    weight = np.float32(config.novelty_weight if novelty_weight is None else novelty_weight)
    final = scores.relevance + weight * snapshot.scorer.novelty[scores.rows]
    order, sources = rank(evidence, scores, final, list(matches.tiers), floors, config.max_results)
    if one_of_each_work:
        first = distinct_works(index, scores.rows[order])
        order, sources = order[first], sources[first]
    n_matches = int(np.isin(scores.rows[order], list(matches.tiers)).sum())
    left = np.flatnonzero(~np.isin(index.title_ids[scores.rows[order]], list(without)))[offset : offset + limit]
    page = Draw(left, np.ones(len(left)))
    if explore and not offset and not without:
        page = draw(explore, len(left), n_matches, len(order))
    sources[page.ranks[page.ranks != left]] |= Source.EXPLORED
    hits = [
        _hit(snapshot, scores, final, matches, int(order[rank]), Source(int(sources[rank])), float(propensity))
        for rank, propensity in zip(*page, strict=True)
    ]
    return Ranking(
        "",
        hits,
        rows=scores.rows[order],
        n_matches=n_matches,
        corrected_query=matches.correction,
        confidence=matches.confidence,
        suggestions=matches.suggestions,
    )


def _hit(
    snapshot: Snapshot,
    scores: Scores,
    final: NDArray[np.float32],
    matches: Matches,
    place: int,
    source: Source,
    propensity: float,
) -> Hit:
    row = int(scores.rows[place])
    parts = {name: float(part[place]) for name, part in scores.parts.items() if part[place]}
    parts["novelty"] = float(final[place] - scores.relevance[place])
    return Hit(
        title_id=int(snapshot.index.title_ids[row]),
        tier=matches.tiers.get(row, Tier.SEMANTIC),
        score=float(final[place]),
        relevance=float(scores.relevance[place]),
        novelty=float(snapshot.scorer.novelty[row]),
        sources=source,
        parts=parts,
        witness=_witness(snapshot, scores, row),
        propensity=propensity,
    )


def _witness(snapshot: Snapshot, scores: Scores, row: int) -> str | None:
    recollection = scores.recollection
    for query in recollection.witness[recollection.rows == row].tolist():
        if query >= 0:
            return snapshot.state.memory.queries[query]
    return None
