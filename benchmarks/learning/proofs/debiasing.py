"""From a log that one ranking wrote: how attention falls, and in which order people like what they were shown.

Version 0 serves, explores and learns nothing, so nearly every title keeps its place and its clicks tell of the place
as much as of the title. Four estimates of how good each title is for each of the most asked themes are compared with
the truth of the simulation by their order: clicks a show (CTR), clicks over the clicks that the places expect
(COEC; Zhang and Jones 2007, doi:10.1145/1242572.1242764), clicks weighed by clipped inverse propensities (Joachims
et al. 2017, doi:10.1145/3018661.3018699), and what click memory makes of them. Propensities are those that the fit
of the same log found. Only titles that were shown often enough are put in order: from a few it is luck.

Click memory is told beside them. It is no plain estimate: it smooths and bounds, because it must serve from the third
click on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmarks.learning.measures import interval
from benchmarks.learning.proofs.stage import Play, Stage
from benchmarks.learning.report import Claim
from recommender.ml.memory import ClickMemory
from training.ml.examination import Examination, ExaminationTally, fit
from training.ml.labels import LoggedSearch, lessons
from training.ml.remember import remember
from training.ml.simulator import Intent, World

CURVES = (1.1, 0.5)  # η of the people who wrote the log
LOGGED = 20_000
CURVE, PLACES = 0.15, 10  # how far the fitted curve may be off, and up to which place
CLIP = 0.1  # least propensity, as Joachims et al. have it; below it a click counts ten times and no more
MIN_SHOWS = 20  # of a title for a theme
NAIVE, CORRECTED, MEMORY = ("CTR", "COEC"), "clipped inverse propensities", "click memory"
NEVER = 10**9  # searches: nothing fades

Estimates = Mapping[str, Mapping[tuple[str, int], float]]  # name → (folded text, title id) → how good


def prove(stage: Stage) -> Iterator[Claim | str]:
    for exponent in CURVES:
        cast = stage.prepared.cast
        world = replace(cast.world, habits=replace(cast.world.habits, examination=exponent))
        play = Play(replace(stage.prepared, cast=replace(cast, world=world)))
        play.until(stage.searches(LOGGED), learns=False)
        found = fit(ExaminationTally.of(play.first_pages()))
        off = curve_error(found.examination, exponent)
        yield Claim(
            f"the curve k^-{exponent}, from {len(play.visits):,} searches",
            off <= CURVE,
            f"η {found.examination.exponent:.3f} [{found.low:.3f} {found.high:.3f}], off by {off:.0%} at most up to"
            f" place {PLACES}, {CURVE:.0%} wanted",
        )
        intents = {play.asker.question(intent.text).text: intent for intent in cast.frequent}
        log = [visit.logged for visit in play.visits if visit.logged.text in intents]
        estimates = estimated(log, found.examination, list(intents))
        orders = {name: _orders(world, intents, of) for name, of in estimates.items()}
        told = ", ".join(f"{name} {np.nanmean(order):.3f}" for name, order in orders.items())
        yield f"k^-{exponent}, {len(log):,} searches for {len(intents)} themes, order found (Kendall's τ): {told}"
        for worse in NAIVE:
            yield Claim(f"k^-{exponent}, {CORRECTED} before {worse}", *_ahead(orders[CORRECTED], orders[worse]))
            yield f"k^-{exponent}, {MEMORY} before {worse}: {_ahead(orders[MEMORY], orders[worse])[1]}"


def _ahead(better: NDArray[np.float64], worse: NDArray[np.float64]) -> tuple[bool, str]:
    """(whether the 95 % interval of the difference lies above zero, in words)."""
    low, high = interval(better - worse)
    return low > 0, f"τ {np.nanmean(better - worse):+.3f} [{low:+.3f} {high:+.3f}]"


def curve_error(found: Examination, true: float) -> float:
    """Largest relative error of the curve up to PLACES."""
    places = np.arange(1, PLACES + 1)
    return float(np.max(np.abs(places ** (true - found.exponent) - 1)))


def estimated(log: Sequence[LoggedSearch], examination: Examination, texts: Sequence[str]) -> Estimates:
    """How good each title is for each text, by each way to read first pages, of titles shown MIN_SHOWS times."""
    clicked = [{deed.title_id for deed in page.deeds if deed.action == "click"} for page in log]
    n_places = max(len(page.shown) for page in log)
    place_shows, place_clicks = np.zeros((2, n_places))
    for page, chosen in zip(log, clicked, strict=True):
        place_shows[: len(page.shown)] += 1
        place_clicks[: len(page.shown)] += [title in chosen for title in page.shown]
    rate_of_place = place_clicks / np.maximum(place_shows, 1)
    shows: dict[tuple[str, int], float] = {}
    clicks, expected, inverse = dict(shows), dict(shows), dict(shows)
    for page, chosen in zip(log, clicked, strict=True):
        for k, title in enumerate(page.shown):
            pair = page.text, title
            shows[pair] = shows.get(pair, 0.0) + 1
            clicks[pair] = clicks.get(pair, 0.0) + (title in chosen)
            expected[pair] = expected.get(pair, 0.0) + rate_of_place[k]
            inverse[pair] = inverse.get(pair, 0.0) + (title in chosen) / max(examination(k + 1), CLIP)
    remembered = _remembered(log, examination, texts)
    often = {pair: n for pair, n in shows.items() if n >= MIN_SHOWS}
    return {
        "CTR": {pair: clicks[pair] / n for pair, n in often.items()},
        "COEC": {pair: clicks[pair] / max(expected[pair], 1e-9) for pair in often},
        CORRECTED: {pair: inverse[pair] / n for pair, n in often.items()},
        MEMORY: {pair: remembered.get(pair, 0.0) for pair in often},
    }


def _remembered(
    log: Sequence[LoggedSearch], examination: Examination, texts: Sequence[str]
) -> dict[tuple[str, int], float]:
    """The lift of each pair."""
    taught, _ = lessons(log, examination=examination)
    alone = dict.fromkeys(texts, np.zeros(1, np.float32))  # no text speaks for another here
    memory = remember(ClickMemory.empty(1), taught, alone, half_life=NEVER)
    owners = np.repeat(np.arange(len(memory)), np.diff(memory.starts))
    return {
        (memory.queries[int(query)], int(title)): float(lift)
        for query, title, lift in zip(owners, memory.title_ids, memory.lifts(), strict=True)
    }


def _orders(world: World, intents: Mapping[str, Intent], of: Mapping[tuple[str, int], float]) -> NDArray[np.float64]:
    """float64[len(intents)]: the order of the titles shown for each; NaN where none differ."""
    found = []
    for text, intent in intents.items():
        titles = [title for asked, title in of if asked == text]
        truth = world.attraction(intent, world.tastes.mean, titles)
        found.append(concordance([of[text, title] for title in titles], truth))
    return np.array(found)


def concordance(estimate: ArrayLike, truth: ArrayLike) -> float:
    """Kendall's τ over the pairs that truly differ: the share in the true order less the share in the other, where an
    estimate that takes two for equal counts as neither. NaN without such a pair.
    """
    values, true = np.asarray(estimate, np.float64), np.asarray(truth, np.float64)
    above = np.triu_indices(len(true), 1)
    signs = [np.sign(np.subtract.outer(of, of))[above] for of in (values, true)]
    differ = signs[1] != 0
    return float(np.mean((signs[0] * signs[1])[differ])) if differ.any() else float("nan")
