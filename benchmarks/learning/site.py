"""The whole loop without a database: serve, log, and at each tick lessons, fine-tuning, gate, promotion."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from benchmarks.learning.asking import HOME_PLACES, Asker
from recommender.ml.engine import answer
from recommender.ml.explore import Exploration, seed_of
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import ModelState
from training.ml.config import GatePolicy, TrainConfig
from training.ml.finetune import fine_tune
from training.ml.golden import GoldenSet
from training.ml.labels import Choice, Lesson, LoggedSearch, lessons
from training.ml.learning import examination_of
from training.ml.remember import trailing_choices
from training.ml.simulator import Intent, Page

PAGE_SIZE = 20
RATE = 0.5  # of exploration, as the site's own setting has it


@dataclass
class Teacher:
    """From logged searches to lessons, as windows come: what one person said of a title counts once a day."""

    heard: set[Choice] = field(default_factory=set)
    past: list[Lesson] = field(default_factory=list)

    def teach(
        self, window: Sequence[LoggedSearch], config: TrainConfig, champion: ModelState
    ) -> tuple[list[Lesson], list[Lesson]]:
        """(lessons of the window, older ones for replay). Nothing is remembered until `close`."""
        fresh, _ = lessons(
            window,
            earlier=self.heard,
            trailing=trailing_choices(champion.memory),
            examination=examination_of(champion),
        )
        return fresh, self.past[-int(config.replay * max(len(fresh), 100)) :]

    def close(self, window: Sequence[LoggedSearch], fresh: Sequence[Lesson]) -> None:
        self.heard |= {(deed.who, deed.title_id, deed.at.date()) for search in window for deed in search.deeds}
        self.past += fresh


@dataclass
class Site:
    """champion: what serves now. A refused window waits for the next tick; refused twice, it is left out."""

    champion: Snapshot
    version_zero: Snapshot
    asker: Asker
    golden: GoldenSet
    config: TrainConfig = field(default_factory=TrainConfig)
    policy: GatePolicy = field(default_factory=GatePolicy)
    rate: float = RATE
    teacher: Teacher = field(default_factory=Teacher)
    window: list[LoggedSearch] = field(default_factory=list)
    supporters: dict[int, set[str]] = field(default_factory=dict)
    n_served: int = 0
    n_judged: int = 0
    n_promoted: int = 0
    n_refusals: int = 0  # of the window that is open
    refusals: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # of each run

    def serve(self, intent: Intent, who: str) -> Page:
        """A page as the site would log it."""
        if not intent.text:
            shown = tuple(self.asker.first(self.champion, intent, HOME_PLACES))
            return Page(shown, (1.0,) * len(shown))
        asked = self.asker.question(intent.text)
        self.n_served += 1
        explore = Exploration(self.rate, seed_of(who, asked.text, self.champion.version)) if self.rate else None
        ranking = answer(self.champion, asked, limit=PAGE_SIZE, explore=explore)
        return Page(
            shown=tuple(hit.title_id for hit in ranking.hits),
            propensity=tuple(hit.propensity for hit in ranking.hits),
            names_title=asked.query_class == "title",
            source=tuple(int(hit.sources) for hit in ranking.hits),
        )

    def learn(self, searches: Sequence[LoggedSearch]) -> None:
        """Log them, then a tick."""
        for search in searches:
            self.log(search)
        self.tick()

    def log(self, search: LoggedSearch) -> None:
        self.window.append(search)
        for deed in search.deeds:
            self.supporters.setdefault(deed.title_id, set()).add(deed.who)

    def tick(self) -> None:
        """Learn from the window; the champion changes only if the gate lets the candidate through."""
        fresh, replay = self.teacher.teach(self.window, self.config, self.champion.state)
        if not any(lesson.gains or lesson.against for lesson in fresh):
            return
        started = time.perf_counter()
        candidate = fine_tune(
            self.champion,
            self.version_zero,
            fresh,
            replay,
            self.asker.vectors([lesson.text for lesson in (*fresh, *replay)]),
            self.golden,
            self.config,
            self.policy,
            support={title: len(people) for title, people in self.supporters.items()},
        )
        self.seconds.append(time.perf_counter() - started)
        self.n_judged += 1
        if candidate.verdict.promotes:
            self.n_promoted += 1
            self.champion = replace(self.champion, version=self.champion.version + 1, state=candidate.state)
        else:
            self.n_refusals += 1
            self.refusals += candidate.verdict.refusals
        if candidate.verdict.promotes or self.n_refusals > 1:
            self.teacher.close(self.window, fresh)
            self.window, self.n_refusals = [], 0
