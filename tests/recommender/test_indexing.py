"""The catalogue index on disk: built once per machine and revision, never a foreign one, never half of one."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from catalog.models import CatalogRevision, Title
from recommender.index import embeddings
from recommender.index import on_disk as indexing
from recommender.index.encoders import embedding_fingerprint, encoder
from recommender.ml.index import CatalogIndex
from tests import worlds

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(tmp_path: Path, settings: Any) -> Path:
    settings.STATE_DIR = tmp_path
    return tmp_path / "index"


@pytest.fixture
def n_built(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often an index was built since the test began."""
    build, lock, n = CatalogIndex.build, threading.Lock(), []

    def counted(*arguments: Any) -> CatalogIndex:
        with lock:
            n.append(1)
        return build(*arguments)

    monkeypatch.setattr(CatalogIndex, "build", counted)
    return lambda: len(n)


def directories(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir())


def test_it_works(root: Path, n_built: Callable[[], int]) -> None:
    titles = worlds.plant()
    embeddings.embed_missing(encoder(), embedding_fingerprint())
    index = indexing.current_index()
    assert index.title_ids.tolist() == sorted(title.pk for title in titles)
    assert list(index.names) == [film.name for film in worlds.FILMS]
    assert index.content.any(axis=1).all()
    assert index.prior[0] == 1.0
    again = indexing.current_index()
    assert again.title_ids.tolist() == index.title_ids.tolist()
    assert n_built() == 1


def test_runtime_and_maturity_can_be_filtered(root: Path) -> None:
    titles = worlds.plant()
    Title.objects.filter(pk=titles[3].pk).update(runtime_minutes=117, maturity="R")
    facets = indexing.current_index().facets
    assert facets.runtime.tolist() == [117 if row == 3 else 0 for row in range(len(titles))]
    assert facets.maturity.titles_with("R").tolist() == [row == 3 for row in range(len(titles))]


def test_titles_that_are_not_published_or_not_yet_embedded(root: Path) -> None:
    titles = worlds.plant()
    Title.objects.filter(pk=titles[0].pk).update(is_published=False)
    index = indexing.current_index()
    assert titles[0].pk not in index.row_of_title
    assert len(index) == len(titles) - 1
    assert not index.content.any()


def test_an_empty_catalogue_has_an_index_too(root: Path) -> None:
    assert len(indexing.current_index()) == 0


def test_a_new_revision_is_a_new_index(root: Path, n_built: Callable[[], int]) -> None:
    worlds.plant()
    old = indexing.current_index()
    Title.objects.filter(name="Alien").delete()
    CatalogRevision.bump()
    assert len(indexing.current_index()) == len(old) - 1
    assert len(list(old.names)) == len(old) == len(worlds.FILMS)  # who has mapped the old one goes on reading it
    assert n_built() == 2


@pytest.mark.django_db(transaction=True)
def test_it_is_built_once_for_many_threads(
    root: Path, n_built: Callable[[], int], at_once: Callable[..., list[Any]]
) -> None:
    worlds.plant()
    outcomes = at_once(*[lambda: len(indexing.current_index()) for _ in range(6)])
    assert outcomes == [len(worlds.FILMS)] * 6
    assert n_built() == 1


def test_a_process_that_waited_maps_what_the_other_built(root: Path, n_built: Callable[[], int]) -> None:
    """The file lock is one between processes too; another open file stands for another process."""
    worlds.plant()
    index = indexing.current_index()
    (directory,) = directories(root)
    elsewhere = directory.rename(root.parent / "built-elsewhere")
    locked = threading.Event()

    def other_process() -> None:
        with indexing._locked(root / ".lock"):
            locked.set()
            time.sleep(0.2)
            elsewhere.rename(directory)

    other = threading.Thread(target=other_process)
    other.start()
    locked.wait()
    assert len(indexing.current_index()) == len(index)
    other.join()
    assert n_built() == 1


def test_few_revisions_stay_on_disk(root: Path) -> None:
    worlds.plant()
    for _ in range(4):
        CatalogRevision.bump()
        indexing.current_index()
    kept = [int(path.name.split("-")[0]) for path in directories(root)]
    assert kept == [CatalogRevision.current() - 1, CatalogRevision.current()]


def test_half_built_directories_are_cleaned_away(root: Path) -> None:
    worlds.plant()
    left_over = root / ".building-killed"
    left_over.mkdir(parents=True)
    (left_over / "names.npy").write_bytes(b"half")
    indexing.current_index()
    assert [path.name for path in directories(root)] == [indexing._name(CatalogRevision.current())]


def test_a_build_that_fails_leaves_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worlds.plant()

    def disk_full(_index: CatalogIndex, directory: Path) -> None:
        (directory / "names.npy").write_bytes(b"half")
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(CatalogIndex, "save", disk_full)
        with pytest.raises(OSError, match="disk is full"):
            indexing.current_index()
    assert directories(root) == []
    assert len(indexing.current_index()) == len(worlds.FILMS)


@pytest.mark.parametrize("damage", ["empty", "garbage", "gone"])
def test_an_index_in_pieces_is_built_again(root: Path, n_built: Callable[[], int], damage: str) -> None:
    """A power cut can leave names whose bytes never reached the disk."""
    worlds.plant()
    indexing.current_index()
    (directory,) = directories(root)
    victim = directory / "content.npy"
    victim.unlink()
    if damage != "gone":
        victim.write_bytes(b"" if damage == "empty" else b"\0" * 4096)
    assert len(indexing.current_index()) == len(worlds.FILMS)
    assert n_built() == 2


def test_the_index_of_another_database_is_never_mapped(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = indexing._name(1)
    assert indexing._name(1) == here != indexing._name(2)
    monkeypatch.setattr(indexing, "embedding_fingerprint", lambda: "another encoder")
    assert indexing._name(1) != here


def test_a_database_made_again_under_its_old_name_is_another_one(root: Path) -> None:
    """Its revisions count from the start again, so the number alone would find the old index."""
    before = indexing._name(1)
    table = CatalogRevision._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO the_old_one")
        cursor.execute(f"CREATE TABLE {table} (LIKE the_old_one INCLUDING ALL)")
    assert indexing._name(1) != before
