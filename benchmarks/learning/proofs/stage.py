"""A site without a gate, so that learning itself is measured and not the gate's care; runs serve several proofs."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks import learn as simulation
from benchmarks.learning.asking import Asker
from benchmarks.learning.site import RATE, Site, Teacher
from recommender.ml.snapshot import Snapshot
from training.ml.config import TrainConfig
from training.ml.examination import FirstPage
from training.ml.golden import GoldenSet
from training.ml.labels import Lesson, LoggedSearch
from training.ml.learning import learn
from training.ml.metrics import ndcg_at_k
from training.ml.simulator import Intent, Page, People, Visit, World

TICK = 250  # searches between two fits
KEPT = (1_000, 5_000, 10_000, 20_000)  # searches after which a version is kept for the proofs
NOT_JUDGED = GoldenSet((), (), ())


def taught(
    champion: Snapshot, fresh: Sequence[Lesson], replay: Sequence[Lesson], asker: Asker, config: TrainConfig
) -> Snapshot:
    """The next version: what one window makes of the champion."""
    vectors = asker.vectors(sorted({lesson.text for lesson in (*fresh, *replay)}))
    state, _ = learn(champion, fresh, replay, vectors, config)
    return replace(champion, version=champion.version + 1, state=state)


class Play:
    """One site and its people. visits, pages: all of them, in order. champions: number of searches → the version
    that served then, of those that were asked for and of `kept`.
    """

    def __init__(
        self,
        prepared: simulation.World,
        *,
        seed: int = 0,
        rate: float = RATE,
        joins_at: int | None = None,
        config: TrainConfig | None = None,
        champion: Snapshot | None = None,
        kept: Sequence[int] = (),
    ) -> None:
        zero = prepared.version_zero
        new = prepared.asker.new if joins_at is not None else np.zeros(len(zero.index), np.bool_)
        self.asker = Asker(zero.index, zero.encoder, new)
        self.joins_at, self.kept = joins_at, frozenset(kept)
        start = champion or zero
        self.config, self.teacher = config or TrainConfig(), Teacher()
        self.site = Site(start, zero, self.asker, NOT_JUDGED, rate=rate)
        self.people = People(prepared.cast.world, seed=seed)
        self.visits: list[Visit] = []
        self.pages: list[Page] = []
        self.champions: dict[int, Snapshot] = {0: start}

    def until(self, n_searches: int, *, learns: bool = True) -> Snapshot:
        """The version that serves after so many searches in all. Raises KeyError where it is gone."""
        while len(self.visits) < n_searches:
            if self.joins_at is not None and len(self.visits) >= self.joins_at and not self.asker.is_open:
                self.asker.open_to_all()
            visit = self.people.visit(self._serve)
            self.visits.append(visit)
            if learns and len(self.visits) % TICK == 0:
                self.learn([visit.logged for visit in self.visits[-TICK:]])
            if len(self.visits) in self.kept or len(self.visits) == n_searches:
                self.champions[len(self.visits)] = self.site.champion
        return self.champions[n_searches]

    def learn(self, window: Sequence[LoggedSearch]) -> None:
        fresh, replay = self.teacher.teach(window, self.config, self.site.champion.state)
        self.site.champion = taught(self.site.champion, fresh, replay, self.asker, self.config)
        self.teacher.close(window, fresh)

    def _serve(self, intent: Intent, who: str) -> Page:
        page = self.site.serve(intent, who)
        self.pages.append(page)
        return page

    def expected(self) -> NDArray[np.float64]:
        """float64[n]: what each page was worth to the person who saw it, in expected choices."""
        world, liking = self.people.world, self.people.world.tastes.liking
        return np.array([worth(world, v.intent, liking[v.person], v.logged.shown) for v in self.visits])

    def first_pages(self) -> list[FirstPage]:
        """As the fit of the examination curve reads them from a log."""
        found = []
        for visit, page in zip(self.visits, self.pages, strict=True):
            if page.source:
                clicked = {deed.title_id for deed in visit.logged.deeds if deed.action == "click"}
                found.append(FirstPage(page.propensity, page.source, [title in clicked for title in page.shown]))
        return found


@dataclass
class Stage:
    """prepared: the world. is_quick: a tenth of the searches, to see that the proofs run. plays: kept runs. split:
    the part of the query files that the world is made of.
    """

    prepared: simulation.World
    is_quick: bool = False
    split: str = "dev"
    plays: dict[tuple[int, float, int | None], Play] = field(default_factory=dict)

    @classmethod
    def set_up(
        cls, *, examination: float = 1.1, split: str = "dev", seed: int = 0, is_quick: bool = False
    ) -> "Stage":
        return cls(simulation.prepare(examination, split, seed), is_quick, split)

    def elsewhere(self, seed: int) -> "Stage":
        """The same people and films where other themes are the ones that are asked most."""
        return Stage.set_up(
            examination=self.world.habits.examination, split=self.split, seed=seed, is_quick=self.is_quick
        )

    @property
    def world(self) -> World:
        return self.prepared.cast.world

    def searches(self, n: int) -> int:
        return n // 10 if self.is_quick else n

    def play(self, *, seed: int = 0, rate: float = RATE, joins_at: int | None = None) -> Play:
        """The run with these settings; the same one for every proof that asks, as far as it has come."""
        key = seed, rate, joins_at
        if key not in self.plays:
            kept = [self.searches(n) for n in KEPT]
            self.plays[key] = Play(self.prepared, seed=seed, rate=rate, joins_at=joins_at, kept=kept)
        return self.plays[key]


def choices(world: World, intent: Intent, liking: NDArray[np.float32], shown: Sequence[int]) -> NDArray[np.float64]:
    """float64[len(shown)]: the chance that each title is chosen once it is looked at, which is never above 1."""
    return np.minimum(world.attraction(intent, liking, shown), 1)


def worth(world: World, intent: Intent, liking: NDArray[np.float32], shown: Sequence[int]) -> float:
    """Expected choices on a page."""
    return float(world.habits.examined(len(shown)) @ choices(world, intent, liking, shown))


def theme_ndcg(asker: Asker, version: Snapshot, intents: Sequence[Intent], world: World) -> NDArray[np.float64]:
    """float64[len(intents)]: true nDCG@10, by what the average person makes of each title; NaN where none fits."""
    found = []
    for intent in intents:
        gains = {
            title: gain for title, gain in asker.truth(world.gains(intent, world.tastes.mean)).items() if gain > 0
        }
        found.append(ndcg_at_k(asker.first(version, intent), gains) if gains else np.nan)
    return np.array(found)
