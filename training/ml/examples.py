"""Lessons as padded arrays: one row a search, one column a place of its slate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from recommender.ml.evidence import of_text
from recommender.ml.reading import read
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import FEATURES
from training.ml.labels import Lesson


@dataclass(frozen=True)
class Examples:
    """B searches, S places, D dimensions, F features; padding has mask False.

    query float32[B, D], rows int64[B, S] into the catalogue index, title_ids int64[B, S],
    features float32[B, S, F] as the scorer serves them, in the order of `weights.FEATURES`, gains
    float32[B, S] summing to 1 along S, log_examined float32[B, S] ≤ 0, the log-chance that each place was looked at,
    mask bool[B, S], told float32[B], how wordy each query is, content float32[B, S], (q + Δ(q)) · (c_i + P e_i) as
    served, weight float32[B].
    """

    query: NDArray[np.float32]
    rows: NDArray[np.int64]
    title_ids: NDArray[np.int64]
    features: NDArray[np.float32]
    gains: NDArray[np.float32]
    log_examined: NDArray[np.float32]
    mask: NDArray[np.bool_]
    told: NDArray[np.float32]
    content: NDArray[np.float32]
    weight: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.query)


def build(
    lessons: Sequence[Lesson],
    snapshot: Snapshot,
    vectors: Mapping[str, NDArray[np.float32]],
) -> Examples:
    """Searches with a choice, and in each everything that was shown, with the chance that it was looked at; but no
    title that an editor pinned, for no version put it there.

    Searches that name a title, or ask for titles like one, are left out: they are not answered by comparing the
    text, and so the feature "title" stays 0.

    vectors: folded text → float32[D]. A text is understood again, with the catalogue of today and without the
    case and signs that the log does not keep.
    """
    index, scorer = snapshot.index, snapshot.scorer
    usable = []
    readings = {text: read(index, text)[0] for text in {lesson.text for lesson in lessons}}  # many ask the same
    for lesson in lessons:
        if lesson.names_title or readings[lesson.text].like:
            continue
        pinned = lesson.pinned
        places = [
            (title, index.row_of_title[title], place)
            for place, title in enumerate(lesson.shown, lesson.first_position)
            if title in index.row_of_title and title not in pinned
        ]
        if len(places) > 1 and any(title in lesson.gains for title, _, _ in places):
            usable.append((lesson, places))
    n, width = len(usable), max((len(places) for _, places in usable), default=0)
    dimension = index.content.shape[1]
    made = Examples(
        query=np.zeros((n, dimension), np.float32),
        rows=np.zeros((n, width), np.int64),
        title_ids=np.full((n, width), -1, np.int64),
        features=np.zeros((n, width, len(FEATURES)), np.float32),
        gains=np.zeros((n, width), np.float32),
        log_examined=np.zeros((n, width), np.float32),
        mask=np.zeros((n, width), np.bool_),
        told=np.zeros(n, np.float32),
        content=np.zeros((n, width), np.float32),
        weight=np.zeros(n, np.float32),
    )
    for b, (lesson, places) in enumerate(usable):
        rows = np.array([row for _, row, _ in places], np.int64)
        vector = vectors[lesson.text]
        evidence = of_text(index, readings[lesson.text], lesson.text, vector)
        made.query[b] = vector
        made.rows[b, : len(rows)] = rows
        made.title_ids[b, : len(rows)] = [title for title, _, _ in places]
        made.mask[b, : len(rows)] = True
        recollection = scorer.memory.recall(lesson.text, vector)
        made.told[b] = evidence.told
        made.content[b, : len(rows)] = scorer.content(scorer.query_vector(evidence.about), rows)
        made.features[b, : len(rows)] = scorer.features(evidence, recollection, rows)
        gains = np.array([lesson.gains.get(title, 0.0) for title, _, _ in places], np.float32)
        made.gains[b, : len(rows)] = gains / gains.sum()
        made.log_examined[b, : len(rows)] = [np.log(lesson.examination(place)) for _, _, place in places]
        made.weight[b] = lesson.weight
    return made


def joined(one: Examples, other: Examples) -> Examples:
    """Both, the narrower slates padded."""
    width = max(one.rows.shape[1], other.rows.shape[1])
    made = {}
    for name in (field.name for field in fields(Examples)):
        arrays = []
        for array in (getattr(one, name), getattr(other, name)):
            gap = [(0, 0)] * array.ndim
            if array.ndim > 1 and name != "query":
                gap[1] = (0, width - array.shape[1])
            arrays.append(np.pad(array, gap, constant_values=-1 if name == "title_ids" else 0))
        made[name] = np.concatenate(arrays)
    return Examples(**made)
