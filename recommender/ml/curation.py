"""What editors say of results, as one immutable object: rules for queries, and words that mean the same.

Nothing here knows who wrote a rule or until when it holds: `recommender.curation` reads those in force and hands them
over. Without any, each question to a `Curation` is answered before a word is looked at.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recommender.ml.index import CatalogIndex

MAX_REWORDINGS = 3  # of one text; each is one more to be embedded

Match = Literal["exact", "contains", "any"]
Action = Literal["pin", "lift", "hide"]


@dataclass(frozen=True)
class Rule:
    """One title and the queries that it concerns. text: folded, "" of a rule for any query. place: of a pin, from 1
    on. points: of a lift, what is added to the score.
    """

    match: Match
    text: str
    action: Action
    title_id: int
    place: int = 0
    points: float = 0.0


@dataclass(frozen=True)
class Synonyms:
    """words: folded, each of one word or several. is_one_way: the first also means the others, not they the first."""

    words: tuple[str, ...]
    is_one_way: bool = False


@dataclass(frozen=True)
class Acts:
    """What the rules for one query come to, by title id. pins: (title, place wished for), by age of the rule.

    certain: pinned for exactly this text, so that what is read from it as a filter does not stop them.
    """

    pins: tuple[tuple[int, int], ...] = ()
    lifts: Mapping[int, float] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()
    certain: frozenset[int] = frozenset()


NO_ACTS = Acts()


@dataclass(frozen=True, eq=False)
class Curation:
    """rules: the oldest first. synonyms: as well. All that is asked of it takes folded text. Equal only to itself, so
    that an answer which was made with it can be kept by it.
    """

    rules: tuple[Rule, ...] = ()
    synonyms: tuple[Synonyms, ...] = ()

    def acts(self, *texts: str) -> Acts:
        """What holds for a query. texts: however it is read, as typed and as corrected.

        Lifts of one title add up. Of two pins of one title the older counts; who is hidden is not pinned.
        """
        if not self.rules:
            return NO_ACTS
        found = sorted({number for text in texts for number in self._concerned(text)})
        rules = [self.rules[number] for number in found]
        hidden = frozenset(rule.title_id for rule in rules if rule.action == "hide")
        pins: dict[int, int] = {}
        lifts: dict[int, float] = defaultdict(float)
        for rule in rules:
            if rule.action == "lift":
                lifts[rule.title_id] += rule.points
            elif rule.action == "pin" and rule.title_id not in hidden:
                pins.setdefault(rule.title_id, rule.place)
        certain = frozenset(rule.title_id for rule in rules if rule.action == "pin" and rule.match == "exact")
        return Acts(tuple(pins.items()), dict(lifts), hidden, certain)

    @cached_property
    def unpinned(self) -> "Curation":
        """For an order in which no place is better than another; itself where nothing is pinned."""
        kept = tuple(rule for rule in self.rules if rule.action != "pin")
        return self if len(kept) == len(self.rules) else Curation(kept, self.synonyms)

    def hidden_everywhere(self, index: CatalogIndex) -> NDArray[np.bool_] | None:
        """bool[N]: the rows that are hidden for any query, so that no list shows them; None where there are none."""
        return works(index, self._hidden_everywhere) if self._hidden_everywhere else None

    def said(self, text: str) -> list[str]:
        """The words of sets that occur in the text."""
        if not self.synonyms:
            return []
        return [" ".join(said) for said, others in self._parts(text) if others]

    def rewordings(self, text: str) -> list[str]:
        """Other ways to say the text, at most MAX_REWORDINGS: the n-th says each of its words by the n-th of the
        others that mean the same. Empty where no word of a set occurs.
        """
        if not self.synonyms:
            return []
        parts = list(self._parts(text))
        n = min(MAX_REWORDINGS, max((len(others) for _, others in parts), default=0))
        said = [
            " ".join(others[turn] if turn < len(others) else " ".join(words) for words, others in parts)
            for turn in range(n)
        ]
        return list(dict.fromkeys(said))

    def _concerned(self, text: str) -> Iterator[int]:
        """Numbers of the rules that concern a query."""
        yield from self._for_any
        yield from self._exact.get(text, ())
        if self._holding:
            words = tuple(text.split())
            for start, word in enumerate(words):
                for phrase, number in self._holding.get(word, ()):
                    if words[start : start + len(phrase)] == phrase:
                        yield number

    def _parts(self, text: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """(words of the text, what else says the same) from left to right, the longest known phrase at each word."""
        words = tuple(text.split())
        start = 0
        while start < len(words):
            for end in range(min(len(words), start + self._longest), start, -1):
                if others := self._meanings.get(words[start:end], ()):
                    break
            else:
                end, others = start + 1, ()
            yield words[start:end], others
            start = end

    @cached_property
    def _for_any(self) -> tuple[int, ...]:
        return tuple(number for number, rule in enumerate(self.rules) if rule.match == "any")

    @cached_property
    def _exact(self) -> Mapping[str, Sequence[int]]:
        found = defaultdict(list)
        for number, rule in enumerate(self.rules):
            if rule.match == "exact":
                found[rule.text].append(number)
        return dict(found)

    @cached_property
    def _holding(self) -> Mapping[str, Sequence[tuple[tuple[str, ...], int]]]:
        """First word → (all words, number of the rule)."""
        found = defaultdict(list)
        for number, rule in enumerate(self.rules):
            if rule.match == "contains" and (words := tuple(rule.text.split())):
                found[words[0]].append((words, number))
        return dict(found)

    @cached_property
    def _hidden_everywhere(self) -> frozenset[int]:
        return frozenset(rule.title_id for rule in self.rules if (rule.action, rule.match) == ("hide", "any"))

    @cached_property
    def _meanings(self) -> Mapping[tuple[str, ...], tuple[str, ...]]:
        found: dict[tuple[str, ...], tuple[str, ...]] = {}
        for one in self.synonyms:
            for word in one.words[:1] if one.is_one_way else one.words:
                others = [*found.get(tuple(word.split()), ()), *(other for other in one.words if other != word)]
                found[tuple(word.split())] = tuple(dict.fromkeys(others))
        return found

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._meanings), default=0)


NOTHING_SAID = Curation()


def works(index: CatalogIndex, title_ids: Collection[int]) -> NDArray[np.bool_]:
    """bool[N]: these titles and their other listings; unknown ids count for nothing."""
    rows = [row for title_id in title_ids if (row := index.row_of_title.get(title_id)) is not None]
    return np.isin(index.facets.work, index.facets.work[rows])


def either(*masks: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    """bool[N], true where any of them is; None where there are none."""
    there = [mask for mask in masks if mask is not None]
    return np.logical_or.reduce(there) if there else None


def places(pins: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Title or row → place, from 1 on, no place twice. pins: (title or row, place wished for), the oldest first: who
    finds a place taken gets the next that is free.
    """
    found: dict[int, int] = {}
    for pinned, wished in pins:
        found[pinned] = next(place for place in count(wished) if place not in found.values())
    return found


def with_pins(order: NDArray[np.intp], pins: Mapping[int, int]) -> NDArray[np.intp]:
    """The order with each pinned entry at its place; in a list too short for it at the end, so that no gap is left.

    order: intp[n], without the pinned. pins: entry → place, from 1 on, no place twice.
    """
    entries = order.tolist()
    for entry, place in sorted(pins.items(), key=lambda pin: pin[1]):
        entries.insert(place - 1, entry)
    return np.array(entries, np.intp)
