"""What no view answers: a request that Django refuses before any sees it, such as one for a host that is none of ours
(400), and a fault of ours (500). Below /api/ both are problem documents like every other error.
"""

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from recommender.api.problems import problem_body

HOST = "The Host header names no site that is served here. Call it by an address that ALLOWED_HOSTS has."
REQUEST = "The request is not one that can be read."


FAULT = "This is a fault of ours; it is on the log under this request_id."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400: a problem document below /api/, elsewhere the page 400.html, which asks for nothing."""
    if not request.path.startswith("/api/"):
        return defaults.bad_request(request, exception)
    detail = HOST if isinstance(exception, DisallowedHost) else REQUEST
    return _problem(request, 400, "Invalid request", detail)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500; elsewhere the page 500.html, which asks for nothing."""
    if not request.path.startswith("/api/"):
        return defaults.server_error(request)
    return _problem(request, 500, "Internal Server Error", FAULT)


def _problem(request: HttpRequest, status: int, title: str, detail: str) -> HttpResponse:
    body = problem_body(status, title, detail, request_id=request.headers.get("X-Request-Id", ""))
    headers = {"X-Request-Id": body["request_id"], "Cache-Control": "private, no-store"}
    return JsonResponse(body, status=status, content_type="application/problem+json", headers=headers)
