"""What the pages and the API both call: search, more-like-this, and the recording of what people did."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from catalog import event_log
from catalog.event_log import Deed, Served, Shown, Visitor
from catalog.identifiers import uuid7
from catalog.models import SearchEvent, Title
from recommender import serving
from recommender.ml import engine
from recommender.ml.engine import Hit, Ranking, Snapshot, Tier
from recommender.ml.folding import fold

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
DETERMINISTIC = 1.0  # propensity of a slot that no draw filled


@dataclass(frozen=True)
class Item:
    """One title of an answer."""

    title: Title
    position: int
    hit: Hit
    propensity: float

    @property
    def match(self) -> str:
        return self.hit.tier.name.lower()

    @property
    def sources(self) -> list[str]:
        return [source.name.lower() for source in self.hit.sources if source.name]

    @property
    def reason(self) -> str:
        """Why it is here, in a few words, from the part that speaks loudest."""
        if self.hit.tier == Tier.EXACT:
            return "Title match"
        if self.hit.tier == Tier.TYPO:
            return "Close to what you typed"
        if self.hit.witness and self.hit.parts.get("memory", 0.0) > 0.05:
            return f"Chosen by people who searched “{self.hit.witness}”"
        if self.hit.parts.get("lexical", 0.0) >= 0.35:
            return "Your words describe it"
        return "Similar in theme"


@dataclass(frozen=True)
class Answer:
    """A served page. `query_id` names its row in the log; the row is committed."""

    query_id: UUID
    search_id: UUID
    user_query: str
    corrected_query: str | None
    query_class: str
    model_version: int
    took_ms: float
    items: list[Item]
    total: int
    n_matches: int
    next_offset: int | None


def search(
    text: str,
    visitor: Visitor,
    *,
    surface: str,
    limit: int = PAGE_SIZE,
    offset: int = 0,
    search_id: UUID | None = None,
    correct: bool = True,
) -> Answer:
    """Answer and log one search. Raises ValueError (too long) and serving.NotReady."""
    started = time.perf_counter()
    snapshot = serving.current()
    ranking = engine.search(snapshot, text, limit=limit, offset=offset, correct=correct)
    return _serve(
        text, fold(text), visitor, surface, snapshot, ranking, offset=offset, limit=limit, search_id=search_id,
        started=started,
    )  # fmt: skip


def similar(title: Title, visitor: Visitor, *, limit: int = 6) -> Answer:
    """Titles like this one, logged as a slate of its own."""
    started = time.perf_counter()
    snapshot = serving.current()
    ranking = engine.similar(snapshot, title.pk, limit=limit)
    return _serve(title.name, "", visitor, "similar", snapshot, ranking, limit=limit, started=started)


def home(visitor: Visitor, *, limit: int = 12) -> Answer:
    """What to show somebody who has not asked yet."""
    started = time.perf_counter()
    snapshot = serving.current()
    ranking = engine.popular(snapshot, limit=limit)
    return _serve("", "", visitor, "home", snapshot, ranking, limit=limit, started=started)


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


def _serve(
    text: str,
    normalised: str,
    visitor: Visitor,
    surface: str,
    snapshot: Snapshot,
    ranking: Ranking,
    *,
    limit: int,
    started: float,
    offset: int = 0,
    search_id: UUID | None = None,
) -> Answer:
    titles = Title.objects.published().prefetch_related("genres").in_bulk([hit.title_id for hit in ranking.hits])
    hits = [hit for hit in ranking.hits if hit.title_id in titles]
    items = [
        Item(titles[hit.title_id], position, hit, DETERMINISTIC)
        for position, hit in enumerate(hits, start=offset + 1)
    ]
    took_ms = (time.perf_counter() - started) * 1000
    search_id = search_id or uuid7()
    query_id = event_log.record_search(
        Served(
            raw_text=text,
            normalised_text=normalised,
            query_class=ranking.query_class,
            corrected_text=ranking.corrected_query or "",
            surface=surface,
            model_version=snapshot.version,
            latency_ms=took_ms,
            shown=[Shown(item.hit.title_id, item.propensity, int(item.hit.sources)) for item in items],
            search_id=search_id,
            first_position=offset + 1,
        ),
        visitor,
    )
    shown_until = offset + limit
    return Answer(
        query_id, search_id, text, ranking.corrected_query, ranking.query_class, snapshot.version, took_ms, items,
        ranking.total, ranking.n_matches, shown_until if shown_until < ranking.total else None,
    )  # fmt: skip
