"""Initials that people use for a famous name: "lotr" for "The Lord of the Rings"."""

import re
from collections.abc import Iterable

from recommender.ml.names.folding import ARTICLES, fold

LEAST_WORDS = 3  # small ones count; two initials mean too much
LENGTHS = range(LEAST_WORDS, 6)  # letters of what is taken for initials
_SUBTITLE = re.compile(r":(?=\s|$)|\s[-–—/|]\s")


def initials(name: str) -> set[str]:
    """The initials of a name, of the part before its subtitle, and of both without the first article."""
    found = set()
    for part in (name, _SUBTITLE.split(name, maxsplit=1)[0]):
        words = fold(part).split()
        for said in (words, words[1:] if words[:1] and words[0] in ARTICLES else []):
            letters = "".join(word[0] for word in said)
            if len(said) in LENGTHS and letters.isalpha():
                found.add(letters)
    return found


def acronyms(names: Iterable[tuple[int, str]]) -> dict[str, list[int]]:
    """{initials: rows} of (row, name) pairs, the rows in their order."""
    found: dict[str, list[int]] = {}
    for row, name in names:
        for letters in initials(name):
            found.setdefault(letters, []).append(row)
    return found
