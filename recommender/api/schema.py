"""The OpenAPI document: what views declare, and what every view has in common."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from recommender.accounts.keys import AREAS
from recommender.api.access import Access, Level
from recommender.api.serializers import StrictSerializer
from recommender.api.shapes import Shape
from recommender.visitors import CLIENT_COOKIE

PREFIX = "/api/v1/"
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "An error (RFC 9457).",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, in plain words."},
        "field": {"type": "string", "description": "The parameter or field that is the reason, if one is."},
        "request_id": {"type": "string", "description": "The X-Request-Id of the call, or a new one."},
    },
    "additionalProperties": False,
}
ERRORS = {
    "400": "The request is not valid",
    "401": "Nobody is signed in, or the key does not work",
    "403": "This caller may not do that",
    "404": "There is nothing like that, or not for this caller",
    "405": "The address takes no such method",
    "406": "No such form of answer",
    "409": "Not in the state it is in",
    "413": "Too large",
    "415": "No such form of body",
    "429": "Too many calls",
    "503": "The database or the model is away",
}


class Schema(AutoSchema):
    """Tags, errors and rights of an operation, from the `access` of its view."""

    def get_tags(self) -> list[str]:
        return [self._access.area]

    def get_auth(self) -> list[dict[str, Any]]:
        """Any of these ways; {} where nobody has to be anybody."""
        ways: list[dict[str, Any]] = list(super().get_auth())
        also: dict[Level, dict[str, Any]] = {Level.EVERYBODY: {}, Level.THEMSELVES: {"browser": []}}
        return [*ways, also[self._access.level]] if self._access.level in also else ways

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        operation["x-scope"] = self._access.scope(self.method)
        operation["x-access"] = self._access.level.value
        if self._access.level is Level.STAFF:
            operation["x-permission"] = self._access.permission(self.method)
        for status, why in ERRORS.items():
            answer = {"description": why, "content": {"application/problem+json": {"schema": _REF}}}
            operation["responses"].setdefault(status, answer)
        return operation

    def get_request_serializer(self) -> Any:
        """`extend_schema` says what a DELETE takes; without it, nothing."""
        return None if self.method == "DELETE" else super().get_request_serializer()

    def _get_request_body(self, direction: str = "request") -> Any:
        """Also of a DELETE that declares one: what cannot be undone wants to be confirmed. One that is written out
        rather than read by a serializer has to be there.
        """
        if self.method != "DELETE" or self.get_request_serializer() is None:
            body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
            return body | {"required": True} if body and isinstance(self.get_request_serializer(), dict) else body
        self.method = "POST"
        try:
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        finally:
            self.method = "DELETE"

    def _get_format_parameters(self) -> list[dict[str, Any]]:
        """None: what form the answer has, the Accept header says; a parameter `format` is refused like any other."""
        return []

    @property
    def _access(self) -> Access:
        return self.view.access  # type: ignore[attr-defined,no-any-return]


_REF = {"$ref": "#/components/schemas/Problem"}


BROWSER = {
    "type": "apiKey",
    "in": "cookie",
    "name": CLIENT_COOKIE,
    "description": "A browser that was here before, without an account: the cookie that our own pages give it.",
}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "recommender.api.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "An API key: `Authorization: Bearer mq_…`."}


class BrowserScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "recommender.api.authentication.BrowserAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The session of the site's own pages; what writes needs their CSRF token in X-CSRFToken.",
        }


def ours(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(PREFIX)]


def finish(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """What belongs to the document as a whole."""
    components = result["components"]
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components.setdefault("securitySchemes", {})["browser"] = BROWSER
    for schema in components["schemas"].values():
        if schema.get("description") == Shape.__doc__:
            del schema["description"]  # of a shape that needs no words it says nothing
    for path in result["paths"].values():
        for operation in path.values():
            _close(operation.get("requestBody", {}), components["schemas"])
    result["tags"] = [{"name": area, "description": about} for area, about in AREAS.items()]
    return result


def _close(told: Any, schemas: dict[str, Any]) -> None:
    """Says of everything that is sent that it has no other fields: `StrictSerializer` refuses them by name."""
    if isinstance(told, list):
        for each in told:
            _close(each, schemas)
    if not isinstance(told, dict):
        return
    if reference := told.get("$ref"):
        _close(schemas[reference.rpartition("/")[2]], schemas)
    if told.get("description") == StrictSerializer.__doc__:
        del told["description"]  # it speaks of how it is read
    if "properties" in told:
        told.setdefault("additionalProperties", False)
    for each in told.values():
        _close(each, schemas)
