"""Errors as RFC 9457 problem documents: one shape, in words, with the id to find it in the logs."""

import uuid
from http import HTTPStatus
from math import ceil
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from catalog.event_log import storable


class Conflict(exceptions.APIException):
    """Nothing was changed: things are not in the state for it."""

    status_code = 409


class ContentTooLarge(exceptions.APIException):
    """For views that read larger bodies than others."""

    status_code = 413


WHO = "This call needs a key, sent as `Authorization: Bearer mq_…`, or the session of somebody who is signed in."
TITLES = {413: "Content too large"}  # Python's own word for it changes with its version


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception hook: a problem+json response, or None for what `unavailable` or nobody answers."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, RequestDataTooBig):
        detail = f"A request may have up to {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes."
        return problem(413, TITLES[413], detail, context=context)
    if isinstance(error, TooManyFieldsSent):
        detail = f"A request may have up to {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,} parameters."
        return problem(400, "Invalid request", detail, context=context)
    if isinstance(error, exceptions.NotAuthenticated):
        error.detail = exceptions.ErrorDetail(WHO, error.default_code)
    if isinstance(error, exceptions.ValidationError):
        field, detail = first_error(error.detail)
        return problem(400, "Invalid request", detail, field=field, context=context)
    if isinstance(error, exceptions.APIException):
        title = TITLES.get(error.status_code, HTTPStatus(error.status_code).phrase)
        response = problem(error.status_code, title, str(error.detail), context=context)
        if scheme := getattr(error, "auth_header", None):
            response.headers["WWW-Authenticate"] = scheme
        if wait := getattr(error, "wait", None):
            response.headers["Retry-After"] = str(ceil(wait))
        if budget := getattr(error, "budget", None):
            for name, value in budget.headers().items():
                response.headers[name] = value
        return response
    return None


def problem(
    status: int, title: str, detail: str, *, field: str | None = None, context: dict[str, Any] | None = None
) -> Response:
    request = (context or {}).get("request")
    request_id = getattr(request, "id", "")
    body = problem_body(status, title, detail, field=field, request_id=request_id)
    return Response(body, status=status, content_type="application/problem+json")


def problem_body(
    status: int, title: str, detail: str, *, field: str | None = None, request_id: str = ""
) -> dict[str, Any]:
    """request_id: the caller's own, echoed; a new one where the caller sent none."""
    body: dict[str, Any] = {"type": "about:blank", "title": title.rstrip("."), "status": status, "detail": detail}
    if field:
        body["field"] = field
    return body | {"request_id": request_id[:64] or uuid.uuid4().hex}


def first_error(detail: Any, path: str = "") -> tuple[str, str]:
    """(field path, message) of the first error in DRF's nested detail; what it quotes is made valid Unicode."""
    if isinstance(detail, dict):
        key, value = next(iter(detail.items()))
        return first_error(value, path if key == "non_field_errors" else f"{path}.{key}".lstrip("."))
    if isinstance(detail, list):
        for index, value in enumerate(detail):
            if isinstance(value, dict | list):
                if value:
                    return first_error(value, f"{path}.{index}".lstrip("."))
            else:
                return storable(path), storable(str(value))
    return storable(path), storable(str(detail))
