"""Novelty means what it says: it is calibrated on titles it never learnt from, and λ brings in more of it.

calibrated: one fifth of the titles after the other is kept from the trainer, which learns on a catalogue without
them. What its novelty head, which sees content and fame only, then says of their share of attention stands beside
their share of the choices that the whole site logged, by tenths of predicted attention; and beside what fame alone
says. Few titles get most of the choices, and which ones follows from what happens to be asked most: so this is done
in several worlds, with other themes in front, and put together.
λ: mean novelty of the first ten for every theme, and its price in nDCG.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.catalogues import shared_catalogue
from benchmarks.learning.asking import Asker
from benchmarks.learning.proofs.changes import percent, relative_interval
from benchmarks.learning.proofs.stage import TICK, Play, Stage, taught
from benchmarks.learning.report import Claim
from benchmarks.learning.site import Teacher
from benchmarks.learning.world import pool_of
from recommender.ml.engine import answer
from recommender.ml.index import CatalogIndex
from recommender.ml.snapshot import Snapshot
from training.ml.metrics import ndcg_at_k

SEARCHES = 20_000
JOINING = 10_000
SEEDS, SEARCHES_EACH, PARTS = (0, 1, 2, 3), 5_000, 5  # worlds, searches in each, parts that are kept out in turn
LEAST, MOST = 0.8, 1.25  # of the calibration slope
SLOPES, NEWTON_STEPS = (-2.0, 8.0), 12
WEIGHTS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
TENTHS = 10

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """Titles in several worlds, each judged by a head that never saw it. head, fame: float64[W, N], logs of the
    shares of attention by the head and by the same without what it learnt of content. choices: float64[W, N], how
    often each title was chosen. part: int64[W, N], the titles it was kept out with; a number stands for one part of
    one world.
    """

    head: Floats
    fame: Floats
    choices: Floats
    part: NDArray[np.int64]


def prove(stage: Stage) -> Iterator[Claim | str]:
    yield from _calibrated(judged(stage))
    play = stage.play(joins_at=stage.searches(JOINING))
    yield from _turned(stage, play, play.until(stage.searches(SEARCHES)))


def _calibrated(found: Judged) -> Iterator[Claim | str]:
    everything = np.ones(found.choices.shape[1])
    for world, seed in enumerate(SEEDS):
        only = Judged(found.head[[world]], found.fame[[world]], found.choices[[world]], found.part[[world]])
        head, fame = slope_of(only.head, only, everything), slope_of(only.fame, only, everything)
        yield (
            f"seed {seed}, {int(only.choices.sum()):,} choices: chosen shares go with the power {head:.2f} of"
            f" predicted ones (fame alone {fame:.2f}), {gain_of(only, everything):+.4f} nats a choice against it"
        )
    yield by_tenths(found)
    gain, low, high = gain_of(found, everything), *interval(lambda times: gain_of(found, times), found)
    yield Claim(
        "the head says more than fame of titles it never saw",
        low > 0,
        f"{gain:+.4f} [{low:+.4f} {high:+.4f}] nats a choice, over {int(found.choices.sum()):,} choices",
    )
    slope, low, high = (
        slope_of(found.head, found, everything),
        *interval(lambda times: slope_of(found.head, found, times), found),
    )
    yield Claim(
        "the head is calibrated",
        LEAST <= slope <= MOST,
        f"chosen shares go with the power {slope:.2f} [{low:.2f} {high:.2f}] of predicted ones, {LEAST} to {MOST}"
        f" wanted (fame alone {slope_of(found.fame, found, everything):.2f})",
    )


def judged(stage: Stage) -> Judged:
    """Of each world its log, and a version without each part of the titles."""
    zero = stage.prepared.version_zero
    n, n_searches = len(zero.index), stage.searches(SEARCHES_EACH)
    head, fame, choices = np.zeros((3, len(SEEDS), n))
    part = np.zeros((len(SEEDS), n), np.int64)
    for world, seed in enumerate(SEEDS):
        there = stage.elsewhere(seed)
        play = there.play(seed=seed)
        play.until(n_searches)
        choices[world] = choices_of(play, n)
        part[world] = world * PARTS + np.random.default_rng(seed).permutation(n) % PARTS
        for number in range(world * PARTS, (world + 1) * PARTS):
            kept_out = part[world] == number
            state = learnt_without(there, play, kept_out).state
            head[world, kept_out] = log_shares(replace(zero, state=state))[kept_out]
            without = replace(state.weights, attention=np.zeros_like(state.weights.attention))
            by_fame = replace(state, weights=without)
            fame[world, kept_out] = log_shares(replace(zero, state=by_fame))[kept_out]
    return Judged(head, fame, choices, part)


def choices_of(play: Play, n: int) -> Floats:
    """float64[n]: how often each title was clicked, one click a person, title and day."""
    clicks = {
        (deed.who, deed.title_id, deed.at.date())
        for visit in play.visits
        for deed in visit.logged.deeds
        if deed.action == "click"
    }
    counts = Counter(title for _, title, _ in clicks)
    return np.array([counts[title] for title in range(n)], np.float64)


def learnt_without(stage: Stage, play: Play, held_out: NDArray[np.bool_]) -> Snapshot:
    """What the log teaches, window by window, a version whose catalogue lacks these titles."""
    zero, kept = stage.prepared.version_zero, np.flatnonzero(~held_out)
    version = replace(zero, index=part_of(zero.index, kept))
    asker, teacher = Asker(version.index, zero.encoder, np.zeros(len(kept), np.bool_)), Teacher()
    for start in range(0, len(play.visits), TICK):
        window = [visit.logged for visit in play.visits[start : start + TICK]]
        fresh, replay = teacher.teach(window, play.config, version.state)
        version = taught(version, fresh, replay, asker, play.config)
        teacher.close(window, fresh)
    return version


def log_shares(version: Snapshot) -> Floats:
    """float64[N]: log of the share of all attention that novelty is the surprisal of."""
    return np.asarray(-version.scorer.novelty.astype(np.float64) * np.log(len(version.index)))


def log_loss(logs: Floats, found: Judged, times: Floats) -> float:
    """Mean −log of the share that a chosen title was given among those it was kept out with. logs: float64[W, N].

    times: float64[N], how often each title counts, here and below.
    """
    given = np.log(np.bincount(found.part.ravel(), (times * np.exp(logs)).ravel())[found.part])
    return float((times * found.choices * (given - logs)).sum() / (times * found.choices).sum())


def gain_of(found: Judged, times: Floats) -> float:
    """By how much the head's log-loss is lower than that of fame alone at the same weight, in nats a choice."""
    return log_loss(found.fame, found, times) - log_loss(found.head, found, times)


def slope_of(logs: Floats, found: Judged, times: Floats) -> float:
    """The power of the predicted shares that is most likely to have led to these choices; 1 is calibrated.

    The calibration slope of Cox 1958, doi:10.1093/biomet/45.3-4.562, for multinomials; by Newton's method.
    """
    part, slope = found.part.ravel(), 1.0
    centred = logs - logs.mean()
    chosen = np.bincount(part, (times * found.choices).ravel())
    for _ in range(NEWTON_STEPS):
        mass = times * np.exp(slope * centred)
        total, first, second = (np.bincount(part, (mass * centred**power).ravel()) for power in range(3))
        known = total > 0
        mean, square = first[known] / total[known], second[known] / total[known]
        step = (times * found.choices * centred).sum() - chosen[known] @ mean
        slope = float(np.clip(slope + step / (chosen[known] @ (square - mean**2)), *SLOPES))
    return slope


def interval(measure: Callable[[Floats], float], found: Judged, *, draws: int = 1_000) -> tuple[float, float]:
    """95 % percentile bootstrap over titles, each in all worlds together."""
    n, random = found.choices.shape[1], np.random.default_rng(0)
    values = [measure(np.bincount(random.integers(0, n, n), minlength=n).astype(np.float64)) for _ in range(draws)]
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def by_tenths(found: Judged) -> str:
    """Predicted and chosen share of each tenth of the titles, the least likely first."""
    part = found.part.ravel()
    shares = np.exp(found.head).ravel()
    shares *= (np.bincount(part, found.choices.ravel()) / np.bincount(part, shares))[part] / found.choices.sum()
    tenths = np.array_split(np.argsort(shares, kind="stable"), TENTHS)
    chosen = found.choices.ravel() / found.choices.sum()
    said = ", ".join(f"{shares[tenth].sum():.1%}/{chosen[tenth].sum():.1%}" for tenth in tenths)
    return f"share predicted/chosen by tenths {said}"


def _turned(stage: Stage, play: Play, version: Snapshot) -> Iterator[Claim | str]:
    cast, world = stage.prepared.cast, stage.world
    themes = [
        intent for intent in (*cast.frequent, *cast.rare, *cast.never_seen) if play.asker.first(version, intent)
    ]
    novelty, ndcg = np.zeros((2, len(WEIGHTS), len(themes)))
    for column, intent in enumerate(themes):
        asked, gains = play.asker.question(intent.text), world.gains(intent, world.tastes.mean)
        for row, weight in enumerate(WEIGHTS):
            hits = answer(version, asked, limit=10, novelty=weight).hits
            novelty[row, column] = np.mean([hit.novelty for hit in hits])
            ndcg[row, column] = ndcg_at_k([hit.title_id for hit in hits], gains)
    means = novelty.mean(axis=1)
    for row, weight in enumerate(WEIGHTS):
        change = percent(*relative_interval(ndcg[row], ndcg[0]))
        yield f"λ = {weight}: novelty of the first ten {means[row]:.4f}, nDCG@10 {ndcg[row].mean():.4f}, {change}"
    falls = int((np.diff(novelty, axis=0) < -1e-6).sum())
    yield Claim(
        "more λ, more novelty",
        bool((np.diff(means) > 0).all()),
        f"mean novelty rises at each of {len(WEIGHTS) - 1} steps: {bool((np.diff(means) > 0).all())}; it falls for"
        f" {falls} of {novelty.size - len(themes)} single searches, where seats change hands",
    )


def part_of(index: CatalogIndex, rows: NDArray[np.int64]) -> CatalogIndex:
    """The catalogue as it would be with these titles only, under their old ids."""
    titles = pool_of(shared_catalogue())
    return CatalogIndex.build(
        rows.tolist(),
        [titles.texts[row] for row in rows],
        index.vectors(rows),
        [titles.popularity[row] for row in rows],
    )
