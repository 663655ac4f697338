"""The values of one field of the catalogue, and which titles have them.

Two sparse arrays say it, one from value to titles and one from title to values. Many values are
looked up in the sorted labels themselves, so a million people map from files without parsing.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.ml.names.folding import fold
from recommender.ml.strings import StringTable

FEW = 1_000  # values; up to here a dict is made at the first look-up, as an adjective may mean fifty countries


@dataclass(frozen=True)
class ValueTable:
    """V values in order of their folds, and N titles.

    labels: V values as they are shown. starts int64[V + 1], rows int32[…]: the titles of each
    value, ascending. row_starts int64[N + 1], values int32[…]: the values of each title, ascending.
    """

    labels: StringTable
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    row_starts: NDArray[np.int64]
    values: NDArray[np.int32]

    @classmethod
    def build(cls, titles: Sequence[Sequence[str]]) -> "ValueTable":
        """titles: what each title has, in any order, repetitions allowed.

        Spellings that fold alike are one value, shown as it is spelt most often. What folds to
        nothing is left out.
        """
        spelling_ids: dict[str, int] = {}
        mentions = np.array(
            [spelling_ids.setdefault(value, len(spelling_ids)) for title in titles for value in title], np.int64
        )
        row = np.repeat(np.arange(len(titles)), [len(title) for title in titles])
        label_of: dict[str, str] = {}
        n_mentions = np.bincount(mentions, minlength=len(spelling_ids)).tolist()
        folds = [fold(spelling) for spelling in spelling_ids]
        for _, spelling, folded in sorted(zip([-n for n in n_mentions], spelling_ids, folds, strict=True)):
            label_of.setdefault(folded, spelling)
        label_of.pop("", None)
        places = {folded: place for place, folded in enumerate(sorted(label_of))}
        value = np.array([places.get(folded, -1) for folded in folds], np.int64)[mentions]
        pairs = np.unique((value * len(titles) + row)[value >= 0])  # sorted by value, then by row
        value, row = np.divmod(pairs, max(1, len(titles)))
        return cls(
            labels=StringTable.of([label_of[folded] for folded in places]),
            starts=_starts(value, len(places)),
            rows=row.astype(np.int32),
            row_starts=_starts(row, len(titles)),
            values=value[np.argsort(row, kind="stable")].astype(np.int32),
        )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def n_titles(self) -> int:
        return len(self.row_starts) - 1

    def find(self, value: str) -> int | None:
        """The place of a value however it is spelt, None if no title has it: 60 µs among a million."""
        folded = fold(value)
        if len(self) <= FEW:
            return self._places.get(folded)
        place = bisect_left(self.labels, folded, key=fold)
        return place if place < len(self) and fold(self.labels[place]) == folded else None

    @cached_property
    def _places(self) -> dict[str, int]:
        return {fold(label): place for place, label in enumerate(self.labels)}

    @cached_property
    def rarity(self) -> NDArray[np.float32]:
        """float32[V]: log(N / number of titles that have the value)."""
        n_titles = np.maximum(1, np.diff(self.starts))
        return np.log(max(1, self.n_titles) / n_titles).astype(np.float32)

    @cached_property
    def summed_rarity(self) -> NDArray[np.float32]:
        """float32[N]: over the values of each title."""
        sums = np.concatenate([[0.0], np.cumsum(self.rarity[self.values], dtype=np.float64)])
        return np.diff(sums[self.row_starts]).astype(np.float32)

    def of(self, row: int) -> NDArray[np.int32]:
        """The values of a title, ascending."""
        return self.values[self.row_starts[row] : self.row_starts[row + 1]]

    def having(self, value: int) -> NDArray[np.int32]:
        """The titles that have the value at this place, ascending."""
        return self.rows[self.starts[value] : self.starts[value + 1]]

    def titles_with(self, *values: str) -> NDArray[np.bool_]:
        """bool[N]: the titles that have at least one of the values."""
        found = np.zeros(self.n_titles, np.bool_)
        for value in values:
            if (place := self.find(value)) is not None:
                found[self.rows[self.starts[place] : self.starts[place + 1]]] = True
        return found

    def is_known(self) -> NDArray[np.bool_]:
        """bool[N]: the titles that have any value at all."""
        return np.diff(self.row_starts) > 0

    def most_frequent(self, rows: NDArray[np.int64], limit: int) -> list[tuple[str, int]]:
        """(label, number of these titles), the most frequent first, then by label.

        rows: each title at most once.
        """
        value, n = self._counted(rows)
        if 0 < limit < len(value):  # a million people are cut before they are sorted
            at_least = np.partition(n, len(n) - limit)[len(n) - limit]
            value, n = value[n >= at_least], n[n >= at_least]
        order = np.lexsort((value, -n))[:limit]
        return [(self.labels[int(value[place])], int(n[place])) for place in order]

    def _counted(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(places of values, number of titles > 0) int64 each, places ascending."""
        if len(rows) == self.n_titles:
            n_all = np.diff(self.starts)
            return np.flatnonzero(n_all), n_all[n_all > 0]
        starts, ends = self.row_starts[rows], self.row_starts[rows + 1]
        lengths = ends - starts
        first = np.cumsum(lengths) - lengths  # where each title's values begin in `found`
        found = self.values[np.repeat(starts - first, lengths) + np.arange(lengths.sum())]
        if len(found) < len(self):
            return np.unique(found, return_counts=True)
        n = np.bincount(found, minlength=len(self))
        return np.flatnonzero(n), n[n > 0]


def _starts(groups: NDArray[np.int64], n_groups: int) -> NDArray[np.int64]:
    """int64[n_groups + 1]: where each group begins when the members are sorted by group."""
    starts = np.zeros(n_groups + 1, np.int64)
    np.cumsum(np.bincount(groups, minlength=n_groups), out=starts[1:])
    return starts
