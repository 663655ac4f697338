"""Every request is read as UTF-8, whatever it says it is."""

import json
from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from reco_site.door import MOST, Door

pytestmark = pytest.mark.django_db(transaction=True)  # its end closes connections
CHARSETS = ["bz2_codec", "rot13", "undefined", "idna", "punycode", "utf-16", "latin-1", "nonsense", "", "utf-8"]


def environment(charset: str, **more: Any) -> dict[str, Any]:
    """As a server hands it to us."""
    found: dict[str, Any] = {"CONTENT_TYPE": f"application/json; charset={charset}", "HTTP_HOST": "localhost"} | more
    setup_testing_defaults(found)
    return found


@pytest.mark.parametrize("charset", CHARSETS)
def test_no_charset_is_an_error_of_ours(charset: str) -> None:
    heard: list[str] = []

    def start(status: str, _headers: Any, _error: Any = None, /) -> Any:
        heard.append(status)

    answer = b"".join(Door()(environment(charset, PATH_INFO="/api/v1/none", QUERY_STRING="caf%C3%A9=%C3%A9"), start))
    assert heard == ["404 Not Found"]
    assert b"There is nothing at /api/v1/none." in answer


@pytest.mark.parametrize("charset", CHARSETS)
def test_parameters_are_utf_8(charset: str) -> None:
    assert Door.request_class(environment(charset, QUERY_STRING="q=%C3%A9")).GET["q"] == "é"


def posted(body: bytes, **more: Any) -> tuple[str, dict[str, Any]]:
    """(status, answer) of a search by POST, as a server hands one over that came without Content-Length."""
    said: dict[str, Any] = {"REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/events"}
    said |= {"CONTENT_LENGTH": "", "wsgi.input": BytesIO(body)}
    heard: list[str] = []

    def start(status: str, _headers: Any, _error: Any = None, /) -> Any:
        heard.append(status)

    answer = b"".join(Door()(environment("utf-8", **said | more), start))
    return heard[0], json.loads(answer)


def test_a_body_without_a_length_is_read() -> None:
    status, answer = posted(b'{"events": []}')
    assert (status, answer["accepted"], answer["rejected"]) == ("200 OK", 0, [])
    status, answer = posted(b'{"events": 1}')
    assert (status, answer["field"]) == ("400 Bad Request", "events")


@pytest.mark.parametrize("n_bytes", [3 * 2**20, MOST + 1, MOST + 2**20])
def test_a_body_without_a_length_has_the_same_limit(n_bytes: int) -> None:
    status, answer = posted(b'{"events": [' + b" " * n_bytes + b"]}")
    assert (status, answer["status"]) == ("413 Request Entity Too Large", 413)


def test_what_came_with_its_length_is_left_alone() -> None:
    body = b'{"events": []}tail'
    assert posted(body, CONTENT_LENGTH=str(len(body) - 4))[0] == "200 OK"
