"""Versions in the admin: what each learnt, how it was judged, and the one click back. Editors' rules and synonyms."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat, truncatechars
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from catalog.read_only_admin import ReadOnlyAdmin, as_json, as_table
from recommender import curation
from recommender.accounts import admin as accounts_admin  # noqa: F401 - registers accounts
from recommender.models import Checkpoint, Rule, ServingChange, SynonymSet
from recommender.versions import registry

LONGEST_IN_A_LIST = 120  # characters of a reason; pages have all of it


def conditions_in_words(conditions: list[dict[str, Any]]) -> SafeString | str:
    """What the gate asked and what it found, refusals first."""
    rows = [
        ("passed" if condition["passed"] else "REFUSED", condition["name"], condition["reason"])
        for condition in sorted(conditions, key=lambda condition: bool(condition["passed"]))
    ]
    return format_html_join("", "<p><strong>{}</strong> {}: {}</p>", rows) or "It was not judged."


class ReasonForm(ActionForm):
    """Every change of what serves asks why; the answer stays in the audit trail."""

    reason = forms.CharField(required=False, widget=forms.TextInput(attrs={"placeholder": "Reason"}))


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin):
    class Media:
        css = {"all": ["recommender/desk.css"]}

    list_display = ("name", "stands", "outcome", "judged", "learnt_from", "created", "promoted")
    list_filter = ("status", "pinned")
    fieldsets = (
        (None, {"fields": ("version", "status", "pinned", "parent", "created", "promoted", "pruned")}),
        ("How it was judged", {"fields": ("judged", "judgement")}),
        ("What it learnt from", {"fields": ("learnt_from", "stretch", "read")}),
        (
            "In full",
            {"fields": ("measured", "settings", "sha256", "size", "encoder_fingerprint"), "classes": ("collapse",)},
        ),
    )
    readonly_fields = ("judged", "judgement", "learnt_from", "stretch", "read", "measured", "settings", "size")
    actions = ("serve_again", "pin", "unpin")
    action_form = ReasonForm

    def has_serve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("recommender.change_checkpoint")

    @admin.display(description="version", ordering="version")
    def name(self, checkpoint: Checkpoint) -> str:
        return f"v{checkpoint.version}"

    @admin.display(description="searches learnt from")
    def learnt_from(self, checkpoint: Checkpoint) -> int:
        return int(checkpoint.window.get("n_searches", 0))

    @admin.display(description="nDCG@10, and the champion's")
    def judged(self, checkpoint: Checkpoint) -> str:
        measured = checkpoint.metrics.get("ndcg@10")
        if not measured:
            return "not judged"
        n_judged = checkpoint.metrics["n_judged"]
        return f"{measured['candidate']:.3f} / {measured['champion']:.3f} on {n_judged} searches"

    @admin.display(description="status", ordering="status")
    def stands(self, checkpoint: Checkpoint) -> str:
        return checkpoint.get_status_display() + (", pinned" if checkpoint.pinned else "")

    @admin.display(description="outcome")
    def outcome(self, checkpoint: Checkpoint) -> str:
        """One line for the list; the page has every reason in full."""
        conditions = checkpoint.verdict.get("conditions", [])
        reasons = [f"{c['name']}: {c['reason']}" for c in conditions if not c["passed"]]
        if not reasons:
            return "passed every condition" if conditions else "–"
        more = f" (and {len(reasons) - 1} more)" if reasons[1:] else ""
        return f"refused: {truncatechars(reasons[0], LONGEST_IN_A_LIST)}{more}"

    @admin.display(description="conditions of the gate")
    def judgement(self, checkpoint: Checkpoint) -> SafeString | str:
        return conditions_in_words(checkpoint.verdict.get("conditions", []))

    @admin.display(description="stretch of the log")
    def stretch(self, checkpoint: Checkpoint) -> str:
        return f"from transaction {checkpoint.wm_from:,} to before {checkpoint.wm_to:,}"

    @admin.display(description="of its own window")
    def read(self, checkpoint: Checkpoint) -> SafeString | str:
        return as_table(sorted(checkpoint.window.get("counts", {}).items()))

    @admin.display(description="everything that was measured")
    def measured(self, checkpoint: Checkpoint) -> SafeString | str:
        return as_json(checkpoint.metrics)

    @admin.display(description="how it was trained")
    def settings(self, checkpoint: Checkpoint) -> SafeString | str:
        return as_table(checkpoint.config.items())

    @admin.display(description="size")
    def size(self, checkpoint: Checkpoint) -> str:
        return filesizeformat(checkpoint.n_bytes)

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


class RuleForm(forms.ModelForm):
    """What is wrong is told beside its field, in the words of `curation`."""

    class Meta:
        model = Rule
        fields = ("action", "title", "match", "text", "position", "points", "starts", "ends", "is_active", "note")
        labels: Mapping[str, str] = {"text": "query", "position": "place", "is_active": "active"}
        help_texts: Mapping[str, str] = {
            "match": "A hidden title of “every query” is shown in no list at all.",
            "text": "As people type it; case, accents and punctuation do not matter. Left out for “every query”.",
            "position": f"For a pin: 1 to {curation.LAST_PLACE}. It stands there whatever else is found, title"
            " matches too; a pin for every query also stops the site from trying other titles (see the manual).",
            "points": "For a lift: scores go from 0 to about 2, and 0.2 moves a title up by some places. Titles that"
            " the query names stay above.",
        }
        widgets: Mapping[str, Any] = {
            "action": forms.RadioSelect,
            "match": forms.RadioSelect,
            "text": forms.TextInput(attrs={"size": 60}),
            "note": forms.Textarea(attrs={"rows": 3}),
        }

    def clean(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return fields
        rule = Rule(pk=self.instance.pk, **fields)
        curation.check_rule(rule)
        return {name: getattr(rule, name) for name in fields}


class SynonymsForm(forms.ModelForm):
    """One word or phrase a line."""

    words = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 6}), help_text="One word or phrase a line, or with commas between."
    )

    class Meta:
        model = SynonymSet
        fields = ("words", "is_one_way", "is_active")
        labels: Mapping[str, str] = {"is_one_way": "one-way", "is_active": "active"}
        help_texts: Mapping[str, str] = {
            "is_one_way": "The first also means the others, and not the other way round: tearjerker → sad drama.",
        }

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.initial["words"] = "\n".join(self.instance.words or ())

    def clean_words(self) -> list[str]:
        row = SynonymSet(words=re.split(r"[\n,]", self.cleaned_data["words"]))
        try:
            curation.check_synonyms(row)
        except forms.ValidationError as error:
            raise forms.ValidationError(error.messages) from error
        return row.words


class EditorsAdmin(admin.ModelAdmin):
    """Rows that people write, through `curation`."""

    readonly_fields = ("author", "created", "changed")
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        save = curation.save_rule if isinstance(obj, Rule) else curation.save_synonyms
        save(obj, request.user if request.user.is_authenticated else None)
        self.message_user(request, "Every server follows within seconds.")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        curation.delete([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        curation.delete(queryset)


@admin.register(Rule)
class RuleAdmin(EditorsAdmin):
    form = RuleForm
    list_display = ("what", "title", "query", "stands", "starts", "ends", "author", "changed")
    list_filter = ("action", "match", "is_active")
    list_select_related = ("title", "author")
    search_fields = ("text", "note", "title__name", "=title__external_id")
    autocomplete_fields = ("title",)
    fieldsets = (
        (None, {"fields": ("action", "title", "position", "points")}),
        ("For which queries", {"fields": ("match", "text")}),
        ("When", {"fields": ("starts", "ends", "is_active")}),
        ("Why", {"fields": ("note", "author", "created", "changed")}),
    )

    @admin.display(description="rule", ordering="action")
    def what(self, rule: Rule) -> str:
        if rule.action == curation.Action.PIN:
            return f"pin to {rule.position}"
        return f"lift by {rule.points:g}" if rule.points is not None else rule.action

    @admin.display(description="query", ordering="text")
    def query(self, rule: Rule) -> str:
        return {"exact": f"“{rule.text}”", "contains": f"… {rule.text} …"}.get(rule.match, "every query")

    @admin.display(description="stands")
    def stands(self, rule: Rule) -> str:
        return curation.standing(rule)


@admin.register(SynonymSet)
class SynonymSetAdmin(EditorsAdmin):
    form = SynonymsForm
    list_display = ("__str__", "is_active", "author", "changed")
    list_select_related = ("author",)
    list_filter = ("is_one_way", "is_active")
    search_fields = ("words",)
    fieldsets = (
        (None, {"fields": ("words", "is_one_way", "is_active")}),
        (None, {"fields": ("author", "created", "changed")}),
    )
