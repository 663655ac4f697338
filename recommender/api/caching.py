"""Answers that are the same for everybody, and that a caller need not fetch again."""

import hashlib
from typing import Any

from django.utils.http import parse_etags
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

FOR_A_MINUTE = "public, max-age=60"


def fresh(request: Request, body: dict[str, Any]) -> Response:
    """The answer, or 304 where the caller has it already. The tag is weak: compressed, the bytes are others."""
    tag = f'W/"{hashlib.sha256(JSONRenderer().render(body)).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": FOR_A_MINUTE}
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in known or tag.removeprefix("W/") in {each.removeprefix("W/") for each in known}:
        return Response(status=304, headers=headers)
    return Response(body, headers=headers)
