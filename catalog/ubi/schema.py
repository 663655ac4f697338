"""UBI's JSON Schema, as corrected here: each file's $comment says whose it is and what was changed."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal


@cache
def schema_of(document: Literal["query", "event"]) -> dict[str, Any]:
    """JSON Schema 2020-12 of one line of an export."""
    text = Path(__file__).with_name(f"{document}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
