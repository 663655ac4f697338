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
        STEP = "step", "Passed; more is to be learnt again before it serves"
        NOTHING_NEW = "nothing_new", "Nothing to learn"
        FAILED = "failed", "Failed"
        DIED = "died", "Died"

    class Blames(models.TextChoices):
        """What an end without a promotion says about the window; nothing, if the machine was at fault."""

        WINDOW = "window", "The window: refused, or training broke on it"
        LOAD = "load", "Too much for this machine: killed, or out of time"

    trigger = models.TextField(help_text="searches, time, command, admin …")
    status = models.TextField(choices=Status.choices, default=Status.RUNNING)
    holder = models.UUIDField(help_text="The lease this run works under.")
    blames = models.TextField(choices=Blames.choices, blank=True, default="")
    parent_version = models.IntegerField(null=True)
    candidate_version = models.IntegerField(null=True)
    wm_from = models.BigIntegerField(null=True)
    wm_to = models.BigIntegerField(null=True)
    skipped = models.JSONField(default=list, help_text="Stretches in quarantine at the time, left out: [from, to].")
    trial_of = models.ForeignKey(
        "QuarantinedWindow", models.SET_NULL, null=True, related_name="trials",
        help_text="The stretch whose fate this run decides: half of a refused window, or one that was released.",
    )  # fmt: skip
    counts = models.JSONField(default=dict, help_text="Events seen, used, and dropped by reason.")
    config = models.JSONField(default=dict)
    progress = models.JSONField(
        default=dict, help_text="Stage, step, of how many, loss, seconds left, seconds taken."
    )
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

    @classmethod
    def ask(cls, actor: str) -> "TrainingRequest":
        """What waits for a run already is enough: one run answers all."""
        return cls.objects.filter(answered_by=None).first() or cls.objects.create(actor=actor)


class QuarantinedWindow(models.Model):
    """A stretch of the log that could not be learnt from. Its rows stay; training leaves them out.

    Written only by `quarantine`.
    """

    class Status(models.TextChoices):
        SUSPECT = "suspect", "Suspect: part of a window that was refused twice, tried by itself next"
        QUARANTINED = "quarantined", "In quarantine"
        RELEASED = "released", "Released by a person"
        CLEARED = "cleared", "Cleared: it could be learnt from"

    wm_from = models.BigIntegerField(help_text="Transaction id the stretch starts at (inclusive).")
    wm_to = models.BigIntegerField(help_text="Transaction id the stretch ends before.")
    status = models.TextField(choices=Status.choices)
    reason = models.TextField(help_text="Why it is here, in words.")
    run = models.ForeignKey(TrainingRun, models.SET_NULL, null=True, related_name="+", help_text="What led to it.")
    created = models.DateTimeField(db_default=Now())
    released = models.DateTimeField(null=True)
    released_by = models.TextField(blank=True, default="")
    release_reason = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(wm_from__lt=models.F("wm_to")), name="stretch_order")
        ]

    def __str__(self) -> str:
        return f"[{self.wm_from}, {self.wm_to}): {self.status}"
