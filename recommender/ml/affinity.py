"""What people chose after what: a sparse table from title to title, and where attention went lately.

`training.ml.affinity` fits it; `recommender.ml.taste` uses it. Immutable, in plain arrays, keyed by title id so that
it outlives a catalogue revision, and never by a person.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NAMES = ("title_ids", "starts", "places", "points", "attended", "attention")
MAX_TITLES = 2**16  # that `places` can tell apart


@dataclass(frozen=True)
class Affinity:
    """T titles with E entries, and M titles that got attention. Points are percentage points.

    title_ids: int64[T], ascending. starts: int64[T + 1], where the entries of each begin. places: uint16[E], the
    place in `title_ids` of the title that an entry is about. points: float16[E], by how much the chance of that
    title to be chosen next rises when the first was chosen just now; negative where it falls.
    attended: int64[M], ascending title ids. attention: float32[M], percent of the next choices that go to each
    whoever chooses; together at most 100, the less the less was seen.
    """

    title_ids: NDArray[np.int64]
    starts: NDArray[np.int64]
    places: NDArray[np.uint16]
    points: NDArray[np.float16]
    attended: NDArray[np.int64]
    attention: NDArray[np.float32]

    @classmethod
    def nothing(cls) -> "Affinity":
        """Of a new site, where nobody chose anything yet."""
        return cls(
            np.zeros(0, np.int64),
            np.zeros(1, np.int64),
            np.zeros(0, np.uint16),
            np.zeros(0, np.float16),
            np.zeros(0, np.int64),
            np.zeros(0, np.float32),
        )

    def __len__(self) -> int:
        """How many titles have entries."""
        return len(self.title_ids)

    @property
    def nbytes(self) -> int:
        return sum(array.nbytes for array in self.to_arrays().values())

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """By the names in NAMES, as a checkpoint keeps them."""
        return {name: getattr(self, name) for name in NAMES}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.generic]]) -> "Affinity":
        """Raises ValueError unless names, dtypes and shapes fit and every number makes sense."""
        if arrays.keys() != set(NAMES):
            raise ValueError(f"an affinity table has {', '.join(NAMES)}, not {', '.join(sorted(arrays))}")
        table = cls(**arrays)  # type: ignore[arg-type]  # checked on the next line
        table.check()
        return table

    def check(self) -> None:
        """Raises ValueError where the arrays are no table, or hold a number that is not finite."""
        like = Affinity.nothing()
        for name in NAMES:
            array, dtype = getattr(self, name), getattr(like, name).dtype
            if array.ndim != 1 or array.dtype != dtype:
                raise ValueError(f"{name} is {array.dtype}{list(array.shape)}, expected {dtype} in one dimension")
        n_titles, n_entries = len(self.title_ids), len(self.places)
        if n_titles > MAX_TITLES:
            raise ValueError(f"{n_titles} titles are more than the {MAX_TITLES} that can be told apart")
        if len(self.points) != n_entries or len(self.attention) != len(self.attended):
            raise ValueError("arrays that belong together differ in length")
        if len(self.starts) != n_titles + 1 or self.starts[0] or self.starts[-1] != n_entries:
            raise ValueError("starts does not divide the entries")
        if (np.diff(self.starts) < 0).any() or (n_entries and int(self.places.max()) >= n_titles):
            raise ValueError("an entry is about no title")
        if (np.diff(self.title_ids) <= 0).any() or (np.diff(self.attended) <= 0).any():
            raise ValueError("title ids are not in ascending order")
        if not (np.isfinite(self.points).all() and np.isfinite(self.attention).all()):
            raise ValueError("it holds a value that is not finite")
        if (self.attention < 0).any() or float(self.attention.sum(dtype=np.float64)) > 100.01:
            raise ValueError("attention is no division of 100 percent")


class AffinityIndex:
    """An `Affinity` bound to the rows of one catalogue index; what the catalogue has no row for is left out.

    Kept as rows of entries like the table itself; numpy is enough for the few rows that one person needs.
    """

    def __init__(self, affinity: Affinity, row_of_title: dict[int, int]) -> None:
        n_rows = len(row_of_title)
        rows = np.array([row_of_title.get(int(t), -1) for t in affinity.title_ids], np.int64)
        source = np.repeat(rows, np.diff(affinity.starts))
        target = rows[affinity.places]
        known = np.flatnonzero((source >= 0) & (target >= 0))
        known = known[np.argsort(source[known], kind="stable")]
        self.n_rows = n_rows
        self.targets, self.points = target[known], affinity.points[known]  # [E']
        self.starts = np.searchsorted(source[known], np.arange(n_rows + 1))
        attended = np.array([row_of_title.get(int(t), -1) for t in affinity.attended], np.int64)
        self.attention = np.zeros(n_rows, np.float32)  # [N], percent
        self.attention[attended[attended >= 0]] = affinity.attention[attended >= 0]

    def toward(self, rows: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Σ_s weights_s · points(s → i), float32[N]. rows, weights: [S]."""
        total = np.zeros(self.n_rows, np.float32)
        for row, weight in zip(rows.tolist(), weights.tolist(), strict=True):
            of = slice(self.starts[row], self.starts[row + 1])
            total[self.targets[of]] += np.float32(weight) * self.points[of].astype(np.float32)
        return total

    def between(self, rows: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.float32]:
        """points(s → i), float32[S, n]. rows: int64[S]. targets: int64[n]."""
        one = np.ones(1, np.float32)
        return np.array([self.toward(np.array([row]), one)[targets] for row in rows.tolist()], np.float32).reshape(
            len(rows), len(targets)
        )
