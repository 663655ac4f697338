"""The forms of a name: every spelling under which a title or a person is looked up.

A form is a key without spaces, so that a lost or added space is no mistake, and remembers where
its words begin. It corrects no letters; `slips` does.
"""

import re
from collections.abc import Sequence
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

from recommender.ml.names.folding import fold, readings, without_article

# Words that people leave out or mix up.
SMALL_WORDS = frozenset("the a an of and in on at to for from with by or".split())
_MARKERS = frozenset({"part", "pt", "episode", "chapter", "volume", "vol"})  # before a numeral: "part 2"
_PARTS = re.compile(r":(?=\s|$)|\s[-–—/|]\s")
MAX_LETTERS = 255  # of a form; what is longer is cut
MIN_SUBTITLE_LETTERS = 7


class Kind(IntEnum):
    """How a form came from its name, the most literal first."""

    NAME = 0  # as written; an article at either end may be missing
    NAME_READ = 1  # numerals and short forms read, "part 2" as "2"
    ALIAS = 2
    ALIAS_READ = 3
    MAIN = 4  # what stands before a colon or a dash
    SUBTITLE = 5  # what stands after it
    BARE = 6  # without small words


class Form(NamedTuple):
    """words: those that the key, their letters without spaces, is made of."""

    kind: Kind
    words: tuple[str, ...]


def forms_of_names(names: Sequence[str], *, whole: bool = False) -> dict[str, Form]:
    """{key: form} of one title: names[0] is its name, the others are aliases.

    whole: no parts of a name and nothing left out, for names that have neither, as of people.
    """
    found: dict[str, Form] = {}
    for place, name in enumerate(names):
        written = fold(name).split()
        _add_readings(found, written, Kind.ALIAS if place else Kind.NAME)
        if not whole:
            _add_bare(found, written)
            if _PARTS.search(name):
                _add_parts(found, name)
    return found


def forms_of_query(text: str) -> dict[str, Form]:
    """{key: form} of what somebody typed, the most literal first: a NAME is what stands there."""
    found: dict[str, Form] = {}
    written = fold(text).split()
    _add_readings(found, written, Kind.NAME)
    _add_bare(found, written)
    return found


def word_ends(words: Sequence[str]) -> int:
    """Bit n is set where a word ends after n letters, n < 64; the spacing of a key in one number."""
    bits = length = 0
    for word in words:
        length += len(word)
        bits |= 1 << length
    return bits & (2**64 - 1)


def words_of(key: str, ends: int) -> list[str]:
    """The words of a key that is spaced so; what lies beyond 63 letters is one word."""
    cuts = [0, *(n for n in range(1, min(len(key), 64)) if ends >> n & 1), len(key)]
    return [key[start:end] for start, end in pairwise(cuts)]


def _add_readings(found: dict[str, Form], written: list[str], kind: Kind) -> None:
    for reading in readings(written):
        as_written = reading is written
        for loose in without_article(reading):
            _add(found, kind if as_written else Kind(kind + 1), loose)
            if (unmarked := _without_markers(loose)) != loose:
                _add(found, Kind(kind + 1), unmarked)


def _add_bare(found: dict[str, Form], written: list[str]) -> None:
    """At least two words must remain: "Up in the Air" is not "up air", and "To Live" is not "live"."""
    read = _without_markers(readings(written)[0])
    bare = [word for word in read if word not in SMALL_WORDS]
    if 2 <= len(bare) < len(read):
        _add(found, Kind.BARE, bare)


def _add_parts(found: dict[str, Form], name: str) -> None:
    for cut in _PARTS.finditer(name):
        main, subtitle = fold(name[: cut.start()]).split(), fold(name[cut.end() :]).split()
        if main[-1:] == ["or"]:  # "Dr. Strangelove or: …"
            main.pop()
        for reading in readings(main):
            for loose in without_article(_without_markers(reading)):
                _add(found, Kind.MAIN, loose)
        _add_bare(found, main)
        for loose in without_article(readings(subtitle)[0]):
            if len(loose) > 1 and len("".join(loose)) >= MIN_SUBTITLE_LETTERS:
                _add(found, Kind.SUBTITLE, loose)


def _without_markers(words: list[str]) -> list[str]:
    """ "kill bill vol 2" as "kill bill 2": people seldom type the word before the number."""
    if _MARKERS.isdisjoint(words):
        return words
    return [
        word
        for place, word in enumerate(words)
        if not (place and word in _MARKERS and "".join(words[place + 1 : place + 2]).isdigit())
    ]


def _add(found: dict[str, Form], kind: Kind, words: Sequence[str]) -> None:
    key = "".join(words)[:MAX_LETTERS]
    if key and (key not in found or found[key].kind > kind):
        found[key] = Form(kind, tuple(words))
