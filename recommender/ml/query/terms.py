"""The filter words of a query, found before they are understood, and how they stand to each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from recommender.ml.query import lexicon
from recommender.ml.query.tokens import Said

MAX_LISTED = 8  # terms in one list

_JOINTS = frozenset({",", "and", "or", "nor"})
# What may follow an adjective of origin without being what it describes.
_AFTER_ORIGIN = frozenset(
    "from with about under over before after since until starring directed by but not no without that like on for "
    "where featuring please or and ,".split()
)
_BEFORE_ORIGIN = (lexicon.FILLERS | lexicon.SOFT) - {"a", "an"}  # "an american" is a person


@dataclass(frozen=True, slots=True)
class Term:
    """type: "genre", "kind", "origin" or "fixed". key: its stems. [first, last): its tokens."""

    type: str
    key: str
    first: int
    last: int


class Terms:
    """The terms by the token they start at, found from left to right, the longest first.

    taken: by token, whether another reading has it already.
    """

    def __init__(self, said: Said, taken: Sequence[bool]) -> None:
        self._said, self._taken = said, taken
        self._words = [token.word for token in said.tokens]
        self._stems = [token.stem for token in said.tokens]
        self._at = {term.first: term for term in self._find()}
        self._filter_ends = {term.last for term in self._at.values() if term.type in ("genre", "kind")}

    def _find(self) -> Iterator[Term]:
        at = 0
        while at < len(self._stems):
            length = 0 if self._taken[at] else lexicon.TERMS.at(self._stems, at)
            if length and not any(self._taken[at : at + length]):
                key = " ".join(self._stems[at : at + length])
                yield Term(_type(key), key, at, at + length)
            at += length or 1

    def at(self, index: int) -> Term | None:
        return self._at.get(index)

    def listed(self, index: int, most: int = MAX_LISTED) -> list[Term]:
        """The terms of one type from here on, side by side or joined by "and", "or" or a comma."""
        items = [self._at[index]] if index in self._at else []
        while items and len(items) < most:
            start = items[-1].last
            while start < len(self._words) and start < items[-1].last + 2 and self._words[start] in _JOINTS:
                start += 1
            following = self._at.get(start)
            if following is None or following.type != items[0].type or self._said.is_excluded(start):
                break
            items.append(following)
        return items

    def joints(self, items: Sequence[Term]) -> set[str]:
        """The words between the terms of a list."""
        return {self._words[i] for one, two in pairwise(items) for i in range(one.last, two.first)}

    def is_described(self, index: int, depth: int = 0) -> bool:
        """Whether here begins what an adjective describes: a kind or a genre, perhaps of a certain sort."""
        if depth > MAX_LISTED or index >= len(self._stems):
            return False
        term = self._at.get(index)
        if term is None:
            return self._stems[index] in lexicon.SUBGENRES and self.is_described(index + 1, depth + 1)
        if term.type == "fixed":
            return False
        genre = lexicon.GENRES.get(term.key)
        if term.type == "kind" or (genre and (genre.strict or genre.firm)):
            return True
        return self.is_described(term.last, depth + 1)

    def is_start(self, index: int) -> bool:
        """Whether an adjective of origin here follows nothing that it could belong to."""
        if index == 0 or self._taken[index - 1] or index in self._filter_ends:
            return True
        return self._words[index - 1] in _BEFORE_ORIGIN

    def is_end(self, index: int) -> bool:
        """Whether what is said before here ends: with the text, another filter, or a word that starts something."""
        if index >= len(self._words) or self._taken[index] or self._words[index] in _AFTER_ORIGIN:
            return True
        return index in self._at and self._at[index].type != "fixed"


def _type(key: str) -> str:
    for name, keys in (("fixed", lexicon.FIXED), ("genre", lexicon.GENRES), ("kind", lexicon.KINDS)):
        if key in keys:
            return name
    return "origin"
