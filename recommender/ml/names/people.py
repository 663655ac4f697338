"""Which person a text names: a full name, a well-known surname, or either with a slip."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.ml.names.folding import fold
from recommender.ml.names.titles import TitleIndex

MIN_SURNAME_LENGTH = 5  # letters; shorter ones are words too often
MIN_FUZZY_LENGTH = 7
DOMINANCE = 3.0  # a surname alone means its best-known bearer where nobody else has a third of the weight,
WELL_KNOWN = 0.05  # and who has this share of the largest weight of all
MIN_SIMILARITY = 0.8  # one slip in five letters
_SUFFIXES = frozenset("jr sr ii iii iv".split())
_PARTICLES = frozenset("al ben da de del della den der di du el la le mc st van von".split())


@dataclass(frozen=True)
class PeopleIndex:
    """P people in row order. weight: float32[P], how well known each is, on any scale.

    surnames: S that name one person each. bearers: int32[S], who that is.
    """

    names: TitleIndex
    weight: NDArray[np.float32]
    surnames: TitleIndex
    bearers: NDArray[np.int32]

    @classmethod
    def build(cls, names: Sequence[str], weight: NDArray[np.float32]) -> "PeopleIndex":
        bearers = defaultdict[str, list[int]](list)
        for person, name in enumerate(names):
            for surname in _surnames(name):
                bearers[surname].append(person)
        dominant: dict[str, int] = {}
        least = WELL_KNOWN * max(weight, default=0.0)
        for surname, people in bearers.items():
            best, *others = sorted(people, key=lambda person: (-weight[person], person))
            if weight[best] >= max(least, DOMINANCE * weight[others[0]] if others else 0.0):
                dominant[surname] = best
        return cls(
            names=TitleIndex.build([_spellings(name) for name in names], whole=True),
            weight=np.asarray(weight, np.float32),
            surnames=TitleIndex.build([[surname] for surname in dominant], whole=True),
            bearers=np.array(list(dominant.values()), np.int32),
        )

    def find(self, text: str, *, fuzzy: bool = False) -> int | None:
        """The row of the one person that the text names; None if it names nobody, or nobody in particular.

        A full name of two words or more, of namesakes the best-known; else a surname, or an only name,
        of at least MIN_SURNAME_LENGTH letters whose best-known bearer is WELL_KNOWN and outweighs every
        other DOMINANCE times. fuzzy: where nothing fits exactly, with one slip in five letters, but not
        in the first.
        """
        written = fold(text).split()
        if len(written) > 1 and (rows := self.names.exact(text, self.weight)):
            return rows[0]
        if rows := self.surnames.exact(text):
            return int(self.bearers[rows[0]])
        if not fuzzy or sum(map(len, written)) < MIN_FUZZY_LENGTH:
            return None
        index, people = (self.names, None) if len(written) > 1 else (self.surnames, self.bearers)
        best: dict[int, float] = {}
        for near in index.near(text, MIN_SIMILARITY):
            if near.key[0] == near.typed[0]:
                for row in index.rows_of(near):
                    person = row if people is None else int(people[row])
                    best[person] = max(best.get(person, 0.0), near.similarity)
        return min(best, key=lambda person: (-best[person], -self.weight[person]), default=None)


def _spellings(name: str) -> list[str]:
    """A name with and without "Jr."."""
    first, _, last = name.rpartition(" ")
    return [name, first] if first and fold(last) in ("jr", "sr") else [name]


def _surnames(name: str) -> Iterator[str]:
    """The last name, alone and with what belongs to it: "De Niro", "Day-Lewis"; "Cher" has only that one."""
    words = [word for part in name.split() if (word := fold(part)) and word not in _SUFFIXES]
    for length in range(1, len(words) + 1):
        surname = " ".join(words[-length:])
        if len(surname.replace(" ", "")) >= MIN_SURNAME_LENGTH:
            yield surname
        if words[-length - 1 : -length or None][:1] and words[-length - 1] in _PARTICLES:
            continue
        return
