"""Whether an answer is what the OpenAPI document says of it."""

from copy import deepcopy
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from recommender.api.views.documents import document


def conforms(response: Any, operation_id: str) -> Any:
    """The body of an answer of the test client, after its status, its media type and every field of it were found in
    the document under this operation; a field that is not told there is an error too. None for an empty body.
    """
    answers = _operation(operation_id)["responses"]
    status = str(response.status_code)
    assert status in answers, f"{operation_id} does not tell of an answer {status}: {response.content[:500]!r}"
    told = answers[status].get("content", {})
    if not told:
        assert not response.content, f"{operation_id} {status} tells of no body"
        return None
    media_type = response["Content-Type"].split(";")[0]
    assert media_type in told, f"{operation_id} {status} tells of {', '.join(told)}, not of {media_type}"
    if response.streaming:
        return response.getvalue()
    if "json" not in media_type:
        return response.content
    body = response.json()
    validator = Draft202012Validator(_closed() | told[media_type]["schema"], format_checker=FormatChecker())
    wrong = sorted(validator.iter_errors(body), key=lambda error: list(map(str, error.absolute_path)))
    assert not wrong, "\n".join(f"{operation_id} {error.json_path}: {error.message[:300]}" for error in wrong[:5])
    return body


@cache
def _operation(operation_id: str) -> dict[str, Any]:
    found = [
        operation
        for path in document()["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and operation.get("operationId") == operation_id
    ]
    assert len(found) == 1, f"{len(found)} operations are called {operation_id}"
    return found[0]


@cache
def _closed() -> dict[str, Any]:
    """The components, where an object has the properties that are told and no others."""
    components = deepcopy(document()["components"])
    _close(components["schemas"])
    return {"components": components}


def _close(schema: Any) -> None:
    if isinstance(schema, list):
        for each in schema:
            _close(each)
    elif isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
        for each in schema.values():
            _close(each)
