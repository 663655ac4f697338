"""From a ranking to what leaves and what the log keeps of it: both are made of the same places, in one go."""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from catalog import event_log
from catalog.event_log import Served, Shown, Visitor, storable
from catalog.identifiers import uuid7
from catalog.models import Signal, Title
from recommender import witnesses
from recommender.answers import hydrating
from recommender.answers.answer import Answer, Item
from recommender.answers.hiding import Opinions
from recommender.answers.reasons import facts_in_words
from recommender.ml.facts.filters import Filters
from recommender.ml.names.folding import fold
from recommender.ml.query.understanding import Chip
from recommender.ml.ranking import Hit, Ranking
from recommender.ml.scoring import FAMOUS
from recommender.ml.snapshot import Snapshot
from recommender.taste.personal import Personal


def chip_json(chip: Chip) -> dict[str, str | int]:
    """A filter that was read from the text, as answered and as logged. start, end: characters of the text as read."""
    return {
        "field": chip.field,
        "value": storable(chip.value),
        "label": storable(chip.label),
        "start": chip.start,
        "end": chip.end,
    }


def serve(
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
    mine: Personal | None = None,
    opinions: Opinions = Opinions(),  # noqa: B008 - frozen
    variant: str = "",
) -> Answer:
    """The page as an answer, hydrated and logged: one query, two more for titles that are not at hand, one INSERT.

    wishes: facts that may be a title's reason. mine: the visitor's taste, where it had a say. opinions: what they
    said of titles, for the buttons.
    """
    items = items_of(
        snapshot,
        ranking,
        titles_of(ranking),
        opinions,
        text=text,
        wishes=wishes,
        mine=mine,
        offset=offset,
        is_narrowed=bool(ranking.chips or (logged or {}).get("asked")),
    )
    slate = slate_of(
        snapshot,
        ranking,
        items,
        surface=surface,
        text=text,
        started=started,
        search_id=search_id or uuid7(),
        offset=offset,
        logged=logged,
        variant=variant,
    )
    return answered(ranking, items, slate, event_log.record_search(slate, visitor), mine)


def titles_of(*rankings: Ranking, and_ids: Collection[int] = ()) -> dict[int, Title]:
    """What all of them show, by id."""
    return hydrating.published({hit.title_id for ranking in rankings for hit in ranking.hits}.union(and_ids))


def items_of(
    snapshot: Snapshot,
    ranking: Ranking,
    titles: Mapping[int, Title],
    opinions: Opinions,
    *,
    text: str,
    wishes: Filters | None,
    mine: Personal | None,
    offset: int = 0,
    is_narrowed: bool = False,
) -> list[Item]:
    """The places of a page in words, without titles that were withdrawn since. Arguments as `serve` takes them.

    is_narrowed: whether filters decided which titles show.
    """
    own, index = fold(ranking.text or text), snapshot.index
    facets, row_of = index.facets, index.row_of_title
    wanted = wishes or None  # whether there are any is asked once, not for each title
    hits = [witnesses.discreet(hit, own) for hit in ranking.hits if hit.title_id in titles]
    return [
        Item(
            titles[hit.title_id],
            position,
            hit,
            facts_in_words(facets, row_of[hit.title_id], wanted) if wanted else "",
            _because(mine, hit),
            opinions.of(hit.title_id),
            is_famous=bool(index.prior[row_of[hit.title_id]] >= FAMOUS),
            is_narrowed=is_narrowed,
        )
        for position, hit in enumerate(hits, start=offset + 1)
    ]


def slate_of(
    snapshot: Snapshot,
    ranking: Ranking,
    items: Sequence[Item],
    *,
    surface: str,
    text: str,
    started: float,
    search_id: UUID,
    offset: int = 0,
    logged: dict[str, Any] | None = None,
    variant: str = "",
) -> Served:
    """What leaves, as the log keeps it."""
    return Served(
        raw_text=text,
        normalised_text="" if surface in ("similar", "home") else fold(ranking.text or text),
        query_class=ranking.query_class,
        corrected_text=ranking.corrected_query or "",
        surface=surface,
        model_version=snapshot.version,
        latency_ms=(time.perf_counter() - started) * 1000,
        shown=[Shown(item.hit.title_id, item.propensity, int(item.hit.sources)) for item in items],
        search_id=search_id,
        first_position=offset + 1,
        filters=logged or {},
        variant=variant,
    )


def answered(
    ranking: Ranking, items: list[Item], slate: Served, query_id: UUID, mine: Personal | None = None
) -> Answer:
    """The slate that is on the log under `query_id`, for whoever shows it."""
    return Answer(
        query_id=query_id,
        search_id=slate.search_id,
        user_query=slate.raw_text,
        corrected_query=ranking.corrected_query,
        query_class=ranking.query_class,
        model_version=slate.model_version,
        took_ms=slate.latency_ms,
        items=items,
        total=len(items),
        n_matches=ranking.n_matches,
        first_position=slate.first_position,
        confidence=ranking.confidence,
        quality=ranking.quality,
        suggestions=ranking.suggestions,
        mine=mine,
    )


def _because(mine: Personal | None, hit: Hit) -> Signal | None:
    """The signal that speaks loudest for a title, if taste speaks for it at all."""
    if mine is None or hit.parts.get("taste", 0.0) <= 0:
        return None
    return next((signal for signal, points in mine.because(hit.title_id, 1) if points > 0), None)
