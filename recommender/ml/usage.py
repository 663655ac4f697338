"""How common it is to use certain words, told from the texts of the catalogue."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.ml.lexical import LexicalIndex
from recommender.ml.names.stemming import stems

N_SAMPLED = 1_000  # of the titles with the rarest word; so the work is bounded


def titles_saying(index: LexicalIndex, word: str) -> NDArray[np.int32]:
    """int32[n]: the rows whose text says this folded word, if it is what its stem comes from most often.

    Empty for "wilde", of which the stem is said as "wild".
    """
    term = _term(index, word)
    if term is None or index.spellings[term] != word:
        return np.zeros(0, np.int32)
    return index.rows[index.starts[term] : index.starts[term + 1]]


def usual_spelling(index: LexicalIndex, word: str) -> str:
    """The word that the stem of this folded word comes from most often, "jurassic" for "jurass"; "" if unknown."""
    term = _term(index, word)
    return "" if term is None else index.spellings[term]


def _term(index: LexicalIndex, word: str) -> int | None:
    stem, *more = stems(word) or [""]
    return None if more else index.term(stem)


def share_with_all(index: LexicalIndex, words: Sequence[str]) -> float:
    """The share of titles whose text holds all of the words, in [0, 1]; 0 if one is unknown, 1 for none."""
    if not index.n_titles:
        return 0.0
    spans = []
    for stem in {stem for word in words for stem in stems(word)}:
        term = index.term(stem)
        if term is None:
            return 0.0
        spans.append((int(index.starts[term]), int(index.starts[term + 1])))
    if not spans:
        return 1.0
    rarest, *others = sorted(spans, key=lambda span: span[1] - span[0])
    step = max(1, (rarest[1] - rarest[0]) // N_SAMPLED)
    held = looked_at = index.rows[rarest[0] : rarest[1] : step]
    for first, end in others:
        posting = index.rows[first:end]
        place = np.minimum(np.searchsorted(posting, held), len(posting) - 1)
        held = held[posting[place] == held]
    return (rarest[1] - rarest[0]) / index.n_titles * len(held) / len(looked_at)
