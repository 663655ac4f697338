"""Who is asking: two first-party cookies with random ids, and whether it is a robot. No address is kept."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from catalog.event_log import Visitor

CLIENT_COOKIE, CLIENT_AGE = "mq_client", timedelta(days=365)
SESSION_COOKIE, SESSION_AGE = "mq_session", timedelta(minutes=30)
_ROBOTS = re.compile(r"(?<!cu)bot\b|crawl|spider|slurp|headless|facebookexternalhit|preview", re.IGNORECASE)


def visitor_of(request: HttpRequest) -> Visitor:
    """The visitor behind a page request; new ids where the cookies are missing or not ours."""
    user = getattr(request, "user", None)
    return Visitor(
        client_id=_uuid(request.COOKIES.get(CLIENT_COOKIE)) or uuid4(),
        session_id=_uuid(request.COOKIES.get(SESSION_COOKIE)) or uuid4(),
        user_id=user.pk if user is not None and user.is_authenticated else None,
        is_robot=is_robot(request),
    )


def remember(response: HttpResponse, visitor: Visitor) -> HttpResponse:
    """Give the visitor's ids back, so that the next request is known to be the same browser's."""
    for name, value, age in (
        (CLIENT_COOKIE, visitor.client_id, CLIENT_AGE),
        (SESSION_COOKIE, visitor.session_id, SESSION_AGE),
    ):
        response.set_cookie(
            name,
            str(value),
            max_age=age,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


def is_robot(request: HttpRequest) -> bool:
    """A crawler by its own word, a browser that fetches ahead, or a look at the headers only."""
    agent = request.headers.get("User-Agent", "")
    return (
        request.method == "HEAD"
        or bool(_ROBOTS.search(agent))
        or "prefetch" in request.headers.get("Sec-Purpose", "").lower()
    )


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
