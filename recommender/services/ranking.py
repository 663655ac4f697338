"""A caller's own titles in our order, and the order on the log."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from catalog import event_log
from catalog.event_log import Visitor
from catalog.identifiers import uuid7
from catalog.models import Title
from recommender import serving, witnesses
from recommender.answers.answer import Answer, Item, Warn
from recommender.ml import reordering
from recommender.ml.names.folding import fold
from recommender.ml.questions import question
from recommender.ml.ranking import Ranking
from recommender.ml.snapshot import Snapshot
from recommender.services.slates import answered, slate_of
from recommender.taste import personal
from recommender.taste.personal import Personal


def rank(
    text: str,
    titles: Sequence[Title],
    visitor: Visitor,
    *,
    correct: bool = True,
    novelty: float | None = None,
) -> Answer:
    """All of the titles, the best first; those that the served catalogue does not know yet are named in a warning.

    text: what they are ranked for; without one, what the visitor would choose. Nobody's wish to see a title no more
    takes it out of a list that is not ours. No reasons are given: the items are not hydrated. novelty: λ in place of
    the version's, where fame or a text decides. Raises ValueError (too long) and serving.NotReady.
    """
    started = time.perf_counter()
    snapshot = serving.current()
    row_of = snapshot.index.row_of_title
    by_id = {title.pk: title for title in titles if title.pk in row_of}
    mine = personal.of(visitor, snapshot)
    rows = np.array([row_of[title_id] for title_id in by_id], np.int64)
    ranking = _ranking(snapshot, text, rows, mine, correct=correct, novelty=novelty)
    own = fold(ranking.text or text)
    items = [
        Item(by_id[hit.title_id], position, witnesses.discreet(hit, own))
        for position, hit in enumerate(ranking.hits, start=1)
    ]
    slate = slate_of(snapshot, ranking, items, surface="rank", text=text, started=started, search_id=uuid7())
    answer = answered(ranking, items, slate, event_log.record_search(slate, visitor), mine)
    return replace(
        answer,
        text=ranking.text,
        understanding=ranking.understanding,
        unmet=ranking.unmet,
        warnings=tuple(_too_new(title) for title in titles if title.pk not in row_of),
    )


def _ranking(
    snapshot: Snapshot,
    text: str,
    rows: NDArray[np.int64],
    mine: Personal | None,
    *,
    correct: bool,
    novelty: float | None,
) -> Ranking:
    among = np.zeros(len(snapshot.index), np.bool_)
    among[rows] = True
    asked = question(
        snapshot.index, snapshot.encoder, text, correct=correct, among=among, curation=serving.curation()
    )
    if asked.evidence is not None:
        return reordering.by_text(snapshot, asked, rows, novelty=novelty, taste=mine.in_search if mine else None)
    if mine is not None:
        return reordering.by_taste(snapshot, rows, mine.attention, mine.for_you)
    return reordering.by_fame(snapshot, rows, novelty=novelty)


def _too_new(title: Title) -> Warn:
    detail = f"“{title.external_id}” is not in the catalogue that is served yet, so it was left out."
    return Warn("not_served_yet", "item_ids", detail)
