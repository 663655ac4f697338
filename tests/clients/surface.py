"""Calls that a client made, held against the OpenAPI document: is there such an operation, and does it take that?"""

import re
from copy import deepcopy
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from jsonschema import Draft202012Validator, FormatChecker

from recommender.api.views.documents import document


class Call(NamedTuple):
    """body: as JSON; None where none was sent."""

    method: str
    address: str
    body: Any


def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) by name."""
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


def operation_of(call: Call) -> str:
    """The name of the operation that takes this call as it is. Fails if none does, or not with what was sent."""
    parts = urlsplit(call.address)
    found = [
        name
        for name, (method, path, _) in operations().items()
        if method == call.method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), parts.path)
    ]
    assert found, f"the document knows no {call.method} {parts.path}"
    # /models/rollback could be /models/{version}: what is said in full comes first
    name = min(found, key=lambda name: operations()[name][1].count("{"))
    operation = operations()[name][2]
    declared = {one["name"]: one["schema"] for one in operation.get("parameters", ()) if one["in"] == "query"}
    for parameter, value in parse_qsl(parts.query, keep_blank_values=True):
        assert parameter in declared, f"{name} takes no parameter {parameter}"
        wrong = errors(_typed(value, declared[parameter]), declared[parameter])
        assert not wrong, f"{name} {parameter}={value}: {wrong}"
    told = operation.get("requestBody")
    assert (call.body is not None) == (told is not None), (
        f"{name}: a body where none is told of, or none where one is"
    )
    if told is not None:
        wrong = errors(call.body, told["content"]["application/json"]["schema"])
        assert not wrong, f"{name} {wrong}"
    return name


def errors(value: Any, schema: dict[str, Any]) -> list[str]:
    """What the schema says against a value, where objects have the properties that are told and no others."""
    validator = Draft202012Validator(_closed() | _close(deepcopy(schema)), format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]


def _typed(text: str, schema: dict[str, Any]) -> Any:
    """A parameter as its type reads it; of a list, one value of it."""
    match schema.get("type"):
        case "integer" if re.fullmatch(r"-?\d+", text):
            return int(text)
        case "number":
            return float(text)
        case "boolean":
            return {"true": True, "false": False}.get(text, text)
        case "array":
            return [text]
    return text


@cache
def _closed() -> dict[str, Any]:
    return {"components": _close(deepcopy(document()["components"]))}


def _close(schema: Any) -> Any:
    for each in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        _close(each)
    if isinstance(schema, dict) and isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        schema.setdefault("additionalProperties", False)
    return schema
