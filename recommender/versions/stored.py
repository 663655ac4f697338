"""The bytes of a version, in chunks by binary COPY: one 64 MB field would cost half a gigabyte of memory in Django's
cursor.
"""

import hashlib
from collections.abc import Iterator

from django.db import connection

from recommender.ml.weights import BadCheckpoint, ModelState, from_bytes
from recommender.models import Checkpoint, CheckpointChunk

CHUNK_BYTES = 4 * 1024 * 1024


def write(checkpoint: Checkpoint, blob: bytes) -> None:
    """In the caller's transaction."""
    table = CheckpointChunk._meta.db_table
    connection.ensure_connection()
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} (checkpoint_id, sequence, data) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(["int8", "int4", "bytea"])
        for sequence, start in enumerate(range(0, len(blob), CHUNK_BYTES)):
            copy.write_row((checkpoint.pk, sequence, blob[start : start + CHUNK_BYTES]))


def load(checkpoint: Checkpoint) -> ModelState:
    """The version's state. Raises BadCheckpoint if a byte is missing, changed or not finite."""
    if not (blob := b"".join(_chunks(checkpoint))):
        raise BadCheckpoint(_why_empty(checkpoint))
    return from_bytes(blob, sha256=checkpoint.sha256)


def damage(checkpoint: Checkpoint) -> str | None:
    """What is wrong with the stored bytes, or None: they are hashed chunk by chunk, not loaded.

    A version whose bytes were never kept, or were let go, has nothing that could be damaged.
    """
    found, n_bytes = hashlib.sha256(), 0
    for chunk in _chunks(checkpoint):
        found.update(chunk)
        n_bytes += len(chunk)
    if not n_bytes and (checkpoint.status == Checkpoint.Status.REJECTED or checkpoint.pruned):
        return None
    if n_bytes != checkpoint.n_bytes:
        return f"{n_bytes:,} bytes are there, {checkpoint.n_bytes:,} were written"
    return None if found.hexdigest() == checkpoint.sha256 else "its bytes do not match the recorded sha256"


def _chunks(checkpoint: Checkpoint) -> Iterator[bytes]:
    table = CheckpointChunk._meta.db_table
    query = f"COPY (SELECT data FROM {table} WHERE checkpoint_id = {int(checkpoint.pk)} ORDER BY sequence)"  # noqa: S608 - an integer
    with connection.cursor() as cursor, cursor.copy(f"{query} TO STDOUT (FORMAT BINARY)") as copy:
        copy.set_types(["bytea"])
        for (data,) in copy.rows():
            yield data


def _why_empty(checkpoint: Checkpoint) -> str:
    checkpoint.refresh_from_db(fields=["pruned", "status"])
    if checkpoint.status == Checkpoint.Status.REJECTED:
        return "it was refused, and what may never serve keeps its reasons, not its bytes"
    if checkpoint.pruned:
        return f"its bytes were let go on {checkpoint.pruned:%Y-%m-%d}: only the newest versions keep them"
    return "its bytes are missing; they do not match the recorded sha256"
