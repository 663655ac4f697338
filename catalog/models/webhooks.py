"""What others want to be told of, and what is still to be told them: an outbox, written with the thing itself."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from catalog.identifiers import uuid7


class Webhook(models.Model):
    """An address that is told of events. Written by `catalog.webhooks`.

    former_secret signs as well for a day after `rotated`, so that a receiver can change over in its own time.
    """

    class Event(models.TextChoices):
        IMPORTED = "import.done", "a catalogue was imported"
        NOT_IMPORTED = "import.failed", "an import changed nothing"
        PROMOTED = "model.promoted", "a version began to serve"
        REFUSED = "model.refused", "a candidate was refused"
        ROLLED_BACK = "model.rolled_back", "an earlier version serves again"
        TEST = "webhook.test", "somebody tries whether it arrives"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    url = models.TextField(help_text="Checked by `catalog.webhooks.addresses`.")
    events = ArrayField(models.TextField(choices=Event.choices))
    secret = models.TextField(help_text="Signs what is sent. Shown once, to whoever made it.")
    former_secret = models.TextField(blank=True, default="")
    rotated = models.DateTimeField(null=True)
    description = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)
    failing_since = models.DateTimeField(null=True, help_text="The first failure after which nothing arrived.")
    note = models.TextField(blank=True, default="", help_text="Why it was switched off, if nobody did.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(db_default=Now())
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One event for one address, until it arrived or was given up."""

    class Status(models.TextChoices):
        DUE = "due", "is to be sent"
        SENT = "sent", "arrived"
        FAILED = "failed", "given up"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event = models.TextField()
    event_id = models.UUIDField(help_text="The same for every address that is told of it.")
    data = models.JSONField()
    status = models.TextField(choices=Status.choices, default=Status.DUE)
    n_tries = models.PositiveSmallIntegerField(default=0)
    next_try = models.DateTimeField(db_default=Now())
    last_status = models.PositiveSmallIntegerField(null=True, help_text="HTTP status of the last answer.")
    last_error = models.TextField(blank=True)
    created = models.DateTimeField(db_default=Now())
    sent = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created"]
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["webhook", "event_id"], name="told_once")]
        indexes = [models.Index(fields=["next_try"], condition=models.Q(status="due"), name="deliveries_due")]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook_id}: {self.status}"
