"""Content vectors of titles: made once per text and encoder, kept in Postgres. The only writer of them."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from catalog.models import CatalogRevision, Title
from recommender.index.title_texts import title_texts
from recommender.ml.content import content_vectors, in_batches
from recommender.ml.encoder import TextEncoder
from recommender.models import TitleEmbedding

T = TypeVar("T")

BATCH = 256  # titles between two reports of progress; their texts are encoded by length
SLICE = 2_048  # titles between two commits: what a kill can cost


def missing(fingerprint: str) -> list[int]:
    """Ids of titles whose text has no vector by this encoder, or one of an older text."""
    stale = Title.objects.raw(
        f"SELECT t.id FROM {Title._meta.db_table} t"  # noqa: S608 - table names are ours
        f" LEFT JOIN {TitleEmbedding._meta.db_table} e ON e.title_id = t.id AND e.fingerprint = %s"
        " WHERE e.id IS NULL OR e.content_hash <> t.content_hash ORDER BY t.id",
        [fingerprint],
    )
    return [title.pk for title in stale]


def embed_missing(
    encoder: TextEncoder,
    fingerprint: str,
    *,
    on_progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> int:
    """Embed what is missing and return how many; servers hear of it by a new catalogue revision.

    Safe to kill and to run twice at once.
    """
    ids = missing(fingerprint)
    done = 0
    for wanted in _slices(ids, SLICE):
        hashes = dict(Title.objects.filter(pk__in=wanted).values_list("pk", "content_hash"))
        rows = []
        for batch in _slices(list(title_texts(wanted)), BATCH):
            vectors = content_vectors([text for _, text in batch], lambda texts: in_batches(encoder, texts))
            rows += [
                TitleEmbedding(title_id=pk, fingerprint=fingerprint, content_hash=hashes[pk], vector=_pack(vector))
                for (pk, _), vector in zip(batch, vectors, strict=True)
            ]
            on_progress(done + len(rows), len(ids))
        with transaction.atomic():
            TitleEmbedding.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["title", "fingerprint"],
                update_fields=["content_hash", "vector"],
            )
            if wanted[-1] == ids[-1]:  # with the last vectors or not at all: a kill between would hide them
                CatalogRevision.bump()
        done += len(rows)
    return done


def vectors(title_ids: list[int], fingerprint: str, dimension: int) -> NDArray[np.float32]:
    """float32[len(title_ids), D] by COPY; zero rows for titles without a current vector."""
    matrix = np.zeros((len(title_ids), dimension), np.float32)
    row_of = {title_id: row for row, title_id in enumerate(title_ids)}
    table = TitleEmbedding._meta.db_table
    query = f"COPY (SELECT title_id, vector FROM {table} WHERE fingerprint = %s) TO STDOUT (FORMAT BINARY)"  # noqa: S608
    with connection.cursor() as cursor, cursor.copy(query, [fingerprint]) as copy:
        copy.set_types(["int8", "bytea"])
        for title_id, data in copy.rows():
            row = row_of.get(title_id)
            if row is not None and len(data) == 2 * dimension:
                matrix[row] = np.frombuffer(data, "<f2")
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    np.divide(matrix, norms, out=matrix, where=norms > 0)
    return matrix


def _pack(vector: NDArray[np.float32]) -> bytes:
    return vector.astype("<f2").tobytes()


def _slices(items: list[T], size: int) -> Iterator[list[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
