"""The end of a run, on its row and in the log, and what follows from it. Loads no torch."""

import logging
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from catalog.models import Webhook
from catalog.webhooks.outbox import announce
from training import quarantine
from training.in_words import outcome, refusals
from training.models import TrainingRun

logger = logging.getLogger(__name__)

Status = TrainingRun.Status


def finish(run: TrainingRun, status: str, *, error: str = "", is_full: bool = False) -> None:
    """Together, so that no end is without its conclusion. is_full: see `quarantine.NextWindow`."""
    run.status, run.error = status, error
    with transaction.atomic():
        run.save(update_fields=["status", "error", "blames", "candidate_version", "evaluation", "verdict"])
        TrainingRun.objects.filter(pk=run.pk).update(finished=Now())  # by the clock that `due` reads
        quarantine.after(run, is_full=is_full)
        if status == Status.REFUSED:
            announce(Webhook.Event.REFUSED, _refusal(run))
        # Of what is rolled back nothing is told. A worker shows warnings only, so bad news are warnings.
        is_good = status in (Status.PROMOTED, Status.HELD, Status.STEP, Status.NOTHING_NEW)
        told = logging.INFO if is_good else logging.WARNING
        transaction.on_commit(partial(logger.log, told, "%s", outcome(run)))


def _refusal(run: TrainingRun) -> dict[str, Any]:
    versions = {"version": run.candidate_version, "champion": run.parent_version}
    return {"run": str(run.pk), **versions, "reasons": refusals(run.verdict)}


def never_began(trigger: str, holder: UUID, exit_code: int) -> TrainingRun:
    """A process that ended before it had a run: a row, so that it is seen, and tried again after a pause only."""
    run = TrainingRun.objects.create(
        trigger=trigger,
        holder=holder,
        status=Status.FAILED,
        finished=Now(),
        error=f"the process ended with exit code {exit_code} before it began; the worker's log says why",
    )
    logger.warning("%s", outcome(run))
    return run


def bury(holder: UUID, status: str, error: str, blames: str) -> None:
    """That process is dead: say so of its run, if it had not ended."""
    with transaction.atomic():
        for run in TrainingRun.objects.filter(status=Status.RUNNING, holder=holder).select_for_update():
            run.blames = blames
            finish(run, status, error=error)


def bury_the_dead() -> None:
    """Say that runs which still seem to run have died; the caller has the lease, so nobody works.

    A worker says at once how its child ended. So these had lost theirs as well: somebody killed it, the site was
    stopped, the power failed. That is nobody's fault the first time. If the run before died too, the load is under
    suspicion: a system that runs out of memory may end them all together, again and again.

    Under the rows' locks: what a killed process had sent may be committed a moment after its death.
    """
    with transaction.atomic():
        for run in TrainingRun.objects.filter(status=Status.RUNNING).order_by("id").select_for_update():
            before = TrainingRun.objects.filter(pk__lt=run.pk).first()
            again = before is not None and before.status == Status.DIED
            run.blames = TrainingRun.Blames.LOAD if again else ""
            error = "it was ended together with its worker: killed, stopped with the site, or without power"
            finish(run, Status.DIED, error=error + (", like the run before" if again else ""))
