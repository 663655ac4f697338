"""What the pages and the API both call: search, more-like-this, and the recording of what people did."""

import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import numpy as np
from django.conf import settings

from catalog import event_log
from catalog.event_log import Deed, Served, Shown, Visitor, storable
from catalog.identifiers import uuid7
from catalog.models import SearchEvent, Title
from recommender import filtering, serving
from recommender.answers import Answer, Item, Warn
from recommender.ml import engine
from recommender.ml.engine import Snapshot
from recommender.ml.explore import Exploration, seed_of
from recommender.ml.facts.filters import Filters
from recommender.ml.knowledge import IndexKnowledge
from recommender.ml.names.folding import fold
from recommender.ml.query.understanding import Chip, Understanding
from recommender.ml.ranking import Ranking
from recommender.paging import MAX_DEPTH, Cursor, shown_before
from recommender.reasons import facts_in_words, makers

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
FACETS = ("kind", "genres", "countries", "languages", "maturity", "years", "runtime", "people")
N_THEMES = 6  # genres to try where nothing was found


def search(
    text: str,
    visitor: Visitor,
    *,
    surface: str,
    filters: Filters = Filters(),  # noqa: B008 - frozen
    facets: Collection[str] = (),
    limit: int = PAGE_SIZE,
    cursor: Cursor | None = None,
    correct: bool = True,
) -> Answer:
    """Answer and log one search; without a text, the famous titles that pass the filters.

    facets: of FACETS, what to count. Raises ValueError (too long), BadCursor and serving.NotReady.
    """
    started = time.perf_counter()
    snapshot = serving.current()
    offset = cursor.offset if cursor else 0
    shown = shown_before(cursor, text, filters) if cursor else set()
    search_id = cursor.search_id if cursor else uuid7()
    ranking = engine.search(
        snapshot,
        text,
        filters=filters,
        limit=min(limit, MAX_DEPTH - offset),
        correct=correct,
        without=shown,
        explore=None if offset else _exploration(snapshot, text, visitor, search_id),
    )
    answer = _serve(
        snapshot,
        ranking,
        visitor,
        surface=surface,
        text=text,
        started=started,
        wishes=_wishes(snapshot, ranking.understanding, filters),
        search_id=search_id,
        offset=offset,
        logged=_logged(filters, ranking),
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
        facets=snapshot.index.facets.counts(ranking.rows, facets),
        warnings=_warnings(snapshot, filters, is_cut_off=is_cut_off),
        is_cut_off=is_cut_off,
    )


def similar(titles: Sequence[Title], visitor: Visitor, *, limit: int = 6) -> Answer:
    """Titles like these together, logged as a slate of its own. titles: at least one."""
    started = time.perf_counter()
    snapshot = serving.current()
    ranking = engine.similar(snapshot, [title.pk for title in titles], limit=limit)
    names = ", ".join(title.name for title in titles)
    rows = [row for title in titles if (row := snapshot.index.row_of_title.get(title.pk)) is not None]
    wishes = makers(snapshot.index.facets, rows)
    return _serve(snapshot, ranking, visitor, surface="similar", text=names, started=started, wishes=wishes)


def home(visitor: Visitor, *, limit: int = 12) -> Answer:
    """What to show somebody who has not asked yet."""
    started = time.perf_counter()
    snapshot = serving.current()
    ranking = engine.popular(snapshot, limit=limit)
    return _serve(snapshot, ranking, visitor, surface="home", text="", started=started)


def record(deeds: Sequence[Deed], visitor: Visitor) -> None:
    event_log.record_interactions(deeds, visitor)


def record_click(query_id: UUID, position: int, visitor: Visitor) -> Title | None:
    """Log a click on a place of a served page and return the title that stands there, if any.

    The same visitor's second click on the same place is the same event: a reload counts once.
    """
    event = SearchEvent.objects.filter(pk=query_id).only("shown", "first_position").first()
    if event is None or not 0 <= position - event.first_position < len(event.shown):
        return None
    title = Title.objects.published().filter(pk=event.shown[position - event.first_position]).first()
    if title is not None:
        event_id = uuid5(NAMESPACE_URL, f"marquee:click:{query_id}:{position}:{visitor.client_id}")
        record([Deed(event_id, "click", title.pk, query_id, position)], visitor)
    return title


def chip_json(chip: Chip) -> dict[str, str | int]:
    """A filter that was read from the text, as answered and as logged. start, end: characters of the text as read."""
    return {
        "field": chip.field,
        "value": storable(chip.value),
        "label": storable(chip.label),
        "start": chip.start,
        "end": chip.end,
    }


def _serve(
    snapshot: Snapshot,
    ranking: Ranking,
    visitor: Visitor,
    *,
    surface: str,
    text: str,
    started: float,
    wishes: Filters | None = None,
    search_id: UUID | None = None,
    offset: int = 0,
    logged: dict[str, Any] | None = None,
) -> Answer:
    """The page as an answer, hydrated and logged. wishes: facts that may be a title's reason."""
    titles = Title.objects.published().prefetch_related("genres").in_bulk([hit.title_id for hit in ranking.hits])
    hits = [hit for hit in ranking.hits if hit.title_id in titles]
    items = [
        Item(titles[hit.title_id], position, hit, _facts(snapshot, hit.title_id, wishes))
        for position, hit in enumerate(hits, start=offset + 1)
    ]
    took_ms = (time.perf_counter() - started) * 1000
    search_id = search_id or uuid7()
    query_id = event_log.record_search(
        Served(
            raw_text=text,
            normalised_text="" if surface == "similar" else fold(ranking.text or text),
            query_class=ranking.query_class,
            corrected_text=ranking.corrected_query or "",
            surface=surface,
            model_version=snapshot.version,
            latency_ms=took_ms,
            shown=[Shown(item.hit.title_id, item.propensity, int(item.hit.sources)) for item in items],
            search_id=search_id,
            first_position=offset + 1,
            filters=logged or {},
        ),
        visitor,
    )
    return Answer(
        query_id=query_id,
        search_id=search_id,
        user_query=text,
        corrected_query=ranking.corrected_query,
        query_class=ranking.query_class,
        model_version=snapshot.version,
        took_ms=took_ms,
        items=items,
        total=len(items),
        n_matches=ranking.n_matches,
        first_position=offset + 1,
        confidence=ranking.confidence,
        quality=ranking.quality,
        suggestions=ranking.suggestions,
    )


def _exploration(snapshot: Snapshot, text: str, visitor: Visitor, search_id: UUID) -> Exploration | None:
    """None where nothing would be learnt from it. One visitor sees one version answer a text in one way only."""
    if visitor.is_robot or not fold(text):
        return None
    seed = seed_of(visitor.client_id or search_id, fold(text), snapshot.version)
    return Exploration(settings.EXPLORATION_RATE, seed)


def _logged(filters: Filters, ranking: Ranking) -> dict[str, Any]:
    """What narrowed the search: `asked` by parameters, `said` in the text; `unmet`: said, and met by no title."""
    logged: dict[str, Any] = {"asked": filtering.as_json(filters), "said": list(map(chip_json, ranking.chips))}
    return logged | ({"unmet": list(map(chip_json, ranking.unmet))} if ranking.unmet else {})


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


def _facts(snapshot: Snapshot, title_id: int, wishes: Filters | None) -> str:
    return facts_in_words(snapshot.index.facets, snapshot.index.row_of_title[title_id], wishes) if wishes else ""


def _themes(snapshot: Snapshot) -> tuple[str, ...]:
    return tuple(label for label, _ in snapshot.index.facets.counts(None, ["genres"], N_THEMES)["genres"])


def _warnings(snapshot: Snapshot, filters: Filters, *, is_cut_off: bool) -> tuple[Warn, ...]:
    facets = snapshot.index.facets
    # Leaving out what nobody has changes nothing, but a misspelt value is worth a word either way.
    left_out = Filters(**{name: getattr(filters, field) for name, field in filtering.EXCLUDABLE.items()})
    warnings = [
        Warn("unknown_value", field, filtering.unknown_in_words(field, value))
        for field, value in [*facets.unknown(filters), *facets.unknown(left_out)]
    ]
    if is_cut_off:
        detail = "The text is longer than its meaning is read: the beginning counts, and the words of all of it."
        warnings.append(Warn("encoder_truncated", "q", detail))
    return tuple(warnings)
