"""Simulated people who search, look down the page and choose by their own taste: a log with a known truth.

The position-based model (Craswell et al. 2008, doi:10.1145/1341531.1341545): place k is looked at with probability
k^-η, and what is looked at is chosen with probability relevance × liking. Some clicks are accidents, and some
choices are followed by an opinion. Pure and seeded: a world and a seed give the same people, whoever serves them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from recommender.ml.names.folding import fold
from training.ml.labels import Deed, LoggedSearch
from training.ml.tastes import Tastes

FIRST_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
BETWEEN_SEARCHES = timedelta(seconds=60)
HOME = "home"


@dataclass(frozen=True)
class Intent:
    """Something to look for. relevance: row → (0, 1]; empty for the home list, where everything may do.

    by_taste: whether a fitting title must also be liked; who looks for one title takes it anyway.
    """

    kind: str
    text: str
    relevance: dict[int, float] = field(default_factory=dict)
    by_taste: bool = True


@dataclass(frozen=True)
class Habits:
    examination: float = 1.1  # η
    accident: float = 0.05  # share of clicks that hit any place of the page
    opinion: float = 0.2  # of clicks that are followed by like or dislike
    home_click: float = 0.3  # how much less a title is chosen that nobody asked for

    def examined(self, n_places: int) -> NDArray[np.float64]:
        """float64[n_places]: the chance that each place is looked at."""
        return np.asarray(np.arange(1, n_places + 1, dtype=np.float64) ** -self.examination)


@dataclass(frozen=True)
class World:
    """intents with float64[len(intents)] chances, summing to 1. Rows of `tastes` titles are title ids."""

    intents: Sequence[Intent]
    chances: NDArray[np.float64]
    tastes: Tastes
    activity: NDArray[np.float64]  # [P], the share of searches that each person makes
    habits: Habits = field(default_factory=Habits)

    def gains(self, intent: Intent, liking: NDArray[np.float32]) -> dict[int, float]:
        """Row → true gain, relevance × liking. liking: float32[N], one person's or the mean of many."""
        if not intent.by_taste:
            return intent.relevance
        return {row: relevance * float(liking[row]) for row, relevance in intent.relevance.items()}

    def attraction(self, intent: Intent, liking: NDArray[np.float32], shown: Sequence[int]) -> NDArray[np.float64]:
        """float64[len(shown)]: the chance that each title is chosen once it is looked at."""
        if intent.kind == HOME:
            return np.asarray(self.habits.home_click * liking[list(shown)], np.float64)
        gains = self.gains(intent, liking)
        return np.array([gains.get(row, 0.0) for row in shown], np.float64)

    def utility(self, intent: Intent, liking: NDArray[np.float32], shown: Sequence[int]) -> float:
        """Expected choices on a page: Σ_k P(place k is looked at) · P(its title is chosen)."""
        return float(self.habits.examined(len(shown)) @ self.attraction(intent, liking, shown))


@dataclass(frozen=True)
class Page:
    """What somebody was shown: title ids, and the chance each had to stand where it stands."""

    shown: tuple[int, ...]
    propensity: tuple[float, ...]
    names_title: bool = False
    text: str | None = None  # as the log keeps it, where that is not the folded query
    source: tuple[int, ...] = ()


Serve = Callable[[Intent, str], Page]


@dataclass(frozen=True)
class Visit:
    """One search of one person: what was meant, what was logged."""

    intent: Intent
    person: int
    logged: LoggedSearch


class People:
    """An endless queue of visits. Each draws from a stream of its own, so what one is shown changes no other."""

    def __init__(self, world: World, *, seed: int = 0) -> None:
        self.world = world
        self.seed = seed
        self.n_visits = 0

    def visit(self, serve: Serve) -> Visit:
        """The next person comes, asks `serve` and does something, or nothing."""
        world, number = self.world, self.n_visits
        self.n_visits += 1
        draw = np.random.default_rng([self.seed, number])
        intent = world.intents[int(draw.choice(len(world.intents), p=world.chances))]
        person = int(draw.choice(len(world.activity), p=world.activity))
        at = FIRST_MOMENT + number * BETWEEN_SEARCHES
        page = serve(intent, f"p{person}")
        who = f"p{person}"
        logged = LoggedSearch(
            query_id=f"q{number:07d}",
            text=fold(intent.text) if page.text is None else page.text,
            who=who,
            session=f"{who}-{at:%Y%m%d}",
            at=at,
            shown=page.shown,
            propensity=page.propensity,
            source=page.source,
            names_title=page.names_title,
            deeds=tuple(self._deeds(intent, person, page.shown, who, at, draw)),
        )
        return Visit(intent, person, logged)

    def _deeds(
        self, intent: Intent, person: int, shown: Sequence[int], who: str, at: datetime, draw: np.random.Generator
    ) -> list[Deed]:
        habits, liking = self.world.habits, self.world.tastes.liking[person]
        looks = draw.random(len(shown)) < habits.examined(len(shown))
        takes = draw.random(len(shown)) < self.world.attraction(intent, liking, shown)
        deeds = []
        for place in np.flatnonzero(looks & takes):
            by_accident = draw.random() < habits.accident
            title = shown[int(draw.integers(len(shown))) if by_accident else int(place)]
            moment = at + timedelta(seconds=10 + 5 * int(place))
            deeds.append(Deed("click", title, who, moment))
            if draw.random() < habits.opinion:
                action = "like" if draw.random() < liking[title] else "dislike"
                deeds.append(Deed(action, title, who, moment + timedelta(seconds=60)))
        return deeds
