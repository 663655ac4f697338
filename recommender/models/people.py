"""Visits, tries of passwords, and what was forgotten."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Now


class Forgetting(models.Model):
    """Somebody who had taught was forgotten. Says nothing of them. Written by `forgetting`.

    digests: keyed, of the texts that nobody else had searched for, until no version remembers them.
    """

    first_xid = models.BigIntegerField(
        null=True, help_text="The first transaction of theirs in the log that training may have read."
    )
    first_chosen = models.DateTimeField(null=True, help_text="When they first chose a title for themselves.")
    digests = ArrayField(models.TextField(), default=list)
    created = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"somebody was forgotten on {self.created:%Y-%m-%d}"


class Visit(AbstractBaseSession):
    """A web session that knows whose it is, so that it can go with the account. Written by `accounts.sessions`."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True)

    @classmethod
    def get_session_store_class(cls) -> type:
        from recommender.accounts.sessions import SessionStore  # it needs this model

        return SessionStore


class Tries(models.Model):
    """How often a password was tried in a while. key: a keyed digest of the name or the browser, never these.

    Written by `accounts.throttle`.
    """

    key = models.TextField(primary_key=True)
    n = models.IntegerField()
    last = models.DateTimeField()
    next_from = models.DateTimeField(help_text="No further try is looked at before.")

    class Meta:
        verbose_name_plural = "tries"

    def __str__(self) -> str:
        return f"{self.n} tries"
