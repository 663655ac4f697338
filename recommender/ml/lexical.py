"""Word matching: BM25F over the fields of a title, as one sparse matrix made ahead of time.

A query is then the sum of a few of its columns. Own code because it is eight lines at query time,
maps from a file without parsing, and needs field weights (docs/decisions/0006).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.ml.folding import words
from recommender.ml.strings import StringTable

K1 = 1.2  # how soon more of the same word stops counting
B = 0.5  # how much long texts are held back


@dataclass(frozen=True)
class LexicalIndex:
    """vocabulary: V sorted words. starts int64[V + 1], rows int32[…], weights float32[…]: the
    titles that hold a word and what it is worth there. idf float32[V]. n_titles.
    """

    vocabulary: StringTable
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    idf: NDArray[np.float32]
    n_titles: int

    @classmethod
    def build(cls, titles: Iterable[list[tuple[str, float]]]) -> "LexicalIndex":
        """titles: for each row its (text, field weight) pairs.

        Source: BM25F, Robertson, Zaragoza and Taylor 2004, doi:10.1145/1031171.1031181: weighted
        counts are added over the fields first, then saturated once.
        """
        term_ids: dict[str, int] = {}
        terms: list[int] = []
        rows: list[int] = []
        counts: list[float] = []
        lengths: list[float] = []
        for row, fields in enumerate(titles):
            weighted: Counter[int] = Counter()
            for text, weight in fields:
                for word in words(text):
                    weighted[term_ids.setdefault(word, len(term_ids))] += weight  # type: ignore[assignment]
            terms.extend(weighted.keys())
            rows.extend([row] * len(weighted))
            counts.extend(weighted.values())
            lengths.append(sum(weighted.values()))
        n_titles = len(lengths)
        vocabulary = sorted(term_ids)
        rank = np.empty(len(vocabulary), dtype=np.int64)
        rank[[term_ids[word] for word in vocabulary]] = np.arange(len(vocabulary))
        term = rank[np.asarray(terms, dtype=np.int64)]
        row_of = np.asarray(rows, dtype=np.int32)
        count = np.asarray(counts, dtype=np.float32)
        length = np.asarray(lengths, dtype=np.float32)
        document_frequency = np.bincount(term, minlength=len(vocabulary))
        idf = np.log1p((n_titles - document_frequency + 0.5) / (document_frequency + 0.5)).astype(np.float32)
        length_norm = 1 - B + B * length / max(1.0, float(length.sum()) / max(1, n_titles))
        worth = idf[term] * count * (K1 + 1) / (count + K1 * length_norm[row_of])
        order = np.argsort(term, kind="stable")
        starts = np.zeros(len(vocabulary) + 1, dtype=np.int64)
        np.cumsum(document_frequency, out=starts[1:])
        return cls(StringTable.of(vocabulary), starts, row_of[order], worth[order].astype(np.float32), idf, n_titles)

    @cached_property
    def _term_ids(self) -> dict[str, int]:
        return {word: index for index, word in enumerate(self.vocabulary)}

    def knows(self, word: str) -> bool:
        return word in self._term_ids

    def score(self, query: str) -> NDArray[np.float32]:
        """float32[n_titles] in [0, 1): the share of what a text that says the query often would get.

        A word that no title holds counts in the divisor too: half a query that matches is half a match.
        """
        scores = np.zeros(self.n_titles, dtype=np.float32)
        query_words = set(words(query))
        if not query_words or not self.n_titles:
            return scores
        unknown_idf = np.log1p(2.0 * self.n_titles + 1)
        best_possible = 0.0
        for word in sorted(query_words):
            term = self._term_ids.get(word)
            if term is None:
                best_possible += unknown_idf * (K1 + 1)
                continue
            best_possible += float(self.idf[term]) * (K1 + 1)
            posting = slice(int(self.starts[term]), int(self.starts[term + 1]))
            scores[self.rows[posting]] += self.weights[posting]
        scores /= best_possible
        return scores
