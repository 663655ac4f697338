"""What a visitor's own signals say of every title, as the ranking and its explanations need it.

Taste is worked out anew from the signals as they stand: nothing of a person is kept in a version, so what is muted or
forgotten is gone with the next page. The last few people's numbers are kept in memory, under their signals.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import NamedTuple

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from catalog import signals
from catalog.event_log import Visitor
from catalog.models import Signal, Title
from recommender.ml import taste as ml
from recommender.ml.snapshot import Snapshot
from recommender.ml.taste import Taste, Tastes

Kind = Signal.Kind
WEIGHTS = {
    Kind.LIKE: ml.WEIGHTS["like"],
    Kind.WATCHLIST: ml.WEIGHTS["watchlist_add"],
    Kind.OPENED: ml.WEIGHTS["click"],
    Kind.SEEN: ml.WEIGHTS["seen"],
    Kind.NOT_FOR_ME: ml.WEIGHTS["not_for_me"],
}
OPINIONS = (Kind.LIKE, Kind.NOT_FOR_ME, Kind.RATING)  # they say more than what was only opened, seen or kept
WELL_LIKED = 4.0  # stars
IN_SEARCH = 0.15  # the most that taste moves a title in a search, in points of relevance
HALF_WAY = 0.5  # percentage points of being chosen next from where on most of that is reached
MAX_SIGNALS = 3 * ml.TasteConfig().max_signals  # read: some are outdone by others of the same title
N_LOOKS = 30  # the next would count for a tenth of the last, and each costs milliseconds
BETWEEN_LOOKS = 1 / 24  # days: what came later counts for more, and none has faded
KEPT = 32  # people, each with four bytes a title


@dataclass(frozen=True)
class Personal:
    """said: the signals that count. points: float32[N], percentage points that they add to each title."""

    said: list[Signal]
    taste: Taste
    tastes: Tastes
    points: NDArray[np.float32]
    strength: float

    @property
    def in_search(self) -> NDArray[np.float32]:
        """float32[N]: what is added to the relevance in a search, bounded however much somebody liked."""
        return np.asarray(self.strength * IN_SEARCH * np.tanh(self.points / HALF_WAY), np.float32)

    @property
    def attention(self) -> NDArray[np.float32]:
        """float32[N]: what everybody chooses, as far as taste leaves it a say; strength leaves it as it is."""
        return self.tastes.prior_beside(self.points)

    @property
    def for_you(self) -> NDArray[np.float32]:
        return np.asarray(self.strength * self.points, np.float32)

    @property
    def favourites(self) -> list[int]:
        """Ids of the titles they liked or rated well, the newest first."""
        well = (
            s for s in self.said if s.kind == Kind.LIKE or (s.kind == Kind.RATING and (s.value or 0) >= WELL_LIKED)
        )
        return list(dict.fromkeys(signal.title_id for signal in well))

    def because(self, title_id: int, limit: int = 3) -> list[tuple[Signal, float]]:
        """(signal, percentage points) of those that speak loudest for or against a title."""
        row = self.tastes.index.row_of_title.get(title_id)
        if row is None or not len(self.taste):
            return []
        parts = self.tastes.contributions(self.taste, np.array([row]))[:, 0]
        loudest = np.argsort(-np.abs(parts), kind="stable")[:limit]
        return [(self.said[self.taste.places[n]], float(parts[n])) for n in loudest if parts[n]]


def signals_that_count(visitor: Visitor) -> list[Signal]:
    """The visitor's newest, none of them muted; one query whose cost does not grow with what they imported."""
    return list(signals.newest(visitor.owner, MAX_SIGNALS)) if visitor.owner else []


def of(visitor: Visitor, snapshot: Snapshot, newest: Sequence[Signal] | None = None) -> Personal | None:
    """None where nothing personal may or can be said. newest: `signals_that_count`, if known; else one query."""
    if visitor.owner is None or not visitor.personalise or not visitor.strength:
        return None
    said = counting(signals_that_count(visitor) if newest is None else newest)
    if not said:
        return None
    tastes, kept = _bound_to(snapshot)
    now = timezone.now()
    taste = tastes.taste([_heard(signal, now) for signal in said])
    if not len(taste):
        return None
    key = (visitor.owner, tuple((signal.pk, signal.said, signal.value) for signal in said))
    points = kept.get(key)
    if points is None:
        points = tastes.scores(taste)
        kept.put(key, points)
    return Personal(said, taste, tastes, points, visitor.strength)


def of_looks(titles: Sequence[Title], snapshot: Snapshot) -> Personal | None:
    """What somebody would choose next who looked at these just now, the last one first, whoever it is; nothing of it
    is kept. None where the catalogue that is served knows none of them. N_LOOKS count, further ones would say little.
    """
    said = [Signal(title=title, kind=Kind.OPENED) for title in titles[:N_LOOKS]]
    tastes, _kept = _bound_to(snapshot)
    taste = tastes.taste([ml.Signal(s.title_id, weight_of(s), n * BETWEEN_LOOKS) for n, s in enumerate(said)])
    return Personal(said, taste, tastes, tastes.scores(taste), strength=1.0) if len(taste) else None


def counting(said: Sequence[Signal]) -> list[Signal]:
    """Those that are not muted, and of one title the opinion before all that only was opened, seen or kept."""
    heard = [signal for signal in said if not signal.is_muted]
    judged = {signal.title_id for signal in heard if signal.kind in OPINIONS}
    return [signal for signal in heard if signal.kind in OPINIONS or signal.title_id not in judged]


def weight_of(signal: Signal) -> float:
    """What a signal is worth before it fades, signed; about 1 for a clear one."""
    if signal.kind == Kind.RATING:
        return ml.weight_of_stars(signal.value or ml.INDIFFERENT)
    return WEIGHTS[Kind(signal.kind)]


def _heard(signal: Signal, now: datetime) -> ml.Signal:
    return ml.Signal(signal.title_id, weight_of(signal), (now - signal.said).total_seconds() / 86_400)


class _Recent:
    """The newest few numbers by key; safe between threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: object) -> NDArray[np.float32] | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: object, points: NDArray[np.float32]) -> None:
        with self._lock:
            self._kept[key] = points
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


class _Bound(NamedTuple):
    """One version's tastes and what they said of the last few people, which goes with them."""

    tastes: Tastes
    points: _Recent


_bound: _Bound | None = None


def _bound_to(snapshot: Snapshot) -> _Bound:
    """Made once for each version and catalogue."""
    global _bound
    bound, affinity = _bound, snapshot.state.affinity
    if bound is None or bound.tastes.index is not snapshot.index or bound.tastes.affinity is not affinity:
        bound = _bound = _Bound(Tastes(snapshot.index, affinity), _Recent())
    return bound
