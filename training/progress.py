"""How far a run is, on its row: stage, step, loss, and an estimate of the seconds left.

Three kinds of work are told apart, because none says how long the others take: steps, at the pace of this
run's steps; the pauses before each fit, in which the fold before is judged, as long as those were; and the
last judging, as long as the last run's. Before there are steps enough to tell a pace, nothing is estimated.
"""

import time
from collections.abc import Callable

from training.models import TrainingRun

SAY_EVERY_SECONDS = 1.0
ENOUGH_STEPS = 5  # to tell a pace by
JUDGING = "judging"
JUDGING_SHARE = 0.3  # of a run, where none was judged yet; measured: 0.5 with 30 searches, 0.12 with 3,000


class Progress:
    """Told of every step; writes the row when the stage changes and at most once a second otherwise."""

    def __init__(
        self,
        run: TrainingRun,
        folds: int,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._run = run
        self._folds = folds
        self._clock, self._wall = clock, wall
        self._began = self._said = self._told = self._stage_began = clock()
        self._stage = ""
        self._seconds: dict[str, float] = {}  # of the stages that are over
        self._steps: dict[str, tuple[int, int]] = {}  # fitted stage → (step, of)
        self._pauses: list[float] = []  # seconds before the first step of each fitted stage
        self._stepping, self._n_paced = 0.0, 0  # seconds of how many steps, first ones of a stage apart
        self._last_judging = _last_judging()

    def tell(self, stage: str, step: int = 0, of: int = 0, loss: float = 0.0) -> None:
        now = self._clock()
        is_new = stage != self._stage
        if of:
            self._measure(stage, step, now)
            self._steps[stage] = (step, of)
        if is_new:
            self._close(now)
            self._stage, self._stage_began = stage, now
        self._told = now
        if is_new or now - self._said >= SAY_EVERY_SECONDS:
            self._said = now
            left = self.seconds_left()
            self._write(
                {
                    "stage": stage,
                    "step": step,
                    "of": of,
                    "loss": round(loss, 5),
                    "seconds_left": left if left is None else round(left),
                    "said": round(self._wall(), 1),  # nobody tells of anything while a fold is judged
                }
            )

    def end(self) -> None:
        """Keep where the run ended and what each stage took; nothing is left to do."""
        self._close(self._clock())
        self._write({**self._run.progress, "seconds_left": 0})

    def seconds_left(self) -> float | None:
        """None where nobody can know: before the first few steps, and in a judging longer than expected."""
        now = self._clock()
        if self._stage == JUDGING:
            expected = self._judging(self._stage_began - self._began)
            left = expected - (now - self._stage_began)
            return left if left > 0 else None
        if self._stage not in self._steps:
            return 0.0 if JUDGING in self._seconds else None
        if self._n_paced < ENOUGH_STEPS:
            return None
        done = sum(step for step, _ in self._steps.values())
        pace = self._stepping / self._n_paced
        rest = pace * (self._steps_in_all() - done) + self._pauses_left() * self._pause()
        rest = max(0.0, rest - (now - self._told))
        return rest + self._judging(now - self._began + rest)

    def _measure(self, stage: str, step: int, now: float) -> None:
        if stage not in self._steps:
            self._pauses.append(now - self._told)
        else:
            self._stepping += now - self._told
            self._n_paced += step - self._steps[stage][0]

    def _pause(self) -> float:
        """The first is for other things, so it counts only as long as there is no other."""
        pauses = self._pauses[1:] or self._pauses
        return sum(pauses) / len(pauses)

    def _pauses_left(self) -> int:
        return max(0, self._folds + 1 - len(self._steps)) if self._stage.startswith("fold") else 0

    def _judging(self, rest_of_run: float) -> float:
        """rest_of_run: seconds of everything before the judging."""
        if self._last_judging is not None:
            return self._last_judging
        return rest_of_run * JUDGING_SHARE / (1 - JUDGING_SHARE)

    def _steps_in_all(self) -> float:
        """A fold fits (folds − 1)/folds of what the fit will: known when it begins, guessed before."""
        known = [of for _, of in self._steps.values()]
        if not self._stage.startswith("fold"):
            return sum(known)
        folds_left, per_fold = max(0, self._folds - len(known)), sum(known) / len(known)
        return sum(known) + per_fold * (folds_left + self._folds / (self._folds - 1))

    def _close(self, now: float) -> None:
        if self._stage:
            taken = self._seconds.get(self._stage, 0.0) + now - self._stage_began
            self._seconds[self._stage] = round(taken, 2)

    def _write(self, progress: dict[str, object]) -> None:
        self._run.progress = {**progress, "seconds": dict(self._seconds)}
        TrainingRun.objects.filter(pk=self._run.pk).update(progress=self._run.progress)


def _last_judging() -> float | None:
    """Seconds that the last run which came so far took to judge; None if none did."""
    took = TrainingRun.objects.filter(progress__seconds__has_key=JUDGING).values_list("progress", flat=True).first()
    return float(took["seconds"][JUDGING]) if took else None
