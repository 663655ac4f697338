"""A Host header that is none of ours: 400 in words, and one line of the log that anybody can write at will."""

import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.recommender.api.test_search import problem


@pytest.fixture
def as_set() -> Iterator[None]:
    """The loggers as the site sets them, whatever pytest has made of them."""
    logging.config.dictConfig({**settings.LOGGING, "handlers": {"stderr": {"class": "logging.NullHandler"}}})
    yield
    logging.config.dictConfig(settings.LOGGING)


def ask(path: str, host: str, **headers: str) -> Any:
    return Client(raise_request_exception=False).get(path, headers={"Host": host, **headers})


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "a b", "localhost.evil.example", "[::2]", "ä"])
@pytest.mark.parametrize("path", ["/api/v1/search?q=heat", "/api/v1/openapi.json", "/api/v1/none", "/api/"])
def test_the_api_says_so_in_a_problem_document(host: str, path: str) -> None:
    answer = ask(path, host, **{"X-Request-Id": "trace-7"})
    told = problem(answer, 400)
    assert (told["request_id"], answer["X-Request-Id"]) == ("trace-7", "trace-7")
    assert told["detail"].startswith("The Host header names no site that is served here.")
    assert host not in answer.content.decode()


def test_elsewhere_it_is_a_small_page() -> None:
    answer = ask("/", "evil.example")
    assert (answer.status_code, answer["Content-Type"]) == (400, "text/html; charset=utf-8")
    page = answer.content.decode()
    assert "We could not read that." in page
    assert "evil.example" not in page
    assert "Traceback" not in page


@pytest.mark.parametrize("path", ["/", "/api/v1/search"])
def test_it_is_one_line_of_the_log(path: str, as_set: None, caplog: pytest.LogCaptureFixture) -> None:
    ask(path, "evil.example")
    (line,) = caplog.records
    assert (line.name, line.levelname, line.exc_info) == ("django.security.DisallowedHost", "WARNING", None)
    written = logging.Formatter("{message}", style="{").format(line)
    assert f"GET '{path}' refused: Invalid HTTP_HOST header: 'evil.example'." in written
    assert "\n" not in written
