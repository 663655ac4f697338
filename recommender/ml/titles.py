"""The title tiers: exact name, then a misspelt one. Nothing a model learns can move them.

A character-trigram index with a posting budget proposes forms, rapidfuzz decides. Scanning every
title with rapidfuzz costs 150 ms at a million titles; this costs 4 (docs/decisions/0006).
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from recommender.ml.folding import fold, title_keys
from recommender.ml.strings import StringTable

MIN_FUZZY_LENGTH = 4  # letters; below it almost every word is one slip from another
N_BUCKETS = 1 << 17  # trigram hashes; a collision only proposes a form that rapidfuzz then drops
POSTING_BUDGET = 100_000
N_PROPOSED = 100


@dataclass(frozen=True)
class TitleHit:
    """A title whose name the query means: `row` in the index, `similarity` in [0, 1], 1 = exact."""

    row: int
    similarity: float


@dataclass(frozen=True)
class TitleIndex:
    """Every form of every title (name, original name, aliases; with and without article).

    forms: F space-free keys. form_rows: int32[F], the title of each form. sorted_hashes:
    uint64[F] with order int32[F], for exact look-up. gram_starts int64[N_BUCKETS + 1] and
    gram_forms int32[…]: the forms that hold a trigram. gram_counts int32[F]: trigrams a form.
    """

    forms: StringTable
    form_rows: NDArray[np.int32]
    sorted_hashes: NDArray[np.uint64]
    order: NDArray[np.int32]
    gram_starts: NDArray[np.int64]
    gram_forms: NDArray[np.int32]
    gram_counts: NDArray[np.int32]

    @classmethod
    def build(cls, names: list[list[str]]) -> "TitleIndex":
        """names: for each title row the names it goes by, in any order."""
        forms: list[str] = []
        rows: list[int] = []
        for row, title_names in enumerate(names):
            keys = dict.fromkeys(key for name in title_names for key in title_keys(name))
            forms.extend(keys)
            rows.extend([row] * len(keys))
        table = StringTable.of(forms)
        hashes = _hash_all(table)
        order = np.argsort(hashes, kind="stable").astype(np.int32)
        form_of_gram, bucket = _trigrams_of_all(table)
        by_bucket = np.argsort(bucket, kind="stable")
        starts = np.zeros(N_BUCKETS + 1, dtype=np.int64)
        np.cumsum(np.bincount(bucket, minlength=N_BUCKETS), out=starts[1:])
        return cls(
            forms=table,
            form_rows=np.asarray(rows, dtype=np.int32),
            sorted_hashes=hashes[order],
            order=order,
            gram_starts=starts,
            gram_forms=form_of_gram[by_bucket].astype(np.int32),
            gram_counts=np.bincount(form_of_gram, minlength=len(forms)).astype(np.int32),
        )

    def exact(self, query: str) -> list[int]:
        """Rows whose name is the query, but for case, accents, spaces, numerals and articles.

        The most literal form that matches anything wins: "the a team" finds "The A-Team", not "Team".
        """
        for key in title_keys(query):
            wanted = _hash_one(key)
            first = int(np.searchsorted(self.sorted_hashes, wanted, side="left"))
            last = int(np.searchsorted(self.sorted_hashes, wanted, side="right"))
            found = (int(form) for form in self.order[first:last])
            rows = dict.fromkeys(int(self.form_rows[form]) for form in found if self.forms[form] == key)
            if rows:
                return list(rows)
        return []

    def misspelt(self, query: str, *, at_least: float, limit: int = 5) -> list[TitleHit]:
        """Titles that the query is probably a misspelling of, the nearest first.

        Similarity is 1 − edits / length, with swapped neighbours as one edit (optimal string
        alignment). Digits must agree: "rocky 3" or "rocky three" is never corrected to "Rocky II".
        """
        keys = title_keys(query)
        digits = _digits("".join(keys[:1]))  # of the key whose numerals are read
        best: dict[int, float] = {}
        for key in keys:
            if len(key) < MIN_FUZZY_LENGTH:
                continue
            for form in self._proposals(key):
                candidate = self.forms[int(form)]
                if _digits(candidate) != digits or len(candidate) < MIN_FUZZY_LENGTH:
                    continue
                similarity = OSA.normalized_similarity(key, candidate, score_cutoff=at_least)
                if similarity >= at_least:
                    row = int(self.form_rows[form])
                    best[row] = max(best.get(row, 0.0), similarity)
        hits = [TitleHit(row, similarity) for row, similarity in best.items()]
        return sorted(hits, key=lambda hit: (-hit.similarity, hit.row))[:limit]

    def _proposals(self, key: str) -> NDArray[np.int64]:
        """Up to N_PROPOSED forms that share the rarest trigrams, by idf-weighted overlap."""
        buckets = np.unique(_trigrams(np.frombuffer(key.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)))
        lengths = self.gram_starts[buckets + 1] - self.gram_starts[buckets]
        rarest_first = np.argsort(lengths, kind="stable")
        affordable = np.cumsum(lengths[rarest_first]) <= POSTING_BUDGET
        affordable[:1] = True
        scores = np.zeros(len(self.forms), dtype=np.float32)
        for bucket in buckets[rarest_first[affordable]]:
            posting = self.gram_forms[self.gram_starts[bucket] : self.gram_starts[bucket + 1]]
            scores[posting] += np.log1p(len(self.forms) / max(1, len(posting)))
        touched = np.flatnonzero(scores)
        if len(touched) <= N_PROPOSED:
            return touched
        overlap = scores[touched] / np.sqrt(self.gram_counts[touched])
        return touched[np.argpartition(-overlap, N_PROPOSED)[:N_PROPOSED]]


def corrected(query: str, name: str) -> str | None:
    """The name to show as the correction of `query`, or None where only spacing or signs differ."""
    return None if set(title_keys(query)) & set(title_keys(name)) or not fold(query) else name


def _digits(key: str) -> str:
    return "".join(character for character in key if character.isdigit())


_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing, Knuth TAOCP vol. 3 §6.4


def _trigrams(points: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Hash buckets int64[max(1, n)] of the trigrams of one padded string of n code points."""
    padded = np.concatenate([[2], points, [3]]).astype(np.uint64)
    mixed = (padded[:-2] * np.uint64(0x1F1F1F) + padded[1:-1]) * np.uint64(0x1F1F1F) + padded[2:]
    return ((mixed * _MULTIPLIER) >> np.uint64(64 - 17)).astype(np.int64)


def _trigrams_of_all(table: StringTable) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(form, bucket) int64[G] each, every pair once."""
    forms: list[NDArray[np.int64]] = []
    buckets: list[NDArray[np.int64]] = []
    for form, key in enumerate(table):
        grams = np.unique(_trigrams(np.frombuffer(key.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)))
        forms.append(np.full(len(grams), form, dtype=np.int64))
        buckets.append(grams)
    empty = np.zeros(0, dtype=np.int64)
    return np.concatenate([empty, *forms]), np.concatenate([empty, *buckets])


def _hash_one(key: str) -> np.uint64:
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "big"))


def _hash_all(table: StringTable) -> NDArray[np.uint64]:
    return np.array([_hash_one(key) for key in table], dtype=np.uint64)
