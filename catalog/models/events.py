"""The learning log: what was asked, what was shown, what people did. Written only by `event_log`."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from catalog.fields import TransactionId, TransactionIdField
from catalog.identifiers import uuid7
from catalog.models.titles import Title


class SearchEvent(models.Model):
    """One page of results that was served: the query, the slate, and the odds it was drawn with."""

    id = models.UUIDField(primary_key=True, default=uuid7, help_text="The query_id that the answer carried.")
    search_id = models.UUIDField(help_text="Groups the pages and keystrokes of one intent.")
    client_id = models.UUIDField(null=True, help_text="First-party cookie or what the API caller sent.")
    session_id = models.UUIDField(null=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    raw_text = models.TextField()
    normalised_text = models.TextField()
    filters = models.JSONField(default=dict)
    query_class = models.TextField()
    corrected_text = models.TextField(blank=True, default="")
    surface = models.TextField(help_text="html, api, home, similar …")
    model_version = models.IntegerField(help_text="Checkpoint version, a plain number: no key up the stairs.")
    latency_ms = models.FloatField()
    first_position = models.PositiveSmallIntegerField(default=1)
    shown = ArrayField(models.BigIntegerField(), help_text="Title ids in the order shown.")
    propensity = ArrayField(models.FloatField(), help_text="Chance of each shown title to stand there.")
    source = ArrayField(models.SmallIntegerField(), help_text="Bit set of what proposed each shown title.")
    variant = models.TextField(blank=True, default="")
    is_robot = models.BooleanField(default=False)
    may_teach = models.BooleanField(default=True, help_text="False where the person switched learning off.")
    created = models.DateTimeField(db_default=Now())
    xid = TransactionIdField(db_default=TransactionId(), editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["xid"], name="search_event_xid"),
            models.Index(fields=["client_id", "created"], name="search_event_client"),
            models.Index(fields=["created"], name="search_event_created"),
            models.Index(fields=["search_id"], name="search_event_search"),
        ]

    def __str__(self) -> str:
        return f"“{self.raw_text[:60]}” on {self.surface}"


class Interaction(models.Model):
    """One thing a person did with a shown title. `id` is made by the client, so a resend is harmless."""

    class Action(models.TextChoices):
        CLICK = "click"
        DWELL = "dwell"
        LIKE = "like"
        DISLIKE = "dislike"
        NOT_FOR_ME = "not_for_me"
        SEEN = "seen"
        WATCHLIST_ADD = "watchlist_add"
        WATCHLIST_REMOVE = "watchlist_remove"
        IMPRESSION = "impression"
        UNDO = "undo"

    id = models.UUIDField(primary_key=True)
    query_id = models.UUIDField(
        null=True, help_text="No foreign key: an event of an unknown search is kept, and never trained on."
    )
    title = models.ForeignKey(Title, models.PROTECT, related_name="interactions")
    action_name = models.TextField(choices=Action.choices)
    position = models.PositiveSmallIntegerField(null=True)
    value = models.FloatField(null=True, help_text="Strength where the action has one: dwell in seconds.")
    client_id = models.UUIDField(null=True)
    session_id = models.UUIDField(null=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    is_robot = models.BooleanField(default=False)
    may_teach = models.BooleanField(default=True, help_text="False where the person switched learning off.")
    occurred = models.DateTimeField(help_text="The client's clock; the server's where it sent none.")
    created = models.DateTimeField(db_default=Now())
    xid = TransactionIdField(db_default=TransactionId(), editable=False)

    class Meta:
        ordering = ["-created"]
        indexes = [
            models.Index(fields=["xid"], name="interaction_xid"),
            models.Index(fields=["query_id"], name="interaction_query"),
            models.Index(fields=["client_id", "created"], name="interaction_client"),
        ]

    def __str__(self) -> str:
        return f"{self.action_name} on title {self.title_id}"
