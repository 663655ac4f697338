"""Doors for the queue."""

from celery import shared_task

from recommender import embeddings
from recommender.encoders import embedding_fingerprint, encoder


@shared_task(time_limit=3600)  # type: ignore[untyped-decorator]  # celery ships no types
def embed_new_titles() -> int:
    """Embed what is missing. Twice at once only costs time: the second finds the rows made."""
    return embeddings.embed_missing(encoder(), embedding_fingerprint())
