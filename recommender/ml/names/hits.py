"""What a look-up of a name finds."""

from dataclasses import dataclass
from enum import IntEnum


class Match(IntEnum):
    """How a title's name matches what was typed, the best first."""

    EXACT = 0
    PREFIX = 1
    TYPO = 2


@dataclass(frozen=True)
class TitleHit:
    """A title whose name the query means.

    row: in the index. similarity: in [0, 1], of the letters, 1 = the same. confidence: in [0, 1], how
    probable it is that this title is meant.
    """

    row: int
    similarity: float
    match: Match = Match.TYPO
    confidence: float = 1.0
