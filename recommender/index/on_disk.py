"""The catalogue index on disk: built once per revision, mapped by every process of this machine.

Building takes a file lock, so of many processes that want the same revision one works and the
others map what it wrote. A directory appears by renaming, so nobody ever sees half of it.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from catalog.models import CatalogRevision, Title
from recommender.index import embeddings
from recommender.index.encoders import dimension, embedding_fingerprint
from recommender.index.title_texts import title_texts
from recommender.ml.index import FORMAT, CatalogIndex

KEPT = 2  # revisions left on disk; a mapped file stays readable after it is removed


def current_index(revision: int | None = None) -> CatalogIndex:
    """The index of the catalogue as it is now, built if this machine has none yet."""
    revision = CatalogRevision.current() if revision is None else revision
    root = Path(settings.STATE_DIR) / "index"
    directory = root / _name(revision)
    if (index := _load(directory)) is not None:
        return index
    root.mkdir(parents=True, exist_ok=True)
    with _locked(root / ".lock"):
        if (index := _load(directory)) is not None:
            return index
        shutil.rmtree(directory, ignore_errors=True)
        _build(directory)
        _tidy(root, keep=directory)
        return CatalogIndex.load(directory)


def _load(directory: Path) -> CatalogIndex | None:
    """None if it is not there, or in pieces: a power cut can lose what was renamed but not yet written."""
    try:
        return CatalogIndex.load(directory)
    except (OSError, EOFError, ValueError):
        return None


def _name(revision: int) -> str:
    """Different for every database, encoder and array format: a foreign index is never mapped.

    A database that was dropped and made again has the old name and counts from the same revision,
    but its tables have other oids.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT concat_ws('/', system_identifier, current_database(), %s::regclass::oid)"
            " FROM pg_control_system()",
            [CatalogRevision._meta.db_table],
        )
        (database,) = cursor.fetchone()
    key = hashlib.sha256(f"{database}/{embedding_fingerprint()}/{FORMAT}".encode()).hexdigest()[:12]
    return f"{revision:08d}-{key}"


def _build(directory: Path) -> None:
    ids = list(Title.objects.published().order_by("pk").values_list("pk", flat=True))
    popularity = dict(Title.objects.filter(pk__in=ids).values_list("pk", "popularity"))
    known = dict(title_texts(ids))
    ids = [pk for pk in ids if pk in known]
    content = embeddings.vectors(ids, embedding_fingerprint(), dimension())
    index = CatalogIndex.build(ids, [known[pk] for pk in ids], content, [popularity[pk] for pk in ids])
    scratch = Path(tempfile.mkdtemp(dir=directory.parent, prefix=".building-"))
    try:
        index.save(scratch)
        os.rename(scratch, directory)  # noqa: PTH104 - a directory, moved at once
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def _tidy(root: Path, *, keep: Path) -> None:
    for left_over in root.glob(".building-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    others = sorted((path for path in root.iterdir() if path.is_dir() and path != keep), key=_age)
    for old in others[: -(KEPT - 1)]:
        shutil.rmtree(old, ignore_errors=True)


def _age(path: Path) -> float:
    return path.stat().st_mtime


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
