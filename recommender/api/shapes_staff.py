"""Answers to staff: what is imported, which versions there are, what editors say, who is told of what."""

from rest_framework import serializers

from catalog.models import BulkTask, Delivery, Webhook
from catalog.webhooks.managing import EVENTS
from recommender.api.shapes import Shape, nullable, page_of
from recommender.models import Checkpoint, Rule

TASK_STATUSES = list(BulkTask.Status.values)
VERSION_STATUSES = list(Checkpoint.Status.values)
DELIVERY_STATUSES = list(Delivery.Status.values)
RULE_MATCHES = list(Rule.Match.values)
ANNOUNCED = [str(event) for event in EVENTS]
STANDINGS = ["in force", "planned", "ended", "switched off"]
_OF_A_PERSON = "Of whom; null where nobody is known any more."


class RowProblemOut(Shape):
    """Something about a row; `line` is its number, the first is 1."""

    line = serializers.IntegerField(min_value=0)
    field = serializers.CharField(allow_blank=True)
    level = serializers.CharField(
        help_text="Left out: `rejected` and `conflict` a row, `problem` a value. Applied: `note` a mended value,"
        " `duplicate` a row that repeats another."
    )
    reason = serializers.CharField()


class ReportOut(Shape):
    counts = serializers.DictField(child=serializers.IntegerField(min_value=0))
    warning = serializers.CharField(
        allow_blank=True, required=False, help_text="What was left out, in a sentence; empty where nothing was."
    )
    problems = RowProblemOut(many=True, help_text="The first hundred.")


class TaskOut(Shape):
    """Titles that were sent."""

    task_id = serializers.UUIDField()
    status = serializers.ChoiceField(
        choices=TASK_STATUSES,
        help_text="`succeeded`: it was applied, but for what `report.warning` tells; `failed`: nothing of it was.",
    )
    n_rows = serializers.IntegerField(min_value=1)
    created = serializers.DateTimeField()
    started = nullable(serializers.DateTimeField)
    ended = nullable(serializers.DateTimeField)
    report = nullable(ReportOut, help_text="What became of the rows, once it has ended.")
    error = serializers.CharField(allow_blank=True, help_text="Why it failed, in words.")


class PublicationOut(Shape):
    item_id = serializers.CharField()
    is_published = serializers.BooleanField(help_text="Whether it can be found.")


class LearntOut(Shape):
    """What a version learnt from."""

    n_searches = serializers.IntegerField(min_value=0, help_text="With what its parents learnt from.")
    from_transaction = serializers.CharField(help_text="Of its own window, inclusive.")
    to_transaction = serializers.CharField(help_text="Of its own window, exclusive.")
    counts = serializers.DictField(
        child=serializers.IntegerField(min_value=0), help_text="Of its own window: used, and dropped by reason."
    )


class ConditionOut(Shape):
    name = serializers.CharField()
    passed = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True, help_text="What was asked and found, with its numbers.")


class VerdictOut(Shape):
    """What the gate said of it."""

    passed = serializers.BooleanField()
    words = serializers.CharField(help_text="In plain sentences.")
    conditions = ConditionOut(many=True)


class VersionOut(Shape):
    """A version of the model."""

    version = serializers.IntegerField(min_value=0)
    status = serializers.ChoiceField(choices=VERSION_STATUSES)
    is_pinned = serializers.BooleanField(help_text="A pinned champion stays until it is unpinned.")
    is_kept = serializers.BooleanField(help_text="Whether its bytes are here, so that it can serve.")
    parent = nullable(serializers.IntegerField, min_value=0)
    created = serializers.DateTimeField()
    promoted = nullable(serializers.DateTimeField, help_text="When it last began to serve.")
    taint = serializers.CharField(allow_blank=True, help_text="Why it is to be replaced, if it is.")
    learnt_from = LearntOut()
    verdict = nullable(VerdictOut, help_text="null for one that was not judged.")


class ServedOut(Shape):
    """A time in which it was champion."""

    since = serializers.DateTimeField()
    until = nullable(serializers.DateTimeField, help_text="null: it serves.")
    action = serializers.CharField(help_text="`promote` or `roll back`.")
    reason = serializers.CharField()
    actor = serializers.CharField()


class VersionFactsOut(VersionOut):
    """All that is known of a version."""

    metrics = serializers.DictField(help_text="Of it, the champion of then, version 0 and the baselines.")
    config = serializers.DictField(help_text="How it was trained.")
    encoder = serializers.CharField(help_text="Fingerprint of the encoder that it was made for.")
    sha256 = serializers.CharField()
    n_bytes = serializers.IntegerField(min_value=0)
    served = ServedOut(many=True, help_text="The last time first.")


class RuleOut(Shape):
    """What editors want of a title for a query."""

    rule_id = serializers.UUIDField()
    action = serializers.ChoiceField(choices=list(Rule.Action.values))
    item_id = serializers.CharField()
    title = serializers.CharField()
    match = serializers.ChoiceField(choices=RULE_MATCHES)
    text = serializers.CharField(allow_blank=True)
    position = nullable(serializers.IntegerField, help_text="Of a pin.")
    points = nullable(serializers.FloatField, help_text="Of a lift.")
    starts = nullable(serializers.DateTimeField)
    ends = nullable(serializers.DateTimeField)
    is_active = serializers.BooleanField()
    standing = serializers.ChoiceField(choices=STANDINGS, help_text="Whether it holds now.")
    note = serializers.CharField(allow_blank=True)
    author = nullable(serializers.CharField, help_text=_OF_A_PERSON)
    created = serializers.DateTimeField()
    changed = serializers.DateTimeField()


class SynonymsOut(Shape):
    """Words that mean the same; one-way, the first also means the others."""

    synonyms_id = serializers.UUIDField()
    words = serializers.ListField(child=serializers.CharField())
    is_one_way = serializers.BooleanField()
    is_active = serializers.BooleanField()
    author = nullable(serializers.CharField, help_text=_OF_A_PERSON)
    created = serializers.DateTimeField()
    changed = serializers.DateTimeField()


class WebhookOut(Shape):
    webhook_id = serializers.UUIDField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(choices=ANNOUNCED))
    description = serializers.CharField(allow_blank=True)
    is_active = serializers.BooleanField()
    failing_since = nullable(serializers.DateTimeField, help_text="The first failure after which nothing arrived.")
    note = serializers.CharField(allow_blank=True, help_text="Why it was switched off, if nobody did.")
    owner = nullable(serializers.CharField, help_text=_OF_A_PERSON)
    created = serializers.DateTimeField()
    changed = serializers.DateTimeField()
    rotated = nullable(serializers.DateTimeField, help_text="When its secret last changed.")


class NewWebhookOut(WebhookOut):
    secret = serializers.CharField(help_text="Signs what is sent. It is shown now and never again.")


class DeliveryOut(Shape):
    """One event for one address."""

    delivery_id = serializers.UUIDField()
    event = serializers.ChoiceField(choices=list(Webhook.Event.values))
    event_id = serializers.UUIDField(help_text="`webhook-id` of what is sent: the same for every try and address.")
    status = serializers.ChoiceField(choices=DELIVERY_STATUSES)
    n_tries = serializers.IntegerField(min_value=0)
    next_try = nullable(serializers.DateTimeField, help_text="null once it arrived or was given up.")
    last_status = nullable(serializers.IntegerField, help_text="HTTP status of the last answer.")
    last_error = serializers.CharField(allow_blank=True)
    created = serializers.DateTimeField()
    sent = nullable(serializers.DateTimeField)
    data = serializers.DictField(help_text="What is told.")  # type: ignore[assignment]


VersionsPageOut = page_of(VersionOut, "Versions")
RulesPageOut = page_of(RuleOut, "Rules")
SynonymsPageOut = page_of(SynonymsOut, "Synonyms")
WebhooksPageOut = page_of(WebhookOut, "Webhooks")
DeliveriesPageOut = page_of(DeliveryOut, "Deliveries")
