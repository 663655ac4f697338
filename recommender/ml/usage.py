"""How common it is to use certain words together, told from the texts of the catalogue."""

from collections.abc import Sequence

import numpy as np

from recommender.ml.lexical import LexicalIndex
from recommender.ml.names.stemming import stems

N_SAMPLED = 1_000  # of the titles with the rarest word; so the work is bounded


def share_with_all(index: LexicalIndex, words: Sequence[str]) -> float:
    """The share of titles whose text holds all of the words, in [0, 1]; 0 if one is unknown, 1 for none."""
    if not index.n_titles:
        return 0.0
    spans = []
    for stem in {stem for word in words for stem in stems(word)}:
        term = index.vocabulary.find(stem)
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
