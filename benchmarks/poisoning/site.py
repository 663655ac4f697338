"""A site without a database that learns in windows, with its whole defence or a part of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from unittest.mock import patch

from benchmarks.learning.asking import HOME_PLACES
from benchmarks.poisoning.attacks import PAGE, Attack, Attacker, Scene
from recommender.ml.engine import Snapshot
from recommender.ml.index import CatalogIndex
from recommender.ml.query.understanding import Chip, Understanding
from recommender.ml.questions import read as read_text
from recommender.ml.weights import ModelState
from training.ml import caps, examples, labels, remember
from training.ml.config import GatePolicy, TrainConfig
from training.ml.finetune import fine_tune
from training.ml.labels import Choice, Lesson, LoggedSearch, lessons
from training.ml.learning import learn
from training.ml.simulator import Intent, Page, People

LAYERS = ("none", "rules", "caps", "all")
NEVER = 10**9

_readings: dict[str, tuple[Understanding, tuple[Chip, ...]]] = {}  # there is one catalogue


def _read_once(index: CatalogIndex, text: str) -> tuple[Understanding, tuple[Chip, ...]]:
    if text not in _readings:
        _readings[text] = read_text(index, text)
    return _readings[text]


@contextmanager
def only(layer: str) -> Iterator[None]:
    """Switches off what the layer does not have. What a text asks for is the same for every version: read once."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(examples, "read", _read_once))
        if layer != "all":
            stack.enter_context(patch.object(remember, "UNEXPLAINED", NEVER))
            for module in (labels, remember):
                stack.enter_context(patch.object(module, "depth_weight", lambda _: 1.0))
        if layer in ("none", "rules"):
            for name in ("SESSION_CHOICES", "SURGE_FLOOR", "PAIR_FLOOR", "REFUSAL_FLOOR"):
                stack.enter_context(patch.object(caps, name, NEVER))
        if layer == "none":
            stack.enter_context(patch.object(labels, "MAX_PAIRS_PER_SESSION", NEVER))
        yield


@dataclass
class Outcome:
    """snapshots: what serves after each cycle. learnt: the share of honest choices that were learnt by then.

    chosen: honest choices, repeated ones aside. held: what the caps took of them. refused: what was in windows that
    the gate refused for good.
    """

    snapshots: list[Snapshot] = field(default_factory=list)
    learnt: list[float] = field(default_factory=list)
    chosen: int = 0
    held: float = 0.0
    refused: float = 0.0
    alarms: int = 0
    refusals: list[str] = field(default_factory=list)


@dataclass
class Site:
    """A site without a database, as far as a drill needs one. A window that is refused waits, and after a second time
    is left out.
    """

    scene: Scene
    layer: str
    champion: Snapshot
    heard: set[Choice] = field(default_factory=set)
    past: list[Lesson] = field(default_factory=list)
    support: dict[int, set[str]] = field(default_factory=dict)
    waiting: list[LoggedSearch] = field(default_factory=list)

    def learn(self, window: list[LoggedSearch], outcome: Outcome) -> None:
        if self.layer == "none":
            window = [_somebody_else(search) for search in window]
        was_refused, window = bool(self.waiting), [*self.waiting, *window]
        for search in window:
            for deed in search.deeds:
                self.support.setdefault(deed.title_id, set()).add(deed.who)
        trailing = remember.trailing_choices(self.champion.state.memory)
        fresh, counts = lessons(window, earlier=self.heard, trailing=trailing)
        outcome.alarms += bool(caps.alarms(counts))
        state, refusals = self._taught(fresh)
        self.waiting = window if refusals and not was_refused else []
        outcome.refusals += refusals
        if not refusals:
            self.champion = replace(self.champion, version=self.champion.version + 1, state=state)
        if self.waiting:
            return
        self.heard |= {(deed.who, deed.title_id, deed.at.date()) for search in window for deed in search.deeds}
        self.past += fresh
        honest = [lesson for lesson in fresh if lesson.query_id.startswith("q")]
        chosen, weight = (
            sum(len(lesson.gains) for lesson in honest),
            sum(sum(lesson.choice_weights.values()) for lesson in honest),
        )
        outcome.chosen += chosen
        outcome.held += chosen - weight
        outcome.refused += weight if refusals else 0.0

    def _taught(self, fresh: Sequence[Lesson]) -> tuple[ModelState, list[str]]:
        """(what was learnt, why it may not serve)."""
        scene, config, policy = self.scene, TrainConfig(), GatePolicy()
        replay = self.past[-int(config.replay * max(len(fresh), 100)) :]
        vectors = scene.asker.vectors(sorted({lesson.text for lesson in (*fresh, *replay)}))
        if self.layer != "all":
            return learn(self.champion, fresh, replay, vectors, config)[0], []
        candidate = fine_tune(
            self.champion, scene.version_zero, fresh, replay, vectors, scene.golden, config, policy,
            asks=scene.asker.question, support={title: len(clients) for title, clients in self.support.items()},
        )  # fmt: skip
        return candidate.state, candidate.verdict.refusals


def run(scene: Scene, attack: Attack | None, layer: str, cycles: int, n_searches: int) -> Outcome:
    people, outcome = People(scene.cast.world), Outcome()
    site = Site(scene, layer, scene.version_zero)
    for cycle in range(cycles):
        window = [people.visit(_serve(scene, site.champion)).logged for _ in range(n_searches)]
        if attack:
            window += attack(Attacker(scene, site.champion, cycle))
        site.learn(window, outcome)
        outcome.snapshots.append(site.champion)
        outcome.learnt.append(1 - (outcome.held + outcome.refused) / max(outcome.chosen, 1))
    return outcome


def _serve(scene: Scene, champion: Snapshot) -> Callable[[Intent, str], Page]:
    def serve(intent: Intent, _who: str) -> Page:
        shown = tuple(scene.asker.first(champion, intent, PAGE if intent.text else HOME_PLACES))
        named = bool(intent.text) and scene.asker.question(intent.text).query_class == "title"
        return Page(shown, (1.0,) * len(shown), names_title=named)

    return serve


def _somebody_else(search: LoggedSearch) -> LoggedSearch:
    """The same search by a client of its own, as a log without clients would have it."""
    deeds = tuple(replace(deed, who=search.query_id) for deed in search.deeds)
    return replace(search, who=search.query_id, session=search.query_id, deeds=deeds)
