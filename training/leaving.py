"""When somebody's account is deleted: who asked for a run or released a stretch was "somebody"."""

from django.db.models import F, Value
from django.db.models.functions import Replace

from recommender.versions.registry import SOMEBODY
from training.models import QuarantinedWindow, TrainingRequest


def forget_actor(name: str) -> None:
    TrainingRequest.objects.filter(actor=name).update(actor=SOMEBODY)
    QuarantinedWindow.objects.filter(released_by=name).update(released_by=SOMEBODY)
    signed = f"({name})"  # as `quarantine.put_aside` writes it
    QuarantinedWindow.objects.filter(reason__contains=signed).update(
        reason=Replace(F("reason"), Value(signed), Value(f"({SOMEBODY})"))
    )
