"""Versions in the admin: what each learnt, how it was judged, and the one click back."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from catalog.read_only_admin import ReadOnlyAdmin
from recommender import registry
from recommender.models import Checkpoint, ServingChange


class ReasonForm(ActionForm):
    """Every change of what serves asks why; the answer stays in the audit trail."""

    reason = forms.CharField(required=False, widget=forms.TextInput(attrs={"placeholder": "Reason"}))


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin):
    list_display = ("version", "status", "pinned", "learnt_from", "judged", "created", "promoted")
    list_filter = ("status",)
    fields = (
        "version", "parent", "status", "pinned", "judgement", "encoder_fingerprint", "wm_from", "wm_to", "window",
        "metrics", "config", "sha256", "n_bytes", "created", "promoted",
    )  # fmt: skip
    readonly_fields = ("judgement",)
    actions = ("serve_again", "pin", "unpin")
    action_form = ReasonForm

    def has_serve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("recommender.change_checkpoint")

    @admin.display(description="searches learnt from")
    def learnt_from(self, checkpoint: Checkpoint) -> int:
        return int(checkpoint.window.get("n_searches", 0))

    @admin.display(description="nDCG@10 held out: candidate / champion")
    def judged(self, checkpoint: Checkpoint) -> str:
        measured = checkpoint.metrics.get("ndcg@10")
        if not measured:
            return "not judged"
        n_judged = checkpoint.metrics["n_judged"]
        return f"{measured['candidate']:.3f} / {measured['champion']:.3f} on {n_judged} searches"

    @admin.display(description="conditions of the gate")
    def judgement(self, checkpoint: Checkpoint) -> SafeString | str:
        conditions = checkpoint.verdict.get("conditions", [])
        rows = [("passed" if c["passed"] else "REFUSED", c["name"], c["reason"]) for c in conditions]
        return format_html_join("", "<p><strong>{}</strong> {}: {}</p>", rows) or "It was not judged."

    @admin.action(description="Serve this version again (rolls back and pins)", permissions=["serve"])
    def serve_again(self, request: HttpRequest, chosen: QuerySet[Checkpoint]) -> None:
        if chosen.count() != 1:
            self.message_user(request, "Choose exactly one version.", messages.ERROR)
            return
        self._attempt(request, lambda reason, actor: registry.roll_back(to=chosen[0], reason=reason, actor=actor))

    @admin.action(description="Pin the champion", permissions=["serve"])
    def pin(self, request: HttpRequest, chosen: QuerySet[Checkpoint]) -> None:
        self._set_pinned(request, chosen, pinned=True)

    @admin.action(description="Unpin the champion", permissions=["serve"])
    def unpin(self, request: HttpRequest, chosen: QuerySet[Checkpoint]) -> None:
        self._set_pinned(request, chosen, pinned=False)

    def _set_pinned(self, request: HttpRequest, chosen: QuerySet[Checkpoint], *, pinned: bool) -> None:
        for checkpoint in chosen:
            self._attempt(
                request,
                lambda reason, actor, checkpoint=checkpoint: registry.set_pinned(
                    checkpoint, pinned=pinned, reason=reason, actor=actor
                ),
            )

    def _attempt(self, request: HttpRequest, change: Any) -> None:
        reason = request.POST.get("reason", "").strip()
        if not reason:
            self.message_user(request, "Nothing was changed: say why in the field “Reason”.", messages.ERROR)
            return
        try:
            change(reason, str(request.user))
        except registry.CannotPromote as error:
            self.message_user(request, f"Nothing was changed: {error}.", messages.ERROR)
        else:
            self.message_user(request, "Done; servers follow within seconds.")


@admin.register(ServingChange)
class ServingChangeAdmin(ReadOnlyAdmin):
    list_display = ("created", "action", "version", "previous", "reason", "actor")
    list_filter = ("action",)
