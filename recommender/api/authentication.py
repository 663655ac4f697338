"""Who is calling: by a key in the Authorization header, or by the session of our own pages."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from recommender.accounts import keys
from recommender.api import throttling
from recommender.models import ApiKey

REALM = 'Bearer realm="Marquee"'


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer mq_…`. A key that does not work is refused, not taken for nobody, and counted: so many a
    minute from one address, and 401 becomes 429.
    """

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        said = request.headers.get("Authorization", "")
        if not said.lower().startswith("bearer") and keys.BEGINS not in said:
            return None  # a proxy's own, such as Basic
        kind, _, secret = said.partition(" ")
        key = keys.holder(secret.strip()) if kind.lower() == "bearer" else None
        if key is None:
            throttling.take_wrong_key(request)
            raise exceptions.AuthenticationFailed("There is no such key, or it does not work any more.")
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return REALM


class BrowserAuthentication(SessionAuthentication):
    """The session of our own pages; what writes needs their CSRF token.

    The session is looked at only where its cookie came: nobody else pays for it.
    """

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        found: tuple[Any, None] | None = super().authenticate(request)
        return found

    def enforce_csrf(self, request: HttpRequest | Request) -> None:
        try:
            super().enforce_csrf(request)  # type: ignore[arg-type]
        except exceptions.PermissionDenied as error:
            raise exceptions.PermissionDenied("A call that changes something needs the page's CSRF token.") from error
