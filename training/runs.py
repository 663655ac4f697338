"""The end of a run, on its row, and what follows from it for the log. Loads no torch."""

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from training import quarantine
from training.models import TrainingRun


def finish(run: TrainingRun, status: str, *, error: str = "", is_full: bool = False) -> None:
    """Together, so that no end is without its conclusion. is_full: see `quarantine.NextWindow`."""
    run.status, run.error = status, error
    with transaction.atomic():
        run.save(update_fields=["status", "error", "blames", "candidate_version", "evaluation", "verdict"])
        TrainingRun.objects.filter(pk=run.pk).update(finished=Now())  # by the clock that `due` reads
        quarantine.after(run, is_full=is_full)


def never_began(trigger: str, holder: UUID, exit_code: int) -> TrainingRun:
    """A process that ended before it had a run: a row, so that it is seen, and tried again after a pause only."""
    return TrainingRun.objects.create(
        trigger=trigger,
        holder=holder,
        status=TrainingRun.Status.FAILED,
        finished=Now(),
        error=f"the process ended with exit code {exit_code} before it began; the worker's log says why",
    )


def bury_the_dead(holder: UUID | None = None) -> None:
    """Say that runs which still seem to run have died: that holder's, or all if the caller has the lease.

    Under the row's lock: what a killed process had sent may be committed a moment after its death.
    """
    with transaction.atomic():
        running = TrainingRun.objects.filter(status=TrainingRun.Status.RUNNING).select_for_update()
        for run in running.filter(holder=holder) if holder else running:
            run.blames = TrainingRun.Blames.LOAD
            finish(run, TrainingRun.Status.DIED, error="the process was killed before it could finish")
