"""Versions of the model: what each learnt from, how it was judged, when it served, and the way back."""

from collections.abc import Callable
from typing import Any

from django.db.models import F, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from recommender.api.access import staff
from recommender.api.fields import Whole, Words
from recommender.api.lists import ListQuery, page
from recommender.api.problems import Conflict
from recommender.api.serializers import NoQuery, StrictSerializer
from recommender.api.shapes_staff import VERSION_STATUSES, VersionFactsOut, VersionsPageOut
from recommender.api.views.base import ApiView, valid, valid_body
from recommender.models import Checkpoint, ServingChange
from recommender.versions import refusals, registry

MAX_REASON = 1_000  # characters
ALIASES: dict[str, tuple[Callable[[], Checkpoint | None], str]] = {
    "champion": (registry.champion, "No version serves yet."),
    "candidate": (registry.candidate, "No version waits to be promoted."),
    "previous": (registry.previous, "There is no earlier version to go back to."),
}
_SERVES = ("promote", "roll back")  # the changes after which another version is champion
_MODELS = staff("models", views="recommender.view_checkpoint")


class VersionsQuery(ListQuery):
    status = serializers.ChoiceField(choices=VERSION_STATUSES, required=False)


class ReasonIn(StrictSerializer):
    reason = Words(max_length=MAX_REASON, help_text="Why; it stays in the audit trail.")


class RollbackIn(ReasonIn):
    version = Whole(
        min_value=0, max_value=2**31 - 1, required=False, help_text="Without it the one that served before."
    )


class VersionsView(ApiView):
    """`GET /api/v1/models`: all versions, the newest first, also those that were refused."""

    access = _MODELS

    @extend_schema(operation_id="list_models", parameters=[VersionsQuery], responses={200: VersionsPageOut})
    def get(self, request: Request) -> Response:
        asked = valid(VersionsQuery, {}, request.query_params)
        status = asked.get("status")
        rows = _versions().defer("metrics", "config")
        rows = rows.filter(status=status) if status else rows
        found, cursor = page(rows, asked, ["models", status], key="version")
        return Response({"items": [_version_json(version) for version in found], "next_cursor": cursor})


class VersionView(ApiView):
    """`GET /api/v1/models/{version}`: all that is known of a version."""

    access = _MODELS

    @extend_schema(operation_id="get_model", responses={200: VersionFactsOut})
    def get(self, request: Request, version: int) -> Response:
        valid(NoQuery, {}, request.query_params)
        return _answered(version)


class AliasView(ApiView):
    """`GET /api/v1/models/aliases/{alias}`: the version that serves, waits, or served before."""

    access = _MODELS

    @extend_schema(
        operation_id="get_model_by_alias",
        parameters=[OpenApiParameter("alias", {"type": "string", "enum": list(ALIASES)}, OpenApiParameter.PATH)],
        responses={200: VersionFactsOut},
    )
    def get(self, request: Request, alias: str) -> Response:
        valid(NoQuery, {}, request.query_params)
        if alias not in ALIASES:
            raise exceptions.NotFound(f"There are only the names {', '.join(ALIASES)}.")
        find, missing = ALIASES[alias]
        version = find()
        if version is None:
            raise exceptions.NotFound(missing)
        return _answered(version.version)


class RollbackView(ApiView):
    """`POST /api/v1/models/rollback`: an earlier version serves again, pinned, so that training does not undo it."""

    access = _MODELS

    @extend_schema(operation_id="roll_back_model", request=RollbackIn, responses={200: VersionFactsOut})
    def post(self, request: Request) -> Response:
        wanted = valid_body(RollbackIn, request)
        target = None
        if "version" in wanted:
            target = Checkpoint.objects.filter(version=wanted["version"]).first()
            if target is None:
                raise exceptions.ValidationError({"version": [f"There is no version {wanted['version']}."]})
        try:
            serving = registry.roll_back(to=target, reason=wanted["reason"], actor=_actor(request))
        except registry.CannotPromote as error:
            raise _unchanged(error) from error
        return _answered(serving.version)


class UnpinView(ApiView):
    """`POST /api/v1/models/unpin`: training may replace the champion again."""

    access = _MODELS

    @extend_schema(operation_id="unpin_model", request=ReasonIn, responses={200: VersionFactsOut})
    def post(self, request: Request) -> Response:
        reason = valid_body(ReasonIn, request)["reason"]
        champion = registry.champion()
        if champion is None:
            raise Conflict("Nothing was changed: no version serves yet.")
        try:
            registry.set_pinned(champion, pinned=False, reason=reason, actor=_actor(request))
        except registry.CannotPromote as error:
            raise _unchanged(error) from error
        return _answered(champion.version)


def _actor(request: Request) -> str:
    """As the admin names them."""
    return str(request.user)


def _unchanged(error: registry.CannotPromote) -> Conflict:
    return Conflict(f"Nothing was changed: {error}.")


def _versions() -> QuerySet[Checkpoint]:
    return Checkpoint.objects.annotate(of=F("parent__version"))


def _answered(number: int) -> Response:
    version = _versions().filter(version=number).first()
    if version is None:
        raise exceptions.NotFound(f"There is no version {number}.")
    facts = {
        "metrics": version.metrics,
        "config": version.config,
        "encoder": version.encoder_fingerprint,
        "sha256": version.sha256,
        "n_bytes": version.n_bytes,
        "served": _served(number),
    }
    return Response(_version_json(version) | facts)


def _version_json(version: Any) -> dict[str, Any]:
    """version: as `_versions` reads it."""
    return {
        "version": version.version,
        "status": version.status,
        "is_pinned": version.pinned,
        "is_kept": version.pruned is None and version.status != Checkpoint.Status.REJECTED,
        "parent": version.of,
        "created": version.created,
        "promoted": version.promoted,
        "taint": version.taint,
        "learnt_from": {
            "n_searches": version.window.get("n_searches", 0),
            "from_transaction": str(version.wm_from),
            "to_transaction": str(version.wm_to),
            "counts": version.window.get("counts", {}),
        },
        "verdict": _verdict_json(version.verdict.get("conditions", [])),
    }


def _verdict_json(conditions: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not conditions:
        return None
    failed = [str(condition["name"]) for condition in conditions if not condition["passed"]]
    words = " ".join(dict.fromkeys(map(refusals.sentence, failed)))
    return {
        "passed": not failed,
        "words": f"Refused. {words}" if failed else "It passed every condition.",
        "conditions": [
            {"name": one["name"], "passed": bool(one["passed"]), "reason": one["reason"]} for one in conditions
        ],
    }


def _served(number: int) -> list[dict[str, Any]]:
    """Each time that it was champion, by the audit trail: until the next change in which it was replaced."""
    changes = ServingChange.objects.filter(action__in=_SERVES).order_by("-id")
    ends = list(changes.filter(previous=number).values_list("id", "created"))
    return [
        {
            "since": change.created,
            "until": min((end for end in ends if end[0] > change.pk), default=(0, None))[1],
            "action": change.action,
            "reason": change.reason,
            "actor": change.actor,
        }
        for change in changes.filter(version=number)
    ]
