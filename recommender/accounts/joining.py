"""A browser's history joins the account that signs in, and can be parted from it again.

With the sign-in the browser gets another id, so what is under the old one is exactly what was there before. Signing
out gives it one more, so that the next person finds nothing of the last; who undid the join finds the old one again.
"""

from dataclasses import replace
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import QuerySet

from catalog import event_log, histories
from catalog.event_log import Visitor
from catalog.models import HistoryJoin

BEFORE = "client_before"  # in the session: the browser's id before it signed in


def join(client_id: UUID, user: User) -> HistoryJoin | None:
    """None where the browser had no history. Twice at once it is joined once."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        counts = event_log.join(client_id, user.pk) | histories.join(client_id, user.pk)
        return histories.remember_join(client_id, user.pk, counts) if any(counts.values()) else None


def part(user: User, join_id: int) -> HistoryJoin | None:
    """Undo a join of this account. None where there is no such, or it was undone before."""
    with transaction.atomic():
        joined = histories.part(user.pk, join_id)
        if joined is not None:
            event_log.part(joined.client_id, user.pk)
    return joined


def joins_of(user: User) -> QuerySet[HistoryJoin]:
    return histories.joins_of(user.pk)


def after_sign_in(visitor: Visitor, session: SessionBase) -> Visitor:
    """The visitor as the browser is to be known from now on."""
    session[BEFORE] = str(visitor.client_id)
    return replace(visitor, client_id=uuid4(), session_id=uuid4())


def after_sign_out(visitor: Visitor, client_before: str | None) -> Visitor:
    """Somebody new; or who was here before the sign-in, if that history was parted again.

    client_before: what the session had under BEFORE, read before it was ended.
    """
    before = UUID(client_before) if client_before else None
    client_id = before if before is not None and histories.was_parted(before) else uuid4()
    return replace(visitor, client_id=client_id, session_id=uuid4(), user_id=None)
