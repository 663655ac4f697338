"""The history of imports: what was read, by which importer, and what became of it."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from catalog.identifiers import uuid7


class CatalogImport(models.Model):
    """One import that was applied. A start with the same file and importer has nothing to do."""

    file_name = models.TextField()
    layout = models.TextField()
    source = models.TextField(blank=True, default="", help_text="Prefix of the external ids, if one was given.")
    sha256 = models.TextField(help_text="Of the file as it lies, packed or not.")
    importer_version = models.PositiveIntegerField()
    counts = models.JSONField(default=dict)
    created = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["sha256"], name="catalog_import_sha256")]

    def __str__(self) -> str:
        return f"{self.file_name} on {self.created:%Y-%m-%d %H:%M}"


class BulkTask(models.Model):
    """Titles that were sent to be imported in the background. Written by `catalog.bulk`.

    payload: the rows as they came, JSON lines; let go once the task has ended.
    """

    class Status(models.TextChoices):
        ENQUEUED = "enqueued", "waits for a worker"
        PROCESSING = "processing", "is being imported"
        SUCCEEDED = "succeeded", "was applied"
        FAILED = "failed", "changed nothing"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    status = models.TextField(choices=Status.choices, default=Status.ENQUEUED)
    digest = models.TextField(help_text="SHA-256 of the payload: sent again while it waits, it is the same task.")
    payload = models.BinaryField()
    n_rows = models.PositiveIntegerField()
    n_tries = models.PositiveSmallIntegerField(default=0, help_text="Times a worker began it; one may die at it.")
    report = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    created = models.DateTimeField(db_default=Now())
    started = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "digest"], condition=models.Q(status="enqueued"), name="waits_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.n_rows} titles: {self.status}"
