"""Doors for the queue. Messages may be lost, late or doubled: the database decides what is done."""

from celery import shared_task

from training import due


@shared_task(time_limit=60)  # type: ignore[untyped-decorator]  # celery ships no types
def tick() -> str:
    """Look; ring for a run where one is due."""
    trigger = due.trigger_now()
    if trigger is None:
        return "nothing to do"
    fine_tune.apply_async([trigger], expires=60)
    return f"due: {trigger}"


@shared_task(time_limit=3600)  # type: ignore[untyped-decorator]
def fine_tune(trigger: str) -> str:
    """Train once, unless the reason has gone meanwhile or somebody else is at it."""
    from training.pipeline import run_fine_tuning  # torch: not before the fork, and only here

    if due.trigger_now() is None:
        return "no longer due"
    run = run_fine_tuning(trigger)
    return str(run) if run else "somebody else is training"
