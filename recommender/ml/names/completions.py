"""Names that go on from what was typed, at their start or at the start of any word in them.

Every place where a word begins is a "head": the next ten letters as one number. Sorted, the heads
that begin with what was typed are a range, found by binary search; with one slip they are a few
hundred ranges. The most famous of a range come from the maxima of its blocks, so "s" costs no
more than "schindl".
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from recommender.ml.names.folding import ARTICLES
from recommender.ml.names.forms import SMALL_WORDS, Kind
from recommender.ml.names.titles import TitleIndex

HEAD_LETTERS = 10
BITS = 6  # a letter
BLOCK = 256  # heads
MIN_FUZZY_LETTERS = 4
WELL_KNOWN = 0.5  # fame of a name that may well be meant by its beginning
FUZZY_BUDGET = 50_000  # heads looked at for one slip; the narrowest ranges come first
N_FAMOUS = 64  # heads of a range that are looked at, the most famous
_ALPHABET = np.arange(1, 27, dtype=np.uint64)
_ASCII_LIST = [0, *(37 + point % 27 for point in range(1, 128))]
_ASCII_LIST[ord("a") : ord("z") + 1] = range(1, 27)
_ASCII_LIST[ord("0") : ord("9") + 1] = range(27, 37)
_ASCII_CODES = np.array(_ASCII_LIST)


class Completion(NamedTuple):
    """row: of the name. starts: it begins so, or after its article. whole: it is what was typed. slips: 0 or 1."""

    row: int
    fame: float
    starts: bool
    whole: bool
    slips: int


@dataclass(frozen=True)
class Completions:
    """H heads of the F keys of an index of names.

    heads: uint64[H], sorted. keys: int32[H], the key of each. rows: int32[F], the most famous bearer
    of each key, fame: float32[F], and how famous. peaks: float32[H / BLOCK], the largest fame of a block.
    """

    heads: NDArray[np.uint64]
    keys: NDArray[np.int32]
    rows: NDArray[np.int32]
    fame: NDArray[np.float32]
    peaks: NDArray[np.float32]

    @classmethod
    def build(cls, names: TitleIndex, fame: NDArray[np.float32]) -> "Completions":
        """fame: float32[N] in [0, 1], of each row of `names`."""
        whole = names.kinds <= Kind.ALIAS_READ
        key_of = np.repeat(np.arange(len(names.keys)), np.diff(names.starts))
        entries = np.flatnonzero(whole)
        by_fame = entries[np.lexsort((-fame[names.rows[entries]], key_of[entries]))]
        key, first = np.unique(key_of[by_fame], return_index=True)
        rows = np.full(len(names.keys), -1, np.int32)
        rows[key] = names.rows[by_fame[first]]
        best = np.where(rows < 0, -1, fame[rows] if len(fame) else 0).astype(np.float32)
        heads, keys = _heads(names, key_of[whole], names.word_ends[whole])
        order = np.argsort(heads, kind="stable")
        heads, keys = heads[order], keys[order]
        peaks = np.maximum.reduceat(best[keys], np.arange(0, len(keys), BLOCK)) if len(keys) else np.zeros(0)
        return cls(heads, keys, rows, best, peaks.astype(np.float32))

    def search(self, names: TitleIndex, typed: str, *, fuzzy: bool = False) -> list[Completion]:
        """Names that go on from `typed`, letters without spaces; the famous ones, in no order.

        fuzzy: those that do so after one slip, for MIN_FUZZY_LETTERS or more. Digits have no slips.
        """
        if not typed or (fuzzy and len(typed) < MIN_FUZZY_LETTERS):
            return []
        places = self._one_slip_away(typed) if fuzzy else self._famous(*self._range(typed))
        keys = np.unique(self.keys[places])
        found = []
        for key, name in zip(keys.tolist(), names.keys.take(keys), strict=True):
            starts = name.startswith(typed) if not fuzzy else _starts_nearly(name, typed)
            if not starts and (len(typed) > HEAD_LETTERS if fuzzy else typed not in name):
                continue  # the same ten letters, and then others
            whole = len(name) == len(typed) and not fuzzy
            found.append(Completion(int(self.rows[key]), float(self.fame[key]), starts, whole, int(fuzzy)))
        return found

    def _range(self, typed: str) -> tuple[int, int]:
        low = _packed(typed)
        high = low + (1 << BITS * (HEAD_LETTERS - min(len(typed), HEAD_LETTERS)))
        first, end = np.searchsorted(self.heads, np.array([low, high], np.uint64))
        return int(first), int(end)

    def _famous(self, first: int, end: int) -> NDArray[np.int64]:
        """int64[<= N_FAMOUS]: the places of the most famous heads in a range."""
        inner_first, inner_end = -(-first // BLOCK), end // BLOCK
        if inner_end - inner_first <= N_FAMOUS:
            places = np.arange(first, end)
        else:
            peaks = self.peaks[inner_first:inner_end]
            blocks = inner_first + np.argpartition(-peaks, N_FAMOUS)[:N_FAMOUS]
            inside = (blocks[:, None] * BLOCK + np.arange(BLOCK)).ravel()
            edges = np.arange(first, inner_first * BLOCK), np.arange(inner_end * BLOCK, end)
            places = np.concatenate([*edges, inside])
        return self._most_famous(places)

    def _most_famous(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        if len(places) <= N_FAMOUS:
            return places
        fame = self.fame[self.keys[places]]
        return places[np.argpartition(-fame, N_FAMOUS)[:N_FAMOUS]]

    def _one_slip_away(self, typed: str) -> NDArray[np.int64]:
        lows, spans = _one_slip(typed[: HEAD_LETTERS + 1])
        order = np.argsort(lows)
        lows, spans = lows[order], spans[order]
        first, end = np.searchsorted(self.heads, lows), np.searchsorted(self.heads, lows + spans)
        sizes = end - first
        narrowest = np.argsort(sizes, kind="stable")
        narrowest = narrowest[(sizes[narrowest] > 0) & (np.cumsum(sizes[narrowest]) <= FUZZY_BUDGET)]
        if not len(narrowest):
            return np.zeros(0, np.int64)
        sizes, first = sizes[narrowest], first[narrowest]
        ends = np.cumsum(sizes)
        return self._most_famous(np.arange(ends[-1]) + np.repeat(first - (ends - sizes), sizes))


def relative_fame(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32[n] in [0, 1]: the logarithm of each weight, relative to the largest."""
    logs = np.log1p(np.maximum(weights, 0))
    return np.asarray(logs / max(1e-9, float(logs.max(initial=0.0))), np.float32)


def _heads(
    names: TitleIndex, key: NDArray[np.int64], word_ends: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """(head uint64[H], key int32[H]) of every place in these entries that is worth completing from.

    Not the small words in a name, and of a name with an article before it only the whole: there is
    a key without, too.
    """
    lengths, letters = _letters(names)
    offsets = np.cumsum(lengths) - lengths
    first = _at(letters, offsets[key], lengths[key])
    plain = ~_is_one_of(first, _lowest_bit(word_ends), ARTICLES)
    heads, keys = [first], [key]
    key, word_ends = key[plain], word_ends[plain]
    for n in range(1, 64):
        begins = ((word_ends >> np.uint64(n)) & np.uint64(1) > 0) & (lengths[key] > n)
        head = _at(letters, offsets[key[begins]] + n, lengths[key[begins]] - n)
        shifted = word_ends[begins] >> np.uint64(n)
        large = ~_is_one_of(head, _lowest_bit(shifted & ~np.uint64(1)), SMALL_WORDS)
        heads.append(head[large])
        keys.append(key[begins][large])
    head, key = np.concatenate(heads), np.concatenate(keys).astype(np.int32)
    order = np.lexsort((key, head))
    head, key = head[order], key[order]
    new = np.concatenate([[True], (head[1:] != head[:-1]) | (key[1:] != key[:-1])])[: len(head)]
    return head[new], key[new]


def _letters(names: TitleIndex) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """(int64[F] letters of each key, uint64[their sum + HEAD_LETTERS] the codes of all of them)."""
    keys = list(names.keys)
    points = np.frombuffer("".join(keys).encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.fromiter(map(len, keys), np.int64, len(keys)), np.concatenate([_codes(points), _codes(_PADDING)])


def _codes(points: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Six bits a letter: a to z are 1 to 26, 0 to 9 follow, all others share the rest; no letter is 0."""
    return np.where(points < 128, _ASCII_CODES[np.minimum(points, 127)], 37 + points % 27).astype(np.uint64)


def _at(letters: NDArray[np.uint64], start: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.uint64]:
    """uint64[n]: the first HEAD_LETTERS codes from each start, fewer where the name is shorter."""
    head = np.zeros(len(start), np.uint64)
    for place in range(HEAD_LETTERS):
        head |= (letters[start + place] * (length > place)) << np.uint64(BITS * (HEAD_LETTERS - 1 - place))
    return head


def _is_one_of(heads: NDArray[np.uint64], lengths: NDArray[np.int64], words: frozenset[str]) -> NDArray[np.bool_]:
    """Whether the first word at each head, of so many letters, is one of the words."""
    found = np.zeros(len(heads), np.bool_)
    for word in words:
        same = heads >> np.uint64(BITS * (HEAD_LETTERS - len(word))) == _packed(word) >> BITS * (
            HEAD_LETTERS - len(word)
        )
        found |= same & (lengths == len(word))
    return found


def _lowest_bit(bits: NDArray[np.uint64]) -> NDArray[np.int64]:
    """int64[n]: the place of the lowest bit that is set, 64 where none is."""
    return np.bitwise_count((bits & (~bits + np.uint64(1))) - np.uint64(1)).astype(np.int64)


def _packed(text: str) -> int:
    head = 0
    for letter in text[:HEAD_LETTERS]:
        point = ord(letter)
        head = head << BITS | (_ASCII_LIST[point] if point < 128 else 37 + point % 27)
    return head << BITS * max(0, HEAD_LETTERS - len(text))


def _one_slip(typed: str) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """(low uint64[V], span uint64[V]): the ranges of heads that begin with `typed` after one slip in it."""
    lows: list[NDArray[np.uint64]] = []
    spans: list[int] = []

    def add(text: str, hole: int | None = None) -> None:
        """The text, or with every letter of the alphabet in the hole."""
        low = np.array([_packed(text)], np.uint64)
        if hole is not None:
            low = low + (_ALPHABET << np.uint64(BITS * (HEAD_LETTERS - 1 - hole)))
        lows.append(low)
        spans.extend([1 << BITS * max(0, HEAD_LETTERS - len(text))] * len(low))

    for place in range(min(len(typed), HEAD_LETTERS)):
        before, letter, after = typed[:place], typed[place], typed[place + 1 :]
        add(f"{before}\0{letter}{after}", place)
        if not letter.isdigit():
            add(f"{before}\0{after}", place)
            add(before + after)
            if after and not after[0].isdigit():
                add(before + after[0] + letter + after[1:])
    return np.concatenate(lows), np.array(spans, np.uint64)


def _starts_nearly(name: str, typed: str) -> bool:
    """Whether the name begins with what was typed, give or take one slip."""
    return any(OSA.distance(typed, name[: len(typed) + change], score_cutoff=1) <= 1 for change in (0, 1, -1))


_PADDING = np.zeros(HEAD_LETTERS, np.uint32)
