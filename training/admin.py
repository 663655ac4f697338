"""Training runs in the admin, and “train now”: a row that the next tick answers, not a message."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from catalog.read_only_admin import ReadOnlyAdmin
from training.models import TrainingRequest, TrainingRun


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    change_list_template = "admin/training/trainingrun/change_list.html"
    list_display = ("id", "status", "candidate_version", "used", "doing", "started", "took")
    list_filter = ("status", "trigger")
    fields = (
        "status", "trigger", "conditions", "error", "parent_version", "candidate_version", "wm_from", "wm_to",
        "counts", "evaluation", "config", "progress", "started", "finished",
    )  # fmt: skip
    readonly_fields = ("conditions",)

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
        return "{stage}, step {step} of {of}, loss {loss}".format_map(run.progress)

    @admin.display(description="seconds")
    def took(self, run: TrainingRun) -> str:
        return f"{(run.finished - run.started).total_seconds():.1f}" if run.finished else "–"

    @admin.display(description="conditions of the gate")
    def conditions(self, run: TrainingRun) -> SafeString | str:
        rows = [("passed" if c["passed"] else "REFUSED", c["name"], c["reason"]) for c in run.verdict]
        return format_html_join("", "<p><strong>{}</strong> {}: {}</p>", rows) or "It was not judged."
