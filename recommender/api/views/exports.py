"""The log as UBI documents, line by line."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from django.db import connection
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from catalog.ubi import BadPosition, Position, Selection, event_lines, query_lines
from recommender.api.access import staff
from recommender.api.fields import Digits, Moment
from recommender.api.serializers import StrictSerializer
from recommender.api.views.base import ApiView, valid

NDJSON = "application/x-ndjson"


class NdjsonRenderer(JSONRenderer):
    """For callers that accept nothing else; what is rendered by it are errors."""

    media_type = NDJSON
    format = "ndjson"


class ExportQuery(StrictSerializer):
    since = Moment(required=False, help_text="Rows that the server wrote then or later.")
    until = Moment(required=False, help_text="Rows that it wrote before.")
    cursor = serializers.CharField(
        max_length=100, required=False, help_text="`cursor` of the last line that arrived whole: goes on behind it."
    )
    limit = Digits(min_value=1, required=False, help_text="At most so many lines.")
    robots = serializers.BooleanField(default=False, help_text="true: with what crawlers did.")


class ExportedQueriesView(ApiView):
    """`GET /api/v1/export/ubi/queries`: pages of results as `ubi_queries`, a JSON document a line."""

    access = staff("exports", views="catalog.view_searchevent")
    renderer_classes = [JSONRenderer, NdjsonRenderer]

    @extend_schema(
        operation_id="export_queries", parameters=[ExportQuery], responses={(200, NDJSON): OpenApiTypes.BINARY}
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        return _export(request, query_lines)


class ExportedEventsView(ApiView):
    """`GET /api/v1/export/ubi/events`: what people did as `ubi_events`, a JSON document a line."""

    access = staff("exports", views="catalog.view_interaction")
    renderer_classes = [JSONRenderer, NdjsonRenderer]

    @extend_schema(
        operation_id="export_events", parameters=[ExportQuery], responses={(200, NDJSON): OpenApiTypes.BINARY}
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        return _export(request, event_lines)


def _export(request: Request, lines: Callable[[Selection], Iterator[bytes]]) -> StreamingHttpResponse:
    """The first lines are read before anything is sent, so that what goes wrong is told with a status."""
    selection = _selection(valid(ExportQuery, {}, request.query_params))
    try:
        found = lines(selection)
    except BadPosition as error:
        raise exceptions.ValidationError({"cursor": [str(error)]}) from error
    begin = next(found, b"")
    return StreamingHttpResponse(_without_holding(chain([begin], found)), content_type=NDJSON)


def _selection(asked: dict[str, Any]) -> Selection:
    try:
        after = Position.parse(asked["cursor"]) if "cursor" in asked else None
    except BadPosition as error:
        raise exceptions.ValidationError({"cursor": [str(error)]}) from error
    try:
        return Selection(asked.get("since"), asked.get("until"), after, asked["robots"], asked.get("limit"))
    except ValueError as error:
        raise exceptions.ValidationError(str(error)) from error


def _without_holding(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """While somebody downloads slowly, others have the connection."""
    for chunk in chunks:
        if not connection.in_atomic_block:
            connection.close()
        yield chunk
