"""Is there something to learn? A look at the database that costs little and changes nothing."""

from django.conf import settings
from django.db import connection

from recommender import registry
from training import dataset, lease
from training.models import TrainingRequest, TrainingRun

RETRY_SECONDS = 60.0  # after a run that failed: soon, but not at every tick


def trigger_now() -> str | None:
    """Why a run should start now, in a word, or None.

    Enough new searches, or an opinion that has waited long enough. Both are counted since the last
    run that judged or found nothing: a refused window is tried again when there is more to judge it
    by, not at every tick. A run that failed has not seen
    its searches, so they count again, after a pause. A run that died leaves no trace here, so the
    next tick starts over.
    """
    if lease.is_held(lease.TRAINING):
        return None
    champion = registry.champion()
    if champion is None:
        return None
    if TrainingRequest.objects.filter(answered_by=None).exists():
        return "request"
    ended = TrainingRun.objects.exclude(status__in=[TrainingRun.Status.RUNNING, TrainingRun.Status.DIED])
    last = ended.first()
    if last is not None and last.status == TrainingRun.Status.FAILED and _seconds_since(last) < RETRY_SECONDS:
        return None
    seen = ended.exclude(status=TrainingRun.Status.FAILED).filter(parent_version=champion.version).first()
    seen_to = max(champion.wm_to, (seen.wm_to or 0) if seen else 0)
    waiting_seconds = dataset.oldest_opinion_seconds(seen_to)
    if waiting_seconds is None:
        return None  # without an opinion there is nothing that a run could learn
    if dataset.n_new_searches(seen_to) >= settings.LEARN_EVERY_SEARCHES:
        return "searches"
    if waiting_seconds >= settings.LEARN_EVERY_SECONDS:
        return "time"
    return None


def _seconds_since(run: TrainingRun) -> float:
    """By the database's clock, which wrote the times."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp() - %s)", [run.finished or run.started])
        return float(cursor.fetchone()[0])
