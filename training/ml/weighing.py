"""How much each lesson may say: less from far down, from busy people, and of what a crowd wants.

The arithmetic of the caps is in `caps`; here it is put to lessons.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from training.ml import caps
from training.ml.caps import Past

if TYPE_CHECKING:
    from training.ml.labels import Lesson

FIRST_PAGE, LAST_PLACE = 20, 60  # beyond the first page a place counts for less; beyond the last for nothing


def depth_weight(position: int) -> float:
    """How much may be concluded from a 1-based place, in [0, 1]: all of the first page, nothing beyond LAST_PLACE.

    Few people page that far, and whoever wants a title up can always page to it. So a choice from below can
    bring a title nearer, but not to the top.
    """
    if position > LAST_PLACE:
        return 0.0
    return float(min(1.0, (FIRST_PAGE / position) ** 4))


def weighted(found: Sequence[Lesson], trailing: Mapping[int, Past], counts: Counter[str]) -> list[Lesson]:
    """The lessons with what each may say: by session and client, by place, by query and title."""
    deeds = [len(lesson.gains) + len(lesson.against) for lesson in found]
    by_session = caps.busy_weights([lesson.session for lesson in found], deeds)
    by_client = caps.busy_weights([lesson.who for lesson in found], deeds)
    plain = [
        replace(lesson, weight=min(session, client))
        for lesson, session, client in zip(found, by_session, by_client, strict=True)
    ]
    choices = [
        {title: lesson.weight * depth_weight(lesson.place(title)) for title in lesson.gains} for lesson in plain
    ]
    looks: dict[caps.Pair, float] = {}
    wanted: dict[caps.Pair, float] = {}
    for lesson, said in zip(plain, choices, strict=True):
        for title, chance in lesson.examined.items():
            looks[lesson.text, title] = looks.get((lesson.text, title), 0.0) + lesson.weight * chance
        for title, weight in said.items():
            wanted[lesson.text, title] = wanted.get((lesson.text, title), 0.0) + weight
    held = caps.held(wanted, looks, trailing)
    for lesson, said in zip(plain, choices, strict=True):
        for title in said:
            said[title] *= held.scale[lesson.text, title]
    counts["pairs held"] = held.pairs
    counts["titles held by the surge cap"] = held.titles
    counts["titles that surged"] = held.surges
    refusals = [
        {title: lesson.weight * depth_weight(lesson.place(title)) for title in lesson.against} for lesson in plain
    ]
    refused, chosen = caps.total(refusals), caps.total(choices)
    bearable = {title: caps.REFUSAL_FLOOR + chosen.get(title, 0.0) for title in refused}
    caps.hold(refusals, refused, bearable)
    counts["titles refused in a surge"] = sum(refused[title] >= 2 * cap for title, cap in bearable.items())
    return [
        replace(
            lesson,
            # What is held says less of its page too, and so does a crowd.
            weight=lesson.weight
            * min([_believed(lesson, [*said.values(), *against.values()]), *(held.crowd[t] for t in said)]) ** 2,
            choice_weights=said,
            refusal_weights=against,
        )
        for lesson, said, against in zip(plain, choices, refusals, strict=True)
    ]


def _believed(lesson: Lesson, said: Sequence[float]) -> float:
    """The share, in [0, 1], of what a lesson might say that it may; if it says nothing, by its page alone.

    said: the weights of its choices and refusals.
    """
    if not said:
        return depth_weight(lesson.first_position)
    return sum(said) / (len(said) * lesson.weight)
