"""A temporary table between the file and the catalogue: rows wait in it until all were read.

What the rows say against each other, or against a title already stored, is settled here.
"""

import re
import unicodedata
from difflib import SequenceMatcher
from typing import Any

import pandas as pd
from django.db.backends.utils import CursorWrapper

from catalog.importing.report import ImportRefused, ImportReport, Level, quoted
from catalog.importing.title_fields import FIELDS

LOCK = 0x6D617271  # "marq": one import at a time in a database
SAME_NAME_RATIO = 0.7  # no two of 11,700 unrelated pairs of titles of three services reached it
MAX_CONFLICT_SHARE = 0.2  # of the rows that meet a stored title; more is another source's numbering
FEW_CONFLICTS = 10


def begin(cursor: CursorWrapper) -> None:
    """Wait for an import that is under way, then lay out an empty table. Ends with the transaction."""
    cursor.execute("SET LOCAL statement_timeout = 0")
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    cursor.execute("DROP TABLE IF EXISTS pg_temp.staged")
    columns = ", ".join(
        f'"{name}" {field.sql_type} DEFAULT {field.when_absent or "NULL"}' for name, field in FIELDS.items()
    )
    cursor.execute(f"CREATE TEMP TABLE staged (line integer PRIMARY KEY, {columns}) ON COMMIT DROP")


def copy(cursor: CursorWrapper, rows: pd.DataFrame) -> None:
    """rows: typed, one column a field, indexed by line; absent fields take their default."""
    columns = ", ".join(f'"{name}"' for name in rows.columns)
    values = rows.astype(object).where(rows.notna(), None)
    with cursor.copy(f"COPY staged (line, {columns}) FROM STDIN") as stream:
        for row in values.itertuples(name=None):
            stream.write_row(row)


def settle_repetitions(cursor: CursorWrapper, report: ImportReport) -> None:
    """Of rows with one id the first stays; the others are duplicates, or conflicts if they differ."""
    cursor.execute("CREATE INDEX ON staged (external_id)")
    cursor.execute("ANALYZE staged")
    facts = ", ".join(f'"{name}"' for name in FIELDS)
    cursor.execute(f"""
        WITH facts AS (SELECT line, external_id, ROW({facts}) AS facts FROM staged),
        firsts AS (SELECT DISTINCT ON (external_id) * FROM facts ORDER BY external_id, line)
        SELECT later.line, external_id, first.line, later.facts IS NOT DISTINCT FROM first.facts
        FROM firsts first JOIN facts later USING (external_id) WHERE later.line > first.line
        ORDER BY later.line
    """)  # noqa: S608 - names of our own table of fields
    repeated = cursor.fetchall()
    for line, external_id, first_line, is_equal in repeated:
        if is_equal:
            report.add(line, "", Level.DUPLICATE, f"{external_id} repeats line {first_line}")
        else:
            reason = f"{external_id} stands on line {first_line} with other facts; the first one holds"
            report.add(line, "", Level.CONFLICT, reason)
    _drop(cursor, [line for line, *_ in repeated])


def settle_conflicts(cursor: CursorWrapper, report: ImportReport) -> None:
    """Rows whose id belongs to a stored title that is clearly another are dropped and reported.

    Two titles are one when their names resemble each other, whatever the year (a correction),
    or when both years are known and at most one apart (a translation, a new name).
    Raises ImportRefused where so many conflict that the ids must be another source's.
    """
    cursor.execute("""
        SELECT s.line, s.external_id, s.name, t.name, s.year, t.year,
               s.aliases || s.original_name,
               ARRAY(SELECT a.name FROM catalog_titlealias a WHERE a.title_id = t.id) || t.original_name
        FROM staged s JOIN catalog_title t USING (external_id)
        WHERE s.name <> t.name AND NOT coalesce(abs(s.year - t.year) <= 1, false)
        ORDER BY s.line
    """)
    conflicts = [
        row[:6] for row in cursor.fetchall() if not _is_same_name(row[2], row[3], other=row[6], known=row[7])
    ]
    cursor.execute("SELECT count(*) FROM staged JOIN catalog_title USING (external_id)")
    (n_met,) = cursor.fetchone()
    if len(conflicts) > max(FEW_CONFLICTS, MAX_CONFLICT_SHARE * n_met):
        line, external_id, name, stored, *_ = conflicts[0]
        raise ImportRefused(
            f"{len(conflicts):,} of {n_met:,} ids already belong to other titles (line {line}: {external_id}"
            f" is {quoted(stored)} here and {quoted(name)} in the file); the file numbers titles its own way:"
            " give it a name with --source NAME."
        )
    for line, external_id, name, stored, year, stored_year in conflicts:
        reason = (
            f"{external_id} is {quoted(stored)} ({stored_year or 'no year'}) in the catalogue and"
            f" {quoted(name)} ({year or 'no year'}) here; left as it is. If the file comes from another"
            " source, import it with --source NAME"
        )
        report.add(line, "", Level.CONFLICT, reason)
    _drop(cursor, [line for line, *_ in conflicts])


def _drop(cursor: CursorWrapper, lines: list[Any]) -> None:
    if lines:
        cursor.execute("DELETE FROM staged WHERE line = ANY(%s)", [lines])


def _is_same_name(name: str, stored: str, *, other: list[str], known: list[str]) -> bool:
    """Whether two titles share a name, or their first names resemble each other.

    other: further names of the one, known: of the other; the empty ones say nothing.
    """
    if {_fold(name), *map(_fold, other)} & {_fold(stored), *map(_fold, known)} - {""}:
        return True
    shorter, longer = sorted((_fold(name), _fold(stored)), key=len)
    if f"{longer} ".startswith(f"{shorter} "):  # a subtitle came or went
        return True
    return SequenceMatcher(None, shorter, longer, autojunk=False).ratio() >= SAME_NAME_RATIO


def _fold(name: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", " ", plain).strip()
