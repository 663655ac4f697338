"""A search from text to a ranking. Pure: no database, no clock, no chance but what a seed decides.

`search` puts a question to the catalogue (`questions`) and lets one version answer it: score, rank, cut a page.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from recommender.ml import evidence as gather
from recommender.ml.curation import NOTHING_SAID, Curation
from recommender.ml.explore import Exploration
from recommender.ml.facts.filters import Filters
from recommender.ml.matching import Matches
from recommender.ml.names.folding import fold
from recommender.ml.ordering import NOTHING, Ordered, ordered, page
from recommender.ml.questions import Question, others, question
from recommender.ml.ranking import Floors, Hit, Ranking, Source, Tier, distinct_works
from recommender.ml.recent import Recent
from recommender.ml.scoring import Evidence
from recommender.ml.snapshot import Snapshot

RecentOrders = Recent[tuple[str, Filters | None, bool, float | None, float, Curation], Ordered]


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
    taste: NDArray[np.float32] | None = None,
    hidden: NDArray[np.bool_] | None = None,
    diversity: float = 0.0,
    curation: Curation = NOTHING_SAID,
    recent: RecentOrders | None = None,
) -> Ranking:
    """Titles for `text`, the best first; an empty ranking where nothing fits.

    filters: what was asked for beside the text; with no text at all, the famous titles that pass.
    among: bool[N], the rows that may be ranked at all. without: ids of titles that earlier pages have
    shown; they count, but do not come again. explore: the draw that may let two titles of a first page
    change places. novelty: λ of this search in place of the version's, more for the surprising, less for the
    familiar. taste: float32[N], what this person's own signals say for and against each title (`ml.taste`).
    hidden: bool[N], rows that are not recommended; a title that the text names shows all the same.
    diversity: in [0, 1], how much titles below those that the text names give way to others unlike them.
    curation: what editors say; a page with a pin is not explored. recent: where the orders of the last texts are
    kept, of those that depend on nobody; none by default.
    Raises ValueError if the text is longer than MAX_QUERY_LENGTH, if novelty is no finite number, or for a diversity
    outside [0, 1].
    """
    is_anybodys = among is None and hidden is None and taste is None
    key = (text, filters, correct, novelty, diversity, curation)
    if recent is not None and is_anybodys and (kept := recent.get(snapshot, key)):
        return page(snapshot, kept, limit, offset, without=without, explore=explore)
    asked = question(
        snapshot.index,
        snapshot.encoder,
        text,
        filters=filters,
        correct=correct,
        among=among,
        hidden=hidden,
        curation=curation,
    )
    found = order(snapshot, asked, novelty=novelty, taste=taste, diversity=diversity, without=without)
    if recent is not None and is_anybodys and not asked.pins:  # where a pin stands depends on the pages before
        recent.put(snapshot, key, found)
    return page(snapshot, found, limit, offset, without=without, explore=explore)


def answer(
    snapshot: Snapshot,
    asked: Question,
    *,
    limit: int = 20,
    offset: int = 0,
    without: Collection[int] = (),
    explore: Exploration | None = None,
    novelty: float | None = None,
    taste: NDArray[np.float32] | None = None,
    diversity: float = 0.0,
) -> Ranking:
    """This version's answer to a question that was put to its catalogue."""
    found = order(snapshot, asked, novelty=novelty, taste=taste, diversity=diversity, without=without)
    return page(snapshot, found, limit, offset, without=without, explore=explore)


def order(
    snapshot: Snapshot,
    asked: Question,
    *,
    novelty: float | None = None,
    taste: NDArray[np.float32] | None = None,
    diversity: float = 0.0,
    without: Collection[int] = (),
) -> Ordered:
    """All that this version has to answer, before a page is cut. Arguments as `search` takes them."""
    if novelty is not None and not isfinite(novelty):
        raise ValueError(f"λ is a finite number, not {novelty}")
    if not 0 <= diversity <= 1:
        raise ValueError(f"diversity is from 0 to 1, not {diversity}")
    if asked.evidence is None:
        return NOTHING
    similarity = asked.matches.similarity
    if asked.pins or asked.lift is not None:  # scored exactly, wherever a first pass would put them
        lifted = [] if asked.lift is None else np.flatnonzero(asked.lift).tolist()
        similarity = dict.fromkeys([*asked.pins, *lifted], 0.0) | similarity
    found = ordered(
        snapshot,
        asked.evidence,
        snapshot.scorer.score(asked.evidence, similarity, asked.allowed),
        asked.matches,
        _floors(snapshot, asked),
        novelty_weight=novelty,
        taste=taste,
        diversity=diversity,
        lift=asked.lift,
        pins=asked.pins,
        without=without,
    )
    whole = replace(
        found.whole,
        query_class=asked.query_class,
        text=asked.text,
        understanding=asked.understanding,
        unmet=asked.unmet,
    )
    return replace(found, whole=whole)


def similar(
    snapshot: Snapshot,
    title_ids: Sequence[int],
    *,
    limit: int = 12,
    among: NDArray[np.bool_] | None = None,
    taste: NDArray[np.float32] | None = None,
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
    found = ordered(snapshot, evidence, scores, Matches(), floors, one_of_each_work=True, taste=taste)
    return replace(page(snapshot, found, limit), query_class="similar")


def popular(
    snapshot: Snapshot,
    *,
    limit: int = 12,
    among: NDArray[np.bool_] | None = None,
    novelty: float | None = None,
    taste: NDArray[np.float32] | None = None,
) -> Ranking:
    """The answer to no query at all: the most famous titles, or with `taste` what this person would like."""
    index = snapshot.index
    none = np.zeros(len(index), np.float32)
    nothing = np.zeros(snapshot.encoder.dimension, np.float32)
    evidence = Evidence("", nothing, nothing, none, none, prior_scale=gather.FILTERED)
    scores = snapshot.scorer.score(evidence, allowed=among)
    found = ordered(
        snapshot, evidence, scores, Matches(), None, novelty_weight=novelty, taste=taste, one_of_each_work=True
    )
    return replace(page(snapshot, found, limit), query_class="home")


def for_you(
    snapshot: Snapshot,
    attention: NDArray[np.float32],
    taste: NDArray[np.float32],
    *,
    limit: int = 12,
    among: NDArray[np.bool_] | None = None,
) -> Ranking:
    """What one person would choose next, whatever they might ask. float32[N] in percentage points, see `ml.taste`.

    attention: what everybody chooses. taste: what this person's signals add.
    """
    index = snapshot.index
    rows = np.arange(len(index)) if among is None else np.flatnonzero(among)
    points = (attention + taste)[rows]
    rows = rows[np.argsort(-points, kind="stable")[: snapshot.config.max_results]]
    rows = rows[distinct_works(index, rows)]
    hits = [
        Hit(
            title_id=int(index.title_ids[row]),
            tier=Tier.SEMANTIC,
            score=float(attention[row]) + float(taste[row]),
            relevance=float(attention[row]) + float(taste[row]),
            novelty=float(snapshot.scorer.novelty[row]),
            sources=Source.TASTE if taste[row] > attention[row] else Source.POPULAR,
            parts={"attention": float(attention[row]), "taste": float(taste[row])},
        )
        for row in rows[:limit].tolist()
    ]
    return Ranking("for_you", hits, rows=rows)


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
    said += [word for rewording in asked.rewordings for word in rewording.split()]
    if any(snapshot.index.lexical.knows(word) for word in said):
        return Floors(config.dense_floor)
    return Floors(config.dense_floor_unknown_words, lexical=1.0)
