"""What somebody did with what they were shown: on the log for the model, among their signals for their taste."""

from collections.abc import Sequence
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction

from catalog import event_log, signals
from catalog.event_log import Deed, Visitor
from catalog.models import SearchEvent, Title
from catalog.signals import Kind, Owner, Said

SAYS = {
    "click": Kind.OPENED,
    "like": Kind.LIKE,
    "not_for_me": Kind.NOT_FOR_ME,
    "dislike": Kind.NOT_FOR_ME,
    "seen": Kind.SEEN,
    "watchlist_add": Kind.WATCHLIST,
}
TAKES_BACK = {"watchlist_remove": (Kind.WATCHLIST,), "undo": (Kind.LIKE, Kind.NOT_FOR_ME, Kind.SEEN)}


def record(deeds: Sequence[Deed], visitor: Visitor, *, takes_back: Sequence[Kind] = ()) -> None:
    """Log what somebody did, and keep what it says of their taste. takes_back: of what an `undo` is, if not all."""
    event_log.record_interactions(deeds, visitor)
    if visitor.owner is not None:
        _keep(visitor.owner, deeds, takes_back)


def record_all(done: Sequence[tuple[Deed, Visitor]]) -> set[UUID]:
    """The same of many, all or nothing; the event_ids that are new. What the log knew says nothing again."""
    by_owner: dict[Owner, list[Deed]] = {}
    with transaction.atomic():
        new = event_log.record_all(done)
        for deed, visitor in done:
            speaks = deed.action_name in SAYS or deed.action_name in TAKES_BACK
            if speaks and deed.event_id in new and visitor.owner is not None:
                by_owner.setdefault(visitor.owner, []).append(deed)
        signals.hold(by_owner)
        for owner, deeds in by_owner.items():
            _keep(owner, deeds)
    return new


def _keep(owner: Owner, deeds: Sequence[Deed], takes_back: Sequence[Kind] = ()) -> None:
    kinds = [(deed.title_id, SAYS[deed.action_name]) for deed in deeds if deed.action_name in SAYS]
    signals.say(owner, *(Said(title_id, kind) for title_id, kind in kinds))
    for deed in deeds:
        if taken_back := TAKES_BACK.get(deed.action_name):
            signals.unsay(owner, deed.title_id, *(takes_back or taken_back))


def give_reason(title: Title, reason: str, visitor: Visitor) -> None:
    """Why a title is not for them, in a word: kept beside the signal, and not logged."""
    if visitor.owner is not None:
        signals.say(visitor.owner, Said(title.pk, Kind.NOT_FOR_ME, note=reason))


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
