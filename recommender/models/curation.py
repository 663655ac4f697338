"""What editors say of results: titles to pin, lift or hide for a query, and words that mean the same."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from catalog.identifiers import uuid7
from catalog.models import Title


class Rule(models.Model):
    """One title and one query. Written by `curation`; every process sees it within seconds."""

    class Match(models.TextChoices):
        EXACT = "exact", "the query is this text"
        CONTAINS = "contains", "the query holds these words, one after another"
        ANY = "any", "every query"

    class Action(models.TextChoices):
        PIN = "pin", "stands at a place"
        LIFT = "lift", "gains points of relevance"
        HIDE = "hide", "is left out"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    text = models.TextField(blank=True, help_text="Compared without case, accents and punctuation.")
    match = models.TextField(choices=Match.choices)
    title = models.ForeignKey(Title, models.CASCADE, related_name="rules")
    action = models.TextField(choices=Action.choices)
    position = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of a pin, from 1 on.")
    points = models.FloatField(null=True, blank=True, help_text="Of a lift: of relevance, which goes from 0 to 1.")
    starts = models.DateTimeField(null=True, blank=True)
    ends = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    note = models.TextField(blank=True, help_text="Why; seen by staff only.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created = models.DateTimeField(db_default=Now())
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.action} {self.title_id} for “{self.text or 'everything'}”"


class SynonymSet(models.Model):
    """Words that mean the same to people who search here. Written by `curation`.

    words: at least two; where it is one-way the first also means the others, and not the other way round.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    words = ArrayField(models.TextField())
    is_one_way = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created = models.DateTimeField(db_default=Now())
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return (" → " if self.is_one_way else " = ").join(self.words)
