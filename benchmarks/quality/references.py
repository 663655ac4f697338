"""Well-known ways to search, on the same catalogue: what the system under test has to beat.

None of them has a floor: whatever they score, they show.
"""

import logging
from collections.abc import Callable, Iterable, Sequence

import bm25s  # type: ignore[import-untyped]
import numpy as np
from bm25s.stopwords import STOPWORDS_EN  # type: ignore[import-untyped]
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from benchmarks.catalogues import Titles
from benchmarks.quality.marquee import DEPTH
from benchmarks.quality.metrics import Answer, Query
from recommender.ml.composition import TitleText
from recommender.ml.encoder import TextEncoder
from recommender.ml.names.folding import fold

BLOCK = 64  # queries scored at once
RRF_K = 60  # Cormack, Clarke and Büttcher 2009, doi:10.1145/1571941.1572114

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it tells each step

Scores = NDArray[np.float32]
Scorer = Callable[[Sequence[Query]], Scores]  # [Q, N] for Q queries


class References:
    """All systems by name; each gives N scores a query, of which the best 100 are the answer."""

    def __init__(self, titles: Titles, content: Scores, encoder: TextEncoder) -> None:
        """content: float32[N, D], one vector a title, of its `embedding_text`."""
        self._texts, self._content, self._encoder = titles.texts, content, encoder
        self._fame = np.array([value or 0 for value in titles.popularity], np.float32)
        self._bm25 = _bm25(fold(_document(text)).split() for text in titles.texts)
        self._names, self._name_starts = _names(titles.texts)
        self._trigrams = _bm25(_trigrams(name) for name in self._names)
        self.scorers: dict[str, Scorer] = {
            "BM25": self._word_scores,
            "MiniLM": self._cosines,
            "trigrams": self._trigram_scores,
            "WRatio": lambda queries: self._similarities(queries, fuzz.WRatio),
            "ratio": lambda queries: self._similarities(queries, fuzz.ratio),
            "popular": lambda queries: np.tile(self._fame, (len(queries), 1)),
        }

    def answers(self, queries: Sequence[Query], names: Sequence[str]) -> dict[str, list[Answer]]:
        """The answers of the systems named, and "RRF" of the first two where both are."""
        answers = {name: self._ranked(self.scorers[name], queries) for name in names if name in self.scorers}
        if "RRF" in names:
            pairs = zip(answers["BM25"], answers["MiniLM"], strict=True)
            answers["RRF"] = [fused(first.rows, second.rows) for first, second in pairs]
        return answers

    def _ranked(self, scorer: Scorer, queries: Sequence[Query]) -> list[Answer]:
        answers = []
        for start in range(0, len(queries), BLOCK):
            block = queries[start : start + BLOCK]
            answers += [Answer(best(scores, query)) for scores, query in zip(scorer(block), block, strict=True)]
        return answers

    def _word_scores(self, queries: Sequence[Query]) -> Scores:
        """A seed asks with all the words of its text."""
        asked = [" ".join([query.text, *(_document(self._texts[seed]) for seed in query.seeds)]) for query in queries]
        return np.array([_scores(self._bm25, _telling_words(text)) for text in asked], np.float32)

    def _cosines(self, queries: Sequence[Query]) -> Scores:
        """Seeds ask with the mean of their vectors."""
        vectors = [
            self._content[list(query.seeds)].mean(axis=0) if query.seeds else self._encoder.encode([query.text])[0]
            for query in queries
        ]
        return np.asarray(np.array(vectors, np.float32) @ self._content.T, np.float32)

    def _trigram_scores(self, queries: Sequence[Query]) -> Scores:
        scores = np.array([_scores(self._trigrams, _trigrams(fold(query.text))) for query in queries], np.float32)
        return self._best_name(scores)

    def _similarities(self, queries: Sequence[Query], scorer: Callable[..., float]) -> Scores:
        asked = [fold(query.text) for query in queries]
        return self._best_name(process.cdist(asked, self._names, scorer=scorer, dtype=np.float32))

    def _best_name(self, scores: Scores) -> Scores:
        """[Q, names] → [Q, titles]: a title is worth what its best name is."""
        return np.maximum.reduceat(scores, self._name_starts, axis=1)


def best(scores: Scores, query: Query, depth: int = DEPTH) -> list[int]:
    """Up to `depth` rows with the highest scores among those to rank, never a seed; ties by row."""
    rows = query.among if query.among is not None else np.arange(len(scores))
    rows = rows[~np.isin(rows, query.seeds)]
    scored = scores[rows]
    if len(rows) > depth:
        enough = scored >= np.partition(scored, -depth)[-depth]
        rows, scored = rows[enough], scored[enough]
    return [int(row) for row in rows[np.argsort(-scored, kind="stable")[:depth]]]


def fused(first: Sequence[int], second: Sequence[int], depth: int = DEPTH) -> Answer:
    """Reciprocal-rank fusion of two rankings; ties by row."""
    votes: dict[int, float] = {}
    for ranking in (first, second):
        for place, row in enumerate(ranking, start=1):
            votes[row] = votes.get(row, 0.0) + 1 / (RRF_K + place)
    return Answer(sorted(votes, key=lambda row: (-votes[row], row))[:depth])


def _document(text: TitleText) -> str:
    """All fields in a row, unweighted."""
    facts = [*text.names, *text.directors, *text.cast, *text.genres, str(text.year or "")]
    return " ".join([*facts, text.description, text.plot])


def _telling_words(text: str) -> list[str]:
    """Without the words that English says anyhow, unless nothing else is said."""
    every = fold(text).split()
    return [word for word in every if word not in STOPWORDS_EN] or every


def _names(texts: Sequence[TitleText]) -> tuple[list[str], NDArray[np.int64]]:
    """Folded names of all titles, and where each title's begin."""
    names = [[fold(name) for name in text.names] for text in texts]
    starts = np.cumsum([0, *(len(several) for several in names[:-1])])
    return [name for several in names for name in several], starts


def _trigrams(name: str) -> list[str]:
    padded = f" {name} "
    return [padded[start : start + 3] for start in range(len(padded) - 2)]


def _bm25(documents: Iterable[list[str]]) -> bm25s.BM25:
    """k1 and b of Anserini (Yang, Fang and Lin 2018, doi:10.1145/3239571): the better of the usual two here."""
    model = bm25s.BM25(method="lucene", k1=0.9, b=0.4)
    model.index(list(documents), show_progress=False)
    return model


def _scores(model: bm25s.BM25, tokens: Sequence[str]) -> Scores:
    known = [token for token in tokens if token in model.vocab_dict]
    if not known:
        return np.zeros(model.scores["num_docs"], np.float32)
    return np.asarray(model.get_scores(known), np.float32)
