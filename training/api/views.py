"""Training runs, seen and asked for by staff. Loads no torch: whoever is asked only writes a row."""

from dataclasses import asdict
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import analytics
from recommender.api.access import staff
from recommender.api.lists import ListQuery, page
from recommender.api.serializers import NoQuery
from recommender.api.views.analytics import ANALYTICS, WindowQuery, looked_at
from recommender.api.views.base import ApiView, valid
from training import in_words
from training.api.shapes import RUN_STATUSES, AskedOut, LearningOut, RunFactsOut, RunsPageOut
from training.models import TrainingRequest, TrainingRun

_RUNS = staff("models", views="training.view_trainingrun", changes="training.add_trainingrequest")


class RunsQuery(ListQuery):
    status = serializers.ChoiceField(choices=RUN_STATUSES, required=False)


class RunsView(ApiView):
    """`/api/v1/training-runs`: all of them, the newest first; a POST asks for one, as “Train now” does."""

    access = _RUNS

    @extend_schema(operation_id="list_training_runs", parameters=[RunsQuery], responses={200: RunsPageOut})
    def get(self, request: Request) -> Response:
        asked = valid(RunsQuery, {}, request.query_params)
        rows, status = TrainingRun.objects.defer("evaluation"), asked.get("status")
        rows = rows.filter(status=status) if status else rows
        found, cursor = page(rows, asked, ["training runs", status])
        return Response({"items": [_run_json(run) for run in found], "next_cursor": cursor})

    @extend_schema(operation_id="ask_for_training", request=None, responses={202: AskedOut})
    def post(self, request: Request) -> Response:
        asked = TrainingRequest.ask(str(request.user))
        asked.refresh_from_db()
        where = reverse("api-training-request", args=[asked.pk])
        return Response(_asked_json(asked), status=202, headers={"Location": where})


class RunView(ApiView):
    """`GET /api/v1/training-runs/{run_id}`: what it read and did, how far it is, how it was judged."""

    access = _RUNS

    @extend_schema(operation_id="get_training_run", responses={200: RunFactsOut})
    def get(self, request: Request, run_id: int) -> Response:
        valid(NoQuery, {}, request.query_params)
        run = TrainingRun.objects.filter(pk=run_id).first()
        if run is None:
            raise exceptions.NotFound("There is no such run.")
        return Response(_run_json(run) | _facts_json(run))


class RequestView(ApiView):
    """`GET /api/v1/training-runs/requests/{request_id}`: which run answers what was asked for."""

    access = _RUNS

    @extend_schema(operation_id="get_training_request", responses={200: AskedOut})
    def get(self, request: Request, request_id: int) -> Response:
        valid(NoQuery, {}, request.query_params)
        asked = TrainingRequest.objects.select_related("answered_by").filter(pk=request_id).first()
        if asked is None:
            raise exceptions.NotFound("Nothing was asked for under this number.")
        return Response(_asked_json(asked))


class LearningView(ApiView):
    """`GET /api/v1/analytics/learning`: how much of what people do may teach, and how much has."""

    access = ANALYTICS

    @extend_schema(operation_id="analytics_learning", parameters=[WindowQuery], responses={200: LearningOut})
    def get(self, request: Request) -> Response:
        window, _ = looked_at(request, WindowQuery)
        runs = TrainingRun.objects.filter(started__gte=window.since, started__lt=window.until)
        health = analytics.learning_health(window, runs.values_list("counts", flat=True))
        return Response({"window": asdict(window)} | asdict(health))


def _run_json(run: TrainingRun) -> dict[str, Any]:
    return {
        "run_id": str(run.pk),
        "status": run.status,
        "outcome": in_words.outcome(run),
        "trigger": run.trigger,
        "set_off_by": in_words.trigger(run),
        "progress": _progress_json(run),
        "parent_version": run.parent_version,
        "candidate_version": run.candidate_version,
        "n_lessons": run.counts.get("used", 0),
        "started": run.started,
        "finished": run.finished,
    }


def _progress_json(run: TrainingRun) -> dict[str, Any] | None:
    if run.status != TrainingRun.Status.RUNNING or not run.progress:
        return None
    told = run.progress
    return {
        "words": in_words.progress(run),
        "stage": told["stage"],
        "step": told.get("step", 0),
        "of": told.get("of", 0),
        "loss": told.get("loss", 0.0),
        "seconds_left": told.get("seconds_left"),
    }


def _facts_json(run: TrainingRun) -> dict[str, Any]:
    return {
        "from_transaction": None if run.wm_from is None else str(run.wm_from),
        "to_transaction": None if run.wm_to is None else str(run.wm_to),
        "counts": run.counts,
        "conditions": [
            {"name": one["name"], "passed": bool(one["passed"]), "reason": one["reason"]} for one in run.verdict
        ],
        "evaluation": run.evaluation,
        "config": run.config,
        "stage_seconds": run.progress.get("seconds", {}),
        "error": run.error,
    }


def _asked_json(asked: TrainingRequest) -> dict[str, Any]:
    run = asked.answered_by
    return {"request_id": str(asked.pk), "created": asked.created, "run": _run_json(run) if run else None}
