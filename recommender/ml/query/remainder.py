"""What is left of a query when the readings are taken out: which words still say something."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from recommender.ml.query.lexicon import FILLERS, REFUSALS, SOFT
from recommender.ml.query.tokens import Said

_AROUND = FILLERS | SOFT | REFUSALS


class Span(Protocol):
    """[first, last) of the tokens."""

    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...


def covered(said: Said, spans: Iterable[Span]) -> list[bool]:
    """By token, whether one of the spans has it."""
    taken = [False] * len(said)
    for span in spans:
        taken[span.first : span.last] = [True] * (span.last - span.first)
    return taken


def content(said: Said, taken: Sequence[bool]) -> list[bool]:
    """By token, whether it says something that no reading has: no filler, and no praise of what is read."""
    says = [False] * len(said)
    for i in range(len(said) - 1, -1, -1):
        word = said.tokens[i].word
        follows_content = i and not taken[i - 1] and said.tokens[i - 1].word not in _AROUND  # "feel good"
        before_content = i + 1 < len(said) and says[i + 1]
        praise = word in SOFT and not follows_content and not before_content
        idle = word in FILLERS or praise or (word in REFUSALS and not before_content)
        says[i] = not (taken[i] or idle)
    return says


def rest(said: Said, taken: Sequence[bool]) -> str:
    """The raw text between the readings, without the fillers at the ends of each piece."""
    says = content(said, taken)
    pieces, start = [], 0
    while start < len(said):
        end = start
        while end < len(said) and not taken[end]:
            end += 1
        inner = [i for i in range(start, end) if says[i]]
        if inner:
            pieces.append(said.text[said.tokens[inner[0]].start : said.tokens[inner[-1]].end])
        start = end + 1
    return " ".join(pieces)
