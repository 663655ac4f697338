"""Our personal ranking for many people at once: the sums of `recommender.ml.taste`, as matrix products.

`check` holds it to what the product computes for one person.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.personal_ranking.histories import SECONDS_PER_DAY, Case, Histories
from recommender.ml.affinity import Affinity
from recommender.ml.index import CatalogIndex
from recommender.ml.taste import Signal, Taste, TasteConfig, Tastes, prior, within_taste
from training.ml.affinity import AffinityConfig, attention_shares, fit, trust

SEEDS = 256  # kernels computed at once
FLAT = 1e9  # newer choices that halve an older one, where none fade


@dataclass(frozen=True)
class Way:
    """What of it is used. attention: the prior is of the days before; else of all the years alike."""

    learnt: bool = True
    content: bool = True
    prior: bool = True
    recent: bool = True
    fading: float = TasteConfig().fading
    fitting: AffinityConfig = field(default_factory=AffinityConfig)
    taste: TasteConfig = field(default_factory=TasteConfig)


WAYS = {
    "ours": Way(),
    "without decay": Way(fading=FLAT),
    "without recent attention": Way(recent=False),
    "without prior": Way(prior=False),
    "without content": Way(content=False),
    "affinity only": Way(content=False, prior=False),
    "content only": Way(learnt=False, prior=False),
    "content and fame (a new site)": Way(learnt=False, recent=False),
}


@dataclass(frozen=True)
class World:
    """A catalogue and the kernels of the titles that anybody chose: float32[N, N], empty rows for the others."""

    index: CatalogIndex
    kernels: sparse.csr_array

    @classmethod
    def of(cls, index: CatalogIndex, histories: Histories) -> "World":
        tastes, n_titles = Tastes(index, Affinity.nothing()), len(index)
        seeds = np.unique(histories.titles)
        parts = [
            sparse.csr_array(tastes.kernels(seeds[start : start + SEEDS]).T) for start in range(0, len(seeds), SEEDS)
        ]
        place = sparse.csr_array(
            (np.ones(len(seeds), np.float32), (seeds, np.arange(len(seeds)))), (n_titles, len(seeds))
        )
        return cls(index, sparse.csr_array(place @ sparse.vstack(parts, format="csr")))


class Ours:
    """One way, fitted to histories. Title ids must be rows of the index, as in `catalogues.index_of`."""

    def __init__(self, world: World, histories: Histories, way: Way = WAYS["ours"]) -> None:
        self.index, self.histories, self.way = world.index, histories, way
        self.kernels = world.kernels
        index = world.index
        config = way.fitting if way.recent else replace(way.fitting, half_lives_days=())
        self.fitting = replace(config, fading=way.fading)
        self.affinity = Affinity.nothing()
        if way.learnt:
            self.affinity = fit(histories.people, histories.titles, histories.times, self.fitting)
        taste = replace(way.taste, fading=way.fading)
        self.tastes = Tastes(index, self.affinity, taste if way.content else replace(taste, content=0.0))
        self.n_titles = len(index)

    def taste(self, case: Case) -> Taste:
        """Everything that was rated counts as chosen, by when it was."""
        ages = (case.moment - case.times) / SECONDS_PER_DAY
        return self.tastes.taste(
            [Signal(title, 1.0, age) for title, age in zip(case.known.tolist(), ages.tolist(), strict=True)]
        )

    def scores(self, cases: Sequence[Case]) -> NDArray[np.float32]:
        """float32[cases, N]. Memory: a row of N for each case and each day of one."""
        points = self.points_of(cases)
        everybody, seen = self._prior(cases)
        return within_taste(everybody, points, seen, self.tastes.config.most_prior) + points

    def points_of(self, cases: Sequence[Case]) -> NDArray[np.float32]:
        """What their own signals add, float32[cases, N]."""
        tastes = [self.taste(case) for case in cases]
        rows = np.concatenate([taste.rows for taste in tastes])
        starts = np.cumsum([0, *(len(taste) for taste in tastes)])
        factors = [self.tastes.factors(taste) for taste in tastes]
        content, learnt = (
            sparse.csr_array((np.concatenate(each), rows, starts), shape=(len(cases), self.n_titles))
            for each in zip(*factors, strict=True)
        )
        total = np.zeros((len(cases), self.n_titles), np.float32)
        if self.way.learnt:
            total += (learnt @ self.points).toarray()
        if self.way.content:
            total += (content @ self.kernels).toarray()
        return total

    @property
    def points(self) -> sparse.csr_array:
        table = self.affinity
        shape = (self.n_titles, self.n_titles)
        source = np.repeat(table.title_ids, np.diff(table.starts))
        return sparse.csr_array((table.points.astype(np.float32), (source, table.title_ids[table.places])), shape)

    def prior(self, cases: Sequence[Case]) -> NDArray[np.float32]:
        """As of the beginning of each case's day, from what was chosen before it, float32[cases, N]."""
        return self._prior(cases)[0]

    def _prior(self, cases: Sequence[Case]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(the same, how much of it was seen, percent, float32[cases, 1])."""
        if not self.way.prior:
            return np.zeros((len(cases), self.n_titles), np.float32), np.zeros((len(cases), 1), np.float32)
        power = self.tastes.config.fame_power
        if not self.way.learnt:
            nothing = np.zeros(self.n_titles, np.float32)
            promised = np.tile(prior(nothing, self.index.prior, power), (len(cases), 1))
            return promised, np.zeros((len(cases), 1), np.float32)
        days = np.floor([case.moment / SECONDS_PER_DAY for case in cases]) * SECONDS_PER_DAY
        moments, which = np.unique(days, return_inverse=True)
        titles, columns = np.unique(self.histories.titles, return_inverse=True)
        shares = attention_shares(columns, self.histories.times, moments, len(titles), self.fitting)
        _, first = np.unique(self.histories.people, return_index=True)  # choices of a person are sorted by time
        n_people = np.searchsorted(np.sort(self.histories.times[first]), moments)
        priors, seen = np.zeros((len(moments), self.n_titles), np.float32), np.zeros((len(moments), 1), np.float32)
        for place, (share, n) in enumerate(zip(shares, n_people.tolist(), strict=True)):
            attention = np.zeros(self.n_titles, np.float32)
            attention[titles] = 100 * trust(n, self.fitting) * share
            priors[place], seen[place] = prior(attention, self.index.prior, power), attention.sum()
        return np.asarray(priors[which]), np.asarray(seen[which])

    def check(self, cases: Sequence[Case]) -> None:
        """Raises AssertionError where one person's scores, as the product computes them, are others."""
        together = self.points_of(cases)
        for case, scores in zip(cases, together, strict=True):
            np.testing.assert_allclose(scores, self.tastes.scores(self.taste(case)), atol=2e-3)
