"""One file, one transaction: every step of an import in order, and the record that it was done."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, transaction

from catalog.importing import applying, staging
from catalog.importing.feeds import Feed
from catalog.importing.report import ImportRefused, ImportReport, Level
from catalog.importing.startup import IMPORTER_VERSION
from catalog.importing.title_fields import clean_rows
from catalog.models import CatalogImport, CatalogRevision, Webhook
from catalog.webhooks.outbox import announce

Progress = Callable[[str, int, int], None]  # step, how far, of how much


@dataclass(frozen=True)
class ImportOptions:
    source: str = ""  # prefix of every external id, for files that number titles their own way
    dry_run: bool = False

    def __post_init__(self) -> None:
        if self.source and not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,29}", self.source):
            raise ImportRefused("a source is named with at most 30 of a-z, 0-9, _ and -.")


AS_IT_IS = ImportOptions()


def import_feed(
    feed: Feed,
    options: ImportOptions = AS_IT_IS,
    report: ImportReport | None = None,
    on_progress: Progress = lambda _step, _done, _total: None,
) -> ImportReport:
    """Upsert every row of the feed by external id. Raises ImportRefused, and then nothing was changed.

    The caller may pass a report to hear of problems while rows are read. A dry run does the
    whole work and takes it back.
    """
    report = report or ImportReport()
    size = feed.file.size
    with transaction.atomic(), connection.cursor() as cursor:
        staging.begin(cursor)
        for frame in feed.frames(report, lambda position: on_progress("reading", position, size)):
            rows = clean_rows(frame, feed.columns, report)
            if options.source:
                rows["external_id"] = f"{options.source}:" + rows["external_id"].astype(str)
            staging.copy(cursor, rows)
        _refuse_strangers(feed, report)
        staging.settle_repetitions(cursor, report)
        staging.settle_conflicts(cursor, report)
        applying.apply(cursor, feed.columns.values(), report, lambda step: on_progress(step, size, size))
        if report.new or report.changed:
            CatalogRevision.bump()
        done = CatalogImport.objects.create(
            file_name=feed.name,
            layout=feed.layout_name,
            source=options.source,
            sha256=feed.file.sha256,
            importer_version=IMPORTER_VERSION,
            counts=report.counts(),
        )
        announce(Webhook.Event.IMPORTED, {"name": done.file_name, "layout": done.layout, "counts": done.counts})
        if options.dry_run:
            transaction.set_rollback(True)
    return report


def _refuse_strangers(feed: Feed, report: ImportReport) -> None:
    if not report.rows:
        raise ImportRefused(f"{feed.name} has a header and no rows.")
    rejected = report.levels[Level.REJECTED]
    if 2 * rejected > report.rows:
        raise ImportRefused(
            f"{feed.name} does not look like a list of titles:"
            f" {rejected:,} of {report.rows:,} rows are unusable, the first on {report.first_rejection}."
        )
