"""What real people rated and when, as rows of the catalogue, and who is asked about what."""

import csv
import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Histories:
    """R choices, sorted by person and time. people, titles: int64[R], titles are rows. times: float64[R], seconds."""

    people: NDArray[np.int64]
    titles: NDArray[np.int64]
    times: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.people)

    def of(self, kept: NDArray[np.bool_]) -> "Histories":
        return Histories(self.people[kept], self.titles[kept], self.times[kept])

    def from_newest(self) -> NDArray[np.int64]:
        """How many newer choices the same person has, int64[R]."""
        ends = np.searchsorted(self.people, self.people, side="right")
        return np.asarray(ends - 1 - np.arange(len(self)), np.int64)

    def each(self) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.float64]]]:
        """Person, titles and times, the oldest first."""
        starts = np.flatnonzero(np.append(True, np.diff(self.people) != 0))
        for start, end in zip(starts, np.append(starts[1:], len(self)), strict=True):
            yield int(self.people[start]), self.titles[start:end], self.times[start:end]

    def matrix(self, n_titles: int) -> sparse.csr_array:
        """1 for each choice, [people, titles]."""
        shape = (int(self.people.max(initial=-1)) + 1, n_titles)
        return sparse.csr_array((np.ones(len(self), np.float32), (self.people, self.titles)), shape=shape)


@dataclass(frozen=True)
class Case:
    """One person who knows some films, the oldest first, and what they chose next, at a time in seconds."""

    known: NDArray[np.int64]
    times: NDArray[np.float64]
    target: int
    moment: float


def read(path: Path, row_of: dict[str, int]) -> Histories:
    """Raises FileNotFoundError. Rows of one second stay in the order of the file, which says no more."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["item_id"] in row_of]
    names = {name: number for number, name in enumerate(dict.fromkeys(row["user_id"] for row in rows))}
    people = np.array([names[row["user_id"]] for row in rows], np.int64)
    times = np.array([row["timestamp"] for row in rows], np.float64)
    order = np.lexsort((np.arange(len(rows)), times, people))
    return Histories(people[order], np.array([row_of[row["item_id"]] for row in rows], np.int64)[order], times[order])


def next_films(histories: Histories, *, drop: int = 0) -> tuple[Histories, list[Case]]:
    """Training histories, and a case for all of whom any is left: the newest film once `drop` newer are gone."""
    age = histories.from_newest()
    training = histories.of(age > drop)
    held_out = histories.of(age == drop)
    target = dict(zip(held_out.people.tolist(), zip(held_out.titles, held_out.times, strict=True), strict=True))
    return training, [
        Case(known, times, int(target[person][0]), float(target[person][1]))
        for person, known, times in training.each()
    ]


def new_people(histories: Histories, n_known: Sequence[int]) -> dict[int, list[Case]]:
    """For each n the same people and films: the newest film of all who have enough, knowing the n before it."""
    enough = [(titles, times) for _, titles, times in histories.each() if len(titles) > max(n_known)]
    return {
        n: [
            Case(titles[-1 - n : -1], times[-1 - n : -1], int(titles[-1]), float(times[-1]))
            for titles, times in enough
        ]
        for n in n_known
    }


def ranks(scores: NDArray[np.float32], cases: Sequence[Case]) -> NDArray[np.float64]:
    """How many titles stand above each target, float64[cases], known ones left out and ties shared. Overwrites."""
    for place, case in enumerate(cases):
        scores[place, case.known] = -np.inf
    mine = scores[np.arange(len(cases)), [case.target for case in cases]][:, None]
    return np.asarray((scores > mine).sum(axis=1) + ((scores == mine).sum(axis=1) - 1) / 2, np.float64)


def hits(of_ranks: NDArray[np.float64], k: int = 10) -> NDArray[np.float64]:
    return (of_ranks < k).astype(np.float64)


def gains(of_ranks: NDArray[np.float64], k: int = 10) -> NDArray[np.float64]:
    """nDCG@k where one title is right."""
    return np.where(of_ranks < k, 1 / np.log2(of_ranks + 2), 0)
