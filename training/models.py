"""Runs of the trainer, and the lease that lets only one work at a time."""

from django.db import models
from django.db.models.functions import Now


class TrainingRun(models.Model):
    """One attempt to learn: what set it off, what it read, how it was judged. Kept whatever the end."""

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        PROMOTED = "promoted", "Promoted"
        REFUSED = "refused", "Refused"
        HELD = "held", "Passed, but the champion is pinned"
        NOTHING_NEW = "nothing_new", "Nothing to learn"
        FAILED = "failed", "Failed"
        DIED = "died", "Died"

    trigger = models.TextField(help_text="searches, time, command, admin …")
    status = models.TextField(choices=Status.choices, default=Status.RUNNING)
    holder = models.UUIDField(help_text="The lease this run works under.")
    parent_version = models.IntegerField(null=True)
    candidate_version = models.IntegerField(null=True)
    wm_from = models.BigIntegerField(null=True)
    wm_to = models.BigIntegerField(null=True)
    counts = models.JSONField(default=dict, help_text="Events seen, used, and dropped by reason.")
    config = models.JSONField(default=dict)
    progress = models.JSONField(default=dict, help_text="Stage, step, of how many, loss.")
    evaluation = models.JSONField(default=dict, help_text="Candidate, champion, version 0 and baselines.")
    verdict = models.JSONField(default=list, help_text="Conditions of the gate, each with its reason.")
    error = models.TextField(blank=True, default="")
    started = models.DateTimeField(db_default=Now())
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"run {self.pk}: {self.status}"


class Lease(models.Model):
    """A named right to work, held until it expires by the database's clock. Written only by `lease`."""

    name = models.TextField(primary_key=True)
    holder = models.UUIDField(null=True)
    expires = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class TrainingRequest(models.Model):
    """“Train now”, as a row: asking needs no broker, and the next tick sees it."""

    actor = models.TextField()
    created = models.DateTimeField(db_default=Now())
    answered_by = models.ForeignKey(TrainingRun, models.SET_NULL, null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"asked by {self.actor}"
