"""How far a run is, on its row: stage, step, loss, and an estimate of the seconds left.

The estimate takes the seconds per step of this run so far, judging between the folds included, for
the steps that are left; the last judging is taken to last as long as the last run's did.
"""

import time
from collections.abc import Callable

from training.models import TrainingRun

SAY_EVERY_SECONDS = 1.0
JUDGING = "judging"


class Progress:
    """Told of every step; writes the row when the stage changes and at most once a second otherwise."""

    def __init__(self, run: TrainingRun, folds: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._run = run
        self._folds = folds
        self._clock = clock
        self._said = self._stage_began = self._steps_began = clock()
        self._stage = ""
        self._seconds: dict[str, float] = {}  # of the stages that are over
        self._steps: dict[str, tuple[int, int]] = {}  # fitted stage → (step, of)
        self._judging = _last_judging()

    def tell(self, stage: str, step: int = 0, of: int = 0, loss: float = 0.0) -> None:
        now = self._clock()
        is_new = stage != self._stage
        if is_new:
            self._close(now)
            if of and not self._steps:  # told after its first step: it began when the stage before did
                self._steps_began = self._stage_began
            self._stage, self._stage_began = stage, now
        if of:
            self._steps[stage] = (step, of)
        if is_new or now - self._said >= SAY_EVERY_SECONDS:
            self._said = now
            left = self.seconds_left()
            self._write(
                {"stage": stage, "step": step, "of": of, "loss": round(loss, 5), "seconds_left": left and round(left)}
            )

    def end(self) -> None:
        """Keep where the run ended and what each stage took; nothing is left to do."""
        self._close(self._clock())
        self._write({**self._run.progress, "seconds_left": 0})

    def seconds_left(self) -> float | None:
        """None before the first steps: nothing was measured yet."""
        now = self._clock()
        if not self._steps:
            return None
        if self._stage not in self._steps:
            return max(0.0, self._judging - (now - self._stage_began)) if self._stage == JUDGING else 0.0
        done = sum(step for step, _ in self._steps.values())
        per_step = (now - self._steps_began) / done
        return per_step * (self._steps_in_all() - done) + self._judging

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


def _last_judging() -> float:
    """Seconds that the last finished run took to judge; 0 if none did."""
    took = TrainingRun.objects.filter(progress__seconds__has_key=JUDGING).values_list("progress", flat=True).first()
    return float(took["seconds"][JUDGING]) if took else 0.0
