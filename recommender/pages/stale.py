"""A form whose token is not the browser's: the page stood open while somebody signed in, or cookies were lost."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

MAX_ADDRESS = 4_000  # characters of a link back


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW, so it may not read the form. Leads back to the page it came from, if that is ours."""
    back = request.headers.get("Referer", "")
    is_ours = len(back) <= MAX_ADDRESS and url_has_allowed_host_and_scheme(
        back, {request.get_host()}, require_https=request.is_secure()
    )
    return render(request, "403_csrf.html", {"back": back if is_ours else ""}, status=403)
