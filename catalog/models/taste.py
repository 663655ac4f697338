"""What a person told the site, as it stands now. The log keeps every deed; these rows keep the state.

A person is an account, or a browser that has none (`client_id`); never both. Written only by `signals`.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.identifiers import uuid7
from catalog.models.titles import Title

_ONE_OWNER = Q(user=None, client_id__isnull=False) | Q(user__isnull=False, client_id=None)


class Owned(models.Model):
    """Something that belongs to an account or to a browser, and goes with it."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True)
    client_id = models.UUIDField(null=True)
    created = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True


class TasteImport(Owned):
    """A file of ratings from another site, so that all it brought can be taken back at once."""

    service = models.TextField(help_text="letterboxd or imdb.")
    file_name = models.TextField()
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=_ONE_OWNER, name="import_has_one_owner")]
        indexes = [models.Index(fields=["client_id"], name="taste_import_client")]

    def __str__(self) -> str:
        return f"{self.file_name} from {self.service}"


class Signal(Owned):
    """One thing that one person says of one title: at most one of each kind."""

    class Kind(models.TextChoices):
        LIKE = "like", _("Liked")
        NOT_FOR_ME = "not_for_me", _("Not for you")
        SEEN = "seen", _("Seen")
        WATCHLIST = "watchlist", _("On your watchlist")
        OPENED = "opened", _("Opened")
        RATING = "rating", _("Rated")

    title = models.ForeignKey(Title, models.CASCADE, related_name="signals")
    kind = models.TextField(choices=Kind.choices)
    value = models.FloatField(null=True, help_text="Stars of a rating, 0.5 to 5.")
    note = models.TextField(blank=True, default="", help_text="The reason chosen beside “not for me”.")
    is_muted = models.BooleanField(default=False, help_text="Kept and shown, and counts for nothing.")
    said = models.DateTimeField(db_default=Now(), help_text="When it was last said; it fades from then on.")
    imported = models.ForeignKey(TasteImport, models.CASCADE, null=True, related_name="signals")
    joined_from = models.UUIDField(null=True, help_text="The browser whose history brought it into the account.")

    class Meta:
        ordering = ["-said", "-id"]
        constraints = [
            models.CheckConstraint(condition=_ONE_OWNER, name="signal_has_one_owner"),
            models.UniqueConstraint(
                fields=["user", "client_id", "title", "kind"], nulls_distinct=False, name="signal_once_per_owner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: title {self.title_id}"


class Preferences(Owned):
    """How a person wants to be served; no row means all as given here."""

    personalise = models.BooleanField(default=True)
    learning = models.BooleanField(default=True, help_text="Whether the site may learn from what they do.")
    strength = models.FloatField(default=1.0, help_text="How much taste counts: 0 none, 1 as measured, 2 double.")
    is_welcomed = models.BooleanField(default=False, help_text="Picked three titles, or said that they would not.")

    class Meta:
        verbose_name_plural = "preferences"
        constraints = [
            models.CheckConstraint(condition=_ONE_OWNER, name="preferences_have_one_owner"),
            models.UniqueConstraint(
                fields=["user", "client_id"], nulls_distinct=False, name="preferences_once_per_owner"
            ),
        ]

    def __str__(self) -> str:
        return f"preferences of {self.user_id or self.client_id}"


class HistoryJoin(models.Model):
    """A browser's history that went into an account at login, so that it can be parted again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    client_id = models.UUIDField()
    created = models.DateTimeField(db_default=Now())
    undone = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"history of {self.client_id} joined account {self.user_id}"
