"""Words for a box: a name of any script and length, cleaned and broken into lines that fit.

Pure, and nothing here can measure a font: widths are estimates of a generous bold face, so that real
text stays in its place.
"""

import unicodedata
from dataclasses import dataclass
from itertools import pairwise

LEADING = 1.14  # em between baselines
MAX_MARKS = 3  # drawn on one letter: Vietnamese, Thai and pointed Hebrew need no more, and more reach other lines
SIZES = (36.0, 32.0, 28.0, 25.0, 22.0, 19.0, 16.5, 14.0, 12.0)
ELLIPSIS = "…"


@dataclass(frozen=True)
class Setting:
    """Text broken into lines of one size, in the units of the box."""

    size: float
    lines: tuple[str, ...]


def clean(text: str) -> str:
    """One line of printable text: no control characters, nothing XML has no place for, single spaces, and at most
    MAX_MARKS marks on a letter.
    """
    text = "".join(" " if _is_unprintable(c) else c for c in text.translate(_BIDI_CONTROLS))
    return " ".join(calm(text).split())


def calm(text: str) -> str:
    """The text with at most MAX_MARKS marks on a letter."""
    kept, n_marks = [], 0
    for character in text:
        category = unicodedata.category(character)
        if category in ("Mn", "Me"):
            n_marks += 1
        elif category != "Cf":  # a joiner begins no letter
            n_marks = 0
        if n_marks <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def _is_unprintable(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs") or character in "\ufffe\uffff"


def is_right_to_left(text: str) -> bool:
    """The direction of the first letter that has one (rule P2 of the Unicode algorithm)."""
    directions = (unicodedata.bidirectional(c) for c in text)
    return next((d != "L" for d in directions if d in ("L", "R", "AL")), False)


def is_latin(text: str) -> bool:
    return all(c < "\u0250" or not c.isalpha() for c in text)


def width_of(text: str) -> float:
    """Estimated width in em."""
    return sum(map(_width_of_character, text))


def fit(text: str, *, width: float, height: float) -> Setting:
    """`text` in the largest of SIZES that fits the box, in lines of even length.

    A word is broken only at the smallest size, and what is too much even there ends in an ellipsis.
    """
    tokens = _tokens(text)
    for size in SIZES:
        room = width / size
        lines = _wrap(tokens, room)
        if len(lines) <= _n_lines(height, size) and all(width_of(line) <= room for line in lines):
            return Setting(size, _even(tokens, room, len(lines)))
    room, n_lines = width / SIZES[-1], _n_lines(height, SIZES[-1])
    lines = _wrap([piece for token in tokens for piece in _broken(token, room)], room)
    if len(lines) > n_lines:
        lines = [*lines[: n_lines - 1], _cut(lines[n_lines - 1], room)]
    return Setting(SIZES[-1], tuple(lines))


_BIDI_CONTROLS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_THIN = frozenset("iIjlt.,:;'’!|()[]/‘-–· ")
_BROAD = frozenset("mwMWQOG@%&—…")


def _width_of_character(character: str) -> float:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(character) in ("W", "F"):
        return 1.0
    if character in _THIN:
        return 0.36
    if character in _BROAD:
        return 0.92
    return 0.74 if character.isupper() else 0.58


def _n_lines(height: float, size: float) -> int:
    return max(1, int(height / (size * LEADING)))


def _tokens(text: str) -> list[str]:
    """Pieces that stay whole, each with the space before it; ideographs may part anywhere."""
    tokens: list[str] = []
    for word in text.split():
        start = " " if tokens else ""
        tokens += [start + word[0], *word[1:]] if any(map(_parts_anywhere, word)) else [start + word]
    return tokens


def _parts_anywhere(character: str) -> bool:
    """Chinese characters and kana; Korean is written with spaces, and breaks at them."""
    return "\u3040" <= character <= "\u30ff" or "\u3400" <= character <= "\u9fff"


def _wrap(tokens: list[str], room: float) -> list[str]:
    lines: list[str] = []
    for token in tokens:
        if lines and width_of(lines[-1] + token) <= room:
            lines[-1] += token
        else:
            lines.append(token.lstrip())
    return lines


def _even(tokens: list[str], room: float, n_lines: int) -> tuple[str, ...]:
    """The narrowest column that needs no more lines: no single word under a full line."""
    narrowest = max((width_of(token.lstrip()) for token in tokens), default=0.0)
    columns = [
        narrowest,
        *(tenths / 10 for tenths in range(int(narrowest * 10) + 1, int(room * 10) + 1)),
        room,
    ]
    settings = (_wrap(tokens, column) for column in columns)
    return next(tuple(lines) for lines in settings if len(lines) <= n_lines)


def _broken(token: str, room: float) -> list[str]:
    """The token in pieces no wider than the room, never parted before a combining mark."""
    if width_of(token.lstrip()) <= room:
        return [token]
    cuts = [0]
    for i, character in enumerate(token):
        if unicodedata.category(character)[0] != "M" and width_of(token[cuts[-1] : i + 1].lstrip()) > room:
            cuts.append(i)
    return [token[start:end] for start, end in pairwise([*cuts, len(token)])]


def _cut(line: str, room: float) -> str:
    while line and width_of(line + ELLIPSIS) > room:
        line = line[:-1]
    return line.rstrip() + ELLIPSIS
