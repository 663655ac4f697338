"""A site without a database that learns in windows, with its whole defence or a part of it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from unittest.mock import patch

from benchmarks.poisoning.attacks import Attack, Attacker, Scene
from recommender.ml.index import CatalogIndex
from recommender.ml.query.understanding import Chip, Understanding
from recommender.ml.reading import read as read_text
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import ModelState
from training.ml import caps, examples, labels, remember, weighing
from training.ml.config import GatePolicy, TrainConfig
from training.ml.finetune import fine_tune
from training.ml.labels import Choice, Lesson, LoggedSearch, lessons
from training.ml.learning import learn
from training.ml.simulator import People

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
            for module in (labels, remember, weighing):
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

    chosen: honest choices, repeated ones aside. held: what the caps took of them. quarantined: what was in windows
    that are left out. alarms: cycles with one. refusals: why the gate refused a window, in words.
    """

    snapshots: list[Snapshot] = field(default_factory=list)
    learnt: list[float] = field(default_factory=list)
    chosen: int = 0
    held: float = 0.0
    quarantined: float = 0.0
    alarms: int = 0
    refusals: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Tried:
    """What a run made of a window. refusals: why its state may not serve, empty if it may."""

    window: Sequence[LoggedSearch]
    fresh: Sequence[Lesson]
    state: ModelState
    refusals: list[str]
    has_alarm: bool


@dataclass
class Site:
    """A site without a database, as far as a drill needs one.

    A window that is refused waits for the next, and if both fail the first is divided, as in `training.quarantine`:
    its halves are tried one after the other, a half that fails is left out, and what came since is tried by itself.
    Attackers come all day, so every other search makes a half.
    """

    scene: Scene
    layer: str
    champion: Snapshot
    outcome: Outcome = field(default_factory=Outcome)
    heard: set[Choice] = field(default_factory=set)
    past: list[Lesson] = field(default_factory=list)
    support: dict[int, set[str]] = field(default_factory=dict)
    waiting: list[LoggedSearch] = field(default_factory=list)

    def learn(self, window: list[LoggedSearch]) -> None:
        if self.layer == "none":
            window = [_somebody_else(search) for search in window]
        tried = self._try([*self.waiting, *window])
        self.outcome.alarms += tried.has_alarm
        if not tried.refusals:
            self.waiting = []
            self._keep(tried)
        elif not self.waiting:
            self.waiting = window
        else:
            first, self.waiting = self.waiting, []
            for half in (first[::2], first[1::2]):
                tried = self._try(half)
                if tried.refusals:
                    self.outcome.quarantined += self._count(tried)
                else:
                    self._keep(tried)
            tried = self._try(window)
            if tried.refusals:
                self.waiting = window
            else:
                self._keep(tried)

    def _try(self, window: Sequence[LoggedSearch]) -> Tried:
        trailing = remember.trailing_choices(self.champion.state.memory)
        fresh, counts = lessons(window, earlier=self.heard, trailing=trailing)
        state, refusals = self._taught(fresh, _clients(window, self.support))
        self.outcome.refusals += refusals
        return Tried(window, fresh, state, refusals, bool(caps.alarms(counts)))

    def _keep(self, tried: Tried) -> None:
        self.champion = replace(self.champion, version=self.champion.version + 1, state=tried.state)
        self.heard |= {(deed.who, deed.title_id, deed.at.date()) for search in tried.window for deed in search.deeds}
        self.support = _clients(tried.window, self.support)
        self.past += tried.fresh
        self._count(tried)

    def _count(self, tried: Tried) -> float:
        """Honest choices into the outcome; what the caps left of them."""
        honest = [lesson for lesson in tried.fresh if lesson.query_id.startswith("q")]
        chosen = sum(len(lesson.gains) for lesson in honest)
        weight = sum(sum(lesson.choice_weights.values()) for lesson in honest)
        self.outcome.chosen += chosen
        self.outcome.held += chosen - weight
        return weight

    def _taught(self, fresh: Sequence[Lesson], support: dict[int, set[str]]) -> tuple[ModelState, list[str]]:
        """(what was learnt, why it may not serve)."""
        scene, config, policy = self.scene, TrainConfig(), GatePolicy()
        replay = self.past[-int(config.replay * max(len(fresh), 100)) :]
        vectors = scene.asker.vectors(sorted({lesson.text for lesson in (*fresh, *replay)}))
        if self.layer != "all":
            return learn(self.champion, fresh, replay, vectors, config)[0], []
        candidate = fine_tune(
            self.champion, scene.version_zero, fresh, replay, vectors, scene.golden, config, policy,
            asks=scene.asker.question, support={title: len(clients) for title, clients in support.items()},
        )  # fmt: skip
        failed = [condition for condition in candidate.verdict.conditions if not condition.passed]
        # The clock is noisy: what it alone refuses, the product tries again.
        return candidate.state, [condition.reason for condition in failed if condition.name != "latency"]


def run(scene: Scene, attack: Attack | None, layer: str, cycles: int, n_searches: int) -> Outcome:
    people, site = People(scene.cast.world, seed=scene.seed), Site(scene, layer, scene.version_zero)
    outcome = site.outcome
    for cycle in range(cycles):
        window = [people.visit(scene.pages_of(site.champion)).logged for _ in range(n_searches)]
        if attack:
            window += attack(Attacker(scene, site.champion, cycle))
        site.learn(window)
        outcome.snapshots.append(site.champion)
        outcome.learnt.append(1 - (outcome.held + outcome.quarantined) / max(outcome.chosen, 1))
    return outcome


def _clients(window: Sequence[LoggedSearch], before: dict[int, set[str]]) -> dict[int, set[str]]:
    """Title → who ever chose it."""
    found = {title: set(clients) for title, clients in before.items()}
    for search in window:
        for deed in search.deeds:
            if deed.action in labels.GAIN:
                found.setdefault(deed.title_id, set()).add(deed.who)
    return found


def _somebody_else(search: LoggedSearch) -> LoggedSearch:
    """The same search by a client of its own, as a log without clients would have it."""
    deeds = tuple(replace(deed, who=search.query_id) for deed in search.deeds)
    return replace(search, who=search.query_id, session=search.query_id, deeds=deeds)
