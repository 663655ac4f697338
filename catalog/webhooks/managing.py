"""For those who own webhooks: make, change, try and remove them. The only writer of webhooks but for `sending`."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from catalog.identifiers import uuid7
from catalog.models import Delivery, Webhook
from catalog.webhooks import addresses, signing

EVENTS = [event for event in Webhook.Event if event != Webhook.Event.TEST]  # what can be asked for
MAX_WEBHOOKS = 100  # each costs a row for every event
MAX_DESCRIPTION_CHARACTERS = 500


class BadWebhook(ValueError):
    """It cannot be like that. field: which part is at fault; the message completes the sentence "This …"."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def listed() -> QuerySet[Webhook]:
    """All of them, the newest first."""
    return Webhook.objects.order_by("-created", "-id")


def create(*, url: str, events: Iterable[str], owner: Any, description: str = "") -> Webhook:
    """Its `secret` is to be shown now and never again. Raises BadWebhook."""
    facts = _checked(url=url, events=events, description=description)
    if Webhook.objects.count() >= MAX_WEBHOOKS:
        raise BadWebhook("", f"would be one more than {MAX_WEBHOOKS} webhooks; delete another first")
    with transaction.atomic():
        webhook = Webhook.objects.create(**facts, owner=owner, secret=signing.new_secret())
        webhook.refresh_from_db()
    return webhook


def update(
    webhook: Webhook,
    *,
    url: str | None = None,
    events: Iterable[str] | None = None,
    description: str | None = None,
    is_active: bool | None = None,
) -> Webhook:
    """What is None stays. Switched on again, it has another three days. Raises BadWebhook, and Webhook.DoesNotExist
    where somebody has deleted it.
    """
    facts = _checked(url=url, events=events, description=description)
    if is_active is not None:
        facts["is_active"] = is_active
    if is_active:
        facts |= {"failing_since": None, "note": ""}
    with transaction.atomic():
        _hold(webhook)
        for name, value in facts.items():
            setattr(webhook, name, value)
        webhook.save(update_fields=[*facts, "changed"])
    return webhook


def delete(webhook: Webhook) -> None:
    """With all that was to be told it. Who is announcing to it at the moment is waited for."""
    with transaction.atomic():
        Webhook.objects.select_for_update().filter(pk=webhook.pk).first()
        Webhook.objects.filter(pk=webhook.pk).delete()


def rotate_secret(webhook: Webhook) -> str:
    """The new secret, shown once; the one before signs beside it for a day (`signing.OVERLAP`). Raises
    Webhook.DoesNotExist where somebody has deleted it.
    """
    secret = signing.new_secret()
    with transaction.atomic():
        before = _hold(webhook)
        Webhook.objects.filter(pk=webhook.pk).update(secret=secret, former_secret=before.secret, rotated=Now())
        webhook.refresh_from_db()
    return secret


def forget_former_secrets() -> int:
    """Those whose day is over: how many."""
    over = Webhook.objects.filter(rotated__lt=Now() - signing.OVERLAP).exclude(former_secret="")
    return over.update(former_secret="")


def send_test(webhook: Webhook) -> Delivery:
    """Something to try it with, switched on or not. It is sent within seconds; `deliveries_of` tells how it went.

    Raises Webhook.DoesNotExist where somebody has deleted it.
    """
    with transaction.atomic():
        _hold(webhook)
        delivery = Delivery.objects.create(
            webhook=webhook,
            event=Webhook.Event.TEST,
            event_id=uuid7(),
            data={"message": "A test: it was asked for, and nothing has happened."},
        )
        delivery.refresh_from_db()
    return delivery


def deliveries_of(webhook: Webhook) -> QuerySet[Delivery]:
    """What it was told and is to be told, the newest first."""
    return Delivery.objects.filter(webhook=webhook).order_by("-created", "-id")


def _hold(webhook: Webhook) -> Webhook:
    """As it is stored, not to be deleted before the caller's transaction ends. Raises Webhook.DoesNotExist."""
    return Webhook.objects.select_for_update(no_key=True).get(pk=webhook.pk)


def _checked(*, url: str | None, events: Iterable[str] | None, description: str | None) -> dict[str, Any]:
    """The parts that are given, checked. Raises BadWebhook."""
    facts: dict[str, Any] = {}
    if url is not None:
        try:
            addresses.check(url)
        except addresses.BadAddress as error:
            raise BadWebhook("url", str(error)) from None
        facts["url"] = url
    if events is not None:
        facts["events"] = list(dict.fromkeys(events))
        if unknown := [event for event in facts["events"] if event not in EVENTS]:
            raise BadWebhook(
                "events", f"names what we do not tell of: {', '.join(unknown)}; known: {', '.join(EVENTS)}"
            )
        if not facts["events"]:
            raise BadWebhook("events", f"must name at least one of {', '.join(EVENTS)}")
    if description is not None:
        if len(description) > MAX_DESCRIPTION_CHARACTERS or "\0" in description:
            raise BadWebhook("description", f"may be a text of at most {MAX_DESCRIPTION_CHARACTERS} characters")
        facts["description"] = description
    return facts
