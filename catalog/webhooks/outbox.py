"""What is still to be told, and to whom. The only writer of deliveries but for `sending`."""

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from catalog.identifiers import uuid7
from catalog.models import Delivery, Webhook

KEEP = timedelta(days=30)
Status = Delivery.Status


def announce(event: Webhook.Event, data: dict[str, Any]) -> None:
    """Tell all who asked for it. To be called in the transaction of the thing itself; nothing is sent in it.

    data: JSON, and nothing about a person: it goes to strangers' servers.
    """
    with transaction.atomic():
        told = _subscribed(event)
        event_id = uuid7()
        Delivery.objects.bulk_create(
            [Delivery(webhook_id=webhook_id, event=event, event_id=event_id, data=data) for webhook_id in told]
        )


def _subscribed(event: str) -> list[Any]:
    """Ids of webhooks, each held against deletion until the transaction ends: one that went meanwhile must not take
    the thing with it that was to be announced.
    """
    table = Webhook._meta.db_table
    query = f"SELECT id FROM {table} WHERE is_active AND %s = ANY (events) ORDER BY id FOR KEY SHARE"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, [event])
        return [webhook_id for (webhook_id,) in cursor.fetchall()]


def sendable() -> QuerySet[Delivery]:
    """What may be sent when its time has come: of one that is switched off nothing but a test."""
    return Delivery.objects.filter(Q(webhook__is_active=True) | Q(event=Webhook.Event.TEST), status=Status.DUE)


def due() -> QuerySet[Delivery]:
    return sendable().filter(next_try__lte=Now())


def send_again(chosen: QuerySet[Delivery]) -> int:
    """Ring once more, from the first try on: how many. They keep their ids, so whoever has them can tell."""
    return chosen.update(status=Status.DUE, n_tries=0, next_try=Now(), sent=None)


def prune() -> int:
    """Let go of what ended long ago, or waited long for somebody who stayed switched off: how many."""
    with transaction.atomic():
        old = Delivery.objects.filter(created__lt=Now() - KEEP).exclude(pk__in=sendable().values("pk"))
        return old.delete()[0]
