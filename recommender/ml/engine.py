"""A search from text to a ranking. Pure: no database, no clock, no randomness.

Read the text, look its title up, gather the evidence, score, rank: one function each, and `search`
is the sequence.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.ml import evidence as gather
from recommender.ml.encoder import TextEncoder
from recommender.ml.facts.filters import Filters
from recommender.ml.index import CatalogIndex
from recommender.ml.knowledge import IndexKnowledge
from recommender.ml.matching import Matches, match
from recommender.ml.names.folding import fold
from recommender.ml.query.foreign import in_english
from recommender.ml.query.understanding import Chip, Understanding, understand
from recommender.ml.ranking import Floors, Hit, Ranking, Source, Tier, distinct_works, rank
from recommender.ml.scoring import Evidence, Scorer, Scores
from recommender.ml.usage import share_with_all
from recommender.ml.weights import ModelState

MAX_QUERY_LENGTH = 2_000
REWORDED = 0.8  # confidence in a text whose misspelt words were replaced


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
) -> Ranking:
    """Titles for `text`, the best first; an empty ranking where nothing fits.

    filters: what was asked for beside the text; with no text at all, the famous titles that pass.
    among: bool[N], the rows that may be ranked at all. without: ids of titles that earlier pages have
    shown; they count, but do not come again.
    Raises ValueError if the text is longer than MAX_QUERY_LENGTH.
    """
    if len(text) > MAX_QUERY_LENGTH:
        raise ValueError(f"a query may have {MAX_QUERY_LENGTH} characters, this one has {len(text)}")
    index, folded = snapshot.index, fold(text)
    if not len(index) or not (folded or filters):
        return Ranking("empty", [])
    understanding, unmet = read(index, text, correct=correct)
    matches = _matches(index, text, understanding, correct=correct)
    if correct and not matches.tiers and (other := _reworded(index, text)):
        text, folded = other, fold(other)
        understanding, unmet = read(index, text)
        matches = _matches(index, text, understanding, correct=False)
        matches = replace(matches, correction=text, confidence=REWORDED)
    masks = [mask for mask in (index.facets.mask(filters or Filters()), among) if mask is not None]
    for mask in masks:
        matches = matches.among(mask)
    if (said := index.facets.mask(understanding.filters)) is not None:
        said[list(matches.tiers)] = True  # "western" is a genre, and a title
        masks.append(said)
    if seeds := _named(index, understanding):
        masks.append(_others(index, seeds))
    allowed = np.logical_and.reduce(masks) if masks else None
    evidence = gather_evidence(snapshot, understanding, matches, seeds, folded)
    scores = snapshot.scorer.score(evidence, matches.similarity, allowed)
    floors = _floors(snapshot, understanding, matches, text)
    ranking = _ranking(snapshot, evidence, scores, matches, floors, limit, offset, without=without)
    query_class = "title" if matches.tiers else understanding.query_class
    return replace(ranking, query_class=query_class, text=text, understanding=understanding, unmet=unmet)


def similar(
    snapshot: Snapshot, title_ids: Sequence[int], *, limit: int = 12, among: NDArray[np.bool_] | None = None
) -> Ranking:
    """More like some titles, without them and their other listings; unknown ids count for nothing."""
    index = snapshot.index
    rows = [row for title_id in title_ids if (row := index.row_of_title.get(title_id)) is not None]
    if not rows:
        return Ranking("similar", [])
    allowed = _others(index, rows)
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


def read(index: CatalogIndex, text: str, *, correct: bool = True) -> tuple[Understanding, tuple[Chip, ...]]:
    """(what the text asks for, chips that no title meets together).

    Unmet chips narrow nothing, they only lift: a catalogue without country or label has the film all the same.
    """
    understanding = understand(text, IndexKnowledge(index, correct=correct))
    if correct and (understanding.filters.people or understanding.filters.directors):
        to_the_letter = understand(text, IndexKnowledge(index, correct=False))
        if to_the_letter.filters != understanding.filters and match(index, text, correct=True).tiers:
            return Understanding("title", rest=text), ()  # nearer to a title than to a name: "citizen cane"
    fits = index.facets.mask(understanding.filters)
    if fits is None or fits.any():
        return understanding, ()
    softened = replace(understanding, filters=Filters(), hints=understanding.filters, chips=(), rest=text)
    return softened, understanding.chips


def gather_evidence(
    snapshot: Snapshot, understanding: Understanding, matches: Matches, seeds: Sequence[int], folded: str
) -> Evidence:
    """seeds: rows of titles to be like. Whoever names a title gets titles like it below, not titles spelt like it."""
    index, rest = snapshot.index, fold(understanding.rest)
    if seeds and rest:
        vector, rest_vector = snapshot.encoder.encode([folded, rest])
        return gather.of_titles(index, seeds, text=folded, vector=vector, more=understanding, more_vector=rest_vector)
    vector = snapshot.encoder.encode([folded])[0]
    subject = matches.subject
    if subject is not None and not understanding.chips:
        more = understanding if matches.tiers[subject] == Tier.EXACT else None
        return gather.of_titles(index, [subject], text=folded, vector=vector, more=more, more_vector=vector)
    if seeds:
        return gather.of_titles(index, seeds, text=folded, vector=vector)
    return gather.of_text(index, understanding, folded, vector)


def _matches(index: CatalogIndex, text: str, understanding: Understanding, *, correct: bool) -> Matches:
    """Titles that the text names. One that states filters names none, unless it is a name to the letter."""
    if understanding.like:
        return Matches()
    if understanding.query_class == "title":
        return match(index, understanding.rest, correct=correct, hints=understanding.hints)
    if understanding.chips and len(text.split()) > 1:
        exact = index.titles.exact(text, index.prior)
        return Matches(dict.fromkeys(exact, Tier.EXACT), dict.fromkeys(exact, 1.0))
    if understanding.chips:  # "1917", "2001"
        return match(index, text, correct=False)
    return match(index, text, correct=correct)


def _reworded(index: CatalogIndex, text: str) -> str | None:
    """What somebody meant who named a genre in another language, or misspelt words that name no title."""
    if english := in_english(text):
        return english
    rewordings = [
        words
        for words in index.spelling.rewordings(text, index.lexical)
        # Words that no title says together were not meant: "das leben der anderen" is no slip.
        if len(words.split()) < 3 or share_with_all(index.lexical, words.split())
    ]
    names_a_title = (words for words in rewordings if match(index, words, correct=False).tiers)
    return next(names_a_title, rewordings[0] if rewordings else None)


def _named(index: CatalogIndex, understanding: Understanding) -> list[int]:
    """The rows of the titles after "like …"."""
    rows = (IndexKnowledge(index).title_row(name) for name in understanding.like)
    return [row for row in rows if row is not None]


def _others(index: CatalogIndex, rows: Sequence[int]) -> NDArray[np.bool_]:
    """bool[N]: all titles but these and their other listings."""
    return ~np.isin(index.facets.work, index.facets.work[list(rows)])


def _floors(snapshot: Snapshot, understanding: Understanding, matches: Matches, text: str) -> Floors | None:
    """None where filters alone were asked for: whatever passes them is an answer."""
    if not fold(understanding.rest) and not understanding.like:
        return None
    config = snapshot.config
    if matches.tiers or understanding.like or understanding.filters:
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
) -> Ranking:
    index, config = snapshot.index, snapshot.config
    novelty = np.float32(config.novelty_weight) * snapshot.scorer.novelty[scores.rows]
    final = scores.relevance + novelty
    order, sources = rank(evidence, scores, final, list(matches.tiers), floors, config.max_results)
    if one_of_each_work:
        first = distinct_works(index, scores.rows[order])
        order, sources = order[first], sources[first]
    left = np.flatnonzero(~np.isin(index.title_ids[scores.rows[order]], list(without)))[offset : offset + limit]
    hits = [
        _hit(snapshot, scores, final, matches, place, Source(source))
        for place, source in zip(order[left].tolist(), sources[left].tolist(), strict=True)
    ]
    return Ranking(
        "",
        hits,
        rows=scores.rows[order],
        n_matches=int(np.isin(scores.rows[order], list(matches.tiers)).sum()),
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
    )


def _witness(snapshot: Snapshot, scores: Scores, row: int) -> str | None:
    recollection = scores.recollection
    for query in recollection.witness[recollection.rows == row].tolist():
        if query >= 0:
            return snapshot.state.memory.queries[query]
    return None
