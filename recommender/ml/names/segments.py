"""Which strings are a few slips from a typed one: a proposal, fast and generous, never the decision.

A string of n letters is cut into `n_segments(n)` pieces at fixed places. A slip spoils one piece, two
neighbours swapped across a cut spoil two, so of a string within k slips some piece stands unharmed in
the typed text, shifted by no more than the letters lost or added before it.
Source: PassJoin, Li, Deng, Wang and Feng 2011, doi:10.14778/2078331.2078340 (even partition, and its
position filter). Compared with a trigram index the postings are a fifth as many and far shorter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

MIN_LENGTH = 4  # letters; below it almost every word is one slip from another
MAX_LENGTH = 80  # letters; beyond it nothing is looked up, so that the work of any query is bounded
POSTING_BUDGET = 40_000  # a query; the rarest segments first
_LENGTHS = np.arange(MAX_LENGTH + 1)
_CHUNK = 100_000  # strings hashed at a time: bounds the memory of a build, changes nothing else


def n_slips(length: int) -> int:
    """How many slips a text of so many letters may hold: one in four, at most four."""
    return min(4, max(1, (length + 1) // 4))


def n_segments(lengths: NDArray[np.integer]) -> NDArray[np.int64]:
    """int64, three for short strings, then one every three letters, at most eight. Zero: not indexed."""
    pieces = np.clip((lengths + 1) // 3, 3, 8)
    return np.where((lengths >= MIN_LENGTH) & (lengths <= MAX_LENGTH), pieces, 0).astype(np.int64)


_N_SEGMENTS = n_segments(_LENGTHS)


@dataclass(frozen=True)
class SegmentIndex:
    """starts: uint32[buckets + 1], holders: int32[…]: the strings with a segment of that hash.

    letters: uint32[n], the set of letters of each string, as 32 bits.
    """

    starts: NDArray[np.uint32]
    holders: NDArray[np.int32]
    letters: NDArray[np.uint32]

    @classmethod
    def build(cls, strings: Sequence[str]) -> "SegmentIndex":
        hashes: list[NDArray[np.uint32]] = []
        holders: list[NDArray[np.int32]] = []
        letters: list[NDArray[np.uint32]] = []
        for first in range(0, len(strings), _CHUNK):
            lengths, points = _code_points(strings[first : first + _CHUNK])
            held, hashed = _segments(lengths, points)
            holders.append((held + first).astype(np.int32))
            hashes.append(hashed)
            letters.append(_letter_sets(lengths, points))
        hashed = np.concatenate([np.zeros(0, np.uint32), *hashes])
        holder = np.concatenate([np.zeros(0, np.int32), *holders])
        n_buckets = 1 << max(12, len(hashed).bit_length() - 2)
        bucket = hashed & np.uint32(n_buckets - 1)
        starts = np.zeros(n_buckets + 1, np.uint32)
        np.cumsum(np.bincount(bucket, minlength=n_buckets), out=starts[1:])
        order = np.argsort(bucket, kind="stable")
        return cls(starts, holder[order], np.concatenate([np.zeros(0, np.uint32), *letters]))

    def proposals(self, texts: Sequence[str], limit: int) -> NDArray[np.int32]:
        """int32[<= limit]: strings within a few slips of one of the texts, and others that look so.

        Those that share most segments come first, then those with nearly the same letters.
        """
        hashes = [lookup_hashes(text) for text in texts]
        bucket = np.concatenate([np.zeros(0, np.uint32), *hashes]) & np.uint32(len(self.starts) - 2)
        begin = self.starts[bucket].astype(np.int64)
        sizes = self.starts[bucket + np.uint32(1)] - begin
        used = np.flatnonzero(sizes)
        rarest_first = used[np.argsort(sizes[used])]
        affordable = rarest_first[np.cumsum(sizes[rarest_first]) <= POSTING_BUDGET]
        if not len(affordable):
            return np.zeros(0, np.int32)
        sizes, begin = sizes[affordable], begin[affordable]
        ends = np.cumsum(sizes)
        places = np.arange(ends[-1]) + np.repeat(begin - (ends - sizes), sizes)
        found = np.sort(self.holders[places])
        runs = np.flatnonzero(np.concatenate([[True], found[1:] != found[:-1]]))
        holders = found[runs]
        if len(holders) <= limit:
            return holders
        shared = np.diff(np.append(runs, len(found)))
        typed = _letter_sets(*_code_points(list(texts)))[:1]
        foreign = np.bitwise_count(self.letters[holders] ^ typed).astype(np.int64)
        return holders[np.argpartition(foreign - 2 * shared, limit)[:limit]]


def lookup_hashes(text: str) -> NDArray[np.uint32]:
    """uint32[…]: hashes of the pieces of `text` that an unharmed segment of a similar string can be."""
    length = len(text)
    if not MIN_LENGTH <= length <= MAX_LENGTH:
        return np.zeros(0, np.uint32)
    lengths, pieces, starts, ends = _lookups(length)
    _, points = _code_points([text])
    sums, inverse = _running_hash(points)
    return _mix((sums[ends] - sums[starts]) * inverse[starts], lengths, pieces)


@cache
def _lookups(length: int) -> tuple[NDArray[np.int64], ...]:
    """(string length, segment, start, end) of every look-up for a text of so many letters.

    A segment moved by d letters needs |d| slips before it and |difference - d| after it.
    """
    slips = n_slips(length)
    found = []
    for other in range(max(MIN_LENGTH, length - slips), min(MAX_LENGTH, length + slips) + 1):
        pieces = int(_N_SEGMENTS[other])
        for piece in range(pieces):
            start, end = piece * other // pieces, (piece + 1) * other // pieces
            for shift in range(-slips, slips + 1):
                fits = abs(shift) + abs(length - other - shift) <= slips
                if fits and start + shift >= 0 and end + shift <= length:
                    found.append((other, piece, start + shift, end + shift))
    return tuple(np.array(column, np.int64) for column in zip(*found, strict=True))


_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse modulo 2^64
_INVERSE = np.uint64(pow(int(_BASE), -1, 1 << 64))


def _running_hash(points: NDArray[np.uint32]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """(sums uint64[n + 1], inverse uint64[n + 1]): (sums[e] - sums[s]) * inverse[s] names points[s:e].

    Source: Karp and Rabin 1987, doi:10.1147/rd.312.0249, modulo 2^64; a collision only proposes more.
    """
    powers = np.full(len(points) + 1, _BASE, np.uint64)
    inverse = np.full(len(points) + 1, _INVERSE, np.uint64)
    powers[0] = inverse[0] = 1
    np.multiply.accumulate(powers, out=powers)
    np.multiply.accumulate(inverse, out=inverse)
    sums = np.zeros(len(points) + 1, np.uint64)
    np.cumsum((points.astype(np.uint64) + np.uint64(1)) * powers[:-1], out=sums[1:])
    return sums, inverse


def _mix(hashes: NDArray[np.uint64], lengths: NDArray[np.int64], pieces: NDArray[np.int64]) -> NDArray[np.uint32]:
    """uint32: a segment counts only in its place and for its length. Finaliser of SplitMix64."""
    mixed = hashes ^ ((lengths << 4) | pieces).astype(np.uint64) * _BASE
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    found: NDArray[np.uint32] = (mixed >> np.uint64(32)).astype(np.uint32)
    return found


def _code_points(strings: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """(lengths int64[n], points uint32[sum of lengths])."""
    lengths = np.fromiter(map(len, strings), np.int64, len(strings))
    points = np.frombuffer("".join(strings).encode("utf-32-le", "surrogatepass"), np.uint32)
    return lengths, points


def _segments(lengths: NDArray[np.int64], points: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """(string int64[S], hash uint32[S]) of every segment of every string."""
    offsets = np.cumsum(lengths) - lengths
    sums, inverse = _running_hash(points)
    pieces = n_segments(lengths)
    held, hashed = [], []
    for piece in range(int(pieces.max(initial=0))):
        has = np.flatnonzero(pieces > piece)
        start = offsets[has] + piece * lengths[has] // pieces[has]
        end = offsets[has] + (piece + 1) * lengths[has] // pieces[has]
        held.append(has)
        hashed.append(_mix((sums[end] - sums[start]) * inverse[start], lengths[has], np.full(len(has), piece)))
    return np.concatenate([np.zeros(0, np.int64), *held]), np.concatenate([np.zeros(0, np.uint32), *hashed])


def _letter_sets(lengths: NDArray[np.int64], points: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """uint32[n]: bit p mod 32 for every code point p; the letters a to z have a bit each."""
    sets = np.zeros(len(lengths), np.uint32)
    filled = np.flatnonzero(lengths)
    if len(filled):
        starts = np.cumsum(lengths) - lengths
        sets[filled] = np.bitwise_or.reduceat(np.uint32(1) << (points & np.uint32(31)), starts[filled])
    return sets
