"""Where requests come in: Django's own handler, every request read as UTF-8, and bodies also without a length.

Django reads the parameters of an address in whatever `charset` the Content-Type names, before any middleware could
look. Some that Python knows are none of text (bz2, rot13) or read nothing (undefined): an error of ours, on every
page, for one word of a stranger's. Forms of our pages and JSON (RFC 8259) are UTF-8 in any case.

Django reads as much of a body as Content-Length says, so nothing of one that comes in chunks or by HTTP/2 without.
Such a body is taken in first, to a file where it is large.
"""

from tempfile import SpooledTemporaryFile
from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http.response import HttpResponseBase

WITHOUT_BODY = ("GET", "HEAD", "OPTIONS", "TRACE")
MOST = 16 * 2**20  # bytes; more is refused by whoever is asked, and twice what any of them takes
IN_MEMORY, CHUNK = 2**20, 2**16


class Utf8Request(WSGIRequest):
    @property
    def encoding(self) -> str | None:
        return None  # so that it is settings.DEFAULT_CHARSET

    @encoding.setter
    def encoding(self, named: str | None) -> None:
        """Heard and not heeded."""


class Door(WSGIHandler):
    request_class = Utf8Request

    def __call__(self, environ: dict[str, Any], start_response: Any) -> HttpResponseBase:
        if environ.get("CONTENT_LENGTH") or environ["REQUEST_METHOD"] in WITHOUT_BODY:
            return super().__call__(environ, start_response)
        with SpooledTemporaryFile(IN_MEMORY) as body:
            n_bytes = 0
            while n_bytes <= MOST and (chunk := environ["wsgi.input"].read(CHUNK)):
                n_bytes += body.write(chunk)
            body.seek(0)
            measured = environ | {"CONTENT_LENGTH": str(n_bytes), "wsgi.input": body}
            return super().__call__(measured, start_response)
