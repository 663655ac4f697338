"""Doors for the queue. Messages may be lost, late or doubled: the database decides what is done."""

from celery import shared_task
from django.conf import settings

from training import audit, child, due

LONGEST_RUN_SECONDS = int(settings.LEARN_DEADLINE_SECONDS) + 2 * child.GRACE_SECONDS


@shared_task(time_limit=60)  # type: ignore[untyped-decorator]  # celery ships no types
def tick() -> str:
    """Look; ring for a run where one is due."""
    trigger = due.trigger_now()
    if trigger is None:
        return "nothing to do"
    fine_tune.apply_async([trigger], expires=60)
    return f"due: {trigger}"


@shared_task(time_limit=LONGEST_RUN_SECONDS + 60)  # type: ignore[untyped-decorator]
def fine_tune(trigger: str) -> str:
    """Train once, in a process of its own, unless the reason has gone meanwhile or somebody else is at it."""
    if due.trigger_now() is None:
        return "no longer due"
    run = child.fine_tune(trigger)
    return str(run) if run else "somebody else was faster"


@shared_task(time_limit=3600)  # type: ignore[untyped-decorator]
def check_integrity() -> str:
    """Hash the bytes of every version; what is broken is said in the log, loudly."""
    return f"{len(audit.broken_versions())} versions are broken"
