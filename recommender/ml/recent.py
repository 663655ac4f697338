"""The last few results of something dear, for as long as what they were made from is the same."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """At most `size` values by key, the least recently used go first. Safe in threads.

    Everything kept belongs to one owner, an object told by its identity; another one begins anew.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._owner: object = None
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, owner: object, key: K) -> V | None:
        with self._lock:
            if self._owner is not owner or key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def put(self, owner: object, key: K, value: V) -> None:
        with self._lock:
            if self._owner is not owner:
                self._owner = owner
                self._kept.clear()
            self._kept[key] = value
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
