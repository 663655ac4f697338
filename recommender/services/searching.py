"""One search, answered and logged."""

import time
from collections.abc import Collection
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.utils.translation import gettext

from catalog.event_log import Visitor
from catalog.identifiers import uuid7
from recommender import serving
from recommender.answers import filtering
from recommender.answers.answer import Answer, Warn
from recommender.answers.arranging import BEST, N_GOOD, PLAIN, View, arranged
from recommender.answers.hiding import opinions_of
from recommender.answers.paging import MAX_DEPTH, Cursor, shown_before
from recommender.answers.reasons import makers
from recommender.ml import engine
from recommender.ml.engine import RecentOrders
from recommender.ml.explore import Exploration, seed_of
from recommender.ml.facts.filters import Filters
from recommender.ml.knowledge import IndexKnowledge
from recommender.ml.names.folding import fold
from recommender.ml.query.understanding import Understanding
from recommender.ml.ranking import Ranking
from recommender.ml.recent import Recent
from recommender.ml.snapshot import Snapshot
from recommender.services.slates import chip_json, serve
from recommender.taste import personal

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
FACETS = ("kind", "genres", "countries", "languages", "maturity", "years", "runtime", "people")
N_THEMES = 6  # genres to try where nothing was found
_recent: RecentOrders = Recent(256)  # some 70 kB each


def search(
    text: str,
    visitor: Visitor,
    *,
    surface: str,
    filters: Filters = Filters(),  # noqa: B008 - frozen
    facets: Collection[str] = (),
    limit: int = PAGE_SIZE,
    cursor: Cursor | None = None,
    view: View = PLAIN,
) -> Answer:
    """Answer and log one search; without a text, the famous titles that pass the filters.

    facets: of FACETS, what to count. view: order, familiarity and diversity; where the order is the reader's,
    nothing is explored, and where it is sorted no title is pinned.
    Raises ValueError (too long, a diversity outside [0, 1]), BadCursor and serving.NotReady.
    """
    started = time.perf_counter()
    snapshot = serving.current()
    offset = cursor.offset if cursor else 0
    shown = shown_before(cursor, text, filters, view) if cursor else set()
    search_id = cursor.search_id if cursor else uuid7()
    mine, opinions = personal.of(visitor, snapshot), opinions_of(visitor)
    limit, is_sorted = min(limit, MAX_DEPTH - offset), view.sort != BEST
    ranking = engine.search(
        snapshot,
        text,
        filters=filters,
        limit=MAX_DEPTH if is_sorted else limit,
        correct=view.correct,
        without=shown,
        explore=None if offset or view.is_arranged else _exploration(snapshot, text, visitor, search_id),
        novelty=view.novelty,
        taste=mine.in_search if mine else None,
        hidden=opinions.hidden(snapshot.index),
        diversity=0.0 if is_sorted else view.diversity,
        curation=serving.curation().unpinned if is_sorted else serving.curation(),
        recent=_recent,
    )
    if is_sorted:
        hits = arranged(ranking.hits, snapshot.index, view.sort, _n_good(ranking, offset))
        ranking = replace(ranking, hits=hits[:limit])
    answer = serve(
        snapshot,
        ranking,
        visitor,
        surface=surface,
        text=text,
        started=started,
        wishes=_wishes(snapshot, ranking.understanding, filters),
        search_id=search_id,
        offset=offset,
        logged=_logged(filters, ranking, view),
        mine=mine,
        opinions=opinions,
    )
    is_cut_off = not snapshot.encoder.reads(fold(text))
    n_left = ranking.total - int(np.isin(snapshot.index.title_ids[ranking.rows], list(shown)).sum())
    shown_until = offset + len(answer.items)
    goes_on = 0 < len(ranking.hits) < n_left and offset < shown_until < MAX_DEPTH
    return replace(
        answer,
        total=min(MAX_DEPTH, offset + n_left),
        next_offset=shown_until if goes_on else None,
        themes=() if ranking.total else _themes(snapshot),
        text=ranking.text,
        understanding=ranking.understanding,
        unmet=ranking.unmet,
        filters=filters,
        view=view,
        facets=snapshot.index.facets.counts(ranking.rows, facets),
        warnings=_warnings(snapshot, filters, is_cut_off=is_cut_off),
        is_cut_off=is_cut_off,
    )


def _n_good(ranking: Ranking, n_shown: int) -> int | None:
    """How many of the titles that are still to come are good matches; None where filters alone were asked for."""
    asked = ranking.understanding
    return max(0, N_GOOD - max(0, n_shown - ranking.n_matches)) if fold(asked.rest) or asked.like else None


def _exploration(snapshot: Snapshot, text: str, visitor: Visitor, search_id: UUID) -> Exploration | None:
    """None where nothing would be learnt from it. One visitor sees one version answer a text in one way only."""
    if visitor.is_robot or not fold(text):
        return None
    seed = seed_of(visitor.client_id or search_id, fold(text), snapshot.version)
    return Exploration(settings.EXPLORATION_RATE, seed)


def _logged(filters: Filters, ranking: Ranking, view: View) -> dict[str, Any]:
    """What narrowed the search: `asked` by parameters, `said` in the text; `unmet`: said, and met by no title.

    `view`: what the reader arranged otherwise.
    """
    logged: dict[str, Any] = {"asked": filtering.as_json(filters), "said": list(map(chip_json, ranking.chips))}
    logged |= {"unmet": list(map(chip_json, ranking.unmet))} if ranking.unmet else {}
    return logged | ({"view": dict(view.parameters)} if view.parameters else {})


def _wishes(snapshot: Snapshot, understanding: Understanding, filters: Filters) -> Filters:
    """What may be said of a title as its reason: people however they were asked for, and all that was a hint."""
    knowledge = IndexKnowledge(snapshot.index)
    seeds = [row for name in understanding.like if (row := knowledge.title_row(name)) is not None]
    hints = understanding.hints
    sources = (hints, understanding.filters, filters, makers(snapshot.index.facets, seeds))
    return replace(
        hints,
        people=frozenset().union(*(source.people for source in sources)),
        directors=frozenset().union(*(source.directors for source in sources)),
    )


def _themes(snapshot: Snapshot) -> tuple[str, ...]:
    return tuple(label for label, _ in snapshot.index.facets.counts(None, ["genres"], N_THEMES)["genres"])


def unknown_values(snapshot: Snapshot, filters: Filters) -> list[Warn]:
    """A word on each value of the filters that no title has."""
    facets = snapshot.index.facets
    # Leaving out what nobody has changes nothing, but a misspelt value is worth a word either way.
    left_out = Filters(**{name: getattr(filters, field) for name, field in filtering.EXCLUDABLE.items()})
    return [
        Warn("unknown_value", field, filtering.unknown_in_words(field, value))
        for field, value in [*facets.unknown(filters), *facets.unknown(left_out)]
    ]


def _warnings(snapshot: Snapshot, filters: Filters, *, is_cut_off: bool) -> tuple[Warn, ...]:
    warnings = unknown_values(snapshot, filters)
    if is_cut_off:
        detail = gettext(
            "The text is longer than its meaning is read: the beginning counts, and the words of all of it."
        )
        warnings.append(Warn("encoder_truncated", "q", detail))
    return tuple(warnings)
