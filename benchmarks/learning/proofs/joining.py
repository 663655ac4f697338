"""A title that joins late, with no click, stands where its content says.

The oracle content model knows the true gain of every old title for a query and nothing of the new ones: a ridge
regression, query by query, of the gains on what can be read off a title (its content vector, the features of the
score but for the memory, and version 0's score, which is trusted most). It puts new titles where no amount of clicks
on others could do much better. Of the new titles that truly fit a theme, the mean place among all titles, in percent
of the catalogue, is compared: as they join, and later. Beside it stands their share of what is shown first.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.learning.measures import interval
from benchmarks.learning.proofs.exploring import JOINING, LONG, exposure
from benchmarks.learning.proofs.stage import Play, Stage
from benchmarks.learning.report import Claim
from recommender.ml.memory import Recollection
from recommender.ml.snapshot import Snapshot
from training.ml.simulator import Intent

WITHIN = 0.05  # of the catalogue
FOLDS = 5  # old titles are placed by a regression that has not seen their gain, as the new ones are
PENALTIES = (100.0, 300.0, 1_000.0, 3_000.0)
TRUST = 10.0  # in version 0's score: it is shrunk 100 times less than anything else
MIN_FITTING = 5  # old titles that fit a theme, without which nothing can be learnt of it

Floats = NDArray[np.float64]


def prove(stage: Stage) -> Iterator[Claim | str]:
    joining, later = stage.searches(JOINING), stage.searches(LONG)
    play = stage.play(joins_at=joining)
    versions = {f"as they join, after {joining:,}": play.until(joining), f"after {later:,}": play.until(later)}
    cast = stage.prepared.cast
    typed, unseen = [*cast.frequent, *cast.rare], cast.never_seen
    truth = {intent.text: _gains(stage, intent) for intent in (*typed, *unseen)}
    for group, intents in (("typed themes", typed), ("never-typed themes", unseen)):
        asked = [
            intent
            for intent in intents
            if truth[intent.text][play.asker.new].any()
            and (truth[intent.text][~play.asker.new] > 0).sum() >= MIN_FITTING
        ]
        oracle = [
            places_by(oracle_scores(read_off(stage, play, intent), truth[intent.text], ~play.asker.new))
            for intent in asked
        ]
        zero = [places_by(scores(play, stage.prepared.version_zero, intent)) for intent in asked]
        fits = [truth[intent.text] * play.asker.new > 0 for intent in asked]
        yield (
            f"{group}: {sum(int(fit.sum()) for fit in fits)} fitting new titles of {len(asked)}; from the top"
            f" {_mean(oracle, fits):.1%} by the oracle, {_mean(zero, fits):.1%} by version 0"
        )
        for name, version in versions.items():
            ours = [places_by(scores(play, version, intent)) for intent in asked]
            lower = [float((mine - its)[fit].mean()) for mine, its, fit in zip(ours, oracle, fits, strict=True)]
            low, high = interval(np.array(lower))
            old = [(truth[intent.text] > 0) & ~play.asker.new for intent in asked]
            yield Claim(
                f"{group}, {name}",
                float(np.mean(lower)) <= WITHIN,
                f"{_mean(ours, fits):.1%} from the top, {np.mean(lower):+.1%} [{low:+.1%} {high:+.1%}] against the"
                f" oracle, {WITHIN:+.0%} at most wanted; fitting old titles {_mean(ours, old):.1%}",
            )
    due = _due(stage, play)
    for name, version in ({"version 0": stage.prepared.version_zero} | versions).items():
        yield f"share of first tens, {name}: {exposure(stage, play, version):.2%}; {due:.2%} by true gain"


def _gains(stage: Stage, intent: Intent) -> Floats:
    """float64[N]: the true gain of each title."""
    gains = np.zeros(len(stage.world.tastes.mean))
    for row, gain in stage.world.gains(intent, stage.world.tastes.mean).items():
        gains[row] = gain
    return gains


def _mean(places: Sequence[Floats], fits: Sequence[NDArray[np.bool_]]) -> float:
    """Mean over themes of the mean place of what fits."""
    return float(np.mean([of[fit].mean() for of, fit in zip(places, fits, strict=True)]))


def scores(play: Play, version: Snapshot, intent: Intent) -> Floats:
    """float64[N]: what a version orders by, of every title."""
    asked = play.asker.question(intent.text)
    assert asked.evidence is not None  # a theme is a text
    made = version.scorer.score(asked.evidence, asked.matches.similarity)
    return np.asarray(made.relevance + version.config.novelty_weight * version.scorer.novelty, np.float64)


def places_by(score: Floats) -> Floats:
    """float64[N] in [0, 1): the share of the catalogue that stands above each title; ties share their place."""
    ordered = np.sort(-score)
    above = np.searchsorted(ordered, -score, side="left")
    level = np.searchsorted(ordered, -score, side="right") - above
    return (above + (level - 1) / 2) / len(score)


def read_off(stage: Stage, play: Play, intent: Intent) -> Floats:
    """float64[N, D + F + 1], columns of mean 0 and variance 1, the last of TRUST²: what is known without a click."""
    zero, asked = stage.prepared.version_zero, play.asker.question(intent.text)
    assert asked.evidence is not None
    rows = np.arange(len(zero.index))
    features = zero.scorer.features(asked.evidence, Recollection.nothing(), rows, asked.matches.similarity)
    content = zero.index.vectors(rows) * zero.index.content.shape[1] ** 0.5
    known = standardised(np.hstack([content, features, scores(play, zero, intent)[:, None]]))
    known[:, -1] *= TRUST
    return known


def standardised(columns: NDArray) -> Floats:
    """float64[N, K]: mean 0, variance 1; constant columns become 0."""
    centred = columns.astype(np.float64) - columns.mean(axis=0)
    return np.asarray(centred / np.maximum(centred.std(axis=0), 1e-9))


def oracle_scores(known: Floats, gains: Floats, is_old: NDArray[np.bool_], *, seed: int = 0) -> Floats:
    """float64[N]: expected gain of each title by ridge regression on the old ones.

    An old title's is by the folds that leave it out, a new one's by all old ones. The penalty, times the number of
    titles over 100, is the one that puts the left-out titles that fit highest.
    """
    fold = np.full(len(gains), FOLDS)  # FOLDS: the new titles, which no fold holds
    fold[is_old] = np.random.default_rng(seed).permutation(int(is_old.sum())) % FOLDS
    centred = gains - gains[is_old].mean()
    squares = [known[fold == number].T @ known[fold == number] for number in range(FOLDS)]
    products = [known[fold == number].T @ centred[fold == number] for number in range(FOLDS)]
    best, lowest = np.zeros(len(gains)), np.inf
    fits = is_old & (gains > 0)
    for penalty in PENALTIES:
        found = np.zeros(len(gains))
        for number in range(FOLDS + 1):
            taught = [other for other in range(FOLDS) if other != number]
            shrink = penalty * np.isin(fold, taught).sum() / 100 * np.eye(known.shape[1])
            weights = np.linalg.solve(sum(squares[of] for of in taught) + shrink, sum(products[of] for of in taught))
            found[fold == number] = known[fold == number] @ weights
        place = float(places_by(found)[fits].mean())
        if place < lowest:
            best, lowest = found, place
    return best


def _due(stage: Stage, play: Play) -> float:
    """The new titles' share of the first tens that are ordered by true gain, as often as themes are typed."""
    world, cast = stage.world, stage.prepared.cast
    chance = {intent.text: float(p) for intent, p in zip(world.intents, world.chances, strict=True)}
    new = total = 0.0
    for intent in (*cast.frequent, *cast.rare):
        gains = world.gains(intent, world.tastes.mean)
        best = sorted(gains, key=lambda title: (-gains[title], title))[:10]
        new += chance[intent.text] * float(play.asker.new[best].sum())
        total += chance[intent.text] * len(best)
    return new / total
