"""The learning log's only writer: searches as they were served, and what people did with them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from catalog.identifiers import uuid7
from catalog.models import Interaction, SearchEvent

SEARCHES = ("html", "api")  # surfaces where somebody asked something
RECENT_SEARCHES = 50_000


@dataclass(frozen=True)
class Visitor:
    """Who asks, as far as we know. No name, no address."""

    client_id: UUID | None = None
    session_id: UUID | None = None
    user_id: int | None = None
    is_robot: bool = False


@dataclass(frozen=True)
class Shown:
    """One title of a slate. propensity: the chance it had to stand where it stands."""

    title_id: int
    propensity: float
    source: int


@dataclass(frozen=True)
class Served:
    """A page of results as it leaves."""

    raw_text: str
    normalised_text: str
    query_class: str
    corrected_text: str
    surface: str
    model_version: int
    latency_ms: float
    shown: Sequence[Shown]
    search_id: UUID
    first_position: int = 1
    filters: dict[str, Any] = field(default_factory=dict)


def record_search(served: Served, visitor: Visitor) -> UUID:
    """Write the search and return its query_id. One INSERT; committed when this returns."""
    event = SearchEvent(
        id=uuid7(),
        search_id=served.search_id,
        client_id=visitor.client_id,
        session_id=visitor.session_id,
        user_id=visitor.user_id,
        is_robot=visitor.is_robot,
        raw_text=storable(served.raw_text),
        normalised_text=storable(served.normalised_text),
        filters=served.filters,
        query_class=served.query_class,
        corrected_text=storable(served.corrected_text),
        surface=served.surface,
        model_version=served.model_version,
        latency_ms=served.latency_ms,
        first_position=served.first_position,
        shown=[item.title_id for item in served.shown],
        propensity=[item.propensity for item in served.shown],
        source=[item.source for item in served.shown],
    )
    event.save(force_insert=True)
    return event.pk


def pages_of(search_id: UUID) -> list[SearchEvent]:
    """The pages that one search of a person or a program has shown, in no order; one indexed query."""
    pages = SearchEvent.objects.filter(search_id=search_id, surface__in=SEARCHES).order_by()
    return list(pages.only("raw_text", "filters", "first_position", "shown"))


def popular_queries(min_clients: int, limit: int) -> list[tuple[str, int]]:
    """(folded text, number of clients) of what led at least `min_clients` to a click, the most first.

    A text that fewer people searched for may say who they are, so it is nobody else's to read. Of the
    last RECENT_SEARCHES only, so that the cost does not grow with the log. Corrected texts are left out:
    they are misspelt.
    """
    with connection.cursor() as cursor:
        cursor.execute(_POPULAR, [list(SEARCHES), RECENT_SEARCHES, min_clients, limit])
        return list(cursor.fetchall())


_POPULAR = """
SELECT search.normalised_text, count(DISTINCT click.client_id) AS clients
FROM (
    SELECT id, client_id, normalised_text FROM catalog_searchevent
    WHERE surface = ANY(%s) AND NOT is_robot AND corrected_text = '' AND normalised_text <> ''
    ORDER BY id DESC LIMIT %s
) search
JOIN catalog_interaction click
  ON click.query_id = search.id AND click.client_id = search.client_id
 AND click.action_name = 'click' AND NOT click.is_robot
GROUP BY search.normalised_text
HAVING count(DISTINCT click.client_id) >= %s
ORDER BY clients DESC, search.normalised_text
LIMIT %s
"""


@dataclass(frozen=True)
class Deed:
    """What somebody did. event_id is made by the client: sent twice, it counts once."""

    event_id: UUID
    action_name: str
    title_id: int
    query_id: UUID | None = None
    position: int | None = None
    value: float | None = None
    occurred: datetime | None = None


def record_interactions(deeds: Sequence[Deed], visitor: Visitor) -> None:
    """Write all in one statement; those whose event_id is known already are left as they were."""
    now = timezone.now()
    Interaction.objects.bulk_create(
        [
            Interaction(
                id=deed.event_id,
                query_id=deed.query_id,
                title_id=deed.title_id,
                action_name=deed.action_name,
                position=deed.position,
                value=deed.value,
                client_id=visitor.client_id,
                session_id=visitor.session_id,
                user_id=visitor.user_id,
                is_robot=visitor.is_robot,
                occurred=deed.occurred or now,
            )
            for deed in deeds
        ],
        ignore_conflicts=True,
    )


def storable(text: str) -> str:
    """The text as Postgres can keep it: NUL and lone surrogates become replacement characters."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
