"""The world that is attacked, by seed, and what a version serves there."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.conf import settings

from benchmarks.catalogues import Titles, index_of, shared_catalogue
from benchmarks.learning.asking import Asker
from benchmarks.learning.world import cast, pool_of
from benchmarks.poisoning.attacks import DEEPEST, Scene
from benchmarks.quality.marquee import StoredEncoder
from recommender.index.encoders import encoder, query_encoder
from recommender.ml.engine import answer
from recommender.ml.index import CatalogIndex
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import ModelConfig, ModelState
from training.ml.golden import golden_set
from training.ml.metrics import ndcg_at_k
from training.ml.weighing import LAST_PLACE

N_ATTACKED, NEWCOMER = 20, 6  # themes; the place from which a film rises that people want
LITTLE_KNOWN = 0.25  # quantile of popularity below which the target is


@dataclass(frozen=True)
class Catalogue:
    """What all seeds share."""

    titles: Titles
    index: CatalogIndex
    stored: StoredEncoder


def catalogue() -> Catalogue:
    titles, kept = pool_of(shared_catalogue()), settings.STATE_DIR / "bench"
    return Catalogue(titles, index_of(titles, encoder(), kept), StoredEncoder(query_encoder(), kept))


def scene_of(of: Catalogue, seed: int, *, near: bool = False) -> Scene:
    """seed: which themes are typed how often, and by whom. near: see `_target`."""
    titles, index, stored = of.titles, of.index, of.stored
    asker = Asker(index, stored, np.zeros(len(index), np.bool_))
    zero = Snapshot(0, index, ModelState.untrained(ModelConfig(stored.dimension)), stored)
    played = cast(titles, seed=seed)
    ranked = {
        intent.text: [hit.title_id for hit in answer(zero, asker.question(intent.text), limit=DEEPEST).hits]
        for intent in [*played.frequent, *played.rare]
    }
    attacked = [intent.text for intent in played.frequent if ranked[intent.text]][:N_ATTACKED]
    target = _target(titles.popularity, [ranked[text] for text in attacked], near=near)
    rare = next(i.text for i in reversed(played.rare) if target in ranked[i.text][LAST_PLACE:])
    golden = golden_set(zero, {row: text.genres for row, text in enumerate(titles.texts)})
    first = ranked[attacked[0]]
    return Scene(played, asker, zero, attacked, target, first[0], first[NEWCOMER - 1], rare, golden, seed)


def _target(popularity: Sequence[float | None], ranked: Sequence[Sequence[int]], *, near: bool) -> int:
    """Of the little known titles the one that most attacked themes can show: of those that stand on none of their
    first pages, or, if `near`, on places 11 to 60 of most.
    """
    known = np.array([each or 0.0 for each in popularity])
    little = set(np.flatnonzero(known < np.quantile(known, LITTLE_KNOWN)).tolist())
    first = {title for each in ranked for title in each[: 10 if near else LAST_PLACE]}
    deepest = LAST_PLACE if near else DEEPEST
    reached = Counter(title for each in ranked for title in each[:deepest] if title in little - first)
    return max(sorted(reached), key=lambda title: reached[title])


@dataclass(frozen=True)
class Reading:
    """share: of theme searches with the target in the first ten. n_attacked: of the attacked themes. ndcg: mean over
    all themes. place: of the target, its median over the attacked themes. victim: its place in the first of them.
    """

    share: float
    n_attacked: int
    ndcg: float
    place: float
    victim: int


def read(scene: Scene, snapshot: Snapshot, attacked: Sequence[str]) -> Reading:
    chance = dict(zip((i.text for i in scene.cast.world.intents), scene.cast.world.chances, strict=True))
    mean = scene.cast.world.tastes.mean
    weights = np.array([chance[intent.text] for intent in scene.themes])
    lists = [scene.asker.first(snapshot, intent) for intent in scene.themes]
    everything = [*scene.themes, *scene.cast.never_seen]
    ndcg = [ndcg_at_k(scene.asker.first(snapshot, i), scene.cast.world.gains(i, mean)) for i in everything]
    inside = np.array([scene.target in shown for shown in lists])
    ranked = [
        [hit.title_id for hit in answer(snapshot, scene.asker.question(text), limit=DEEPEST).hits]
        for text in (scene.attacked[0], *attacked)
    ]
    top, *ranked = ranked
    return Reading(
        float(weights @ inside / weights.sum()),
        sum(scene.target in each[:10] for each in ranked),
        float(np.mean(ndcg)),
        float(np.median([_place(each, scene.target) for each in ranked])),
        _place(top, scene.victim),
    )


def _place(ranked: Sequence[int], title: int) -> int:
    return ranked.index(title) + 1 if title in ranked else DEEPEST
