"""The learning log's only writer: searches as they were served, and what people did with them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import NOT_PROVIDED, F, Q, QuerySet
from django.utils import timezone
from psycopg.types.json import Jsonb

from catalog.identifiers import uuid7
from catalog.models import Interaction, SearchEvent
from catalog.signals import Owner, Person

SEARCHES = ("html", "api")  # surfaces where somebody asked something
MAX_FILTER_VALUES, MAX_FILTER_CHARACTERS = 200, 200  # of one search: what is more is dropped, or cut

# What a search writes: the rest the database fills in.
_COLUMNS = [each.attname for each in SearchEvent._meta.concrete_fields if each.db_default is NOT_PROVIDED]
_INSERT = f"""
INSERT INTO {SearchEvent._meta.db_table} ({", ".join(_COLUMNS)}) VALUES ({", ".join(["%s"] * len(_COLUMNS))})
"""  # noqa: S608 - names of our own


@dataclass(frozen=True)
class Visitor:
    """Who asks, as far as we know, and how they want to be served. No name, no address.

    may_teach: whether the log may be learnt from; where not, it does not say who asked either. personalise: whether
    their taste may order what they see, and strength, in [0, 2], how much.
    """

    client_id: UUID | None = None
    session_id: UUID | None = None
    user_id: int | None = None
    is_robot: bool = False
    may_teach: bool = True
    personalise: bool = True
    strength: float = 1.0
    is_welcomed: bool = True

    @property
    def owner(self) -> Owner | None:
        """Whose signals are meant; None for robots and for callers who say nothing of themselves."""
        if self.is_robot or (self.user_id is None and self.client_id is None):
            return None
        return Owner(self.user_id, None) if self.user_id is not None else Owner(None, self.client_id)

    @property
    def columns(self) -> dict[str, Any]:
        """Who, as the log may keep it."""
        who = {"client_id": self.client_id, "session_id": self.session_id, "user_id": self.user_id}
        if not self.may_teach:
            who = dict.fromkeys(who)
        return {**who, "is_robot": self.is_robot, "may_teach": self.may_teach}


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
    variant: str = ""  # which of several slates of one page: a row of the home page


def record_search(served: Served, visitor: Visitor) -> UUID:
    """Write the search and return its query_id. One INSERT; committed when this returns."""
    event = _event(served, visitor)
    columns: list[Any] = [getattr(event, name) for name in _COLUMNS]
    columns = [Jsonb(value) if isinstance(value, dict) else value for value in columns]
    with connection.cursor() as cursor:  # a tenth of what save() costs, and it is in every search
        cursor.execute(_INSERT, columns)
    return event.pk


def record_searches(slates: Sequence[Served], visitor: Visitor) -> list[UUID]:
    """Write what one page shows together and return the query_ids, in order. One INSERT, however many."""
    events = [_event(served, visitor) for served in slates]
    SearchEvent.objects.bulk_create(events)
    return [event.pk for event in events]


def _event(served: Served, visitor: Visitor) -> SearchEvent:
    """Where nothing may be learnt from it the words are not kept: with nobody's id beside them, nobody could have
    them deleted.
    """
    keeps_words = visitor.may_teach
    return SearchEvent(
        id=uuid7(),
        search_id=served.search_id,
        **visitor.columns,
        raw_text=storable(served.raw_text) if keeps_words else "",
        normalised_text=storable(served.normalised_text) if keeps_words else "",
        filters=_bounded(served.filters) if keeps_words else {},
        query_class=served.query_class,
        corrected_text=storable(served.corrected_text) if keeps_words else "",
        surface=served.surface,
        model_version=served.model_version,
        latency_ms=served.latency_ms,
        first_position=served.first_position,
        shown=[item.title_id for item in served.shown],
        propensity=[item.propensity for item in served.shown],
        source=[item.source for item in served.shown],
        variant=served.variant,
    )


def _bounded(filters: dict[str, Any]) -> dict[str, Any]:
    """The filters as far as the log keeps them: callers choose their number and length, and the log is for years."""
    left = MAX_FILTER_VALUES

    def bounded(value: Any) -> Any:
        nonlocal left
        if isinstance(value, dict):
            return {storable(name)[:MAX_FILTER_CHARACTERS]: bounded(one) for name, one in value.items() if left > 0}
        if isinstance(value, (list, tuple)):
            return [bounded(one) for one in value if left > 0]
        left -= 1
        return storable(value)[:MAX_FILTER_CHARACTERS] if isinstance(value, str) else value

    return {name: bounded(value) for name, value in filters.items()}


def pages_of(search_id: UUID) -> list[SearchEvent]:
    """The pages that one search of a person or a program has shown, in no order; one indexed query."""
    pages = SearchEvent.objects.filter(search_id=search_id, surface__in=SEARCHES).order_by()
    return list(pages.only("raw_text", "filters", "first_position", "shown", "may_teach"))


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

    @property
    def content(self) -> "Content":
        return self.title_id, self.action_name, self.query_id


Content = tuple[int, str, UUID | None]  # title, action, query: what a resend of a deed cannot change


def recorded(event_ids: Collection[UUID]) -> dict[UUID, Content]:
    """What the log has under these ids; ids that it does not know are missing. One query, none without ids."""
    if not event_ids:
        return {}
    rows = Interaction.objects.filter(pk__in=event_ids).order_by()
    known = rows.values_list("pk", "title_id", "action_name", "query_id")
    return {event_id: (title_id, action, query_id) for event_id, title_id, action, query_id in known}


def record_interactions(deeds: Sequence[Deed], visitor: Visitor) -> set[UUID]:
    """`record_all` of one visitor."""
    return record_all([(deed, visitor) for deed in deeds])


def record_all(done: Sequence[tuple[Deed, Visitor]]) -> set[UUID]:
    """Write what is new, in one statement; the event_ids that were written. Those that were known stay as they were.

    Where two write one event_id at once, the second waits for the first and writes nothing: each id is in the answer
    of one of them.
    """
    if not done:
        return set()
    now = timezone.now()
    rows = [
        (
            deed.event_id, deed.query_id, deed.title_id, deed.action_name, deed.position, deed.value,
            *visitor.columns.values(), deed.occurred or now,
        )
        for deed, visitor in sorted(done, key=lambda pair: pair[0].event_id)  # or two that share ids wait in a circle
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, list(map(list, zip(*rows, strict=True))))
        return {event_id for (event_id,) in cursor.fetchall()}


_RECORD = """
INSERT INTO catalog_interaction
  (id, query_id, title_id, action_name, position, value,
   client_id, session_id, user_id, is_robot, may_teach, occurred)
SELECT * FROM unnest(
  %s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::smallint[], %s::float8[],
  %s::uuid[], %s::uuid[], %s::bigint[], %s::boolean[], %s::boolean[], %s::timestamptz[])
ON CONFLICT (id) DO NOTHING
RETURNING id
"""


def storable(text: str) -> str:
    """The text as Postgres can keep it: NUL and lone surrogates become replacement characters."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def searches_of(person: Person) -> QuerySet[SearchEvent]:
    return SearchEvent.objects.filter(person.rows)


def interactions_of(person: Person) -> QuerySet[Interaction]:
    return Interaction.objects.filter(person.rows)


def join(client_id: UUID, user_id: int) -> dict[str, int]:
    """Give an account what a browser did before it signed in; how many rows. Within the caller's transaction."""
    of_guest = {"client_id": client_id, "user_id": None}
    return {
        "searches": SearchEvent.objects.filter(**of_guest).update(user_id=user_id),
        "interactions": Interaction.objects.filter(**of_guest).update(user_id=user_id),
    }


def part(client_id: UUID, user_id: int) -> None:
    """Undo `join`: a browser gets another id as soon as it signs in, so all under this one is from before."""
    for model in (SearchEvent, Interaction):
        model._default_manager.filter(client_id=client_id, user_id=user_id).update(user_id=None)


def clients_of(user_id: int) -> set[UUID]:
    """The browsers whose log is the account's."""
    found: set[UUID] = set()
    for model in (SearchEvent, Interaction):
        rows = model._default_manager.filter(user_id=user_id).exclude(client_id=None).order_by()
        found |= {client_id for client_id in rows.values_list("client_id", flat=True).distinct() if client_id}
    return found


@dataclass(frozen=True)
class Erased:
    """What went. first_taught: the first transaction that training may have read, None if there was none.
    texts: folded, that nobody else has searched for.
    """

    n_searches: int
    n_interactions: int
    first_taught: int | None
    texts: frozenset[str]


def erase(person: Person) -> Erased:
    """Leave no row of this person, nor one that names a search of theirs. Within the caller's transaction.

    Searches that go on with one of theirs, and deeds on these, are theirs as well where the log does not say whose:
    they were made with learning off. Others keep what they did with an answer that was shared with them, no longer
    as part of it.
    """
    nobodys = Q(user_id=None, client_id=None)
    search_ids = searches_of(person).order_by().values("search_id")
    searches = SearchEvent.objects.filter(person.rows | (nobodys & Q(search_id__in=search_ids))).order_by()
    query_ids = searches.values("pk")
    deeds = Interaction.objects.filter(person.rows | (nobodys & Q(query_id__in=query_ids))).order_by()
    taught = [
        xid
        for rows in (
            searches.filter(may_teach=True, is_robot=False, surface__in=SEARCHES),
            deeds.filter(may_teach=True, is_robot=False).exclude(query_id=None),
        )
        for xid in rows.order_by("xid").values_list("xid", flat=True)[:1]
    ]
    texts = set(searches.exclude(normalised_text="").values_list("normalised_text", flat=True).distinct())
    n_interactions = deeds.delete()[0]
    Interaction.objects.filter(query_id__in=query_ids).update(query_id=None)
    SearchEvent.objects.filter(search_id__in=search_ids).exclude(person.rows | nobodys).update(search_id=F("pk"))
    n_searches = searches.delete()[0]
    return Erased(n_searches, n_interactions, min(taught, default=None), frozenset(texts - _still_asked(texts)))


def _still_asked(texts: set[str]) -> set[str]:
    """Those of the texts that the log holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT normalised_text FROM catalog_searchevent WHERE normalised_text = ANY(%s)", [list(texts)]
        )
        return {text for (text,) in cursor.fetchall()}
