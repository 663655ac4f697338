"""Titles that are sent rather than lying in a file: kept until a worker imports them, all that were sent or none.

A row is a JSON object in our own layout (docs/catalogue.md). What can be seen without the catalogue is refused at
once; the rest is the importer's to say, in the task's report. Loads no pandas before there is something to import.
"""

import hashlib
import json
import logging
import re
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from catalog.importing.reading import MAX_CELL_CHARACTERS
from catalog.importing.report import ImportRefused, ImportReport, Level
from catalog.models import BulkTask, Webhook
from catalog.models.titles import EXTERNAL_ID_PATTERN
from catalog.webhooks.outbox import announce

logger = logging.getLogger(__name__)

MAX_ROWS = 10_000
MAX_BYTES = 8 * 1024 * 1024
MAX_WAITING = 50  # tasks, of everybody
MAX_TRIES = 3  # a worker that died may have been unlucky; three died of the task
KEEP_PROBLEMS = 100

# What a row may say → what it means: the columns of `layouts.MARQUEE`, here so that web processes need no pandas.
FIELDS = {
    "item_id": "external_id", "external_id": "external_id",
    "title": "name", "original_title": "original_name",
    "kind": "kind", "year": "year",
    "genres": "genres", "themes": "themes", "aliases": "aliases", "alt_titles": "aliases",
    "directors": "directors", "creators": "creators", "writers": "writers", "cast": "cast",
    "countries": "countries", "languages": "languages",
    "runtime_minutes": "runtime_minutes", "runtime_min": "runtime_minutes", "seasons": "seasons",
    "maturity": "maturity", "added_on": "added_on",
    "description": "description", "synopsis": "description", "plot": "plot",
    "popularity": "popularity", "votes": "popularity", "tmdb_votes": "popularity", "imdb_votes": "popularity",
}  # fmt: skip
LISTS = frozenset({
    "genres", "themes", "aliases", "alt_titles", "directors", "creators", "writers", "cast", "countries", "languages",
})  # fmt: skip
REQUIRED = ("external_id", "name")
MAX_NAME_CHARACTERS = 500
_ID_FAULT = "is not an id: letters, digits and . _ : ~ - only, at most 100, the first a letter or a digit"

Row = dict[str, Any]
Status = BulkTask.Status


class BulkRefused(ValueError):
    """The rows cannot be taken; the message is one sentence for whoever sent them."""


class TooLarge(BulkRefused):
    """More rows or bytes than one sending may have."""


class TooManyWaiting(BulkRefused):
    """Others have sent enough for now."""


def enqueue(rows: Sequence[Row], user: Any) -> BulkTask:
    """A task that will import the rows. The same rows from the same user, while they wait, are the same task.

    rows: JSON objects with the names of FIELDS, all with the same ones; null clears a value, a name that no row has
    leaves what is stored. Raises BulkRefused, naming the row (the first is 1), and then nothing is kept.
    """
    payload = _packed(rows)
    waiting = {"status": Status.ENQUEUED, "digest": hashlib.sha256(payload).hexdigest(), "user": user}
    if known := BulkTask.objects.filter(**waiting).first():
        return known
    if unfinished().count() >= MAX_WAITING:
        raise TooManyWaiting(f"{MAX_WAITING} tasks wait already; send it again when some have ended.")
    try:
        with transaction.atomic():
            task = BulkTask.objects.create(**waiting, payload=payload, n_rows=len(rows))
    except IntegrityError:  # the same, sent twice at once: the index lets one through
        return BulkTask.objects.filter(digest=waiting["digest"], user=user).latest("created")
    task.refresh_from_db()
    return task


def unfinished() -> QuerySet[BulkTask]:
    """What waits or was begun, the oldest first."""
    return BulkTask.objects.filter(status__in=[Status.ENQUEUED, Status.PROCESSING]).order_by("created", "id")


def work_off() -> int:
    """Import what waits, in the order it came: how many tasks ended. Returns at once where somebody else is at it.

    A task whose worker died is still `processing` and comes first again; of what that worker did nothing is left.
    """
    n_ended = 0
    while (task := _begin()) is not None:
        if not _import(task):
            break
        n_ended += 1
    return n_ended


def _begin() -> BulkTask | None:
    """The oldest task, marked as begun for everybody to see; None if there is none or somebody else works."""
    with transaction.atomic():
        task = unfinished().first() if _lock() else None
        if task is not None:
            BulkTask.objects.filter(pk=task.pk).update(
                status=Status.PROCESSING, started=Now(), n_tries=task.n_tries + 1
            )
            task.n_tries += 1
    return task


def _import(task: BulkTask) -> bool:
    """Import and say how it went in one transaction. False: somebody else was faster."""
    report = ImportReport(keep=KEEP_PROBLEMS)
    with transaction.atomic():
        if not _lock() or not unfinished().filter(pk=task.pk).exists():
            return False
        try:
            if task.n_tries > MAX_TRIES:
                raise ImportRefused(f"it was begun {MAX_TRIES} times and never ended; send it in smaller parts.")
            with transaction.atomic():
                _import_rows(task, report)
            ended = {"status": Status.SUCCEEDED.value, "error": ""}
        except ImportRefused as refused:
            ended = {"status": Status.FAILED.value, "error": str(refused)}
        except (OperationalError, InterfaceError, MemoryError):
            raise  # not by itself the task's fault: it stays as it is, and is begun again
        except Exception as error:
            logger.exception("bulk task %s broke", task.pk)
            ended = {"status": Status.FAILED.value, "error": f"It broke: {type(error).__name__}: {error}"[:1_000]}
        BulkTask.objects.filter(pk=task.pk).update(**ended, ended=Now(), payload=b"", report=_told(report))
        if ended["error"]:  # the task says in full what broke; that is not for strangers' servers
            reason = "It broke here." if ended["error"].startswith("It broke:") else ended["error"]
            announce(Webhook.Event.NOT_IMPORTED, {"name": str(task.pk), "reason": reason})
    return True


def _import_rows(task: BulkTask, report: ImportReport) -> None:
    from catalog.importing.importer import AS_IT_IS, import_feed  # loads pandas
    from catalog.importing.objects import ObjectFeed

    rows = [json.loads(line) for line in bytes(task.payload).splitlines()]
    import_feed(ObjectFeed(str(task.pk), rows, task.digest), AS_IT_IS, report)


def _told(report: ImportReport) -> dict[str, Any]:
    """What an import prints, as JSON: every count, what was left out in a sentence, and the first problems.

    line: the row, from 1.
    """
    problems = sorted(report.problems, key=lambda problem: problem.line)
    return {
        "counts": report.counts(),
        "warning": _warning(report),
        "problems": [
            {"line": problem.line, "field": problem.column, "level": problem.level, "reason": problem.reason}
            for problem in problems
        ],
    }


def _warning(report: ImportReport) -> str:
    """What of the sending was not applied, in one sentence; empty where all of it was."""
    n_rows, n_values = report.levels[Level.REJECTED] + report.levels[Level.CONFLICT], report.levels[Level.PROBLEM]
    parts = [
        f"{n:,} {one if n == 1 else many} left out" for n, one, many in (
            (n_rows, "row was", "rows were"), (n_values, "value was", "values were"),
        ) if n
    ]  # fmt: skip
    return f"{' and '.join(parts)}; see the problems." if parts else ""


def _lock() -> bool:
    """Whether this transaction is the one that works; it is over when the transaction is, however that ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('marquee.bulk'))")
        return bool(cursor.fetchone()[0])


def _packed(rows: Sequence[Row]) -> bytes:
    """Checked rows as lines of JSON, written so that equal rows give equal bytes. Raises BulkRefused."""
    if not isinstance(rows, (list, tuple)) or not rows:
        raise BulkRefused("there must be a list of at least one row.")
    if len(rows) > MAX_ROWS:
        raise TooLarge(f"{len(rows):,} rows are more than {MAX_ROWS:,}; send them in parts.")
    _check_names(rows)
    lines, n_bytes = [], 0
    for number, row in enumerate(rows, start=1):
        for name, value in row.items():
            if fault := _fault(name, value) or _fault_of_required(FIELDS[name], value):
                raise BulkRefused(f"row {number}, {name}: {fault}.")
        lines.append(json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())
        n_bytes += len(lines[-1]) + 1
        if n_bytes > MAX_BYTES:
            raise TooLarge(f"the rows are more than {MAX_BYTES // 1024**2} MB; send them in parts.")
    return b"\n".join(lines)


def _check_names(rows: Sequence[Row]) -> None:
    """Every row has the same names: one that is missing here and there would clear, or keep, by accident."""
    if not all(isinstance(row, dict) for row in rows):
        number = next(number for number, row in enumerate(rows, start=1) if not isinstance(row, dict))
        raise BulkRefused(f"row {number} is not an object.")
    for number, row in enumerate(rows, start=1):
        _check_known(number, row)
    names = rows[0].keys()
    for number, row in enumerate(rows, start=1):
        if differing := sorted(row.keys() ^ names):
            has = f"has {'no ' if differing[0] in names else ''}{differing[0]!r:.60}, unlike row 1"
            raise BulkRefused(f"row {number} {has}: give every row the same fields; null clears a value.")
    meant = Counter(FIELDS[name] for name in names)
    for field in REQUIRED:
        if field not in meant:
            raise BulkRefused(f"row 1: {next(name for name in FIELDS if FIELDS[name] == field)} is missing.")
    for field in [field for field, times in meant.items() if times > 1 and field != "popularity"]:
        rivals = sorted(name for name in names if FIELDS[name] == field)
        raise BulkRefused(f"row 1: these fields mean the same, keep one: {', '.join(rivals)}.")


def _check_known(number: int, row: Row) -> None:
    if not (unknown := sorted(row.keys() - FIELDS.keys())):
        return
    hints = [f"{close[0]} for {name}" for name in unknown[:10] if (close := get_close_matches(name, FIELDS, 1))]
    did_you_mean = f" Did you mean {', '.join(hints)}?" if hints else ""
    named = ", ".join(f"{name!r:.60}" for name in unknown[:10])
    raise BulkRefused(f"row {number}: unknown fields: {named}.{did_you_mean}")


def _fault(name: str, value: object) -> str:
    """Why a value cannot be taken, or an empty text. What is merely no good year is the importer's to say."""
    if isinstance(value, list) and name in LISTS:
        if not all(isinstance(entry, str) for entry in value):
            return "a list here is of texts"
        if any("|" in entry for entry in value):
            return "an entry must not contain |, which joins lists"
        return next(filter(None, map(_fault_of_text, [*value, "|".join(value)])), "")
    if isinstance(value, bool) or not isinstance(value, (str, int, float, type(None))):
        return "must be a text, a number or null" + (", or a list of texts" if name in LISTS else "")
    if isinstance(value, str):
        return _fault_of_text(value)
    is_odd = isinstance(value, (int, float)) and not abs(value) < 10**15
    return "is no number that a title could have" if is_odd else ""


def _fault_of_required(field: str, value: object) -> str:
    """The same of an id or a name: a row is nothing without them. By the rules of `title_fields`."""
    if field not in REQUIRED:
        return ""
    text = "" if value is None else " ".join(str(value).split())
    if not any(character.isprintable() and not character.isspace() for character in text):
        return "is missing"
    if field == "external_id":
        return "" if re.fullmatch(EXTERNAL_ID_PATTERN, text) else _ID_FAULT
    is_long = len(text) > MAX_NAME_CHARACTERS
    return f"is longer than {MAX_NAME_CHARACTERS} characters" if is_long else ""


def _fault_of_text(text: str) -> str:
    if len(text) > MAX_CELL_CHARACTERS:
        return f"is longer than {MAX_CELL_CHARACTERS:,} characters"
    if "\0" in text:
        return "contains NUL"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "contains half of a character (a lone surrogate)"
    return ""
