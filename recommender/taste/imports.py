"""Ratings and lists from other sites become signals: at once, with a report, and taken back in one go.

The learning log hears nothing of it: what somebody did elsewhere was not shown here.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from catalog import signals
from catalog.models import TasteImport, Title
from catalog.signals import Owner, Said
from recommender.ml.index import CatalogIndex
from recommender.taste.importing import files, matching, rows
from recommender.taste.importing.matching import Found
from recommender.taste.importing.rows import Entry, Table

KEPT = 500  # questions, and rows that were not found or are bad, that a report keeps of each
MAX_FILE_NAME = 120
_NOW = datetime.max.replace(tzinfo=UTC)  # what has no date was said just now


class ImportedBefore(ValueError):
    """The same file, byte for byte, was imported already and not taken back."""

    def __init__(self, imported: TasteImport) -> None:
        super().__init__(imported.file_name)
        self.imported = imported


@dataclass(frozen=True)
class Question:
    """A film of the file that may be several titles.

    place: its number among the questions of its import, for good. table, row: where it stands first. said: [kind,
    stars or None, ISO time or None] of each thing the file says of it.
    """

    place: int
    table: str
    row: int
    name: str
    year: int | None
    title_ids: list[int]
    said: list[list[Any]]

    def answered(self, title_id: int) -> list[Said]:
        return [
            Said(title_id, kind, stars, said=datetime.fromisoformat(when) if when else None)
            for kind, stars, when in self.said
        ]


@dataclass
class _Sorted:
    """What became of the films of all tables; one that several tables list is counted once."""

    said: list[Said] = field(default_factory=list)
    n_matched: int = 0
    questions: list[dict[str, Any]] = field(default_factory=list)
    not_found: list[list[Any]] = field(default_factory=list)  # [table, row, name, year]


def bring(owner: Owner, index: CatalogIndex, file_name: str, content: bytes, meant: str = "") -> TasteImport:
    """Import a file. Raises BadFile and ImportedBefore; then nothing was written.

    meant: as in `rows.read`. Where a table holds a title twice, the row said last counts.
    """
    tables = [rows.read(sheet, meant) for sheet in files.sheets(file_name, content)]
    digest = hashlib.sha256(content + meant.encode()).hexdigest()
    if before := signals.imports_of(owner).filter(counts__sha256=digest).first():
        raise ImportedBefore(before)
    found = _sorted(tables, index)
    bad = [[table.name, *row] for table in tables for row in table.bad]
    stands = _ratings(owner)
    with transaction.atomic():
        imported = TasteImport.objects.create(
            **owner.columns, service=tables[0].service, file_name=file_name[-MAX_FILE_NAME:]
        )
        n_new = signals.bring(owner, imported, found.said)
        latest = {(one.title_id, one.kind): one for one in found.said}
        imported.counts = {
            "sha256": digest,
            "tables": [[table.name, table.service, table.what, table.n_rows] for table in tables],
            "rows": sum(table.n_rows for table in tables),
            "matched": found.n_matched,
            "signals": n_new,
            "known": len(latest) - n_new,
            "other_ratings": sum(
                one.kind == rows.RATING and stands.get(one.title_id, one.value) != one.value
                for one in latest.values()
            ),
            "kinds": Counter(imported.signals.order_by().values_list("kind", flat=True)),
            "n_questions": len(found.questions),
            "questions": found.questions[:KEPT],
            "n_not_found": len(found.not_found),
            "not_found": found.not_found[:KEPT],
            "n_bad": len(bad),
            "bad": bad[:KEPT],
        }
        imported.save(update_fields=["counts"])
    return imported


def questions(imported: TasteImport) -> list[Question]:
    """Those that are open."""
    return [Question(**question) for question in imported.counts.get("questions", ())]


def choose(owner: Owner, import_id: UUID, chosen: Mapping[int, int | None]) -> int | None:
    """Answer questions of an import: the place of each and the title that is meant, None for none of them.

    Answers to what is not asked, or not asked any more, are passed over. The number of films that were matched now;
    None if there is no such import.
    """
    with transaction.atomic():
        imported = signals.imports_of(owner).select_for_update().filter(pk=import_id).first()
        if imported is None:
            return None
        said: list[Said] = []
        left, n_matched = [], 0
        for question in questions(imported):
            title_id = chosen.get(question.place)
            if question.place not in chosen or (title_id is not None and title_id not in question.title_ids):
                left.append(question)
                continue
            if title_id is not None:
                said += question.answered(title_id)
                n_matched += 1
        n_closed = len(questions(imported)) - len(left)
        n_new = signals.bring(owner, imported, said)
        counts = imported.counts
        kept = {question.place for question in left}
        imported.counts = counts | {
            "matched": counts["matched"] + n_matched,
            "signals": counts["signals"] + n_new,
            "kinds": Counter(imported.signals.order_by().values_list("kind", flat=True)),
            "n_questions": counts["n_questions"] - n_closed,
            "questions": [question for question in counts["questions"] if question["place"] in kept],
        }
        imported.save(update_fields=["counts"])
    return n_matched


def _sorted(tables: Sequence[Table], index: CatalogIndex) -> _Sorted:
    """What is said comes in the order it was said, so that the last word of several counts."""
    entries = [(table, entry) for table in tables for entry in table.entries]
    by_id = _titles_by_imdb_id({entry.imdb_id for _, entry in entries if entry.imdb_id})
    matches = [
        (table, entry, Found(by_id[entry.imdb_id]) if entry.imdb_id in by_id else matching.find(index, entry))
        for table, entry in entries
    ]
    others = _with_another_imdb_id([(entry, match) for _, entry, match in matches if entry.imdb_id])
    found = _Sorted()
    matched: list[tuple[Entry, int]] = []
    asked: dict[tuple[str, int | None, str], dict[str, Any]] = {}
    missed: dict[tuple[str, int | None, str], list[Any]] = {}
    for table, entry, match in matches:
        film = (entry.name, entry.year, entry.imdb_id)
        not_it = others.get(entry.imdb_id, ())
        candidates = [pk for pk in match.candidates if pk not in not_it]
        if match.title_id is not None and match.title_id not in not_it:
            matched.append((entry, match.title_id))
        elif candidates:
            question = asked.setdefault(film, _question(len(asked), table, entry, candidates))
            question["said"] += [[*said, entry.when and entry.when.isoformat()] for said in entry.said]
        else:
            missed.setdefault(film, [table.name, entry.row, entry.name or entry.imdb_id, entry.year])
    matched.sort(key=lambda pair: pair[0].when or _NOW)
    found.said = [Said(pk, kind, stars, said=entry.when) for entry, pk in matched for kind, stars in entry.said]
    found.n_matched = len({pk for _, pk in matched})
    found.questions, found.not_found = list(asked.values()), list(missed.values())
    return found


def _titles_by_imdb_id(imdb_ids: set[str]) -> dict[str, int]:
    """Catalogues that have ids of IMDb have them as external ids."""
    known = Title.objects.published().filter(external_id__in=imdb_ids).order_by()
    return dict(known.values_list("external_id", "pk"))


def _with_another_imdb_id(matches: Iterable[tuple[Entry, Found]]) -> dict[str, set[int]]:
    """Of names that agree: the titles that IMDb knows by another id, and that so are other films."""
    named = {entry.imdb_id: {pk for pk in (match.title_id, *match.candidates) if pk} for entry, match in matches}
    title_ids = set().union(*named.values())
    ids = dict(
        Title.objects.filter(pk__in=title_ids, external_id__regex=r"^tt\d+$")
        .order_by()
        .values_list("pk", "external_id")
    )
    return {imdb_id: {pk for pk in titles if ids.get(pk, imdb_id) != imdb_id} for imdb_id, titles in named.items()}


def _question(place: int, table: Table, entry: Entry, candidates: list[int]) -> dict[str, Any]:
    return {
        "place": place, "table": table.name, "row": entry.row, "name": entry.name, "year": entry.year,
        "title_ids": candidates, "said": [],
    }  # fmt: skip


def _ratings(owner: Owner) -> dict[int, float | None]:
    stands = signals.signals_of(owner).filter(kind=rows.RATING).order_by()
    return dict(stands.values_list("title_id", "value"))
