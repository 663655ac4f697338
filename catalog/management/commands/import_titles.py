"""`manage.py import_titles PATH`: a door to `catalog.importing`."""

import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from catalog.importing.files import CatalogFile
from catalog.importing.progress import ProgressBar
from catalog.importing.report import ImportRefused, ImportReport, csv_sink
from catalog.importing.startup import default_files, is_packaged, previous_import
from catalog.models import Webhook
from catalog.webhooks.outbox import announce


class Command(BaseCommand):
    help = (
        "Import titles from a CSV file, packed with gzip or not: the Netflix layout or our own"
        " (docs/catalogue.md). All of the file is imported or nothing of it; titles that it does not"
        " name are left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, metavar="PATH")
        parser.add_argument(
            "--default",
            action="store_true",
            help="import the catalogue this site starts with: the file that CATALOG names, else the films of"
            " bokeh-sampledata with our synopses and landmarks. Does nothing if that was done before",
        )
        parser.add_argument("--force", action="store_true", help="with --default: import again all the same")
        parser.add_argument("--dry-run", action="store_true", help="report what would happen and change nothing")
        parser.add_argument(
            "--source",
            default="",
            metavar="NAME",
            help="put NAME: before every id, for a file with its own numbering",
        )
        parser.add_argument(
            "--ignore-unknown-columns",
            action="store_true",
            help="read on where the header has columns we do not know",
        )
        parser.add_argument("--max-problems", type=int, default=50, metavar="N", help="print the first N problems")
        parser.add_argument("--report", type=Path, metavar="FILE.csv", help="write every problem to a new CSV file")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            self._import(options)
        except ImportRefused as refusal:
            raise CommandError(f"Nothing was imported: {refusal}") from None
        except KeyboardInterrupt:
            raise CommandError("Stopped. Nothing was imported.", returncode=130) from None

    def _import(self, options: dict[str, Any]) -> None:
        if options["default"] == bool(options["path"]):
            raise CommandError("Name a file to import, or pass --default (one of the two).")
        for file in self._files(options):
            if options["default"] and not options["force"] and (done := previous_import(file, options["source"])):
                self.stdout.write(f"{done.file_name} was imported on {done.created:%Y-%m-%d}; nothing to do.")
            else:
                try:
                    self._import_file(file, options)
                except ImportRefused as refusal:
                    if not options["dry_run"]:
                        announce(Webhook.Event.NOT_IMPORTED, {"name": file.path.name, "reason": str(refusal)})
                    raise

    def _files(self, options: dict[str, Any]) -> list[CatalogFile]:
        if path := options["path"] or settings.CATALOG:
            return [CatalogFile.find(Path(path))]
        return default_files()

    def _import_file(self, file: CatalogFile, options: dict[str, Any]) -> None:
        # Only now, because it loads pandas, and most starts have nothing to import.
        from catalog.importing.feeds import CsvFeed, Feed
        from catalog.importing.importer import ImportOptions, import_feed
        from catalog.importing.packaged import PackagedFeed

        import_options = ImportOptions(source=options["source"], dry_run=options["dry_run"])
        feed: Feed
        if is_packaged(file):
            feed = PackagedFeed(file)
        else:
            feed = CsvFeed.open(file, ignore_unknown_columns=options["ignore_unknown_columns"])
        with ExitStack() as stack:
            report = ImportReport(keep=max(0, options["max_problems"]))
            if options["report"]:
                report.sink = csv_sink(stack.enter_context(_new_file(options["report"])))
            progress = ProgressBar(sys.stderr)
            try:
                import_feed(feed, import_options, report, progress.show)
            finally:
                progress.clear()
                self._print_problems(report, options["report"])
        self._print_summary(feed.name, report, is_dry_run=import_options.dry_run)

    def _print_problems(self, report: ImportReport, report_file: Path | None) -> None:
        for problem in sorted(report.problems, key=lambda problem: problem.line):
            self.stdout.write(str(problem))
        if n_more := report.levels.total() - len(report.problems):
            where = f"all are in {report_file}" if report_file else "--report FILE.csv writes all of them"
            self.stdout.write(
                f"{n_more:,} more problems; {where}." if report.problems else f"{n_more:,} problems; {where}."
            )

    def _print_summary(self, name: str, report: ImportReport, *, is_dry_run: bool) -> None:
        for what, count in report.counts().items():
            self.stdout.write(f"{what:>12} {count:>9,}")
        if is_dry_run:
            self.stdout.write(f"Dry run of {name}: nothing was changed.")
        else:
            self.stdout.write(self.style.SUCCESS(f"{name} is imported. Titles it does not name were left alone."))


def _new_file(path: Path) -> TextIO:
    """A report never replaces a file: the one named may be the catalogue itself."""
    try:
        return path.open("x", encoding="utf-8", newline="")
    except FileExistsError:
        raise CommandError(f"{path} exists; name a new file for the report.") from None
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
