"""Doors for the queue. Messages may be lost, late or doubled: the database says what is to be done."""

from celery import shared_task

from catalog import bulk
from catalog.webhooks import managing, outbox


@shared_task(time_limit=60)  # type: ignore[untyped-decorator]  # celery ships no types
def send_webhooks() -> str:
    """Look; send what is due, for a while."""
    if not outbox.due().exists():
        return "nothing to do"
    from catalog.webhooks import sending  # only now: it loads an HTTP client, and most sites tell nobody

    return f"{sending.send_due()} tried"


@shared_task(time_limit=600)  # type: ignore[untyped-decorator]
def tidy_webhooks() -> str:
    """Let go of what was told long ago, and of secrets that no longer sign."""
    return f"{outbox.prune()} deliveries and {managing.forget_former_secrets()} secrets forgotten"


@shared_task(time_limit=60)  # type: ignore[untyped-decorator]
def look_for_bulk_tasks() -> str:
    """Look; ring for the work where there is some."""
    if not (n_open := bulk.unfinished().count()):
        return "nothing to do"
    import_bulk.apply_async(expires=60)
    return f"{n_open} to import"


@shared_task(time_limit=3600)  # type: ignore[untyped-decorator]
def import_bulk() -> int:
    """Import what waits, one after another. Twice at once does no harm: the second goes home."""
    return bulk.work_off()
