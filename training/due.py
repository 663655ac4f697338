"""Is there something to learn? A look at the database that costs little and changes nothing."""

import logging
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import connection

from recommender.versions import registry
from training import dataset, lease, quarantine
from training.models import QuarantinedWindow, TrainingRequest, TrainingRun

logger = logging.getLogger(__name__)

RETRY_SECONDS = 60.0  # after a run that failed: soon, but not at every tick
Status = TrainingRun.Status


def trigger_now() -> str | None:
    """Why a run should start now, in a word, or None. None while somebody works."""
    return None if lease.is_held(lease.TRAINING) else reason_to_learn()


def reason_to_learn() -> str | None:
    """Enough new searches, or an opinion that has waited long enough, whoever works.

    Both are counted since the last run that judged or found nothing: a refused window is tried again
    when there is more to judge it by, not at every tick. What a pin held back is new again once the
    champion is unpinned. A run that failed has not seen its searches, so they count again, after a
    pause. A run that died leaves no trace here, so the next tick starts over. Half of a window that
    failed twice is tried at once. Whom the champion must forget comes before all that.
    """
    champion = registry.champion()
    if champion is None:
        return None
    if TrainingRequest.objects.filter(answered_by=None).exists():
        return "request"
    ended = TrainingRun.objects.exclude(status__in=[Status.RUNNING, Status.DIED])
    last = ended.first()
    has_paused = last is None or _seconds_since(last.finished or last.started) >= RETRY_SECONDS
    if last is not None and last.status == Status.FAILED and not has_paused:
        return None
    if champion.tainted:
        return "forgetting"
    try:
        window = quarantine.next_window(champion)
    except dataset.RestoredLog as error:
        logger.error("nothing can be learnt: %s", error)
        return None
    if window.trial_of is not None and window.trial_of.status == QuarantinedWindow.Status.SUSPECT:
        is_next = last is None or last.trial_of_id != window.trial_of.pk
        return "suspect" if is_next or has_paused else None
    judged = ended.exclude(status=Status.FAILED).filter(parent_version=champion.version)
    seen = (judged if champion.pinned else judged.exclude(status=Status.HELD)).first()
    seen_to = max(champion.wm_to, (seen.wm_to or 0) if seen else 0)
    unseen = replace(window.bounds, wm_from=seen_to, wm_to=max(seen_to, dataset.horizon()))
    waiting_seconds = dataset.oldest_opinion_seconds(unseen)
    if waiting_seconds is None:
        return None  # without an opinion there is nothing that a run could learn
    if window.is_full and seen is not None and seen_to >= window.bounds.wm_to and (champion.pinned or not has_paused):
        return None  # what waits lies behind a window that was read already
    if dataset.n_searches(unseen) >= settings.LEARN_EVERY_SEARCHES:
        return "searches"
    if waiting_seconds >= settings.LEARN_EVERY_SECONDS:
        return "time"
    return None


def _seconds_since(moment: datetime) -> float:
    """By the database's clock, which wrote the times."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp() - %s)", [moment])
        return float(cursor.fetchone()[0])
