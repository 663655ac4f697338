"""Doors for the queue. Messages may be lost, late or doubled: the database says what is missing."""

from celery import shared_task
from django.core.management import call_command

from recommender.api import throttling
from recommender.index import embeddings
from recommender.index.encoders import embedding_fingerprint, encoder, is_ready


@shared_task(time_limit=60)  # type: ignore[untyped-decorator]  # celery ships no types
def look_for_new_titles() -> str:
    """Look; ring for the work where there is some."""
    if not is_ready() or not (n_missing := len(embeddings.missing(embedding_fingerprint()))):
        return "nothing to do"
    embed_new_titles.apply_async(expires=60)
    return f"{n_missing} titles to embed"


@shared_task(time_limit=3600)  # type: ignore[untyped-decorator]
def embed_new_titles() -> int:
    """Embed what is missing. Twice at once only costs time: the second finds the rows made."""
    return embeddings.embed_missing(encoder(), embedding_fingerprint())


@shared_task(time_limit=600)  # type: ignore[untyped-decorator]
def clear_sessions() -> None:
    """Let go of sessions that have run out."""
    call_command("clearsessions")


@shared_task(time_limit=60)  # type: ignore[untyped-decorator]
def forget_calls() -> int:
    """Let go of the counts of callers whose minute is over."""
    return throttling.forget_old()
