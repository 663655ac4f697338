"""People's signals, read for learning what is chosen after what. The only reader of them in `training`."""

from typing import Any

import numpy as np
from django.db.models import QuerySet

from catalog.models import Preferences, Signal
from recommender.ml.affinity import Affinity
from recommender.ml.index import CatalogIndex
from recommender.taste.personal import weight_of
from training.ml.affinity import FORMULA
from training.ml.tasting import Choices, relearnt

MOST_CHOICES = 300_000  # the newest
LEAST_NEW = 20  # choices more than the last table knew, and as a share of them: less is not worth the seconds
LEAST_SHARE = 0.05


def next_affinity(
    old: Affinity, known: dict[str, Any], index: CatalogIndex, *, seed: int = 0
) -> tuple[Affinity, dict[str, Any]]:
    """(table, report). known: the report beside the old one; {} where there is none.

    What another formula made neither serves on nor is what a new table has to beat.
    """
    if known.get("formula") != FORMULA:
        old, known = Affinity.nothing(), {}
    before = int(known.get("n_choices", 0))
    if choices_by_now() - before < max(LEAST_NEW, LEAST_SHARE * before):
        return old, known
    return relearnt(old, index, choices(), seed=seed)


def choices_by_now() -> int:
    return _said().count()


def choices() -> Choices:
    """What everybody who lets the site learn chose and did not mute."""
    said = list(_said().order_by("-said", "-id")[:MOST_CHOICES])
    kept = [(signal, weight) for signal in said if (weight := weight_of(signal)) > 0]
    kept.sort(key=lambda pair: (str(pair[0].user_id or ""), str(pair[0].client_id or ""), pair[0].said, pair[0].pk))
    owners = [(signal.user_id, signal.client_id) for signal, _ in kept]
    number = {owner: place for place, owner in enumerate(dict.fromkeys(owners))}
    return Choices(
        np.array([number[owner] for owner in owners], np.int64),
        np.array([signal.title_id for signal, _ in kept], np.int64),
        np.array([signal.said.timestamp() for signal, _ in kept], np.float64),
        np.array([weight for _, weight in kept], np.float32),
    )


def _said() -> QuerySet[Signal]:
    silent = Preferences.objects.filter(learning=False)
    return (
        Signal.objects.filter(is_muted=False)
        .exclude(kind=Signal.Kind.NOT_FOR_ME)
        .exclude(user__in=silent.exclude(user=None).values("user"))
        .exclude(client_id__in=silent.exclude(client_id=None).values("client_id"))
    )
