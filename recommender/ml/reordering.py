"""Somebody else's titles in our order: all of them, also those that a search would leave out.

First what the text names, then what a search would find, then the rest; the higher score first within each. Places
are kept for nobody and nothing is drawn by lot: the caller decides what is shown.
"""

import numpy as np
from numpy.typing import NDArray

from recommender.ml.curation import with_pins
from recommender.ml.evidence import FILTERED
from recommender.ml.query.understanding import Understanding
from recommender.ml.questions import Question
from recommender.ml.ranking import Floors, Hit, Ranking, Source, Tier, rank
from recommender.ml.scoring import Evidence, Scores
from recommender.ml.snapshot import Snapshot


def by_text(
    snapshot: Snapshot,
    asked: Question,
    rows: NDArray[np.int64],
    *,
    novelty: float | None = None,
    taste: NDArray[np.float32] | None = None,
) -> Ranking:
    """asked: a text, put to the catalogue among these rows. rows: int64[n], each once. novelty, taste: as
    `engine.search` takes them. A title that no source speaks for says so by having none.
    """
    assert asked.evidence is not None
    scores = snapshot.scorer.score(asked.evidence, asked.matches.similarity, _mask(snapshot, rows))
    final = scores.relevance + _weight(snapshot, novelty) * snapshot.scorer.novelty[scores.rows]
    for added in (taste, asked.lift):
        final = final if added is None else final + added[scores.rows]
    named = list(asked.matches.tiers)
    fits, found = rank(asked.evidence, scores, final, named, Floors(snapshot.config.dense_floor), len(final))
    sources = np.zeros(len(final), np.int16)
    sources[fits] = found
    if asked.allowed is not None:
        sources[~asked.allowed[scores.rows]] = 0
    turn = np.full(len(final), len(named))
    turn[np.searchsorted(scores.rows, named)] = np.arange(len(named))
    order = np.lexsort((scores.rows, -final, sources == 0, turn))
    pins = {int(np.searchsorted(scores.rows, row)): place for row, place in asked.pins.items()}
    if pins:
        order = with_pins(order[~np.isin(order, list(pins))], pins)
        sources[list(pins)] |= Source.PINNED
    return Ranking(
        asked.query_class,
        _hits(snapshot, scores, final, order, sources, asked, taste),
        rows=scores.rows[order],
        n_matches=len(named),
        corrected_query=asked.matches.correction,
        confidence=asked.matches.confidence,
        suggestions=asked.matches.suggestions,
        text=asked.text,
        understanding=asked.understanding,
        unmet=asked.unmet,
    )


def by_fame(snapshot: Snapshot, rows: NDArray[np.int64], *, novelty: float | None = None) -> Ranking:
    """Without a text, for somebody of whom nothing is known: as `engine.popular` orders them. rows: int64[n]."""
    index = snapshot.index
    none, nothing = np.zeros(len(index), np.float32), np.zeros(snapshot.encoder.dimension, np.float32)
    evidence = Evidence("", nothing, nothing, none, none, prior_scale=FILTERED)
    scores = snapshot.scorer.score(evidence, allowed=_mask(snapshot, rows))
    final = scores.relevance + _weight(snapshot, novelty) * snapshot.scorer.novelty[scores.rows]
    order = np.lexsort((scores.rows, -final))
    sources = np.full(len(final), Source.POPULAR, np.int16)
    hits = _hits(snapshot, scores, final, order, sources, Question("", Understanding("empty")), None)
    return Ranking("empty", hits, rows=scores.rows[order])


def by_taste(
    snapshot: Snapshot, rows: NDArray[np.int64], attention: NDArray[np.float32], taste: NDArray[np.float32]
) -> Ranking:
    """Without a text, for one person: as `engine.for_you` orders them. attention, taste: float32[N], percentage
    points. rows: int64[n], each once.
    """
    rows = np.sort(rows)
    rows = rows[np.argsort(-(attention + taste)[rows], kind="stable")]
    hits = [
        Hit(
            title_id=int(snapshot.index.title_ids[row]),
            tier=Tier.SEMANTIC,
            score=float(attention[row]) + float(taste[row]),
            relevance=float(attention[row]) + float(taste[row]),
            novelty=float(snapshot.scorer.novelty[row]),
            sources=Source.TASTE if taste[row] > attention[row] else Source.POPULAR,
            parts={"attention": float(attention[row]), "taste": float(taste[row])},
        )
        for row in rows.tolist()
    ]
    return Ranking("for_you", hits, rows=rows)


def _hits(
    snapshot: Snapshot,
    scores: Scores,
    final: NDArray[np.float32],
    order: NDArray[np.intp],
    sources: NDArray[np.int16],
    asked: Question,
    taste: NDArray[np.float32] | None,
) -> list[Hit]:
    tiers, memory, recollection = asked.matches.tiers, snapshot.state.memory, scores.recollection
    witnesses = dict(zip(recollection.rows.tolist(), recollection.witness.tolist(), strict=True))
    hits = []
    for place in order.tolist():
        row = int(scores.rows[place])
        parts = {name: float(part[place]) for name, part in scores.parts.items() if part[place]}
        for name, added in (("taste", taste), ("lift", asked.lift)):
            parts |= {} if added is None or not added[row] else {name: float(added[row])}
        added_up = sum(parts.get(name, 0.0) for name in ("taste", "lift"))
        parts["novelty"] = float(final[place]) - float(scores.relevance[place]) - added_up
        witness = witnesses.get(row, -1)
        hits.append(
            Hit(
                title_id=int(snapshot.index.title_ids[row]),
                tier=tiers.get(row, Tier.SEMANTIC),
                score=float(final[place]),
                relevance=float(scores.relevance[place]),
                novelty=float(snapshot.scorer.novelty[row]),
                sources=Source(int(sources[place])),
                parts=parts,
                witness=memory.queries[witness] if witness >= 0 else None,
            )
        )
    return hits


def _mask(snapshot: Snapshot, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    mask = np.zeros(len(snapshot.index), np.bool_)
    mask[rows] = True
    return mask


def _weight(snapshot: Snapshot, novelty: float | None) -> np.float32:
    return np.float32(snapshot.config.novelty_weight if novelty is None else novelty)
