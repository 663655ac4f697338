"""Calls to copy into a shell: what an operation needs, with values that could be meant, and a few that could not be
guessed from the document alone. A test holds each of them to it.
"""

import json
from typing import Any
from urllib.parse import quote, urlencode

Node = dict[str, Any]
_ID = "0198c5f2-7a10-7cc1-9d3e-5b1f0a6e2c44"
VALUES: dict[str, Any] = {
    "action": "pin",
    "action_name": "click",
    "alias": "champion",
    "events": ["import.done"],
    "item_id": "tt1375666",
    "item_ids": ["tt1375666", "tt0133093"],
    "kind": "like",
    "match": "exact",
    "name": "nightly import",
    "person_id": "1",
    "position": 1,
    "q": "heist that goes wrong",
    "request_id": 1,
    "run_id": 1,
    "reason": "It answers themes worse than the one before.",
    "scenario": "popular",
    "scopes": ["search:read", "events:write"],
    "status": "succeeded",
    "text": "heist",
    "version": 3,
    "url": "https://example.org/marquee",
    "words": ["film noir", "noir"],
}
QUERIES: dict[str, dict[str, str]] = {
    "search": {"q": "heist that goes wrong", "genres": "Comedy,-Horror", "year_min": "1990", "limit": "5"},
    "suggest": {"q": "godf"},
    "facets": {"facets": "genres,years", "kind": "movie"},
    "list_titles": {"genres": "Comedy", "sort": "newest", "limit": "50"},
    "similar": {"also": "tt0133093", "limit": "10"},
    "list_people": {"q": "hanks"},
    "recommendations": {"scenario": "popular", "limit": "10"},
    "analytics_overview": {"since": "2026-01-01T00:00:00Z", "until": "2026-01-08T00:00:00Z"},
    "export_queries": {"since": "2026-01-01T00:00:00Z"},
    "export_events": {"since": "2026-01-01T00:00:00Z"},
}
BODIES: dict[str, Any] = {
    "search_by_body": {"q": "heist that goes wrong", "genres": ["Comedy", "-Horror"], "limit": 5},
    "rank": {"query": "heist that goes wrong", "item_ids": VALUES["item_ids"]},
    "send_events": {
        "events": [{"event_id": _ID, "query_id": _ID, "action_name": "click", "item_id": "tt1375666", "position": 1}]
    },
    "send_titles": [{"item_id": "my-1", "title": "A Film", "year": 2026, "genres": ["Drama", "Comedy"]}],
    "create_rule": {"action": "pin", "item_id": "tt1375666", "match": "exact", "text": "heist", "position": 1},
    "change_rule": {"is_active": False},
    "change_synonyms": {"is_active": False},
    "change_webhook": {"is_active": False},
    "change_settings": {"personalise": False},
    "mute_signal": {"is_muted": True},
    "delete_me": {"confirm": True, "password": "…"},
}


def curl(path: str, method: str, operation: Node, schemas: Node) -> str:
    """For a shell that knows MARQUEE, the site's scheme and host, and MARQUEE_KEY. path, method: of the document."""
    name = operation["operationId"]
    query = urlencode(QUERIES.get(name, {}), safe=",:")
    parts = [f'curl "$MARQUEE{address(path)}{f"?{query}" if query else ""}"']
    body = body_of(name, operation, schemas)
    if method.upper() not in ("GET", "POST") or (method == "post" and body is None):
        parts[0] = parts[0].replace("curl", f"curl -X {method.upper()}", 1)
    if {} not in operation["security"]:
        parts.append('-H "Authorization: Bearer $MARQUEE_KEY"')
    if body is not None:
        parts.append("-H 'Content-Type: application/json'")
        parts.append(f"-d '{json.dumps(body, ensure_ascii=False)}'")
    return " \\\n  ".join(parts)


def address(path: str) -> str:
    """A path of the document with its places filled."""
    pieces = path.split("{")
    return pieces[0] + "".join(
        quote(str(_value(name, {"type": "string"}, {}))) + rest
        for name, _, rest in (piece.partition("}") for piece in pieces[1:])
    )


def body_of(name: str, operation: Node, schemas: Node) -> Any:
    """What is sent; None where nothing is."""
    if "requestBody" not in operation:
        return None
    if name in BODIES:
        return BODIES[name]
    (told,) = operation["requestBody"]["content"].values()
    return _value("", told["schema"], schemas)


def _value(name: str, schema: Node, schemas: Node) -> Any:
    if name in VALUES:
        return VALUES[name]
    if "$ref" in schema:
        return _value(name, schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "allOf" in schema:
        return _value(name, schema["allOf"][0], schemas)
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        needed = schema.get("required", ())
        return {key: _value(key, one, schemas) for key, one in schema["properties"].items() if key in needed}
    if schema.get("type") == "boolean":
        return True
    if schema.get("type") == "array":
        return [_value("", schema["items"], schemas)]
    return _ID if schema.get("type") == "string" else 1
