"""Answers about training, as the OpenAPI document tells them."""

from rest_framework import serializers

from recommender.api.shapes import Shape, nullable, page_of
from recommender.api.shapes_analytics import WindowOut
from recommender.api.shapes_staff import ConditionOut
from training.models import TrainingRun

RUN_STATUSES = list(TrainingRun.Status.values)


def counted(help_text: str) -> serializers.DictField:
    return serializers.DictField(child=serializers.IntegerField(min_value=0), help_text=help_text)


class ProgressOut(Shape):
    """How far a run at work is."""

    words = serializers.CharField()
    stage = serializers.CharField()
    step = serializers.IntegerField(min_value=0)
    of = serializers.IntegerField(min_value=0, help_text="Steps of this stage; 0 where it has none.")
    loss = serializers.FloatField()
    seconds_left = nullable(serializers.IntegerField, help_text="As it was told; null while it cannot be told.")


class RunOut(Shape):
    """One attempt to learn."""

    run_id = serializers.CharField()
    status = serializers.ChoiceField(choices=RUN_STATUSES)
    outcome = serializers.CharField(help_text="How it ended, in words; while it works, that it does.")
    trigger = serializers.CharField(help_text="What set it off, in a word.")
    set_off_by = serializers.CharField(help_text="The same in words.")
    progress = nullable(ProgressOut, help_text="null once it has ended.")
    parent_version = nullable(serializers.IntegerField)
    candidate_version = nullable(serializers.IntegerField)
    n_lessons = serializers.IntegerField(min_value=0, help_text="Searches that it learnt from.")
    started = serializers.DateTimeField()
    finished = nullable(serializers.DateTimeField)


class RunFactsOut(RunOut):
    """All that is known of a run."""

    from_transaction = nullable(serializers.CharField, help_text="Of the log that it read, inclusive.")
    to_transaction = nullable(serializers.CharField, help_text="Exclusive.")
    counts = counted("Read, used, and dropped by reason.")
    conditions = ConditionOut(many=True, help_text="Of the gate.")
    evaluation = serializers.DictField(help_text="All that was measured.")
    config = serializers.DictField(help_text="How it was trained.")
    stage_seconds = serializers.DictField(child=serializers.FloatField(min_value=0))
    error = serializers.CharField(allow_blank=True)


class AskedOut(Shape):
    """A run that was asked for. Of several that wait, one run answers all."""

    request_id = serializers.CharField()
    created = serializers.DateTimeField()
    run = nullable(RunOut, help_text="What answers it; null until the next tick.")


class LearningOut(Shape):
    """What becomes of what people do."""

    window = WindowOut()
    events = serializers.IntegerField(min_value=0, help_text="All that was done in the window.")
    may_teach = serializers.IntegerField(min_value=0, help_text="How many of them training may look at.")
    by_fate = counted("The others, by why not.")
    n_runs = serializers.IntegerField(min_value=0, help_text="Training runs that began in the window.")
    read = counted("Searches and interactions that they looked at.")
    choices = serializers.IntegerField(min_value=0)
    lessons = serializers.IntegerField(min_value=0)
    dropped = counted("By reason, most first.")


RunsPageOut = page_of(RunOut, "Runs")
