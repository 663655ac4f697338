"""Lessons into click memory: the half of learning that needs no gradient."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.ml.memory import ClickMemory
from training.ml.labels import Lesson

FORGOTTEN = 0.02  # evidence below which a pair is let go


def remember(
    memory: ClickMemory,
    lessons: Sequence[Lesson],
    vectors: Mapping[str, NDArray[np.float32]],
    *,
    half_life: int,
) -> ClickMemory:
    """The memory with these lessons added; what it held before fades with the number of new searches.

    vectors: folded text → float32[D]. A refusal counts as one more look without a choice.
    """
    pairs: list[tuple[str, int, float, float]] = []
    for lesson in lessons:
        if not lesson.gains and not lesson.against:
            continue  # somebody who did nothing may have found it on the page, or nothing at all
        for title_id in lesson.examined.keys() | lesson.gains.keys() | lesson.against:
            refused = 1.0 if title_id in lesson.against else 0.0
            # What the surge cap holds counts as fewer people, not as doubt.
            weight = lesson.choice_weights.get(title_id, lesson.weight)
            looks = weight * (lesson.examined.get(title_id, 0.0) + refused)
            chosen = lesson.gains.get(title_id, 0.0) ** 0.5 * lesson.choice_weights.get(title_id, 0.0)
            if looks > FORGOTTEN or chosen:
                pairs.append((lesson.text, title_id, looks, chosen))
    texts = sorted({text for text, *_ in pairs})
    fade = 0.5 ** (len(lessons) / half_life)
    dimension = memory.vectors.shape[1]
    stacked = np.array([vectors[text] for text in texts], np.float32).reshape(len(texts), dimension)
    return memory.merged(texts, stacked, pairs, fade=fade)
