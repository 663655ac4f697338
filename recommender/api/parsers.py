"""JSON as strangers send it, and what is wrong with it in words of ours: Python's would mean nothing to them."""

import json
from math import isfinite
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

BYTE_ORDER_MARK = "\ufeff"  # before the text RFC 8259 lets a reader pass over it


class GuardedJSONParser(JSONParser):
    """JSON of RFC 8259 and nothing more, however deep it is nested: in UTF-8, whatever `charset` says. What others
    read in other ways is refused: a name that stands twice in an object, and numbers beyond a double.
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            text = stream.read().decode().removeprefix(BYTE_ORDER_MARK)
        except UnicodeDecodeError as error:
            raise ParseError(f"The body is not UTF-8: see its byte {error.start + 1:,}.") from error
        try:
            return json.loads(
                text, parse_constant=_constant, parse_int=_whole, parse_float=_finite, object_pairs_hook=_once
            )
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error
        except json.JSONDecodeError as error:
            raise ParseError(f"The body is not JSON: see line {error.lineno:,}, column {error.colno:,}.") from error
        except _Refused as error:
            raise ParseError(str(error)) from error


class _Refused(ValueError):
    """It could be read, in one way or another; says in a sentence why it is not."""


def _constant(name: str) -> Any:
    raise _Refused(f"{name} is no number of JSON.")


def _whole(digits: str) -> int:
    try:
        return int(digits)
    except ValueError as error:  # Python reads no more than some thousand digits
        raise _Refused(f"The number {digits[:20]}… is too large.") from error


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise _Refused(f"The number {digits[:20]} is too large.")
    return number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        first: set[str] = set()
        for name, _ in pairs:
            if name in first:
                raise _Refused(f"“{name[:60]}” stands there twice.")
            first.add(name)
    return found
