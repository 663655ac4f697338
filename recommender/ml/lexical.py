"""Word matching: BM25F over the fields of a title, as one sparse matrix made ahead of time.

A query is then the sum of a few of its columns. Own code because it is a dozen lines at query time,
maps from a file without parsing, and needs field weights (docs/decisions/0006).
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from recommender.ml.names.folding import fold
from recommender.ml.names.stemming import stem, stems
from recommender.ml.strings import StringTable

K1 = 1.0  # how soon more of the same word stops counting
B = 0.3  # how much long texts are held back
POSTINGS_PER_TITLE = 2  # a long text stops after this many postings for each title; its rarest words come first
TERMS_OF_A_TITLE = 60  # its rarest; the others say little and cost most


@dataclass(frozen=True)
class LexicalIndex:
    """vocabulary: V sorted stems; spellings: the word each comes from most often. starts int64[V + 1],
    rows int32[…], weights float32[…]: the titles that hold a stem, ascending, and what it is worth
    there. idf float32[V]. row_starts int64[N + 1],
    terms int32[…]: the stems of each title, as places in the vocabulary, ascending.
    """

    vocabulary: StringTable
    spellings: StringTable
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    idf: NDArray[np.float32]
    row_starts: NDArray[np.int64]
    terms: NDArray[np.int32]

    @classmethod
    def build(cls, titles: Iterable[list[tuple[str, float]]]) -> "LexicalIndex":
        """titles: for each row its (text, field weight) pairs.

        Source: BM25F, Robertson, Zaragoza and Taylor 2004, doi:10.1145/1031171.1031181: weighted
        counts are added over the fields first, then saturated once.
        """
        term_ids: dict[str, int] = {}
        terms, rows = array("i"), array("i")  # not lists: a million titles have fifty million postings
        counts, lengths = array("f"), array("f")
        said: Counter[str] = Counter()
        for row, fields in enumerate(titles):
            weighted: Counter[int] = Counter()
            for text, weight in fields:
                words = fold(text).split()
                said.update(words)
                for word in words:
                    weighted[term_ids.setdefault(stem(word), len(term_ids))] += weight  # type: ignore[assignment]
            terms.extend(weighted.keys())
            rows.extend(repeat(row, len(weighted)))
            counts.extend(weighted.values())
            lengths.append(sum(weighted.values()))
        n_titles = len(lengths)
        vocabulary = sorted(term_ids)
        spelt = {stem(word): word for word, _ in sorted(said.items(), key=lambda pair: (pair[1], pair[0]))}
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
        by_term = np.argsort(term, kind="stable")
        by_row = np.lexsort((term, row_of))
        return cls(
            vocabulary=StringTable.of(vocabulary),
            spellings=StringTable.of([spelt[word] for word in vocabulary]),
            starts=np.concatenate([[0], np.cumsum(document_frequency)]).astype(np.int64),
            rows=row_of[by_term],
            weights=worth[by_term].astype(np.float32),
            idf=idf,
            row_starts=np.concatenate([[0], np.cumsum(np.bincount(row_of, minlength=n_titles))]).astype(np.int64),
            terms=term[by_row].astype(np.int32),
        )

    @property
    def n_titles(self) -> int:
        return len(self.row_starts) - 1

    @cached_property
    def _places(self) -> dict[str, int]:
        return {said: place for place, said in enumerate(self.vocabulary)}

    def term(self, stem: str) -> int | None:
        """The place of a stem in the vocabulary; None if no title says it."""
        return self._places.get(stem)

    def knows(self, word: str) -> bool:
        """Whether any title says this word, in any of its forms."""
        found = stems(word)
        return bool(found) and all(said in self._places for said in found)

    def score(self, text: str) -> NDArray[np.float32]:
        """float32[n_titles] in [0, 1): the share of what a title that says the text often would get.

        A word that no title holds counts in the divisor too: half a text that matches is half a match.
        """
        return self._sum(*self._known(text))

    def score_of(self, text: str, rows: NDArray[np.integer]) -> NDArray[np.float32]:
        """The same of a few titles, float32[n]. rows: int[n]."""
        terms, best_possible = self._that_count(*self._known(text))
        scores = np.zeros(len(rows), np.float32)
        for term in terms:
            span = slice(self.starts[term], self.starts[term + 1])
            posting = self.rows[span]
            place = np.minimum(np.searchsorted(posting, rows), len(posting) - 1)
            says = posting[place] == rows
            scores[says] += self.weights[span][place[says]]
        return scores / np.float32(best_possible) if best_possible else scores

    def score_like(self, rows: Sequence[int]) -> NDArray[np.float32]:
        """float32[n_titles] in [0, 1): the same with the rarest words of titles as the text; the mean over them."""
        scores = np.zeros(self.n_titles, np.float32)
        for row in rows:
            terms = self.terms[self.row_starts[row] : self.row_starts[row + 1]].astype(np.int64)
            scores += self._sum(terms[np.argsort(-self.idf[terms], kind="stable")[:TERMS_OF_A_TITLE]], 0)
        return scores / np.float32(max(1, len(rows)))

    def _known(self, text: str) -> tuple[NDArray[np.int64], int]:
        """(the terms of a text, int64[n], number of its words that no title says)."""
        found = [self.term(said) for said in sorted(set(stems(text)))]
        known = np.array([term for term in found if term is not None], np.int64)
        return known, len(found) - len(known)

    def _sum(self, terms: NDArray[np.int64], n_unknown: int) -> NDArray[np.float32]:
        scores = np.zeros(self.n_titles, np.float32)
        counted, best_possible = self._that_count(terms, n_unknown)
        for term in counted:
            posting = slice(self.starts[term], self.starts[term + 1])
            scores[self.rows[posting]] += self.weights[posting]
        return scores / np.float32(best_possible) if best_possible else scores

    def _that_count(self, terms: NDArray[np.int64], n_unknown: int) -> tuple[list[int], float]:
        """(terms whose postings are affordable, the rarest first; the score of a title that says them often)."""
        rarest_first = terms[np.argsort(-self.idf[terms], kind="stable")]
        sizes = self.starts[rarest_first + 1] - self.starts[rarest_first]
        affordable = rarest_first[: max(1, int((np.cumsum(sizes) <= POSTINGS_PER_TITLE * self.n_titles).sum()))]
        unknown_idf = float(np.log1p(2.0 * self.n_titles + 1))
        return affordable.tolist(), (float(self.idf[affordable].sum()) + n_unknown * unknown_idf) * (K1 + 1)
