"""Why a title stands where it stands: every part of its score in words, with what it rests on.

The ranking is made once more, as it is now, for the same person, so an explanation is true of the page they would get
next. Parts add up to the score; what one's own signals add is divided among them by how loud each is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import fsum

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from catalog.event_log import Visitor
from catalog.models import Signal, Title
from recommender import serving
from recommender.answers.arranging import BEST, View
from recommender.answers.hiding import opinions_of
from recommender.answers.paging import MAX_DEPTH
from recommender.ml import engine
from recommender.ml.curation import either
from recommender.ml.facts.filters import Filters
from recommender.ml.ranking import Hit, Ranking, Source
from recommender.ml.snapshot import Snapshot
from recommender.taste import personal, recommended
from recommender.taste.personal import Personal

PARTS: dict[str, Promise] = {
    "content": _("What it is about is close to what you asked for"),
    "lexical": _("Your words are in what is written about it"),
    "title": _("Its name is like what you typed"),
    "facts": _("People, years or places that you named"),
    "memory": _("What people chose after searches like yours"),
    "taste": _("Your own taste"),
    "lift": _("Our editors lift it for this search"),
    "attention": _("What everybody is choosing"),
    "prior": _("How well known it is"),
    "fame": _("What was learnt about very famous titles"),
    "classic": _("What was learnt about older titles"),
    "recent": _("What was learnt about newer titles"),
    "novelty": _("How surprising it is"),
}
LOUDEST = 5  # signals named one by one; the rest is one line


@dataclass(frozen=True)
class Cause:
    """One of the person's signals and what it adds, in points of the score."""

    signal: Signal
    points: float


@dataclass(frozen=True)
class Part:
    """name: of PARTS. points: what it adds to the score. share: of all that speaks for or against, in [0, 1]."""

    name: str
    words: str
    points: float
    share: float
    causes: Sequence[Cause] = ()
    rest: float = 0.0  # what quieter signals add together


@dataclass(frozen=True)
class Explanation:
    title: Title
    place: int
    score: float
    parts: Sequence[Part]
    is_named: bool  # the text names it, so no score decides
    was_moved: bool  # a place is kept for it, or a draw may move it
    is_pinned: bool = False  # editors put it there, so no score decides either


def of_search(title: Title, text: str, visitor: Visitor, filters: Filters, view: View) -> Explanation | None:
    """None where the search does not find the title. Raises ValueError (too long) and serving.NotReady."""
    snapshot = serving.current()
    mine = personal.of(visitor, snapshot)
    ranking = engine.search(
        snapshot,
        text,
        filters=filters,
        limit=MAX_DEPTH,
        correct=view.correct,
        novelty=view.novelty,
        taste=mine.in_search if mine else None,
        hidden=opinions_of(visitor).hidden(snapshot.index),
        diversity=view.diversity,
        curation=serving.curation() if view.sort == BEST else serving.curation().unpinned,
    )
    return _of(title, ranking, mine)


def of_similar(title: Title, seed: Title, visitor: Visitor) -> Explanation | None:
    """Why it is among what is like `seed`."""
    snapshot = serving.current()
    ranking = engine.similar(snapshot, [seed.pk], limit=MAX_DEPTH, among=_recommendable(visitor, snapshot))
    return _of(title, ranking, None)


def for_you(title: Title, visitor: Visitor) -> Explanation | None:
    """Why it is recommended to this person; None where nothing personal may be said."""
    snapshot = serving.current()
    mine = personal.of(visitor, snapshot)
    if mine is None:
        return None
    among = _recommendable(visitor, snapshot)
    ranking = recommended.for_you(snapshot, mine, limit=MAX_DEPTH, among=among)
    return _of(title, ranking, mine)


def _recommendable(visitor: Visitor, snapshot: Snapshot) -> NDArray[np.bool_] | None:
    """bool[N]: neither the visitor nor the editors hide it; None where that is every one."""
    index = snapshot.index
    hidden = either(opinions_of(visitor).hidden(index), serving.curation().hidden_everywhere(index))
    return None if hidden is None else ~hidden


def _of(title: Title, ranking: Ranking, mine: Personal | None) -> Explanation | None:
    found = next(((n, hit) for n, hit in enumerate(ranking.hits, start=1) if hit.title_id == title.pk), None)
    if found is None:
        return None
    place, hit = found
    moved = bool(hit.sources & (Source.SEATED | Source.EXPLORED))
    parts = parts_of([hit], mine)[0]
    return Explanation(title, place, hit.score, parts, bool(hit.tier), moved, bool(hit.sources & Source.PINNED))


def parts_of(hits: Sequence[Hit], mine: Personal | None) -> list[list[Part]]:
    """What each title's score is the sum of, the loudest first. mine: the taste that had a say, if one had."""
    causes: list[list[Cause]] = [[]] * len(hits) if mine is None else _causes(hits, mine)
    return [_parts(hit, its_causes) for hit, its_causes in zip(hits, causes, strict=True)]


def _parts(hit: Hit, causes: Sequence[Cause]) -> list[Part]:
    said = sorted(((name, points) for name, points in hit.parts.items() if points), key=lambda part: -abs(part[1]))
    if said:  # scores are summed in 32 bits: what rounding left over goes to the loudest
        name, points = said[0]
        said[0] = name, points + hit.score - fsum(points for _name, points in said)
    loud = sum(abs(points) for _name, points in said)
    return [_part(name, points, abs(points) / loud, causes if name == "taste" else []) for name, points in said]


def _part(name: str, points: float, share: float, causes: Sequence[Cause]) -> Part:
    """causes: the loudest first, in percentage points; as points of the score they sum to `points`."""
    scale = points / total if (total := sum(cause.points for cause in causes)) else 0.0
    scaled = [replace(cause, points=scale * cause.points) for cause in causes]
    return Part(name, str(PARTS[name]), points, share, scaled[:LOUDEST], sum(c.points for c in scaled[LOUDEST:]))


def _causes(hits: Sequence[Hit], mine: Personal) -> list[list[Cause]]:
    """What each signal adds to each title, the loudest first, in percentage points; all titles in one go, because
    how far a refusal reaches is looked up in the whole catalogue.
    """
    row_of = mine.tastes.index.row_of_title
    added = mine.tastes.contributions(mine.taste, np.array([row_of[hit.title_id] for hit in hits], np.int64))
    said = [mine.said[place] for place in mine.taste.places]
    return [
        [Cause(said[n], float(points[n])) for n in np.argsort(-np.abs(points), kind="stable") if points[n]]
        for points in added.T
    ]
