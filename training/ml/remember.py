"""Lessons into click memory: the half of learning that needs no gradient."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.ml.memory import FORGOTTEN, ClickMemory
from training.ml.caps import Past
from training.ml.labels import GAIN, Lesson
from training.ml.weighing import depth_weight

UNEXPLAINED = 1.5  # of a choice: three clicks. By how much a pair's choices may exceed the looks at it, for ever


def remember(
    memory: ClickMemory,
    lessons: Sequence[Lesson],
    vectors: Mapping[str, NDArray[np.float32]],
    *,
    half_life: int,
) -> ClickMemory:
    """The memory with these lessons added. What it held before fades with the weight of the new searches that had a
    choice, not with their number, so that nobody can make it forget by asking a lot.

    vectors: folded text → float32[D]. A refusal counts as one more look without a choice. Looks are what bounds the
    choices of a pair: chosen ≤ looks + UNEXPLAINED, less for a title that was always far down, however many windows
    it takes. So the first three choices count in full wherever on the first page they were made, and a title that is
    chosen only where nobody sees it stays there.
    """
    pairs: list[tuple[str, int, float, float]] = []
    highest: dict[tuple[str, int], int] = {}  # the best place that a title was chosen from
    for lesson in lessons:
        if not lesson.gains and not lesson.against:
            continue  # somebody who did nothing may have found it on the page, or nothing at all
        for title_id in lesson.examined.keys() | lesson.gains.keys() | lesson.against:
            # What the surge cap holds counts as fewer people, not as doubt.
            weight = lesson.choice_weights.get(title_id, lesson.weight)
            refused = lesson.refusal_weights.get(title_id, lesson.weight) if title_id in lesson.against else 0.0
            looks = weight * lesson.examined.get(title_id, 0.0) + refused
            chosen = lesson.gains.get(title_id, 0.0) ** 0.5 * lesson.choice_weights.get(title_id, 0.0)
            if looks > FORGOTTEN or chosen:
                pairs.append((lesson.text, title_id, looks, chosen))
            if chosen:
                pair, place = (lesson.text, title_id), lesson.place(title_id)
                highest[pair] = min(place, highest.get(pair, place))
    texts = sorted({text for text, *_ in pairs})
    fade = 0.5 ** (sum(lesson.weight for lesson in lessons if lesson.gains or lesson.against) / half_life)
    dimension = memory.vectors.shape[1]
    stacked = np.array([vectors[text] for text in texts], np.float32).reshape(len(texts), dimension)
    return memory.merged(texts, stacked, _bounded(memory, pairs, highest, fade), fade=fade)


def trailing_choices(memory: ClickMemory) -> dict[int, Past]:
    """Title id → how often it was chosen, over all queries, faded; a click is the least that a choice is worth."""
    explained = np.minimum(memory.chosen, memory.examined)
    titles, places = np.unique(memory.title_ids, return_inverse=True)
    totals = [
        np.bincount(places, counts, minlength=len(titles)) / GAIN["click"] ** 0.5
        for counts in (explained, memory.chosen - explained)
    ]
    return {
        int(title): Past(float(seen), float(unseen))
        for title, seen, unseen in zip(titles, *totals, strict=True)
        if seen or unseen
    }


def _bounded(
    memory: ClickMemory,
    pairs: Sequence[tuple[str, int, float, float]],
    highest: Mapping[tuple[str, int], int],
    fade: float,
) -> list[tuple[str, int, float, float]]:
    """The pairs, with no more choices than looks and place bear, together with what is remembered."""
    queries = {query: row for row, query in enumerate(memory.queries)}
    new: dict[tuple[str, int], list[float]] = {}
    for text, title_id, looks, chosen in sorted(pairs):
        total = new.setdefault((text, title_id), [0.0, 0.0])
        total[0] += looks
        total[1] += chosen
    bounded = []
    for (text, title_id), (looks, chosen) in new.items():
        if chosen:
            looked, had = _remembered(memory, queries.get(text), title_id)
            most = fade * looked + looks + UNEXPLAINED * depth_weight(highest[text, title_id])
            chosen = max(0.0, min(chosen, most - fade * had))
        bounded.append((text, title_id, looks, chosen))
    return bounded


def _remembered(memory: ClickMemory, query: int | None, title_id: int) -> tuple[float, float]:
    """(looks, choices) of a pair; zeros for one that is not known."""
    if query is None:
        return 0.0, 0.0
    start, end = int(memory.starts[query]), int(memory.starts[query + 1])
    entry = start + int(np.searchsorted(memory.title_ids[start:end], title_id))
    if entry == end or memory.title_ids[entry] != title_id:
        return 0.0, 0.0
    return float(memory.examined[entry]), float(memory.chosen[entry])
