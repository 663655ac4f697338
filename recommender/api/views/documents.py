"""The OpenAPI document, and the same as pages for people."""

from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from recommender.api import reference as told
from recommender.api.access import everybody
from recommender.api.reference import Area, marked
from recommender.api.schema import ERRORS, PROBLEM
from recommender.api.serializers import NoQuery
from recommender.api.views.base import ApiView, valid


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1; made once for each process, from what the views declare."""
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


class DocumentView(ApiView):
    """`GET /api/v1/openapi.json`: this document."""

    access = everybody("search")

    @extend_schema(operation_id="openapi", responses={200: dict})
    def get(self, request: Request) -> Response:
        valid(NoQuery, {}, request.query_params)
        return Response(document(), headers={"Cache-Control": "public, max-age=300"})


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """The whole of the API on a page: how to call it, and each call in a line."""
    shown = {
        "areas": _areas(),
        "site": _site(request),
        "errors": ERRORS.items(),
        "problem": [(name, marked(field.get("description", ""))) for name, field in PROBLEM["properties"].items()],
    }
    return render(request, "recommender/api.html", shown)


@require_safe
def reference_of(request: HttpRequest, area: str) -> HttpResponse:
    """All that the document says of the calls of an area."""
    found = [one for one in _areas() if one.name == area]
    if not found:
        raise Http404
    return render(request, "recommender/api_area.html", {"area": found[0], "areas": _areas(), "site": _site(request)})


@cache
def _areas() -> tuple[Area, ...]:
    return told.areas(document())


def _site(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"
