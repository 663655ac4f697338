"""Versions of the model and the embeddings they read. Weights are bytes in a table of their own."""

from django.db import models
from django.db.models.functions import Now

from catalog.models import Title


class TitleEmbedding(models.Model):
    """A title's content vector, by the encoder and the text that made it. Written by `embeddings`."""

    title = models.ForeignKey(Title, models.CASCADE, related_name="embeddings")
    fingerprint = models.TextField(help_text="Encoder weights and composition of the text.")
    content_hash = models.TextField(help_text="Title.content_hash at the time: equal means up to date.")
    vector = models.BinaryField(help_text="float16[D], little-endian, unit length.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["title", "fingerprint"], name="one_embedding_per_encoder")]

    def __str__(self) -> str:
        return f"{self.title_id} by {self.fingerprint}"


class Checkpoint(models.Model):
    """One version: what it learnt from, how it was judged, and where it stands. Written by `registry`."""

    class Status(models.TextChoices):
        CANDIDATE = "candidate", "Candidate"
        CHAMPION = "champion", "Champion"
        RETIRED = "retired", "Retired"
        REJECTED = "rejected", "Rejected"
        QUARANTINED = "quarantined", "Quarantined"

    version = models.IntegerField(unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    status = models.TextField(choices=Status.choices, default=Status.CANDIDATE)
    pinned = models.BooleanField(default=False, help_text="A pinned champion stays until it is unpinned.")
    encoder_fingerprint = models.TextField()
    config = models.JSONField(default=dict)
    wm_from = models.BigIntegerField(help_text="Transaction id the window starts at (inclusive).")
    wm_to = models.BigIntegerField(help_text="Transaction id the window ends before.")
    window = models.JSONField(default=dict, help_text="Counts of the window, and its digest.")
    metrics = models.JSONField(default=dict, help_text="Of this version, its parent and the baselines.")
    verdict = models.JSONField(default=dict, help_text="Each condition of the gate with its reason.")
    sha256 = models.TextField()
    n_bytes = models.BigIntegerField()
    created = models.DateTimeField(db_default=Now())
    promoted = models.DateTimeField(null=True)
    pruned = models.DateTimeField(null=True, help_text="When its bytes were let go; the row and its reasons stay.")
    tainted = models.DateTimeField(
        null=True, help_text="When somebody it had learnt from asked to be forgotten: it is to be replaced."
    )
    taint = models.TextField(blank=True, default="", help_text="Why it is tainted, in words.")

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["status"], condition=models.Q(status="champion"), name="one_champion"),
        ]

    def __str__(self) -> str:
        return f"v{self.version} ({self.status})"


class CheckpointChunk(models.Model):
    """A few MiB of a checkpoint's bytes; apart, so that no list of versions can drag them along."""

    checkpoint = models.ForeignKey(Checkpoint, models.CASCADE, related_name="chunks")
    sequence = models.IntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["checkpoint", "sequence"], name="chunk_once")]

    def __str__(self) -> str:
        return f"chunk {self.sequence} of checkpoint {self.checkpoint_id}"


class ServingChange(models.Model):
    """The audit trail of what served when: one row for each promotion, rollback, pin and unpin."""

    version = models.IntegerField()
    previous = models.IntegerField(null=True)
    action = models.TextField()
    reason = models.TextField()
    actor = models.TextField()
    created = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.action} v{self.version}"
