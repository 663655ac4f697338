"""Errors as RFC 9457 problem documents: one shape, in words, with the id to find it in the logs."""

import uuid
from typing import Any

from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from recommender.serving import NotReady


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception hook: a problem+json response, or None for errors that are ours (a 500)."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, NotReady):
        return problem(503, "Not ready", str(error), headers={"Retry-After": "5"}, context=context)
    if isinstance(error, exceptions.ValidationError):
        field, detail = first_error(error.detail)
        return problem(400, "Invalid request", detail, field=field, context=context)
    if isinstance(error, exceptions.APIException):
        return problem(error.status_code, str(error.default_detail), str(error.detail), context=context)
    return None


def problem(
    status: int,
    title: str,
    detail: str,
    *,
    field: str | None = None,
    headers: dict[str, str] | None = None,
    context: dict[str, Any] | None = None,
) -> Response:
    request = (context or {}).get("request")
    request_id = request.headers.get("X-Request-Id", "")[:64] if request is not None else ""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": str(title).rstrip("."),
        "status": status,
        "detail": detail,
    }
    if field:
        body["field"] = field
    body["request_id"] = request_id or uuid.uuid4().hex
    return Response(body, status=status, headers=headers, content_type="application/problem+json")


def first_error(detail: Any, path: str = "") -> tuple[str, str]:
    """(field path, message) of the first error in DRF's nested detail."""
    if isinstance(detail, dict):
        key, value = next(iter(detail.items()))
        return first_error(value, path if key == "non_field_errors" else f"{path}.{key}".lstrip("."))
    if isinstance(detail, list):
        for index, value in enumerate(detail):
            if isinstance(value, dict | list):
                if value:
                    return first_error(value, f"{path}.{index}".lstrip("."))
            else:
                return path, str(value)
    return path, str(detail)
