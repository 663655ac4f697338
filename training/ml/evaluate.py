"""Versions on the same judged searches, with the whole engine: what somebody would have been shown."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.ml.engine import Snapshot, search
from training.ml.labels import Lesson
from training.ml.metrics import ndcg_at_k

RANKED = 10


@dataclass(frozen=True)
class Judged:
    """nDCG@10 of each judged search, keyed by query id, for one version."""

    ndcg: dict[str, float]

    @property
    def mean(self) -> float:
        return sum(self.ndcg.values()) / len(self.ndcg) if self.ndcg else 0.0

    def differences(self, other: "Judged") -> list[float]:
        """self − other for every search that both answered, in a fixed order."""
        return [self.ndcg[key] - other.ndcg[key] for key in sorted(self.ndcg.keys() & other.ndcg.keys())]


def judged_lessons(lessons: Sequence[Lesson], at_most: int) -> list[Lesson]:
    """Those with a choice, at most so many, the same ones for every version: the smallest by hash."""
    return sorted((lesson for lesson in lessons if lesson.gains), key=_hash)[:at_most]


def folds(lessons: Sequence[Lesson], n_folds: int) -> list[tuple[list[Lesson], list[Lesson]]]:
    """(taught, held out) pairs: every lesson is held out once, by the hash of its query id."""
    part = {lesson.query_id: int(_hash(lesson), 16) % n_folds for lesson in lessons}
    return [
        (
            [lesson for lesson in lessons if part[lesson.query_id] != fold],
            [lesson for lesson in lessons if part[lesson.query_id] == fold],
        )
        for fold in range(n_folds)
    ]


def evaluate(snapshot: Snapshot, lessons: Sequence[Lesson]) -> Judged:
    """What the version makes of held-out searches: are the titles that people chose at the top?"""
    return Judged(
        {
            lesson.query_id: ndcg_at_k(
                [hit.title_id for hit in search(snapshot, lesson.text, limit=RANKED).hits], lesson.gains
            )
            for lesson in lessons
        }
    )


def baselines(snapshot: Snapshot, lessons: Sequence[Lesson], *, seed: int = 0) -> dict[str, float]:
    """Mean nDCG@10 of random titles and of the most famous ones: what any version must beat."""
    index = snapshot.index
    if not lessons or not len(index):
        return {"random": 0.0, "popularity": 0.0}
    famous = [int(index.title_ids[row]) for row in np.argsort(-index.prior, kind="stable")[:RANKED]]
    draw = np.random.default_rng(seed)
    random = [
        ndcg_at_k(draw.choice(index.title_ids, min(RANKED, len(index)), replace=False).tolist(), lesson.gains)
        for lesson in lessons
    ]
    popular = [ndcg_at_k(famous, lesson.gains) for lesson in lessons]
    return {"random": float(np.mean(random)), "popularity": float(np.mean(popular))}


def _hash(lesson: Lesson) -> str:
    return hashlib.blake2b(lesson.query_id.encode(), digest_size=8).hexdigest()
