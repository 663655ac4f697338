"""Does a window look like people? What a log says of itself, before anybody learns from it.

Held-out quality needs hundreds of searches to tell a good window from a spoilt one. What a spoilt one cannot
imitate shows in ten: people look down a page from the top and agree with one another, pages hold what the engine
finds, and one title is not the answer to everything.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recommender.ml.engine import answer
from recommender.ml.snapshot import Snapshot
from training.ml.evaluate import Asks
from training.ml.labels import Lesson


@dataclass(frozen=True)
class WindowFacts:
    """n_choices: (search, title) pairs. n_sessions: with a choice. evidence: see `attention_evidence`.

    known, known_by_chance: see `known_share`. most_chosen_for: of n_texts different texts with a choice, for how
    many the title was chosen that was chosen for most.
    """

    n_choices: int
    n_sessions: int
    evidence: float
    known: float
    known_by_chance: float
    most_chosen_for: int
    n_texts: int


def facts_of(window: Sequence[Lesson], looked_up: Sequence[Lesson], snapshot: Snapshot, asks: Asks) -> WindowFacts:
    """looked_up: the lessons whose pages are compared with the engine's."""
    texts_of_title = Counter(title for _, title in {(lesson.text, t) for lesson in window for t in lesson.gains})
    known, by_chance = known_share(looked_up, snapshot, asks)
    return WindowFacts(
        n_choices=sum(len(lesson.gains) for lesson in window),
        n_sessions=len({getattr(lesson, "session", "") or lesson.query_id for lesson in window if lesson.gains}),
        evidence=attention_evidence(window),
        known=known,
        known_by_chance=by_chance,
        most_chosen_for=max(texts_of_title.values(), default=0),
        n_texts=len({lesson.text for lesson in window if lesson.gains}),
    )


def attention_evidence(lessons: Iterable[Lesson]) -> float:
    """Log-odds in nats that choices fell as people let them fall, and not evenly over their pages.

    Each choice of title i, among n shown, adds its session's weight × log(p_i · n), with

        p_i = (e_i / Σ e + a_i) / (1 + Σ a)

    e: the chance that each was looked at; a: how often each was chosen for the same text before. So a choice far down
    speaks against people once, and for them when others repeat it. Labels that were shuffled over the page get
    −0.6 nats a choice, those of people +1 or more. Source: Wald 1945, doi:10.1214/aoms/1177731118, for deciding by
    such a sum; p is the predictive of a Pólya urn (Blackwell and MacQueen 1973, doi:10.1214/aos/1176342372).
    """
    total = 0.0
    chosen: dict[str, Counter[int]] = {}
    for lesson in lessons:
        places = {title: place for place, title in enumerate(lesson.shown, lesson.first_position)}
        looks = {title: lesson.examined.get(title, lesson.examination(place)) for title, place in places.items()}
        before = chosen.setdefault(lesson.text, Counter())
        n_before = sum(before[title] for title in places)
        picked = [title for title in lesson.gains if title in places]
        for title in picked:
            p = (looks[title] / sum(looks.values()) + before[title]) / (1 + n_before)
            total += lesson.weight * math.log(max(p * len(places), 1e-9))
        before.update(picked)
    return total


def known_share(lessons: Sequence[Lesson], snapshot: Snapshot, asks: Asks) -> tuple[float, float]:
    """(share of the titles on logged pages that the engine finds for the same text, the share by chance).

    By chance: the length of the engine's ranking over the size of the catalogue. Both 1 without pages.
    """
    found, chance = [], []
    rankings: dict[str, frozenset[int]] = {}
    for lesson in lessons:
        if lesson.text not in rankings:
            rows = answer(snapshot, asks(lesson.text), limit=1).rows
            rankings[lesson.text] = frozenset(snapshot.index.title_ids[rows].tolist())
        ranking = rankings[lesson.text]
        found.append(sum(title in ranking for title in lesson.shown) / max(1, len(lesson.shown)))
        chance.append(len(ranking) / max(1, len(snapshot.index)))
    if not found:
        return 1.0, 1.0
    return sum(found) / len(found), sum(chance) / len(chance)
