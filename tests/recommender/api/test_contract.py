"""The helper that holds answers to the OpenAPI document finds what it is there to find."""

from typing import Any

import pytest
from django.http import JsonResponse

from tests.recommender.api.contract import conforms

RECORDED: dict[str, Any] = {"accepted": 1, "duplicates": 0, "rejected": []}


def answer(body: Any, status: int = 200, content_type: str = "application/json") -> Any:
    response = JsonResponse(body, status=status, content_type=content_type, safe=False)
    response.json = lambda: body  # type: ignore[attr-defined]  # as the test client has it
    return response


def test_it_returns_the_body_of_what_is_told() -> None:
    assert conforms(answer(RECORDED), "send_events") == RECORDED


@pytest.mark.parametrize(
    "body",
    [
        {"accepted": 1, "duplicates": 0},
        RECORDED | {"accepted": "1"},
        RECORDED | {"accepted": -1},
        RECORDED | {"more": 1},
        RECORDED | {"rejected": [{"index": 0, "code": "odd", "field": "", "detail": ""}]},
        [],
    ],
)
def test_it_refuses_what_is_not_told(body: Any) -> None:
    with pytest.raises(AssertionError, match="send_events"):
        conforms(answer(body), "send_events")


def test_an_error_is_a_problem_document() -> None:
    with pytest.raises(AssertionError, match=r"problem\+json"):
        conforms(answer(RECORDED, 400), "send_events")
    with pytest.raises(AssertionError, match="request_id"):
        conforms(answer({"type": "about:blank"}, 400, "application/problem+json"), "send_events")


def test_a_status_that_is_not_told_is_an_error() -> None:
    with pytest.raises(AssertionError, match="418"):
        conforms(answer({}, 418), "send_events")


def test_an_unknown_operation_is_an_error() -> None:
    with pytest.raises(AssertionError, match="no_such"):
        conforms(answer({}), "no_such")
