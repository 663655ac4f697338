"""From scores to a whole ranking, and from that to one page of it.

The ranking is the same for everybody who asks the same and of whom nothing is known; only the page is drawn for one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recommender.ml.curation import with_pins
from recommender.ml.diversity import DEPTH, rearranged
from recommender.ml.explore import Draw, Exploration, draw, is_close
from recommender.ml.index import CatalogIndex
from recommender.ml.matching import Matches
from recommender.ml.memory import Recollection
from recommender.ml.ranking import Floors, Hit, Ranking, Source, Tier, distinct_works, rank
from recommender.ml.scoring import Evidence, Scores
from recommender.ml.seats import CHOSEN, keep_seats
from recommender.ml.snapshot import Snapshot

NO_PINS: Mapping[int, int] = {}


@dataclass(frozen=True)
class Ordered:
    """R titles, the best first. whole: the ranking, with no page cut from it. final: float32[R], the scores they are
    ordered by. sources: int16[R]. scores, taste, lift: of these titles; float32[R] each, None for none.
    """

    whole: Ranking
    scores: Scores
    final: NDArray[np.float32]
    sources: NDArray[np.int16]
    tiers: Mapping[int, Tier]
    is_pinned: bool = False
    taste: NDArray[np.float32] | None = None
    lift: NDArray[np.float32] | None = None


NOTHING = Ordered(
    Ranking("empty", []),
    Scores(np.zeros(0, np.int64), np.zeros(0, np.float32), {}, Recollection.nothing(), np.zeros(0, np.float32)),
    np.zeros(0, np.float32),
    np.zeros(0, np.int16),
    {},
)


def ordered(
    snapshot: Snapshot,
    evidence: Evidence,
    scores: Scores,
    matches: Matches,
    floors: Floors | None,
    *,
    one_of_each_work: bool = False,
    novelty_weight: float | None = None,
    taste: NDArray[np.float32] | None = None,
    diversity: float = 0.0,
    lift: NDArray[np.float32] | None = None,
    pins: Mapping[int, int] = NO_PINS,
    without: Collection[int] = (),
) -> Ordered:
    """The first `max_results`. taste, lift: float32[N], what is added to the score of a row. pins: row → place from
    1 on; `without`, ids of titles that earlier pages have shown, says which of them came too late.
    """
    index, config = snapshot.index, snapshot.config
    weight = np.float32(config.novelty_weight if novelty_weight is None else novelty_weight)
    final = scores.relevance + weight * snapshot.scorer.novelty[scores.rows]
    if taste is not None:
        final = final + taste[scores.rows]
    if lift is not None:
        final = final + lift[scores.rows]
    order, found = rank(evidence, scores, final, list(matches.tiers), floors, config.max_results)
    sources = np.zeros(len(final), np.int16)
    sources[order] = found
    pinned = _due(index, scores, pins, without)
    if pinned:
        order = order[~np.isin(order, list(pinned))]
    if one_of_each_work:
        order = order[distinct_works(index, scores.rows[order])]
    n_matches = int(np.isin(scores.rows[order], list(matches.tiers)).sum())
    if evidence.text:
        by_hand = np.asarray(scores.by_hand + (final - scores.relevance), np.float32)
        fame, looks = index.prior[scores.rows], snapshot.scorer.memory.looks[scores.rows]
        recalled = scores.recollection.lift_of(scores.rows[order])
        stays = ((sources[order] & Source.TITLE) > 0) | (recalled >= CHOSEN)
        turn, seats = keep_seats(by_hand[order], looks[order], fame[order], stays, config.seats)
        order = order[turn]
        sources[order[seats]] |= Source.SEATED
    if diversity:
        best = order[n_matches : n_matches + DEPTH]
        turn = rearranged(final[best], index.vectors(scores.rows[best]), diversity)
        order[n_matches : n_matches + DEPTH] = best[turn]
    if pinned:
        order = with_pins(order, pinned)
        sources[list(pinned)] |= Source.PINNED
        n_matches = int(np.isin(scores.rows[order], list(matches.tiers)).sum())
    rows = scores.rows[order]
    whole = Ranking(
        "",
        [],
        rows=rows,
        n_matches=n_matches,
        corrected_query=matches.correction,
        confidence=matches.confidence,
        suggestions=matches.suggestions,
    )
    return Ordered(
        whole,
        scores.at(order),
        final[order],
        sources[order],
        matches.tiers,
        is_pinned=bool(pinned),
        taste=None if taste is None else taste[rows],
        lift=None if lift is None else lift[rows],
    )


def page(
    snapshot: Snapshot,
    found: Ordered,
    limit: int,
    offset: int = 0,
    *,
    without: Collection[int] = (),
    explore: Exploration | None = None,
) -> Ranking:
    """`limit` places from `offset` on, of the titles that are not in `without`. explore: the draw that may let two
    titles of a first page change places; a page with a pin is not explored.
    """
    rows, n_matches = found.whole.rows, found.whole.n_matches
    is_first = not offset and not without
    is_new = ~np.isin(snapshot.index.title_ids[rows], list(without)) if without else np.ones(len(rows), np.bool_)
    left = np.flatnonzero(is_new)[offset : offset + limit]
    drawn = Draw(left, np.ones(len(left)))
    if explore and is_first and not found.is_pinned and is_close(found.final[left[n_matches:]]):
        drawn = draw(explore, len(left), n_matches, len(rows))
    explored = set(drawn.ranks[drawn.ranks != left].tolist())
    hits = [
        _hit(snapshot, found, rank, float(propensity), is_drawn=rank in explored)
        for rank, propensity in zip(drawn.ranks.tolist(), drawn.propensity, strict=True)
    ]
    return replace(found.whole, hits=hits)


def _due(index: CatalogIndex, scores: Scores, pins: Mapping[int, int], without: Collection[int]) -> dict[int, int]:
    """Place in `scores` → place of the ranking, of the pins that hold. One that wants a place on a page that was
    shown without it came too late: its title stands where it ranks.
    """
    return {
        int(np.searchsorted(scores.rows, row)): place
        for row, place in pins.items()
        if place > len(without) or int(index.title_ids[row]) in without
    }


def _hit(snapshot: Snapshot, found: Ordered, rank: int, propensity: float, *, is_drawn: bool) -> Hit:
    """The title at this rank. is_drawn: whether it stands elsewhere by lot."""
    scores, row = found.scores, int(found.scores.rows[rank])
    parts = {name: value for name, part in scores.parts.items() if (value := float(part[rank]))}
    personal = 0.0 if found.taste is None else float(found.taste[rank])
    parts |= {"taste": personal} if personal else {}
    by_editors = 0.0 if found.lift is None else float(found.lift[rank])
    parts |= {"lift": by_editors} if by_editors else {}
    parts["novelty"] = float(found.final[rank] - scores.relevance[rank]) - personal - by_editors
    return Hit(
        title_id=int(snapshot.index.title_ids[row]),
        tier=found.tiers.get(row, Tier.SEMANTIC),
        score=float(found.final[rank]),
        relevance=float(scores.relevance[rank]),
        novelty=float(snapshot.scorer.novelty[row]),
        sources=Source(int(found.sources[rank]) | (Source.EXPLORED.value if is_drawn else 0)),
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
