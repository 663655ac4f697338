"""Records on disk: what is saved is what is mapped back, and nothing writes to it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from recommender.ml import arrays
from recommender.ml.strings import StringTable


@dataclass(frozen=True)
class Inner:
    labels: StringTable
    counts: NDArray[np.int32]


@dataclass(frozen=True)
class Middle:
    inner: Inner
    scale: NDArray[np.float16]


@dataclass(frozen=True)
class Outer:
    names: StringTable
    middle: Middle
    inner: Inner  # a second of its kind, under another name
    matrix: NDArray[np.float32]


def inner(*labels: str) -> Inner:
    return Inner(StringTable.of(labels), np.arange(len(labels), dtype=np.int32))


def planted() -> Outer:
    return Outer(
        StringTable.of(["Amélie", "", "\ud800", "七人の侍"]),
        Middle(inner("a", "b"), np.array([0.5], np.float16)),
        inner("c"),
        np.arange(6, dtype=np.float32).reshape(2, 3),
    )


def test_it_works(tmp_path: Path) -> None:
    arrays.save(planted(), tmp_path)
    loaded = arrays.load(Outer, tmp_path)
    assert list(loaded.names) == ["Amélie", "", "\ud800", "七人の侍"]
    assert list(loaded.middle.inner.labels) == ["a", "b"]
    assert list(loaded.inner.labels) == ["c"]
    assert loaded.middle.scale.tolist() == [0.5]
    np.testing.assert_array_equal(loaded.matrix, planted().matrix)
    dtypes = [loaded.matrix.dtype, loaded.middle.scale.dtype, loaded.inner.counts.dtype]
    assert dtypes == [np.float32, np.float16, np.int32]


def test_one_file_holds_one_array(tmp_path: Path) -> None:
    arrays.save(planted(), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "inner.counts.npy", "inner.labels.blob.npy", "inner.labels.offsets.npy", "matrix.npy",
        "middle.inner.counts.npy", "middle.inner.labels.blob.npy", "middle.inner.labels.offsets.npy",
        "middle.scale.npy", "names.blob.npy", "names.offsets.npy",
    ]  # fmt: skip


def test_what_is_loaded_is_mapped_and_cannot_be_written(tmp_path: Path) -> None:
    arrays.save(planted(), tmp_path)
    loaded = arrays.load(Outer, tmp_path)
    for array in (loaded.matrix, loaded.names.blob, loaded.middle.inner.counts):
        assert type(array) is np.ndarray, "cutting a memmap is slow"
        assert isinstance(array.base, np.memmap), "its bytes are those of the file"
        with pytest.raises(ValueError, match="read-only"):
            array[..., 0] = 1


@settings(max_examples=50)
@given(st.lists(st.text(st.characters()), max_size=5), st.integers(0, 4), st.integers(0, 4))
def test_any_strings_and_any_shape_come_back(
    tmp_path_factory: pytest.TempPathFactory, labels: list[str], height: int, width: int
) -> None:
    directory = tmp_path_factory.mktemp("record")
    matrix = np.random.default_rng(0).random((height, width)).astype(np.float32)
    arrays.save(Outer(StringTable.of(labels), planted().middle, inner(*labels), matrix), directory)
    loaded = arrays.load(Outer, directory)
    assert list(loaded.names) == list(loaded.inner.labels) == labels
    np.testing.assert_array_equal(loaded.matrix, matrix)


@pytest.mark.parametrize("name", ["matrix.npy", "names.offsets.npy", "middle.inner.counts.npy"])
@pytest.mark.parametrize(
    "left", [None, b"", b"no array at all", b"\x93NUMPY", 40, -1], ids=["gone", "empty", "text", "cut", "40", "-1"]
)
def test_a_missing_or_broken_file_is_an_error(tmp_path: Path, name: str, left: bytes | int | None) -> None:
    arrays.save(planted(), tmp_path)
    path = tmp_path / name
    if left is None:
        path.unlink()
    else:
        path.write_bytes(left if isinstance(left, bytes) else path.read_bytes()[:left])
    with pytest.raises(OSError if left is None else (EOFError, ValueError)):
        arrays.load(Outer, tmp_path)


def test_pickled_objects_are_never_read(tmp_path: Path) -> None:
    arrays.save(planted(), tmp_path)
    np.save(tmp_path / "matrix.npy", np.array([{"code": "that could run"}]), allow_pickle=True)
    with pytest.raises(ValueError, match="Python objects in dtype"):
        arrays.load(Outer, tmp_path)
