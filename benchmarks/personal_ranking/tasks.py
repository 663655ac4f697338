"""What is asked: the next film, titles that nobody chose, people who are new. Every answer is a list of numbers."""

import random
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.personal_ranking.histories import Case, Histories, gains, new_people, next_films, ranks
from benchmarks.personal_ranking.ours import WAYS, Ours, World
from benchmarks.personal_ranking.rivals import RIVALS, Scorer

BATCH = 256  # cases scored at once
KNOWN = (0, 1, 3, 5, 10, 20)
FOLDS = 4
COLD = 0.1  # share of titles whose history is taken away


def ranked(score: Scorer, cases: Sequence[Case]) -> NDArray[np.float64]:
    """The rank of each target, in the order of the cases; those of a day are scored together."""
    order = sorted(range(len(cases)), key=lambda place: cases[place].moment)
    found = np.zeros(len(cases))
    for start in range(0, len(order), BATCH):
        some = order[start : start + BATCH]
        batch = [cases[place] for place in some]
        found[some] = ranks(score(batch), batch)
    return found


def next_film(
    world: World, histories: Histories, *, drop: int, sample: int = 0
) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Name and ranks of everybody's newest film (or of the one `drop` films earlier), by every way to rank."""
    training, cases = next_films(histories, drop=drop)
    cases = drawn(cases, sample)
    for name, rival in RIVALS.items():
        yield name, ranked(rival(training, len(world.index)), cases)
    for name, way in WAYS.items():
        yield name, ranked(Ours(world, training, way).scores, cases)


def drawn(cases: list[Case], n: int) -> list[Case]:
    """n of them, always the same ones; 0: all."""
    return random.Random(0).sample(cases, n) if 0 < n < len(cases) else cases


def cold_titles(world: World, histories: Histories, *, drop: int, seed: int = 0) -> dict[str, NDArray[np.float64]]:
    """nDCG@10 among titles whose whole history was taken away, for those who chose one of them in the end."""
    seen = np.unique(histories.titles)
    cold = np.sort(np.random.default_rng(seed).choice(seen, int(COLD * len(seen)), replace=False))
    is_cold = np.zeros(len(world.index), np.bool_)
    is_cold[cold] = True
    training, cases = next_films(histories, drop=drop)
    asked = [
        Case(case.known[~is_cold[case.known]], case.times[~is_cold[case.known]], case.target, case.moment)
        for case in cases
        if is_cold[case.target] and not is_cold[case.known].all()
    ]
    warm = training.of(~is_cold[training.titles])

    def among(score: Scorer) -> Scorer:
        return lambda batch: np.where(is_cold, score(batch), -np.inf).astype(np.float32)

    draw = np.random.default_rng(seed)
    ways: dict[str, Callable[[], Scorer]] = {
        "ours": lambda: Ours(world, warm).scores,
        "content only": lambda: Ours(world, warm, WAYS["content only"]).scores,
        "fame": lambda: lambda batch: np.tile(world.index.prior, (len(batch), 1)),
        "chance": lambda: lambda batch: draw.random((len(batch), len(world.index)), np.float32),
    }
    return {name: gains(ranked(among(way()), asked)) for name, way in ways.items()}


def learning_curve(
    world: World,
    histories: Histories,
    *,
    n_folds: int = FOLDS,
    only: int | None = None,
    sample: int = 0,
    seed: int = 0,
) -> dict[str, dict[int, NDArray[np.float64]]]:
    """Ranks by name and number of known films, of people who are in no training history; everybody is so once.

    only: one fold, to tune on. sample: how many people are asked, 0 for all.
    """
    fold = np.random.default_rng(seed).integers(0, n_folds, int(histories.people.max()) + 1)[histories.people]
    ways: dict[str, Callable[[Histories], Scorer]] = {
        "popularity": lambda training: RIVALS["popularity"](training, len(world.index)),
        "EASE": lambda training: RIVALS["EASE"](training, len(world.index)),
        "ours": lambda training: Ours(world, training).scores,
    }
    found: dict[str, dict[int, list[NDArray[np.float64]]]] = {name: {n: [] for n in KNOWN} for name in ways}
    for each in range(n_folds) if only is None else (only,):
        cases = new_people(histories.of(fold == each), KNOWN)
        for name, way in ways.items():
            score = way(histories.of(fold != each))
            for n, asked in cases.items():
                found[name][n].append(ranked(score, drawn(asked, sample // n_folds)))
    return {name: {n: np.concatenate(parts) for n, parts in of.items()} for name, of in found.items()}
