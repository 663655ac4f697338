"""Deleting everything that belongs to a person: at once, in one transaction, and in every table.

What the log said of them goes; versions that had learnt from it are tainted (`forgetting`). Where their name stands
in a record of what was done to the site, "somebody" takes its place.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from catalog import event_log, histories, signals
from catalog.event_log import Visitor
from catalog.models import HistoryJoin
from catalog.signals import Person
from recommender.accounts import throttle
from recommender.versions import forgetting, registry

forget_actor: list[Callable[[str], None]] = [registry.forget_actor]  # other apps add theirs when they are ready


def person_of(visitor: Visitor, joins: Iterable[HistoryJoin] | None = None) -> Person | None:
    """All that is theirs; None for robots and for who was never here. At most three queries.

    joins: every history that joined the account, if they are at hand; one query less.
    """
    if visitor.owner is None:
        return None
    if visitor.user_id is None:
        return Person(None, frozenset([visitor.client_id] if visitor.client_id else []))
    joins = histories.joins_of(visitor.user_id) if joins is None else joins
    joined = {join.client_id for join in joins if join.undone is None}
    # The browser they sit at got its id when they signed in, even if it has not searched yet.
    here = {visitor.client_id} if visitor.client_id else set()
    return Person(visitor.user_id, frozenset(event_log.clients_of(visitor.user_id) | joined | here))


@dataclass(frozen=True)
class Left:
    """had_taught: whether versions are learnt again without them."""

    n_searches: int
    n_interactions: int
    had_taught: bool


def leave(visitor: Visitor) -> Left | None:
    """Delete the person behind the visitor, account and all; what went, None if there was nobody.

    The caller ends the session of this browser and takes its cookies back.
    """
    with transaction.atomic():
        # Under the lock of their row, so that nobody writes anything more for them.
        users = (
            User.objects.select_for_update().filter(pk=visitor.user_id) if visitor.user_id else User.objects.none()
        )
        user = users.first()
        person = person_of(visitor)
        if person is None or (visitor.user_id is not None and user is None):
            return None
        erased, first_chosen = event_log.erase(person), signals.erase(person)
        throttle.forget([user.get_username(), user.email] if user else [], list(person.client_ids))
        if user is not None:
            _erase_account(user)
        had_taught = forgetting.record(erased, first_chosen)
    return Left(erased.n_searches, erased.n_interactions, had_taught)


def _erase_account(user: User) -> None:
    """Its sessions and what it did in the admin go with it; here what others did to it there."""
    LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk)).delete()
    for forget in forget_actor:
        forget(user.get_username())
    user.delete()
