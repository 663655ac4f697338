"""What is worked out once for each catalogue that this process serves: an import makes another index."""

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import TypeVar

from recommender.ml.index import CatalogIndex

T = TypeVar("T")


def once_per_index(compute: Callable[[CatalogIndex], T]) -> Callable[[CatalogIndex], T]:
    """Keeps the answer for the newest index alone; who asks meanwhile waits."""
    lock = Lock()
    kept: list[tuple[CatalogIndex, T]] = []

    @wraps(compute)
    def answer(index: CatalogIndex) -> T:
        with lock:
            if not kept or kept[0][0] is not index:
                kept[:] = [(index, compute(index))]
            return kept[0][1]

    return answer
