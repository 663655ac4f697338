"""Many strings in two arrays, so that a million titles load by mapping a file, not by parsing."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray


class StringTable(Sequence[str]):
    """Immutable strings: UTF-8 `blob` uint8[bytes], `offsets` int64[n + 1]."""

    def __init__(self, blob: NDArray[np.uint8], offsets: NDArray[np.int64]) -> None:
        self.blob = blob
        self.offsets = offsets

    @classmethod
    def of(cls, strings: Sequence[str]) -> "StringTable":
        encoded = [_encoded(string) for string in strings]
        offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum([len(piece) for piece in encoded], out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> str:  # type: ignore[override]  # slices are not needed
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self._bytes(index).decode("utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        return iter(self.take(range(len(self))))

    def take(self, indices: Iterable[int] | NDArray[np.integer]) -> list[str]:
        """The strings at these places, at a quarter of the price of one by one. Raises IndexError."""
        places = np.fromiter(indices, np.int64) if not isinstance(indices, np.ndarray) else indices
        if len(places) and not 0 <= places.min() <= places.max() < len(self):
            raise IndexError(indices)
        starts, ends = self.offsets[places].tolist(), self.offsets[places + 1].tolist()
        view = self.blob.data
        return [str(view[start:end], "utf-8", "surrogatepass") for start, end in zip(starts, ends, strict=True)]

    def find(self, string: str) -> int | None:
        """The first place that holds `string`, where the strings are sorted."""
        wanted = _encoded(string)
        place = self._place(wanted)
        return place if place < len(self) and self._bytes(place) == wanted else None

    def prefix_range(self, prefix: str) -> tuple[int, int]:
        """(first, end) of the places whose strings begin with `prefix`, where the strings are sorted.

        Python sorts by code point, and so do the bytes of UTF-8; no byte of UTF-8 is 0xFF.
        """
        wanted = _encoded(prefix)
        first = self._place(wanted)
        if first == len(self) or not self._bytes(first).startswith(wanted):
            return first, first
        return first, self._place(wanted + b"\xff", first + 1)

    def _place(self, wanted: bytes, low: int = 0) -> int:
        view, cuts = self.blob.data, self.offsets.data
        return bisect_left(range(len(self)), wanted, low, key=lambda at: bytes(view[cuts[at] : cuts[at + 1]]))

    def _bytes(self, index: int) -> bytes:
        return self.blob[self.offsets[index] : self.offsets[index + 1]].tobytes()


def _encoded(string: str) -> bytes:
    return string.encode("utf-8", "surrogatepass")
