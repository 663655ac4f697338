"""When an account is deleted while another request of it is under way: that one finds nobody, and says so.

Each request reads its account first and writes last. In between the account may go, and the row that would name it
has no place: PostgreSQL refuses it, nothing is kept, and that is right.
"""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from recommender.api.problems import problem_body


class AccountGone:
    """Middleware. Any other error of ours stays one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, IntegrityError | ObjectDoesNotExist) or not request.user.is_authenticated:
            return None
        if User.objects.filter(pk=request.user.pk).exists():
            return None
        if request.path.startswith("/api/"):
            detail = "This account was deleted a moment ago."
            body = problem_body(401, "Unauthorized", detail, request_id=request.headers.get("X-Request-Id", ""))
            return JsonResponse(body, status=401, content_type="application/problem+json")
        messages.info(request, _("This account was deleted a moment ago; nothing was changed."))
        return redirect("home")
