"""Novelty means what it says: it is calibrated on titles it never learnt from, and λ brings in more of it.

calibrated: a fifth of the titles is kept from the trainer, which learns on a catalogue without them. What its novelty
head, which sees content and fame only, then says of their share of attention stands beside their share of the
choices that the whole site logged, by tenths of predicted attention; and beside what fame alone says.
λ: mean novelty of the first ten for every theme, and its price in nDCG.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.catalogues import shared_catalogue
from benchmarks.learning.asking import Asker
from benchmarks.learning.proofs.changes import percent, relative_interval
from benchmarks.learning.proofs.stage import TICK, Play, Stage, taught
from benchmarks.learning.report import Claim
from benchmarks.learning.site import Teacher
from benchmarks.learning.world import pool_of
from recommender.ml.engine import Snapshot, answer
from recommender.ml.index import CatalogIndex
from training.ml.metrics import ndcg_at_k

SEARCHES = 20_000
JOINING = 10_000
HELD_OUT = 0.2
WEIGHTS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
TENTHS = 10

Floats = NDArray[np.float64]


def prove(stage: Stage) -> Iterator[Claim | str]:
    play = stage.play(joins_at=stage.searches(JOINING))
    champion = play.until(stage.searches(SEARCHES))
    yield from _calibrated(stage, play)
    yield from _turned(stage, play, champion)


def _calibrated(stage: Stage, play: Play) -> Iterator[Claim | str]:
    n = len(stage.prepared.version_zero.index)
    held_out = np.random.default_rng(1).random(n) < HELD_OUT
    judged = held_out & ~play.asker.new  # the new ones could be chosen half of the time only
    choices = choices_of(play, n)[judged]
    head = learnt_without(stage, play, held_out)
    prior = attention(stage.prepared.version_zero)[judged]
    predicted = attention(replace(stage.prepared.version_zero, state=head.state))[judged]
    for name, shares in (("fame alone", prior), ("head", predicted)):
        yield f"{name}: log-loss {log_loss(shares, choices):.4f} nats a choice; {by_tenths(shares, choices)}"
    gain, low, high = gain_interval(predicted, prior, choices)
    yield Claim(
        "the head says more than fame of titles it never saw",
        low > 0,
        f"{gain:+.4f} [{low:+.4f} {high:+.4f}] nats a choice, over {int(choices.sum()):,} choices of"
        f" {judged.sum()} titles",
    )
    slope = slope_of(predicted, choices)
    yield Claim(
        "the head is calibrated",
        0.8 <= slope <= 1.25,
        f"chosen shares go with the {slope:.2f}th power of predicted ones, 0.8 to 1.25 wanted"
        f" (fame alone {slope_of(prior, choices):.2f})",
    )


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


def attention(version: Snapshot) -> Floats:
    """float64[N], summing to 1: the share of all attention that novelty is the surprisal of."""
    return np.asarray(np.exp(-version.scorer.novelty.astype(np.float64) * np.log(len(version.index))))


def log_loss(shares: Floats, choices: Floats) -> float:
    """Mean −log of the share that a chosen title was given among these titles."""
    return float(-(choices @ np.log(shares / shares.sum())) / choices.sum())


def gain_interval(
    shares: Floats, others: Floats, choices: Floats, *, seed: int = 0, draws: int = 2_000
) -> tuple[float, float, float]:
    """(value, low, high): by how much the log-loss of `shares` is lower; 95 % bootstrap interval over titles."""
    better = np.log(shares / others)
    picks = np.random.default_rng(seed).integers(0, len(choices), (draws, len(choices)))

    def gain(of: NDArray[np.int64]) -> Floats:
        """Log-loss of the others − of these, along the last axis."""
        chosen = choices[of]
        given = np.log(shares[of].sum(axis=-1) / others[of].sum(axis=-1))
        return np.asarray((chosen * better[of]).sum(axis=-1) / chosen.sum(axis=-1) - given)

    low, high = np.quantile(gain(picks), (0.025, 0.975))
    return float(gain(np.arange(len(choices)))), float(low), float(high)


def slope_of(shares: Floats, choices: Floats) -> float:
    """The power of the predicted shares that is most likely to have led to these choices; 1 is calibrated.

    The calibration slope of Cox 1958, doi:10.1093/biomet/45.3-4.562, for a multinomial.
    """
    logs = np.log(shares)
    grid = np.linspace(-1, 4, 1_001)
    losses = [float(np.log(np.exp(power * logs).sum()) - power * (choices @ logs) / choices.sum()) for power in grid]
    return float(grid[int(np.argmin(losses))])


def by_tenths(shares: Floats, choices: Floats) -> str:
    """Predicted and chosen share of each tenth of the titles, the least likely first."""
    tenths = np.array_split(np.argsort(shares, kind="stable"), TENTHS)
    said = ", ".join(
        f"{shares[tenth].sum() / shares.sum():.1%}/{choices[tenth].sum() / choices.sum():.1%}" for tenth in tenths
    )
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
        bool((np.diff(means) > 0).all()) and not falls,
        f"mean novelty rises at each of {len(WEIGHTS) - 1} steps: {bool((np.diff(means) > 0).all())}; it falls for"
        f" {falls} of {novelty.size - len(themes)} single searches",
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
