"""Who is asking: two first-party cookies with random ids, and whether it is a robot. No address is kept."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from catalog import signals
from catalog.event_log import Visitor
from catalog.models import Preferences

CLIENT_COOKIE, CLIENT_AGE = "mq_client", timedelta(days=365)
SESSION_COOKIE, SESSION_AGE = "mq_session", timedelta(minutes=30)
_ROBOTS = re.compile(r"(?<!cu)bot\b|crawl|spider|slurp|headless|facebookexternalhit|preview", re.IGNORECASE)


@dataclass(frozen=True)
class Reader(Visitor):
    """Somebody at a page. is_private: their browser asks for privacy. came_as: the client_id that it brought."""

    is_private: bool = False
    came_as: UUID | None = None


def visitor_of(request: HttpRequest) -> Visitor:
    """The visitor behind a page request; new ids where the cookies are missing or not ours.

    One query, for how they want to be served; none for somebody who was never here.
    """
    user, is_private = getattr(request, "user", None), asks_for_privacy(request)
    client_id = _uuid(request.COOKIES.get(CLIENT_COOKIE))
    visitor = Reader(
        client_id=client_id or uuid4(),
        session_id=_uuid(request.COOKIES.get(SESSION_COOKIE)) or uuid4(),
        user_id=user.pk if user is not None and user.is_authenticated else None,
        is_robot=is_robot(request),
        may_teach=not is_private,
        personalise=not is_private,
        is_welcomed=False,
        is_private=is_private,
        came_as=client_id,
    )
    if client_id is None and visitor.user_id is None:
        return visitor
    return heed([visitor])[visitor]


def heed(visitors: Collection[Visitor]) -> dict[Visitor, Visitor]:
    """Each as they want to be served. One query for all of them, none for robots and callers without a name."""
    kept = {}
    if owners := {visitor.owner for visitor in visitors} - {None}:
        kept = signals.preferences_of_all([owner for owner in owners if owner])
    return {
        visitor: _served_by(visitor, kept[visitor.owner]) if visitor.owner in kept else visitor
        for visitor in visitors
    }


def _served_by(visitor: Visitor, wishes: Preferences) -> Visitor:
    return replace(
        visitor,
        may_teach=visitor.may_teach and wishes.learning,
        personalise=visitor.personalise and wishes.personalise,
        strength=wishes.strength,
        is_welcomed=wishes.is_welcomed,
    )


def asks_for_privacy(request: HttpRequest) -> bool:
    """Global Privacy Control: the browser says for its owner that they want no profile used, and none made."""
    return request.headers.get("Sec-GPC", "").strip() == "1"


def remember(response: HttpResponse, visitor: Visitor) -> HttpResponse:
    """Give the visitor's ids back, so that the next request is known to be the same browser's.

    Where the browser asks for privacy, a new client_id ends with its session, and one that it brought stays as it
    is: what somebody once kept is not taken from them, nor kept any longer.
    """
    cookies: dict[str, tuple[UUID | None, timedelta | None]] = {
        CLIENT_COOKIE: (visitor.client_id, CLIENT_AGE),
        SESSION_COOKIE: (visitor.session_id, SESSION_AGE),
    }
    if isinstance(visitor, Reader) and visitor.is_private:
        cookies[CLIENT_COOKIE] = visitor.client_id, None
        if visitor.came_as == visitor.client_id:
            del cookies[CLIENT_COOKIE]
    for name, (value, age) in cookies.items():
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


def forget(response: HttpResponse) -> HttpResponse:
    """Take the ids back: the browser is as one that was never here."""
    for name in (CLIENT_COOKIE, SESSION_COOKIE):
        response.delete_cookie(name, samesite="Lax")
    return response


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
