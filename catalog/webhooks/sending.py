"""What is due is sent, one after another. Any number of workers may do so at once, and any may die at it.

A row is claimed by moving its next try a little into the future, committed before the request: no lock and no open
transaction waits for a stranger, and no open transaction holds up the windows of the learning log (decision 3).
Whoever dies has only borrowed the row. So a receiver may be told twice, with the same id, and is never told nothing.
"""

import json
import logging
import random
import time
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest, Now
from django.utils import timezone

from catalog.models import Delivery, Webhook
from catalog.webhooks import outbox, posting, signing
from catalog.webhooks.posting import Outcome

logger = logging.getLogger(__name__)

DELAYS = (5, 30, 120, 600, 3_600, 21_600, 86_400)  # seconds after the first, second … try; then it is given up
JITTER = 0.2  # of a delay, either way: those that failed together need not come again together
CLAIM = timedelta(seconds=120)  # longer than a try takes, looking its name up included
PAUSE = timedelta(seconds=30)  # of the rest for an address that has just failed: it may cost 20 s a try
PATIENCE = timedelta(days=3)
GONE = 410  # "stop sending", says the specification
Status = Delivery.Status


def send_due(*, seconds: float = 20.0) -> int:
    """Send until nothing is due or the time is up; how many were tried."""
    until, n_tried = time.monotonic() + seconds, 0
    while time.monotonic() < until and (delivery := _claim()) is not None:
        _settle(delivery, _send(delivery))
        n_tried += 1
    return n_tried


def _claim() -> Delivery | None:
    """What has been due the longest and nobody else is at. Counted as a try: what kills its worker ends as well."""
    with transaction.atomic():
        unclaimed = outbox.due().select_related("webhook").select_for_update(skip_locked=True, of=("self",))
        delivery = unclaimed.order_by("next_try").first()
        if delivery is not None:
            delivery.n_tries += 1
            Delivery.objects.filter(pk=delivery.pk).update(n_tries=delivery.n_tries, next_try=Now() + CLAIM)
    return delivery


def _send(delivery: Delivery) -> Outcome:
    body = body_of(delivery)
    try:
        signed = signing.headers(str(delivery.event_id), body, timezone.now(), _secrets(delivery.webhook))
        return posting.post(delivery.webhook.url, body, signed)
    except Exception:  # one row that breaks us must not keep the others waiting
        logger.exception("delivery %s broke", delivery.pk)
        return Outcome(error="it broke here, and not where it was to go; the log of the server tells how")


def body_of(delivery: Delivery) -> bytes:
    """The same bytes at every try; the id tells a receiver what it has already."""
    told = {
        "id": str(delivery.event_id),
        "type": delivery.event,
        "timestamp": delivery.created.isoformat().replace("+00:00", "Z"),
        "data": delivery.data,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _secrets(webhook: Webhook) -> list[str]:
    is_former_good = webhook.rotated is not None and timezone.now() - webhook.rotated < signing.OVERLAP
    return [webhook.secret, *([webhook.former_secret] if webhook.former_secret and is_former_good else [])]


def _settle(delivery: Delivery, outcome: Outcome) -> None:
    if not outcome.error:
        arrived = Delivery.objects.filter(pk=delivery.pk)
        arrived.update(status=Status.SENT, sent=Now(), last_status=outcome.status, last_error="")
        Webhook.objects.filter(pk=delivery.webhook_id).exclude(failing_since=None).update(failing_since=None)
        return
    is_last = delivery.n_tries > len(DELAYS) or outcome.status == GONE
    with transaction.atomic():
        # The webhook first, as who deletes it does: failures put off deliveries that others are at.
        Webhook.objects.select_for_update(no_key=True).filter(pk=delivery.webhook_id).first()
        # Ours still, unless it took us so long that somebody else has claimed it.
        mine = Delivery.objects.filter(pk=delivery.pk, status=Status.DUE, n_tries=delivery.n_tries)
        facts = {"last_status": outcome.status, "last_error": outcome.error}
        if is_last:
            is_mine = mine.update(**facts, status=Status.FAILED)
        else:
            is_mine = mine.update(**facts, next_try=Now() + _delay(delivery.n_tries))
        if is_mine:
            _heed_failure(delivery, outcome, is_last=is_last)


def _delay(n_tries: int) -> timedelta:
    return timedelta(seconds=DELAYS[n_tries - 1] * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 - no secret


def _heed_failure(delivery: Delivery, outcome: Outcome, *, is_last: bool) -> None:
    waiting = Delivery.objects.filter(webhook=delivery.webhook_id, status=Status.DUE).exclude(pk=delivery.pk)
    waiting.filter(next_try__lt=Now() + PAUSE).update(next_try=Greatest("next_try", Now() + PAUSE))
    webhook = Webhook.objects.filter(pk=delivery.webhook_id)
    webhook.update(failing_since=Coalesce(F("failing_since"), Now()))
    active = webhook.filter(is_active=True)
    if outcome.status == GONE:
        active.update(
            is_active=False, note="Switched off: it answered 410, which means that nothing is wanted there."
        )
    elif is_last:
        active.filter(failing_since__lt=Now() - PATIENCE).update(
            is_active=False, note=f"Switched off: nothing has arrived for {PATIENCE.days} days; {outcome.error}."
        )
