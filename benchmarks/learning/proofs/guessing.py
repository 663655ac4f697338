"""What a version would have earned, told from the log of another, is what it does earn.

A champion that has learnt from some searches serves, explores and learns no more; its log is all that the estimates
see, the curve of attention included. Candidates of all sorts are judged by it, and by the simulator's truth: what
the people of the log would have chosen in expectation on the candidate's pages.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.learning.proofs.stage import Play, Stage, worth
from benchmarks.learning.report import Claim
from benchmarks.learning.site import PAGE_SIZE, RATE
from recommender.ml.snapshot import Snapshot
from training.ml.examination import ACCIDENTS, Examination, ExaminationFit, ExaminationTally, fit
from training.ml.logged_pages import LoggedPage, elsewhere
from training.ml.offpolicy import Interval, OffPolicy
from training.ml.rankings import estimate
from training.ml.simulator import Intent

LEARNT, LATER, LOGGED, LOGS = 1_000, 5_000, 5_000, 3
COVERAGE, ERROR = 0.9, 0.05
APART = 0.02  # candidates whose truths differ by more, as a share of the lesser, must be told apart
ESTIMATES = ("snips", "doubly_robust")

Rank = Callable[[Intent], Sequence[int]]


@dataclass(frozen=True)
class Judged:
    """One candidate on one log. truth: expected choices a page."""

    name: str
    truth: float
    guess: OffPolicy

    def of(self, estimate_: str) -> Interval:
        found = getattr(self.guess, estimate_)
        return found or Interval(0.0, 0.0, np.inf)


def prove(stage: Stage) -> Iterator[Claim | str]:
    logs: list[list[Judged]] = []
    play = stage.play()
    champion, later = play.until(stage.searches(LEARNT)), play.until(stage.searches(LATER))
    for seed in range(LOGS):
        log = Play(stage.prepared, seed=100 + seed, rate=RATE, champion=champion)
        log.until(stage.searches(LOGGED), learns=False)
        judged = list(_judged(stage, log, candidates(stage, log, champion, later)))
        logs.append(judged)
        for one in judged:
            told = ", ".join(f"{name} {_words(one.of(name), one.truth)}" for name in ESTIMATES)
            yield f"log {seed}, {one.name}: truly {one.truth:.4f}; {told}; {one.guess.why or 'can say'}"
    found = [one for judged in logs for one in judged]
    for name in ESTIMATES:
        yield from _claims(name, found, logs)


def candidates(stage: Stage, log: Play, champion: Snapshot, later: Snapshot) -> dict[str, Rank]:
    """Each as what it would show for an intent."""
    zero = stage.prepared.version_zero

    def by(version: Snapshot) -> Rank:
        return lambda intent: log.asker.first(version, intent, PAGE_SIZE)

    return {
        "champion": by(champion),
        "version 0": by(zero),
        "memory only": by(replace(zero, state=replace(zero.state, memory=later.state.memory))),
        "weights only": by(replace(zero, state=replace(zero.state, weights=later.state.weights))),
        "both, later": by(later),
        "first two places swapped": lambda intent: _swapped(by(champion)(intent)),
        "page upside down": lambda intent: by(champion)(intent)[::-1],
    }


def _swapped(shown: Sequence[int]) -> list[int]:
    return [*shown[:2][::-1], *shown[2:]]


def _judged(stage: Stage, log: Play, of: dict[str, Rank]) -> Iterator[Judged]:
    world, curve = stage.world, fit(ExaminationTally.of(log.first_pages()))
    pages, visits = [], []
    for visit, page in zip(log.visits, log.pages, strict=True):
        logged = visit.logged
        if not page.source or not page.shown:  # the home list is not asked for, and nothing is drawn there
            continue
        visits.append(visit)
        pages.append(
            LoggedPage(
                query=visit.intent.text,
                shown=page.shown,
                gains={deed.title_id: 1.0 for deed in logged.deeds if deed.action == "click"},
                propensity=page.propensity,
                session=logged.session,
                elsewhere=elsewhere(page.propensity, RATE),
            )
        )
    for name, rank in of.items():
        kept = {intent.text: rank(intent) for intent in {v.intent.text: v.intent for v in visits}.values()}
        truth = [
            worth(world, v.intent, world.tastes.liking[v.person], kept[v.intent.text][: len(v.logged.shown)])
            for v in visits
        ]
        yield Judged(name, float(np.mean(truth)), _guess(pages, kept, curve))


def _guess(pages: Sequence[LoggedPage], shown: Mapping[str, Sequence[int]], curve: ExaminationFit) -> OffPolicy:
    return estimate(
        pages,
        lambda page: shown[page.query],
        curve.examination,
        other_curves=(Examination(curve.low), Examination(curve.high)),
        accidents=ACCIDENTS,
    )


def _words(found: Interval, truth: float) -> str:
    inside = "holds it" if found.low <= truth <= found.high else "MISSES it"
    return f"{found.value:.4f} [{found.low:.4f} {found.high:.4f}] {found.value / truth - 1:+.1%}, {inside}"


def _claims(name: str, found: Sequence[Judged], logs: Sequence[Sequence[Judged]]) -> Iterator[Claim | str]:
    said = [one for one in found if one.guess.supported]
    for group, of in (("that it can say", said), ("all", found)):
        if not of:
            yield f"{name}: nothing {group}"
            continue
        held = np.mean([one.of(name).low <= one.truth <= one.of(name).high for one in of])
        error = np.median([abs(one.of(name).value / one.truth - 1) for one in of])
        words = f"{held:.0%} of {len(of)} intervals hold the truth, median error {error:.1%}"
        if of is said:
            wanted = f", {COVERAGE:.0%} and {ERROR:.0%} wanted"
            yield Claim(f"{name}, estimates {group}", bool(held >= COVERAGE and error <= ERROR), words + wanted)
        else:
            yield f"{name}, {group} estimates: {words}"
    right, pairs = told_apart(name, logs)
    yield Claim(
        f"{name} puts candidates in order", right == pairs, f"{right} of {pairs} pairs that differ by {APART:.0%}"
    )


def told_apart(name: str, logs: Sequence[Sequence[Judged]]) -> tuple[int, int]:
    """(pairs of one log that are in the right order, pairs whose truths differ by more than APART)."""
    right = pairs = 0
    for judged in logs:
        ordered = sorted(judged, key=lambda one: one.truth)
        for place, worse in enumerate(ordered):
            for better in ordered[place + 1 :]:
                if better.truth > (1 + APART) * worse.truth:
                    pairs += 1
                    right += better.of(name).value > worse.of(name).value
    return right, pairs
