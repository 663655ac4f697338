"""The history of imports: what was read, by which importer, and what became of it."""

from django.db import models
from django.db.models.functions import Now


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
