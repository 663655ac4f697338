"""Records of arrays on disk: one .npy for each, mapped back without parsing.

A record is a dataclass whose fields are arrays, string tables or records again.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import numpy as np
from numpy.typing import NDArray

from recommender.ml.strings import StringTable

Record = TypeVar("Record")


def save(record: Any, directory: Path) -> None:
    for name, array in flat(record):
        np.save(directory / f"{name}.npy", array, allow_pickle=False)


def load(kind: type[Record], directory: Path, prefix: str = "") -> Record:
    """Maps the arrays read-only: the pages are shared between processes.

    They come as plain arrays over the mapped bytes, because a `memmap` costs a microsecond more each
    time it is cut. Raises OSError for a missing file, EOFError or ValueError for a broken one.
    """

    def array(name: str) -> NDArray[Any]:
        return np.asarray(np.load(directory / f"{name}.npy", mmap_mode="r", allow_pickle=False))

    def part(name: str, of: Any) -> Any:
        if of is StringTable:
            return StringTable(array(f"{name}.blob"), array(f"{name}.offsets"))
        is_record: bool = is_dataclass(of)
        return load(of, directory, f"{name}.") if is_record else array(name)

    return kind(**{name: part(f"{prefix}{name}", of) for name, of in _types(kind).items()})  # type: ignore[arg-type]


def flat(record: Any, prefix: str = "") -> Iterator[tuple[str, NDArray[Any]]]:
    """(name, array) of everything in a record, the names of inner ones joined by dots."""
    for field in fields(record):
        name, value = f"{prefix}{field.name}", getattr(record, field.name)
        if isinstance(value, StringTable):
            yield from ((f"{name}.blob", value.blob), (f"{name}.offsets", value.offsets))
        elif is_dataclass(value):
            yield from flat(value, f"{name}.")
        else:
            yield name, value


@cache
def _types(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}
