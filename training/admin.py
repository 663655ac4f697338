"""Training runs in the admin, and “train now”: a row that the next tick answers, not a message."""

from collections.abc import Callable
from functools import partial

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import truncatechars
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from catalog.read_only_admin import ReadOnlyAdmin, as_json, as_table
from recommender.admin import LONGEST_IN_A_LIST, ReasonForm, conditions_in_words
from training import in_words
from training.models import QuarantinedWindow, TrainingRequest, TrainingRun


class TriggerFilter(admin.SimpleListFilter):
    """Why a run began, in words."""

    title = "what set it off"
    parameter_name = "trigger"

    def lookups(self, _request: HttpRequest, _admin: object) -> list[tuple[str, str]]:
        return list(in_words.TRIGGERS.items())

    def queryset(self, _request: HttpRequest, runs: QuerySet[TrainingRun]) -> QuerySet[TrainingRun]:
        return runs.filter(trigger=self.value()) if self.value() else runs


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    class Media:
        css = {"all": ["recommender/desk.css"]}

    change_list_template = "admin/training/trainingrun/change_list.html"
    list_display = ("name", "status", "outcome", "set_off_by", "used", "took", "started")
    list_filter = ("status", "blames", TriggerFilter)
    fieldsets = (
        (None, {"fields": ("status", "doing", "ended", "fault", "set_off_by", "started", "took")}),
        ("How it was judged", {"fields": ("candidate_version", "parent_version", "conditions")}),
        ("What it read", {"fields": ("stretch", "left_out", "trial_of", "counted")}),
        ("In full", {"fields": ("stages", "settings", "measured"), "classes": ("collapse",)}),
    )
    readonly_fields = (
        "doing", "ended", "fault", "set_off_by", "took", "conditions", "stretch", "left_out", "counted", "stages",
        "settings", "measured",
    )  # fmt: skip
    actions = ("put_aside",)
    action_form = ReasonForm

    def has_quarantine_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("training.change_quarantinedwindow")

    @admin.action(description="Put its window into quarantine", permissions=["quarantine"])
    def put_aside(self, request: HttpRequest, chosen: QuerySet[TrainingRun]) -> None:
        from training import quarantine  # it reads the log: not in every web process

        for run in chosen:
            _attempt(self, request, partial(quarantine.put_aside, run))

    def get_urls(self) -> list[URLPattern]:
        train_now = path("train-now/", self.admin_site.admin_view(self.train_now), name="training_train_now")
        return [train_now, *super().get_urls()]

    def train_now(self, request: HttpRequest) -> HttpResponse:
        back = redirect(reverse("admin:training_trainingrun_changelist"))
        if request.method != "POST" or not request.user.has_perm("training.add_trainingrequest"):
            self.message_user(request, "You may not start a training run.", messages.ERROR)
            return back
        TrainingRequest.ask(str(request.user))
        self.message_user(request, "Asked for. The next tick starts the run; it shows up here.")
        return back

    @admin.display(description="run", ordering="id")
    def name(self, run: TrainingRun) -> str:
        return f"run {run.pk}"

    @admin.display(description="set off by", ordering="trigger")
    def set_off_by(self, run: TrainingRun) -> str:
        return in_words.trigger(run)

    @admin.display(description="outcome")
    def ended(self, run: TrainingRun) -> str:
        return in_words.outcome(run)

    @admin.display(description="outcome")
    def outcome(self, run: TrainingRun) -> str:
        """One line for the list: how far it is, or how it ended."""
        if run.status == TrainingRun.Status.RUNNING:
            return in_words.progress(run) or "at work"
        return truncatechars(in_words.outcome(run), LONGEST_IN_A_LIST)

    @admin.display(description="whose fault")
    def fault(self, run: TrainingRun) -> str:
        return in_words.FAULTS.get(run.blames, "nobody's")

    @admin.display(description="searches used")
    def used(self, run: TrainingRun) -> int:
        return int(run.counts.get("used", 0))

    @admin.display(description="progress")
    def doing(self, run: TrainingRun) -> str:
        is_at_work = run.status == TrainingRun.Status.RUNNING
        return (in_words.progress(run) if is_at_work else "") or "–"

    @admin.display(description="took")
    def took(self, run: TrainingRun) -> str:
        return f"{(run.finished - run.started).total_seconds():.1f} s" if run.finished else "–"

    @admin.display(description="conditions of the gate")
    def conditions(self, run: TrainingRun) -> SafeString | str:
        return conditions_in_words(run.verdict)

    @admin.display(description="stretch of the log")
    def stretch(self, run: TrainingRun) -> str:
        if run.wm_from is None or run.wm_to is None:
            return "it ended before it knew"
        return f"from transaction {run.wm_from:,} to before {run.wm_to:,}"

    @admin.display(description="left out, in quarantine")
    def left_out(self, run: TrainingRun) -> str:
        return ", ".join(f"{start:,} to before {end:,}" for start, end in run.skipped) or "nothing"

    @admin.display(description="what became of it")
    def counted(self, run: TrainingRun) -> SafeString | str:
        return as_table((name, n) for name, n in sorted(run.counts.items()) if n)

    @admin.display(description="seconds of each stage")
    def stages(self, run: TrainingRun) -> SafeString | str:
        return as_table(run.progress.get("seconds", {}).items())

    @admin.display(description="settings")
    def settings(self, run: TrainingRun) -> SafeString | str:
        return as_table(run.config.items())

    @admin.display(description="everything that was measured")
    def measured(self, run: TrainingRun) -> SafeString | str:
        return as_json(run.evaluation)


@admin.register(QuarantinedWindow)
class QuarantinedWindowAdmin(ReadOnlyAdmin):
    """What training leaves out of the log, why, and the way back."""

    list_display = ("id", "status", "wm_from", "wm_to", "reason", "run", "created", "released", "released_by")
    list_filter = ("status",)
    actions = ("release",)
    action_form = ReasonForm

    def has_release_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("training.change_quarantinedwindow")

    @admin.action(description="Release: let training read it again", permissions=["release"])
    def release(self, request: HttpRequest, chosen: QuerySet[QuarantinedWindow]) -> None:
        from training import quarantine  # as above

        for stretch in chosen:
            _attempt(self, request, partial(quarantine.release, stretch))


def _attempt(door: ReadOnlyAdmin, request: HttpRequest, change: Callable[..., object]) -> None:
    """change: takes `reason` and `actor`."""
    from training.quarantine import CannotChange  # as above

    try:
        change(reason=request.POST.get("reason", ""), actor=str(request.user))
    except CannotChange as error:
        door.message_user(request, f"Nothing was changed: {error}.", messages.ERROR)
    else:
        door.message_user(request, "Done; the next run heeds it.")
