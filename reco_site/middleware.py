"""The content security policy of every page: nothing inline, and scripts by nonce where a page hands one out."""

import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_REST = "; ".join(
    [
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)


class Nonce:
    """A number used once, drawn when a template first asks for it: a page without scripts has none."""

    def __init__(self) -> None:
        self.value = ""

    def __str__(self) -> str:
        self.value = self.value or secrets.token_urlsafe(16)
        return self.value


def policy(nonce: str) -> str:
    """Scripts by nonce alone; where none was handed out, as in the admin, from our own files."""
    scripts = f"script-src 'nonce-{nonce}' 'strict-dynamic'" if nonce else "script-src 'self'"
    return f"{scripts}; {_REST}"


class ContentSecurityPolicy:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        nonce = request.csp_nonce = Nonce()  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy(nonce.value))
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
