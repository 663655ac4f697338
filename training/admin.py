"""Training runs in the admin, and “train now”: a row that the next tick answers, not a message."""

from collections.abc import Callable
from functools import partial

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from catalog.read_only_admin import ReadOnlyAdmin
from recommender.admin import ReasonForm
from training.models import QuarantinedWindow, TrainingRequest, TrainingRun


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    change_list_template = "admin/training/trainingrun/change_list.html"
    list_display = ("id", "status", "blames", "candidate_version", "used", "doing", "started", "took")
    list_filter = ("status", "blames", "trigger")
    fields = (
        "status", "trigger", "conditions", "error", "blames", "parent_version", "candidate_version", "wm_from",
        "wm_to", "skipped", "trial_of", "counts", "evaluation", "config", "doing", "progress", "started", "finished",
    )  # fmt: skip
    readonly_fields = ("conditions", "doing")
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
        if not TrainingRequest.objects.filter(answered_by=None).exists():
            TrainingRequest.objects.create(actor=str(request.user))
        self.message_user(request, "Asked for. The next tick starts the run; it shows up here.")
        return back

    @admin.display(description="searches used")
    def used(self, run: TrainingRun) -> int:
        return int(run.counts.get("used", 0))

    @admin.display(description="progress")
    def doing(self, run: TrainingRun) -> str:
        if run.status != TrainingRun.Status.RUNNING or not run.progress:
            return "–"
        told = "{stage}, step {step} of {of}, loss {loss}" if run.progress.get("of") else "{stage}"
        left = run.progress.get("seconds_left")
        return told.format_map(run.progress) + (f", about {left} s left" if left is not None else "")

    @admin.display(description="seconds")
    def took(self, run: TrainingRun) -> str:
        return f"{(run.finished - run.started).total_seconds():.1f}" if run.finished else "–"

    @admin.display(description="conditions of the gate")
    def conditions(self, run: TrainingRun) -> SafeString | str:
        rows = [("passed" if c["passed"] else "REFUSED", c["name"], c["reason"]) for c in run.verdict]
        return format_html_join("", "<p><strong>{}</strong> {}: {}</p>", rows) or "It was not judged."


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
