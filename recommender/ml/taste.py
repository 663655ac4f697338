"""What one person would choose next, from what they chose before: a sum over their signals, so every part has a name.

    linear(i) = Σ_s w_s · (points(s → i) + κ · kernel(i, s))        in percentage points of being chosen next
    personal(i) = (prior(i) + linear(i)) · left(i) − prior(i)       where there is a chance to lose; else linear(i)
    left(i) = Π_refused (1 − near(i, s))
    kernel(i, s) = 1 / (1 + rank of i among what is like s / steep)  0 from rank `alike` on
    w_s = weight_s · 1 / (1 + n_s / fading) · ½^(age_s / half-life)  n_s: choices newer than s

What is like a title is said by `neighbours`, and counts by rank, so no title drowns another because it has many near
copies, and what several of them are near to comes first (reciprocal rank fusion, Cormack et al. 2009,
doi:10.1145/1571941.1572114). Choices of one moment are equally new: n_s is the same for all of them.
points(s → i) is learnt from many people (`recommender.ml.affinity`); on a new site there are none and the kernel
works alone. What is not for a person takes most of their chance from what is nearest to it, whoever else likes that,
and next to nothing from the rest; newer choices take none of it back. No parameter is keyed by a person: forget the
signals and nothing is left of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.ml.affinity import Affinity, AffinityIndex
from recommender.ml.index import CatalogIndex
from recommender.ml.neighbours import Neighbours

CHUNK = 10_000  # rows of content worked on at once
# What a signal of each kind is worth, a like being the measure, by the names that the log has for them.
WEIGHTS = {
    "like": 1.0,
    "watchlist_add": 0.7,
    "click": 0.3,
    "dwell": 0.3,
    "seen": 0.5,
    "dislike": -1.0,
    "not_for_me": -1.0,
}
INDIFFERENT, BEST = 2.5, 5.0  # stars that are worth nothing, and as much as a like


@dataclass(frozen=True)
class TasteConfig:
    content: float = 0.3  # κ: percentage points that a title just like the one chosen gains
    alike: int = 200  # titles most like a chosen one that gain from it
    max_alike: int = 30  # of the newest signals: to look up what is like a title takes milliseconds
    alike_share: float = 0.1  # of a small catalogue
    steep: float = 10.0  # of them halve what a title gains
    fading: float = 3.0  # newer choices that halve what a choice counts for
    moment_days: float = 1 / 1440  # choices no further apart are of one moment
    together: int = 5  # choices of one moment that count wholly; more are of one moment only if said in one go
    half_life_days: float = 365.0
    push_content: float = 0.3  # κ of what is not for a person, beside what it takes
    push_points: float = 0.5  # of what was chosen after a refused title: with more, much goes that is not near it
    nearest: int = 30  # titles nearest to a refused one that lose all of their chance
    near: int = 150  # how many lose of it at all, the less the further away
    near_from: float = 0.2  # cosine about the mean below which none does
    fame_power: float = 8.0  # of the attention that fame alone promises
    most_prior: float = 0.5  # of a title, in what taste adds to the one that suits best, while little was seen
    max_signals: int = 100  # the newest count; of older ones so little is left that they cost more than they say


@dataclass(frozen=True)
class Signal:
    """One thing that a person did. weight: signed, see WEIGHTS and `weight_of_stars`. age_days: 0 is now."""

    title_id: int
    weight: float
    age_days: float


@dataclass(frozen=True)
class Taste:
    """Signals that count, as arrays over S of them.

    places: int64[S], which of the given signals each is. rows: int64[S], of the index. pull: float32[S] ≥ 0, w_s of
    what was chosen. push: float32[S] ≥ 0, −w_s of what is not for this person. One of the two is 0.
    """

    places: NDArray[np.int64]
    rows: NDArray[np.int64]
    pull: NDArray[np.float32]
    push: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.rows)


def weight_of_stars(stars: float) -> float:
    """Of a rating from 0.5 to 5: a like at the top, nothing at INDIFFERENT, a refusal at the bottom."""
    return (stars - INDIFFERENT) / (BEST - INDIFFERENT) * WEIGHTS["like"]


def prior(attention: NDArray[np.float32], fame: NDArray[np.float32], power: float) -> NDArray[np.float32]:
    """Attention as it was seen; as far as too little was seen, what fame promises. All float32[N].

    attention: percent, together at most 100; the rest of them goes by fame^power. fame: in [0, 1].
    """
    promised = fame.astype(np.float64) ** power
    unseen = max(0.0, 100.0 - float(attention.sum(dtype=np.float64)))
    return np.asarray(attention + unseen * promised / max(float(promised.sum()), 1e-9), np.float32)


def within_taste(
    prior: NDArray[np.float32], points: NDArray[np.float32], seen: float | NDArray[np.float32], most: float
) -> NDArray[np.float32]:
    """The prior as far as one person's taste leaves it a say: of each title at most so much of what taste adds to the
    title that suits best. float32[..., N].

    prior, points: float32[..., N], see `prior` and `Tastes.scores`. seen: percent of the prior that was seen, one
    number or [..., 1]. most: of the best points while nothing was; the more was, the more may be believed, as
    most / unseen. Where no title suits, the prior stays.
    """
    best = points.max(axis=-1, keepdims=True, initial=0)
    bound = np.float32(most) * best / np.maximum(1 - np.asarray(seen, np.float32) / 100, np.float32(1e-3))
    return np.asarray(np.minimum(prior, np.where(best > 0, bound, np.inf)), np.float32)


@dataclass(frozen=True)
class Tastes:
    """Affinities bound to one catalogue index, ready to say what anybody would choose."""

    index: CatalogIndex
    affinity: Affinity
    config: TasteConfig = field(default_factory=TasteConfig)

    @cached_property
    def _learnt(self) -> AffinityIndex:
        return AffinityIndex(self.affinity, self.index.row_of_title)

    def taste(self, signals: Sequence[Signal]) -> Taste:
        """Unknown titles and weights of 0 are left out. Of signals of one age, the later given stands first."""
        row_of = self.index.row_of_title
        known = [place for place, each in enumerate(signals) if each.weight and each.title_id in row_of]
        newest = sorted(known, key=lambda place: (signals[place].age_days, -place))[: self.config.max_signals]
        weights = np.array([signals[place].weight for place in newest], np.float32)
        ages = np.array([max(0.0, signals[place].age_days) for place in newest])
        left = (weights * 0.5 ** (ages / self.config.half_life_days)).astype(np.float32)
        pull, push = np.maximum(left, 0), np.maximum(-left, 0)
        chosen = weights > 0
        pull[chosen] *= self._fading(ages[chosen])
        rows = np.array([row_of[signals[place].title_id] for place in newest], np.int64)
        return Taste(np.array(newest, np.int64), rows, pull, push)

    def _fading(self, ages: NDArray[np.float64]) -> NDArray[np.float32]:
        """What newer choices leave of each, float32[C]. ages: days, ascending.

        Those of one moment count alike, and where they are more than a few, for no more than a few together.
        """
        config, fading = self.config, np.ones(len(ages), np.float32)
        starts: list[int] = []
        for n, age in enumerate(ages.tolist()):
            if (
                not starts
                or age > ages[starts[-1]] + config.moment_days
                or (n - starts[-1] >= config.together and age > ages[n - 1])
            ):
                starts.append(n)
        for start, end in zip(starts, [*starts[1:], len(ages)], strict=False):
            fading[start:end] = min(1.0, config.together / (end - start)) / (1 + start / config.fading)
        return fading

    def scores(self, taste: Taste) -> NDArray[np.float32]:
        """personal(i) of every title, float32[N] in percentage points; 0 everywhere for no signals."""
        if not len(taste):
            return np.zeros(len(self.index), np.float32)
        content, learnt = self.factors(taste)
        linear = self._alike(taste, content).sum(axis=1) + self._learnt.toward(taste.rows, learnt)
        if not (refused := taste.push > 0).any():
            return np.asarray(linear, np.float32)
        hoped = self.prior + linear
        cosines = self._cosines(taste.rows[refused])
        left = np.prod(1 - self._nearness(cosines, taste.push[refused], *self._reach(cosines)), axis=1)
        return np.asarray(linear - np.maximum(hoped, 0) * (1 - left), np.float32)

    def speaking(self, taste: Taste, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """What each signal adds to some titles before refusals take of it, float32[S, n]."""
        content, learnt = self.factors(taste)
        parts = learnt[:, None] * self._learnt.between(taste.rows, rows)
        parts[: self.config.max_alike] += self._alike(taste, content)[rows].T
        return np.asarray(parts, np.float32)

    def contributions(self, taste: Taste, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """What each signal adds to some titles, float32[S, n]; over signals it sums to their `scores`."""
        linear = self.speaking(taste, rows)
        hoped = np.maximum(self.prior[rows] + linear.sum(axis=0), 0)
        takes = np.zeros(linear.shape, np.float32)  # [S, n], adds up in left
        if (refused := taste.push > 0).any():
            cosines = self._cosines(taste.rows[refused])
            near = self._nearness(cosines[rows], taste.push[refused], *self._reach(cosines))
            takes[refused] = -np.log1p(-np.minimum(near, 1 - 1e-6)).T
        taken = hoped * (1 - np.exp(-takes.sum(axis=0)))
        share = np.divide(takes, takes.sum(axis=0), out=np.zeros_like(takes), where=takes.sum(axis=0) > 0)
        return np.asarray(linear - share * taken, np.float32)

    @cached_property
    def prior(self) -> NDArray[np.float32]:
        """Percent of the next choices that go to each title whoever chooses, float32[N]; sums to 100 at most."""
        return prior(self._learnt.attention, self.index.prior, self.config.fame_power)

    def prior_beside(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """The prior, float32[N], bounded beside what one person's taste adds, float32[N]."""
        seen = float(self._learnt.attention.sum(dtype=np.float64))
        return within_taste(self.prior, points, seen, self.config.most_prior)

    @cached_property
    def share_seen(self) -> NDArray[np.float32]:
        """Of the prior, what was seen and not promised by fame, float32[N] in [0, 1]."""
        return np.divide(self._learnt.attention, self.prior, out=np.zeros_like(self.prior), where=self.prior > 0)

    def factors(self, taste: Taste) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What a kernel and a learnt point of each signal count for, float32[S] each."""
        config = self.config
        content = config.content * taste.pull - config.push_content * taste.push
        content[config.max_alike :] = 0
        learnt = taste.pull - config.push_points * taste.push
        return content.astype(np.float32), learnt.astype(np.float32)

    def _alike(self, taste: Taste, content: NDArray[np.float32]) -> NDArray[np.float32]:
        """What likeness adds, of each signal that it counts for, float32[N, S' ≤ max_alike]."""
        counts = slice(self.config.max_alike)
        return self.kernels(taste.rows[counts]) * content[counts]

    def kernels(self, signals: NDArray[np.int64]) -> NDArray[np.float32]:
        """kernel(i, s), float32[N, S], of the titles of signals."""
        kernels = np.zeros((len(self.index), len(signals)), np.float32)
        for slot, row in enumerate(signals.tolist()):
            near = self._neighbours.of(row)
            kernels[near, slot] = 1 / (1 + np.arange(len(near)) / self.config.steep)
        return kernels

    @cached_property
    def _neighbours(self) -> Neighbours:
        of_few = max(self.config.steep, self.config.alike_share * len(self.index))
        return Neighbours(self.index, min(self.config.alike, round(of_few)))

    def _reach(self, cosines: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(cosine from where on a title is near, cosine from where on nothing is left), float32[S] each.

        cosines: float32[N, S], of all titles to refused ones. By rank, because how close neighbours are depends on
        the title and on how many there are.
        """
        config, n = self.config, len(cosines)

        def of_rank(rank: int, where_few: float) -> NDArray[np.float32]:
            if n <= rank:
                return np.full(cosines.shape[1], where_few, np.float32)
            return np.asarray(
                np.partition(cosines, n - 1 - rank, axis=0)[n - 1 - rank], np.float32
            )  # itself is first

        far = np.maximum(of_rank(config.near, config.near_from), np.float32(config.near_from))
        close = np.maximum(of_rank(config.nearest, 0.5), far + np.float32(0.05))
        return far, close

    def _nearness(
        self,
        cosines: NDArray[np.float32],
        push: NDArray[np.float32],
        far: NDArray[np.float32],
        close: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """near(i, s), float32[n, S] in [0, 1], of titles to refused ones. push, far, close: float32[S]."""
        return np.asarray(np.minimum(push, 1) * np.clip((cosines - far) / (close - far), 0, 1), np.float32)

    def _cosines(self, signals: NDArray[np.int64]) -> NDArray[np.float32]:
        """About the mean, float32[N, S]."""
        content, about = self.index.content, self._about
        told = about.on_mean[signals] - about.square
        products = np.asarray(content @ content[signals].T, np.float32)
        cosines = (products - about.on_mean[:, None] - told) * about.scale[:, None] * about.scale[signals]
        return np.asarray(cosines, np.float32)

    @cached_property
    def _about(self) -> "_AboutTheMean":
        return _AboutTheMean.of(self.index.content)


@dataclass(frozen=True)
class _AboutTheMean:
    """What turns products of content into cosines about its mean, so that no second copy of it is held.

    on_mean: float32[N], c_i · mean. square: mean · mean. scale: float32[N], 1 / |c_i − mean|; 0 without content.
    """

    on_mean: NDArray[np.float32]
    square: np.float32
    scale: NDArray[np.float32]

    @classmethod
    def of(cls, content: NDArray[np.floating[Any]]) -> "_AboutTheMean":
        mean, squares = np.zeros(content.shape[1], np.float32), np.zeros(len(content), np.float32)
        chunks = [slice(start, start + CHUNK) for start in range(0, len(content), CHUNK)]
        for chunk in chunks:
            rows = content[chunk].astype(np.float32, copy=False)
            squares[chunk] = np.einsum("nd,nd->n", rows, rows)
            mean += rows.sum(axis=0)
        has = squares > 0
        mean /= max(1, int(has.sum()))
        on_mean = np.concatenate(
            [content[chunk].astype(np.float32, copy=False) @ mean for chunk in chunks] or [squares]
        )
        square = np.float32(mean @ mean)
        lengths = np.sqrt(np.maximum(squares - 2 * on_mean + square, 1e-12))
        return cls(on_mean, square, np.where(has, 1 / lengths, 0).astype(np.float32))
