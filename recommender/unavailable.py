"""When the database or the model is away: 503 and when to come back, never a hang and never a 500."""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from recommender.api.problems import problem_body
from recommender.serving import NotReady

logger = logging.getLogger(__name__)
RETRY_SECONDS = 5


class Unavailable:
    """Middleware. Only for what passes by itself; errors of our own stay errors."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OperationalError | InterfaceError | NotReady):
            return None
        logger.warning("%s %s answered 503: %s", request.method, request.path, error)
        detail = str(error) if isinstance(error, NotReady) else "The database cannot be reached at the moment."
        response: HttpResponse
        if request.path.startswith("/api/"):
            body = problem_body(503, "Not available", detail, request_id=request.headers.get("X-Request-Id", ""))
            response = JsonResponse(body, status=503, content_type="application/problem+json")
        else:
            response = HttpResponse(render_to_string("recommender/unavailable.html"), status=503)
            response["Refresh"] = str(RETRY_SECONDS)
        response["Retry-After"] = str(RETRY_SECONDS)
        return response
