"""Versions on the same searches, with the whole engine: what somebody would have been shown.

Each question is put to the catalogue once and answered by every version: reading a text, looking its titles up and
gathering what speaks for them costs up to three times what an answer costs.
"""

import hashlib
import math
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import overload

import numpy as np

from recommender.ml.engine import answer, search
from recommender.ml.memory import ClickMemory
from recommender.ml.questions import Question, question
from recommender.ml.snapshot import Snapshot
from training.ml.labels import Lesson
from training.ml.metrics import ndcg_at_k

RANKED = 10
PAGE = 20
KEPT_BYTES = 64 << 20
MAX_INVERSE = 10.0  # weight of a choice that was unlikely to be looked at; measured, docs/decisions/0013
DRAWS = 2_000  # of the bootstrap
REPEATS = 2  # of a timed search; the fastest counts, so that what else the machine does does not
FREQUENT = 2.0  # remembered weight of a query's choices, from which it counts as frequent: four clicks

Asks = Callable[[str], Question]


@dataclass(frozen=True)
class Judged:
    """One version on held-out searches. ndcg: of the list it shows, by query id. shown: that list, by text,
    PAGE places of it.

    credit: by text, Σ weight × discount of the places where it puts what people chose, among what they were shown;
    chosen: by text, Σ weight. So credit / chosen is 1 where every choice comes first, and compares versions without
    favour to the one that served, see `evaluate`.
    """

    ndcg: dict[str, float] = field(default_factory=dict)
    shown: dict[str, tuple[int, ...]] = field(default_factory=dict)
    credit: dict[str, float] = field(default_factory=dict)
    chosen: dict[str, float] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        return sum(self.ndcg.values()) / len(self.ndcg) if self.ndcg else 0.0

    def plus(self, other: "Judged") -> "Judged":
        """Both, where they judged different searches; texts that both were asked count twice."""
        credit, chosen = Counter(self.credit), Counter(self.chosen)
        credit.update(other.credit)
        chosen.update(other.chosen)
        return Judged(self.ndcg | other.ndcg, self.shown | other.shown, dict(credit), dict(chosen))


@dataclass(frozen=True)
class Change:
    """What a candidate changes in the credit of choices: the mean, and its 95 % interval."""

    n: int  # judged searches
    mean: float = 0.0
    low: float = 0.0
    high: float = 0.0


def change(
    candidate: Judged, other: Judged, n: int, texts: Collection[str] | None = None, *, seed: int = 0
) -> Change:
    """Candidate − other, on these texts or all. n: how many searches that are, for the record.

    Paired percentile bootstrap over texts, because searches for one text are answered alike. Source: Efron and
    Tibshirani 1993, chapter 13; a ratio of sums as in self-normalised weighting.
    """
    keys = sorted(key for key in candidate.chosen if (texts is None or key in texts) and candidate.chosen[key] > 0)
    if not keys:
        return Change(n)
    gained = np.array([candidate.credit[key] - other.credit[key] for key in keys])
    weight = np.array([candidate.chosen[key] for key in keys])
    picks = np.random.default_rng(seed).integers(0, len(keys), size=(DRAWS, len(keys)))
    means = gained[picks].sum(axis=1) / weight[picks].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Change(n, float(gained.sum() / weight.sum()), float(low), float(high))


class Kept:
    """Asks each text once, as long as what is kept fits in so many bytes; what does not fit is asked again.

    A question needs 8 bytes a title: 0.3 MB of 36,830 titles, 8 MB of a million. The first ones are kept: dropping
    the oldest would, when all are gone through again, lose each just before it is asked.
    """

    def __init__(self, asks: Asks, at_most_bytes: int = KEPT_BYTES) -> None:
        self._asks = asks
        self._bytes_left = at_most_bytes
        self._kept: dict[str, Question] = {}

    def __call__(self, text: str) -> Question:
        if text in self._kept:
            return self._kept[text]
        asked = self._asks(text)
        self._bytes_left -= _n_bytes(asked)
        if self._bytes_left >= 0:
            self._kept[text] = asked
        return asked


@dataclass(frozen=True)
class Texts(Sequence[Question]):
    """The questions of these texts, asked when they are looked at."""

    texts: Sequence[str]
    asks: Asks

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, place: int) -> Question: ...

    @overload
    def __getitem__(self, place: slice) -> "Texts": ...

    def __getitem__(self, place: int | slice) -> "Question | Texts":
        if isinstance(place, slice):
            return Texts(self.texts[place], self.asks)
        return self.asks(self.texts[place])


def asking(snapshot: Snapshot) -> Kept:
    """How a version's catalogue is asked."""
    return Kept(lambda text: question(snapshot.index, snapshot.encoder, text))


def first(snapshot: Snapshot, asked: Question, limit: int = RANKED) -> list[int]:
    """Ids of the titles a version shows first."""
    rows = answer(snapshot, asked, limit=1).rows[:limit]
    return [int(title_id) for title_id in snapshot.index.title_ids[rows]]


def judged_lessons(lessons: Sequence[Lesson], at_most: int) -> list[Lesson]:
    """Those with a choice, at most so many, the same ones for every version: the smallest by hash."""
    return by_hash([lesson for lesson in lessons if lesson.gains], at_most)


def by_hash(lessons: Sequence[Lesson], at_most: int) -> list[Lesson]:
    """A sample that does not depend on the order, nor, but for the last ones, on how many there are."""
    return sorted(lessons, key=_hash)[:at_most]


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


def evaluate(versions: Sequence[Snapshot], lessons: Sequence[Lesson], ask: Asks) -> list[Judged]:
    """What each version makes of held-out searches: are the titles that people chose at the top?

    Logged choices favour whoever served: people choose what they see first, and cannot choose what they were not
    shown. Judged by plain nDCG, candidates that were better by the simulator's truth lost .007 to .013 to their
    champion. So a choice counts with its inverse chance of being looked at, at most MAX_INVERSE (Joachims et al.
    2017, doi:10.1145/3018661.3018699), and a version is judged by how it orders the page that was shown.
    A text is asked once, however many people typed it. Searches without a choice are answered, but not judged.
    """
    judged = [Judged() for _ in versions]
    for text, same in _by_text(lessons).items():
        asked = ask(text)
        for snapshot, results in zip(versions, judged, strict=True):
            ranked = first(snapshot, asked, snapshot.config.max_results)
            results.shown[text] = tuple(ranked[:PAGE])
            for lesson in (lesson for lesson in same if lesson.gains):
                results.ndcg[lesson.query_id] = ndcg_at_k(ranked, lesson.gains, RANKED)
                page = set(lesson.shown)
                places = {title: place for place, title in enumerate(t for t in ranked if t in page)}
                for title, weight in _debiased(lesson).items():
                    discount = 1 / math.log2(places[title] + 2) if places.get(title, RANKED) < RANKED else 0.0
                    results.chosen[text] = results.chosen.get(text, 0.0) + weight
                    results.credit[text] = results.credit.get(text, 0.0) + weight * discount
    return judged


def _debiased(lesson: Lesson) -> dict[int, float]:
    """Title id → weight of each choice, by how unlikely it was to be looked at."""
    found = {}
    for title in lesson.gains:
        weight = lesson.choice_weights.get(title, lesson.weight)
        place = lesson.place(title) if title in lesson.shown else 1
        looked_at = lesson.examined.get(title) or lesson.examination(place)
        found[title] = weight * min(MAX_INVERSE, 1 / looked_at)
    return found


def slices(memory: ClickMemory, lessons: Iterable[Lesson]) -> dict[str, list[Lesson]]:
    """Searches for frequent, rare and never-seen texts: by how much of them the champion remembers."""
    so_far = np.concatenate([[0.0], np.cumsum(memory.chosen)])
    remembered = dict(zip(memory.queries, np.diff(so_far[memory.starts]).tolist(), strict=True))
    found: dict[str, list[Lesson]] = {"frequent": [], "rare": [], "never seen": []}
    for lesson in lessons:
        chosen = remembered.get(lesson.text)
        found["never seen" if chosen is None else "frequent" if chosen >= FREQUENT else "rare"].append(lesson)
    return found


def spread(shown: Sequence[Sequence[int]], pool: Iterable[Sequence[int]]) -> tuple[int, float]:
    """(different titles shown, Gini coefficient in [0, 1) of how often each title of the pool is shown).

    pool: what every version that is compared shows, so that they are compared over the same titles.
    """
    times = Counter(chain.from_iterable(shown))
    counts = np.sort([times[title] for title in times.keys() | set(chain.from_iterable(pool))]).astype(np.float64)
    n, total = len(counts), counts.sum()
    if not total:
        return 0, 0.0
    return len(times), float((2 * np.arange(1, n + 1) - n - 1) @ counts / (n * total))


def median_ms(versions: Sequence[Snapshot], texts: Sequence[str]) -> list[float]:
    """Median CPU milliseconds of a whole search, for each version, on the same texts in turn; 0 without any.

    CPU time of this thread, because a trainer is nice and waits for others. Ask both versions something before.
    """
    took: list[list[float]] = [[] for _ in versions]
    for text in texts:
        fastest = [float("inf")] * len(versions)
        for _ in range(REPEATS):
            for place, snapshot in enumerate(versions):
                started = time.thread_time()
                search(snapshot, text, limit=RANKED)
                fastest[place] = min(fastest[place], (time.thread_time() - started) * 1000)
        for place, milliseconds in enumerate(fastest):
            took[place].append(milliseconds)
    return [float(np.median(of)) if of else 0.0 for of in took]


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


def _by_text(lessons: Sequence[Lesson]) -> dict[str, list[Lesson]]:
    same: dict[str, list[Lesson]] = {}
    for lesson in lessons:
        same.setdefault(lesson.text, []).append(lesson)
    return same


def _n_bytes(asked: Question) -> int:
    evidence = asked.evidence
    arrays = (asked.allowed, *((evidence.lexical, evidence.facts) if evidence else ()))
    return sum(array.nbytes for array in arrays if array is not None)


def _hash(lesson: Lesson) -> str:
    return hashlib.blake2b(lesson.query_id.encode(), digest_size=8).hexdigest()
