"""The content vector of a title: what it is about as a whole, and what happens in it."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.ml.composition import TitleText, embedding_text, passages
from recommender.ml.encoder import TextEncoder

BATCH = 32  # texts encoded at once


def content_vectors(
    titles: Sequence[TitleText],
    encode: Callable[[list[str]], NDArray[np.float32]],
) -> NDArray[np.float32]:
    """float32[n, D], unit rows. encode: texts → float32[m, D], unit rows.

    Where a story is long enough for passages: the direction between the vector of `embedding_text`
    and the mean of its passages. It finds half-remembered plots as well as keeping every passage
    would, at no cost to a search (docs/decisions/0009).
    """
    texts = [[embedding_text(title), *passages(title)] for title in titles]
    vectors = encode([text for of_title in texts for text in of_title])
    ends = np.cumsum([len(of_title) for of_title in texts])
    content = np.zeros((len(titles), vectors.shape[1]), np.float32)
    for row, (end, of_title) in enumerate(zip(ends.tolist(), texts, strict=True)):
        whole, scenes = vectors[end - len(of_title)], vectors[end - len(of_title) + 1 : end]
        content[row] = _unit(whole + _unit(scenes.mean(axis=0))) if len(scenes) else whole
    return content


def in_batches(encoder: TextEncoder, texts: Sequence[str]) -> NDArray[np.float32]:
    """float32[n, D]. Texts of a length go together, so that little is padded."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    vectors = np.zeros((len(texts), encoder.dimension), np.float32)
    for start in range(0, len(order), BATCH):
        places = order[start : start + BATCH]
        vectors[places] = encoder.encode([texts[place] for place in places])
    return vectors


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length if length else vector, np.float32)
