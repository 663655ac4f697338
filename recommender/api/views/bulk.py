"""Titles that are sent, what became of them, and titles taken out of search."""

from io import BytesIO
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import bulk
from catalog.bulk import BulkRefused, TooLarge, TooManyWaiting
from catalog.event_log import storable
from catalog.models import BulkTask, Title
from catalog.models.titles import EXTERNAL_ID_PATTERN
from recommender.api.access import staff
from recommender.api.fields import Flag
from recommender.api.parsers import GuardedJSONParser
from recommender.api.problems import ContentTooLarge
from recommender.api.serializers import NoQuery, StrictSerializer
from recommender.api.shapes_staff import PublicationOut, TaskOut
from recommender.api.views.base import ApiView, no_title, valid, valid_body

CHUNK_BYTES = 64 * 1024
RETRY_SECONDS = 30  # after which one of too many tasks may have ended
_SHAPE = "The body must be a list of titles, or an object with such a list as “titles”."
_VALUE = {"type": ["string", "number", "null"]}
_LIST = {"oneOf": [_VALUE, {"type": "array", "items": {"type": "string"}}]}
_ID = {"type": ["string", "integer"], "pattern": f"^{EXTERNAL_ID_PATTERN}$", "minimum": 0}
_NAME = {"type": ["string", "number"], "pattern": r"\S", "maxLength": bulk.MAX_NAME_CHARACTERS}
_BY_FIELD = {"external_id": _ID, "name": _NAME}  # a row is nothing without them
_ROWS = {
    "type": "array",
    "minItems": 1,
    "maxItems": bulk.MAX_ROWS,
    "items": {
        "type": "object",
        "properties": {
            name: _LIST if name in bulk.LISTS else _BY_FIELD.get(field, _VALUE) for name, field in bulk.FIELDS.items()
        },
        "additionalProperties": False,
    },
    "description": "Titles in our own layout, all with the same fields; null clears a value.",
}
_OBJECT = {
    "type": "object",
    "properties": {"titles": _ROWS},
    "required": ["titles"],
    "additionalProperties": False,
}


class BulkJSONParser(BaseParser):
    """JSON of up to `bulk.MAX_BYTES`, read no further than that.

    Not a JSONParser by its class: DRF reads the bodies of those itself, and Django no more of them than
    DATA_UPLOAD_MAX_MEMORY_SIZE, which stays what it is for all other views.
    """

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = bytearray()
        while len(body) <= bulk.MAX_BYTES and (chunk := stream.read(CHUNK_BYTES)):
            body += chunk
        if len(body) > bulk.MAX_BYTES:
            raise ContentTooLarge(f"This call may have up to {bulk.MAX_BYTES:,} bytes; send the titles in parts.")
        return GuardedJSONParser().parse(BytesIO(body), media_type, parser_context)


class BulkView(ApiView):
    """`POST /api/v1/titles:bulk`: new titles and new facts of known ones, all of a sending or none.

    Sent again while they wait, the same titles are the same task; later they change nothing.
    """

    access = staff("catalogue", views="catalog.view_title", changes="catalog.change_title")
    parser_classes = [BulkJSONParser]

    @extend_schema(
        operation_id="send_titles",
        request={"application/json": {"oneOf": [_ROWS, _OBJECT]}},
        responses={202: TaskOut},
    )
    def post(self, request: Request) -> Response:
        user: Any = request.user
        assert isinstance(user, User), "Level.STAFF"
        if not user.has_perm("catalog.add_title"):
            raise exceptions.PermissionDenied("This is for staff who may both add and change titles.")
        try:
            task = bulk.enqueue(_rows(request.data), user)
        except TooLarge as error:
            raise ContentTooLarge(_sentence(error)) from error
        except TooManyWaiting as error:
            raise exceptions.Throttled(RETRY_SECONDS, _sentence(error)) from error
        except BulkRefused as error:
            raise exceptions.ValidationError(_sentence(error)) from error
        return Response(task_json(task), status=202, headers={"Location": reverse("api-task", args=[task.pk])})


class TaskView(ApiView):
    """`GET /api/v1/tasks/{task_id}`: what became of titles that were sent."""

    access = staff("catalogue", views="catalog.view_bulktask")

    @extend_schema(operation_id="get_task", responses={200: TaskOut})
    def get(self, request: Request, task_id: UUID) -> Response:
        valid(NoQuery, {}, request.query_params)
        task = BulkTask.objects.defer("payload").filter(pk=task_id).first()
        if task is None:
            raise exceptions.NotFound("There is no such task.")
        return Response(task_json(task))


class PublicationIn(StrictSerializer):
    is_published = Flag()


class PublicationView(ApiView):
    """`/api/v1/titles/{item_id}/publication`: whether a title can be found. Taken out, it keeps its history."""

    access = staff("catalogue", views="catalog.view_title")

    @extend_schema(operation_id="get_publication", responses={200: PublicationOut})
    def get(self, request: Request, item_id: str) -> Response:
        valid(NoQuery, {}, request.query_params)
        return _publication(item_id)

    @extend_schema(operation_id="set_publication", request=PublicationIn, responses={200: PublicationOut})
    def put(self, request: Request, item_id: str) -> Response:
        wanted = valid_body(PublicationIn, request)
        Title.objects.filter(external_id=storable(item_id)).set_published(is_published=wanted["is_published"])
        return _publication(item_id)


def task_json(task: BulkTask) -> dict[str, Any]:
    return {
        "task_id": task.pk,
        "status": task.status,
        "n_rows": task.n_rows,
        "created": task.created,
        "started": task.started,
        "ended": task.ended,
        "report": task.report or None,
        "error": task.error,
    }


def _rows(body: Any) -> list[Any]:
    if isinstance(body, dict):
        if unknown := sorted(body.keys() - {"titles"}):
            raise exceptions.ValidationError({unknown[0][:100]: ["Unknown field."]})
        if not isinstance(body.get("titles"), list):
            raise exceptions.ValidationError({"titles": ["A list of titles is required."]})
        body = body["titles"]
    if not isinstance(body, list):
        raise exceptions.ValidationError(_SHAPE)
    return body


def _sentence(error: Exception) -> str:
    said = str(error)
    return said[:1].upper() + said[1:]


def _publication(item_id: str) -> Response:
    title = Title.objects.filter(external_id=storable(item_id)).only("external_id", "is_published").first()
    if title is None:
        raise exceptions.NotFound(no_title(storable(item_id)))
    return Response({"item_id": title.external_id, "is_published": title.is_published})
