"""Who may call the API, and how often they did."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from catalog.identifiers import uuid7


class ApiKey(models.Model):
    """Somebody's key: it may do what they may, within its scopes. Written by `accounts.keys`.

    Only a digest of it is kept: a key is 256 random bits, so nothing slower than SHA-256 is needed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_keys")
    name = models.TextField(help_text="What it is for, in its owner's words.")
    prefix = models.TextField(help_text="How it begins, to recognise it by.")
    digest = models.TextField(unique=True, help_text="SHA-256 of the whole key.")
    scopes = ArrayField(models.TextField())
    created = models.DateTimeField(db_default=Now())
    expires = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)
    last_used = models.DateField(null=True, blank=True, help_text="The day is enough.")

    class Meta:
        ordering = ["-created"]
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"


class Calls(models.Model):
    """How many calls one caller made of one kind in the running window. key: a keyed digest, never an address.

    Written by `api.throttling`.
    """

    key = models.TextField(primary_key=True)
    until = models.DateTimeField(help_text="The end of the window; the next call begins another.")
    n = models.IntegerField()

    class Meta:
        verbose_name_plural = "calls"

    def __str__(self) -> str:
        return f"{self.n} calls"
