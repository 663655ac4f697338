"""The learning log's only writer: searches as they were served, and what people did with them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from catalog.identifiers import uuid7
from catalog.models import Interaction, SearchEvent


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
