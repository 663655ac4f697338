"""What strangers provoke at will is one line of the log, without a traceback."""

import logging
import logging.config
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client


@pytest.fixture
def as_set() -> Iterator[None]:
    """The loggers as the site sets them, whatever pytest has made of them."""
    logging.config.dictConfig({**settings.LOGGING, "handlers": {"stderr": {"class": "logging.NullHandler"}}})
    yield
    logging.config.dictConfig(settings.LOGGING)


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (
            {"password": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)},
            "exceeded settings.DATA_UPLOAD_MAX_MEMORY_SIZE",
        ),
        ({f"f{n}": "" for n in range(3_000)}, "exceeded settings.DATA_UPLOAD_MAX_NUMBER_FIELDS"),
    ],
)
def test_a_form_that_is_too_large_is_one_line(
    sent: dict[str, str], why: str, as_set: None, caplog: pytest.LogCaptureFixture
) -> None:
    body = urlencode(sent)
    careful = Client(enforce_csrf_checks=True)
    careful.cookies["csrftoken"] = "x" * 32
    caplog.clear()
    answer = careful.post("/sign-in/", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    (line,) = caplog.records
    assert (line.levelname, line.exc_info) == ("WARNING", None)
    assert "POST '/sign-in/' refused" in line.getMessage()
    assert why in line.getMessage()
    assert "\n" not in logging.Formatter("{message}", style="{").format(line)
