"""The OpenAPI document as people read it: areas, their calls, and the shapes of what is sent and answered.

Makes no markup but for code in texts; `examples` makes the calls to copy.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from recommender.api.examples import curl
from recommender.api.schema import PREFIX

Node = dict[str, Any]
ALIKE = {"400", "401", "403", "404", "405", "406", "409", "413", "415", "429", "503"}  # told once, for all calls
_OWN_ADDRESS = re.compile(rf"^`[^`]*{PREFIX}[^`]*`(?: and [^:]*)?: ")
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "null": "null",
    "uuid": "UUID",
    "date-time": "time",
    "date": "day",
    "binary": "lines of JSON",
}


@dataclass(frozen=True)
class Kind:
    """words: what a value is, such as “list of”; shape: the name of the shape that ends the words, if one does."""

    words: str
    shape: str = ""


@dataclass(frozen=True)
class Field:
    name: str
    kind: Kind
    bounds: str
    is_required: bool
    about: SafeString


@dataclass(frozen=True)
class Shape:
    """fields: empty where it is one of several `kinds`."""

    name: str
    about: SafeString
    fields: tuple[Field, ...]
    kinds: tuple[Kind, ...] = ()


@dataclass(frozen=True)
class Answer:
    """kind: None where the answer has no body."""

    status: str
    kind: Kind | None


@dataclass(frozen=True)
class Call:
    """scope: what a key has to have. is_open: also without a key. example: to be copied into a shell."""

    name: str
    method: str
    path: str
    about: SafeString
    scope: str
    is_open: bool
    parameters: tuple[Field, ...]
    body: Kind | None
    answers: tuple[Answer, ...]
    example: str


@dataclass(frozen=True)
class Area:
    """shapes: of all that its calls send and answer, by name."""

    name: str
    about: str
    calls: tuple[Call, ...]
    shapes: tuple[Shape, ...]


def areas(told: Node) -> tuple[Area, ...]:
    """told: the whole document."""
    return tuple(_area(tag["name"], tag["description"], told) for tag in told["tags"])


def _area(name: str, about: str, told: Node) -> Area:
    found = [
        (path, method, operation)
        for path, methods in told["paths"].items()
        for method, operation in methods.items()
        if name in operation["tags"]
    ]
    calls = tuple(_call(path, method, operation, told) for path, method, operation in found)
    schemas = told["components"]["schemas"]
    named = sorted({shape for _, _, operation in found for shape in _named(operation, schemas)} - {"Problem"})
    return Area(
        name, about, calls, tuple(_shape(shape, schemas) for shape in named if not _is_choice(schemas[shape]))
    )


def _call(path: str, method: str, operation: Node, told: Node) -> Call:
    schemas = told["components"]["schemas"]
    body = _content(operation.get("requestBody", {}))
    answers = [(status, answer) for status, answer in operation["responses"].items() if status not in ALIKE]
    return Call(
        operation["operationId"],
        method.upper(),
        path,
        marked(_sentence(_OWN_ADDRESS.sub("", operation.get("description", "")))),
        operation["x-scope"],
        {} in operation["security"],
        tuple(_parameter(one, schemas) for one in operation.get("parameters", ())),
        _kind(body, schemas) if body is not None else None,
        tuple(Answer(status, _kind_of(_content(answer), schemas)) for status, answer in answers),
        curl(path, method, operation, schemas),
    )


def _parameter(one: Node, schemas: Node) -> Field:
    about = one.get("description", "") or ("In the address." if one["in"] == "path" else "")
    return _field(one["name"], one["schema"], schemas, is_required=one.get("required", False), about=about)


def _shape(name: str, schemas: Node) -> Shape:
    schema = schemas[name]
    required = schema.get("required", ())
    fields = (
        _field(key, value, schemas, is_required=key in required)
        for key, value in schema.get("properties", {}).items()
    )
    return Shape(
        name,
        marked(schema.get("description", "")),
        tuple(fields),
        tuple(_kind(one, schemas) for one in schema.get("oneOf", ())),
    )


def _field(name: str, schema: Node, schemas: Node, *, is_required: bool, about: str = "") -> Field:
    return Field(
        name, _kind(schema, schemas), _bounds(schema), is_required, marked(about or schema.get("description", ""))
    )


def _kind_of(schema: Node | None, schemas: Node) -> Kind | None:
    return None if schema is None else _kind(schema, schemas)


def _kind(schema: Node, schemas: Node) -> Kind:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _kind(schemas[name], schemas) if _is_choice(schemas[name]) else Kind("", name)
    if wrapped := schema.get("allOf"):
        return _kind(wrapped[0], schemas)
    if either := schema.get("oneOf") or schema.get("anyOf"):
        kinds = [_kind(one, schemas) for one in either]
        *first, last = sorted(kinds, key=lambda kind: bool(kind.shape))  # what is linked comes last
        return Kind("".join(f"{kind.words} or " for kind in first) + last.words, last.shape)
    if "enum" in schema:
        return Kind(" | ".join(f"“{value}”" if value is not None else "null" for value in schema["enum"]))
    types = schema.get("type", "any value")
    if isinstance(types, list):
        return Kind(" or ".join(_word(one, schema) for one in types))
    if types == "array":
        item = _kind(schema.get("items", {}), schemas)
        return Kind(f"list of {item.words}".rstrip(), item.shape)
    if types == "object" and schema.get("additionalProperties"):
        value = _kind(schema["additionalProperties"], schemas)
        return Kind(f"object of {value.words}".rstrip(), value.shape)
    return Kind(_word(types, schema))


def _word(name: str, schema: Node) -> str:
    if name == "string" and schema.get("format") in _WORDS:
        return _WORDS[schema["format"]]
    return _WORDS.get(name, name)


def _bounds(schema: Node) -> str:
    """Least, most and what holds where it is left out, as in “1 to 100; 20 if left out”."""
    low, high = schema.get("minimum"), schema.get("maximum")
    said = []
    if low is not None and high is not None:
        said.append(f"{low:g} to {high:g}")
    elif low is not None:
        said.append(f"{low:g} or more")
    elif high is not None:
        said.append(f"up to {high:g}")
    if "maxLength" in schema:
        said.append(f"up to {schema['maxLength']:,} characters")
    if "maxItems" in schema:
        said.append(f"up to {schema['maxItems']:,} of them")
    if schema.get("default") not in (None, "", []):
        default = schema["default"]
        said.append(f"{str(default).lower() if isinstance(default, bool) else default} if left out")
    return "; ".join(said)


def _named(node: Any, schemas: Node, known: frozenset[str] = frozenset()) -> set[str]:
    """Names of the shapes that a part of the document leads to, also through others."""
    if isinstance(node, list):
        return {name for one in node for name in _named(one, schemas, known)}
    if not isinstance(node, dict):
        return set()
    found = {name for key, one in node.items() if key != "$ref" for name in _named(one, schemas, known)}
    reference = node.get("$ref")
    if isinstance(reference, str) and (name := reference.rpartition("/")[2]) not in known:
        found |= {name} | _named(schemas[name], schemas, known | {name})
    return found


def _is_choice(schema: Node) -> bool:
    """Told in a word or a few where it is used, so that it needs no place of its own."""
    return "properties" not in schema and "oneOf" not in schema


def _content(of: Node) -> Node | None:
    """The schema of a body; None without one."""
    for told in of.get("content", {}).values():
        schema: Node = told.get("schema", {})
        return schema
    return None


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def marked(text: str) -> SafeString:
    """What stands in backticks as code, all else as text."""
    parts = enumerate(text.split("`"))
    return format_html_join(
        "", "{}{}{}", ((*_TAGS[place % 2][:1], part, *_TAGS[place % 2][1:]) for place, part in parts)
    )


_TAGS = (("", ""), (SafeString("<code>"), SafeString("</code>")))
