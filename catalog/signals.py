"""A person's own signals and preferences: with `catalog.histories` the only writer of them.

An owner is an account, or a browser without one. Every function takes the owner, so that nobody reaches
another's rows.
"""

import operator
from collections import defaultdict
from collections.abc import Collection, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from catalog.identifiers import uuid7
from catalog.models import HistoryJoin, Preferences, Signal, TasteImport

Kind = Signal.Kind
HIDDEN = (Kind.NOT_FOR_ME, Kind.SEEN)  # what recommendations leave out
OPINIONS = (Kind.LIKE, *HIDDEN, Kind.WATCHLIST)  # what the buttons of a title say
_LONG = ("description", "plot", "themes", "countries", "languages")  # columns of a title that a reason does not need
AGAINST = {Kind.LIKE: Kind.NOT_FOR_ME, Kind.NOT_FOR_ME: Kind.LIKE}  # the last word counts


@dataclass(frozen=True)
class Owner:
    """Whose rows: exactly one of the two is set."""

    user_id: int | None
    client_id: UUID | None

    def __post_init__(self) -> None:
        if (self.user_id is None) == (self.client_id is None):
            raise ValueError("an owner is an account or a browser")

    @property
    def rows(self) -> Q:
        return Q(user_id=self.user_id, client_id=self.client_id)

    @property
    def columns(self) -> dict[str, Any]:
        return {"user_id": self.user_id, "client_id": self.client_id}


@dataclass(frozen=True)
class Person:
    """All that belongs to somebody: an account with the browsers that are its own, or a browser without one.

    What an account did is the account's, whatever browser it was in. What a browser did without an account is its
    person's as long as no account has it.
    """

    user_id: int | None
    client_ids: frozenset[UUID]

    @property
    def rows(self) -> Q:
        """Of any table with `user` and `client_id`."""
        by_browser = Q(user_id=None, client_id__in=self.client_ids)
        return by_browser if self.user_id is None else by_browser | Q(user_id=self.user_id)


def hold(owners: Iterable[Owner]) -> None:
    """Let nobody else write signals of these until the caller's transaction ends. Hold again what is held at will.

    Whoever writes several rows holds first: two who wrote the same rows in another order would wait for each other.
    Whoever needs several owners holds them together, so that all take them in one order: accounts before browsers,
    since whoever joins or deletes an account has locked its row by then. Browsers have no row; each shares one of
    _N_LOCKS advisory locks with others, so that a batch of a thousand browsers does not use up the server's.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a lock is held to the end of a transaction, and there is none")
    owners = list(owners)
    if users := {owner.user_id for owner in owners if owner.user_id is not None}:
        accounts = get_user_model()._default_manager.select_for_update(no_key=True).filter(pk__in=users)
        list(accounts.order_by("pk").values_list("pk"))
    if locks := sorted({owner.client_id.int % _N_LOCKS for owner in owners if owner.client_id is not None}):
        with connection.cursor() as cursor:
            cursor.execute(_HOLD, [locks])


_N_LOCKS = 256
_HOLD = "SELECT pg_advisory_xact_lock(hashtext('marquee.signals'), lock) FROM unnest(%s::integer[]) AS lock"


def preferences_of(owner: Owner) -> Preferences:
    """One query; the defaults, unsaved, where nothing was ever set."""
    return Preferences.objects.filter(owner.rows).first() or Preferences(**owner.columns)


def preferences_of_all(owners: Collection[Owner]) -> dict[Owner, Preferences]:
    """Of those who ever set any. One query."""
    users = [owner.user_id for owner in owners if owner.user_id is not None]
    clients = [owner.client_id for owner in owners if owner.client_id is not None]
    kept = Preferences.objects.filter(Q(user_id__in=users) | Q(client_id__in=clients))
    return {Owner(each.user_id, each.client_id): each for each in kept}


def set_preferences(owner: Owner, **changes: bool | float) -> Preferences:
    with transaction.atomic():
        Preferences.objects.bulk_create([Preferences(**owner.columns)], ignore_conflicts=True)
        kept = Preferences.objects.select_for_update().get(owner.rows)
        for name, value in changes.items():
            setattr(kept, name, value)
        kept.save(update_fields=list(changes))
    return kept


def signals_of(owner: Owner) -> QuerySet[Signal]:
    """All of them with their titles, the last said first."""
    return Signal.objects.filter(owner.rows).select_related("title")


def said_before(said: QuerySet[Signal], moment: datetime | None, signal_id: UUID | None) -> QuerySet[Signal]:
    """Those of a list, the last said first, that stand behind this place; all of it without one."""
    if moment is None or signal_id is None:
        return said
    return said.filter(Q(said__lt=moment) | Q(said=moment, pk__lt=signal_id))


def newest(owner: Owner, n: int) -> QuerySet[Signal]:
    """The last n that count, with the names of their titles and nothing else of these."""
    counting = Signal.objects.filter(owner.rows, is_muted=False).select_related("title")
    return counting.defer(*(f"title__{name}" for name in _LONG))[:n]


def opinions(owner: Owner) -> dict[int, frozenset[str]]:
    """Title id → the kinds of what stands of it: liked, refused, seen, on the list; nothing muted. One query."""
    kept = Signal.objects.filter(owner.rows, kind__in=OPINIONS, is_muted=False).order_by()
    return opinions_among(kept.values_list("title_id", "kind"))


def opinions_among(said: Iterable[tuple[int, str]]) -> dict[int, frozenset[str]]:
    """The same of (title id, kind) pairs that are at hand."""
    kinds: dict[int, set[str]] = defaultdict(set)
    for title_id, kind in said:
        if kind in OPINIONS:
            kinds[title_id].add(kind)
    return {title_id: frozenset(each) for title_id, each in kinds.items()}


@dataclass(frozen=True)
class Said:
    """One thing to remember. value: stars of a rating. note: the reason given beside "not for me"."""

    title_id: int
    kind: str
    value: float | None = None
    note: str = ""
    said: datetime | None = None  # now, where it is not known


def say(owner: Owner, *said: Said, imported: TasteImport | None = None) -> None:
    """Said again it is renewed and no longer muted; what it contradicts is taken back. Of what is said of a title at
    once the last holds.
    """
    latest = {(one.title_id, one.kind): one for one in said}  # one statement may not touch a row twice
    if not latest:
        return
    now = timezone.now()
    contradicted = [
        Q(title_id=title_id, kind=AGAINST[Kind(kind)]) for title_id, kind in latest if Kind(kind) in AGAINST
    ]
    rows = [
        Signal(
            **owner.columns, title_id=one.title_id, kind=one.kind, value=one.value, note=one.note,
            said=one.said or now, imported=imported, is_muted=False,
        )
        for one in latest.values()
    ]  # fmt: skip
    needs_lock = bool(contradicted) or len(rows) > 1
    with transaction.atomic() if needs_lock else nullcontext():
        if needs_lock:
            hold([owner])
        if contradicted:
            Signal.objects.filter(owner.rows).filter(reduce(operator.or_, contradicted)).delete()
        Signal.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["user", "client_id", "title", "kind"],
            update_fields=["value", "note", "said", "imported", "is_muted", "joined_from"],
        )


def unsay(owner: Owner, title_id: int, *kinds: str) -> bool:
    """Whether there was something to take back."""
    with transaction.atomic():
        hold([owner])
        return bool(Signal.objects.filter(owner.rows, title_id=title_id, kind__in=kinds).delete()[0])


def mute(owner: Owner, signal_id: UUID, *, is_muted: bool = True) -> bool:
    return bool(Signal.objects.filter(owner.rows, pk=signal_id).update(is_muted=is_muted))


def forget(owner: Owner, signal_ids: Iterable[UUID]) -> int:
    with transaction.atomic():
        hold([owner])
        return Signal.objects.filter(owner.rows, pk__in=list(signal_ids)).delete()[0]


def reset(owner: Owner) -> int:
    """Forget every signal and import; preferences stay. The number of signals that went."""
    with transaction.atomic():
        hold([owner])
        n = Signal.objects.filter(owner.rows).delete()[0]
        TasteImport.objects.filter(owner.rows).delete()
    return n


def imports_of(owner: Owner) -> QuerySet[TasteImport]:
    """The newest first."""
    return TasteImport.objects.filter(owner.rows)


def bring(owner: Owner, imported: TasteImport, said: Iterable[Said]) -> int:
    """Add what an import says, as far as it is new: what the owner has said already stays as it is, and so does
    what it would contradict. The number of signals that were added. Within the caller's transaction.
    """
    if imported.pk is None or Owner(imported.user_id, imported.client_id) != owner:
        raise ValueError("an import brings signals to its own owner")
    hold([owner])
    latest = {(one.title_id, one.kind): one for one in said}
    now = timezone.now()
    stands = set(Signal.objects.filter(owner.rows).order_by().values_list("title_id", "kind"))
    new = [
        (uuid7(), title_id, kind, one.value, min(one.said or now, now))
        for (title_id, kind), one in latest.items()
        if (title_id, kind) not in stands and (title_id, AGAINST.get(Kind(kind))) not in stands
    ]
    if not new:
        return 0
    with connection.cursor() as cursor:  # many times quicker than bulk_create, and somebody waits for it
        columns = map(list, zip(*new, strict=True))
        cursor.execute(_BRING, [owner.user_id, owner.client_id, imported.pk, *columns])
        return int(cursor.rowcount)


_BRING = """
INSERT INTO catalog_signal (id, user_id, client_id, imported_id, title_id, kind, value, said, note, is_muted)
SELECT new.id, %s, %s, %s, new.title_id, new.kind, new.value, new.said, '', false
FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::float8[], %s::timestamptz[])
  AS new (id, title_id, kind, value, said)
ON CONFLICT DO NOTHING
"""


def undo_import(owner: Owner, import_id: UUID) -> int | None:
    """Forget what an import brought and was not said here since. The number of signals; None if there is no such."""
    with transaction.atomic():
        hold([owner])
        n = Signal.objects.filter(owner.rows, imported=import_id).delete()[0]
        found = TasteImport.objects.filter(owner.rows, pk=import_id).delete()[0]
    return n if found else None


def restore(owner: Owner, forgotten: Iterable[Signal]) -> int:
    """Put back signals of this owner as they were, but for those that were said anew or contradicted since."""
    back = [signal for signal in forgotten if Owner(signal.user_id, signal.client_id) == owner]
    with transaction.atomic():
        hold([owner])
        imports = set(TasteImport.objects.filter(owner.rows).values_list("pk", flat=True))
        titles = [signal.title_id for signal in back]
        said = Signal.objects.filter(owner.rows, title__in=titles).order_by()
        stands = set(said.values_list("title_id", "kind"))
        rows = []
        for signal in back:
            if {(signal.title_id, signal.kind), (signal.title_id, AGAINST.get(Kind(signal.kind)))} & stands:
                continue
            if signal.imported_id not in imports:
                signal.imported_id = None
            rows.append(signal)
        Signal.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def erase(person: Person) -> datetime | None:
    """Leave no row of this person; when they first chose something, None where they never did. Within the caller's
    transaction.
    """
    account = [] if person.user_id is None else [Owner(person.user_id, None)]
    hold([*account, *(Owner(None, client_id) for client_id in person.client_ids)])
    chosen = Signal.objects.filter(person.rows).exclude(kind=Kind.NOT_FOR_ME)
    first_chosen = chosen.order_by("created").values_list("created", flat=True).first()
    for model in (Signal, TasteImport, Preferences):
        model._default_manager.filter(person.rows).delete()
    gone = Q(undone__isnull=False, client_id__in=person.client_ids)
    HistoryJoin.objects.filter(gone if person.user_id is None else gone | Q(user_id=person.user_id)).delete()
    return first_chosen
