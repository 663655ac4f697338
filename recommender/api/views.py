"""The API's doors: search, and what people did with the answer."""

from typing import Any
from uuid import UUID

from django.db import transaction
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.event_log import Deed, Visitor
from catalog.models import Title
from recommender import services
from recommender.api.problems import first_error
from recommender.api.serializers import Cursor, EventIn, SearchQuery, answer_json
from recommender.visitors import CLIENT_COOKIE, SESSION_COOKIE, is_robot

MAX_EVENTS = 1_000


class SearchView(APIView):
    """`GET /api/v1/search?q=`: titles for a text, the best first; logged before it is answered."""

    def get(self, request: Request) -> Response:
        query = SearchQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        cursor: Cursor | None = asked.get("cursor")
        answer = services.search(
            asked["q"],
            Visitor(asked.get("client_id"), asked.get("session_id"), is_robot=is_robot(request._request)),
            surface="api",
            limit=asked["limit"],
            offset=cursor.offset if cursor else 0,
            search_id=cursor.search_id if cursor else None,
            correct=asked["correct"],
        )
        return Response(answer_json(answer), headers={"X-Model-Version": str(answer.model_version)})


class NothingHere(APIView):
    """Addresses below /api/v1/ that are none: a problem document like every other error."""

    def initial(self, request: Request, *_args: Any, **_kwargs: Any) -> None:
        raise exceptions.NotFound(f"There is nothing at {request.path[:200]}.")


class EventsView(APIView):
    """`POST /api/v1/events`: a batch of what people did. Each event stands alone; a resend counts once."""

    def post(self, request: Request) -> Response:
        events = request.data.get("events") if isinstance(request.data, dict) else None
        if isinstance(request.data, dict) and (unknown := sorted(map(str, request.data.keys() - {"events"}))):
            raise exceptions.ValidationError({unknown[0][:100]: ["Unknown field."]})
        if not isinstance(events, list):
            raise exceptions.ValidationError({"events": ["A list of events is required."]})
        if len(events) > MAX_EVENTS:
            raise exceptions.ValidationError({"events": [f"At most {MAX_EVENTS} events fit in one call."]})
        rejected: list[dict[str, Any]] = []
        valid: dict[int, dict[str, Any]] = {}
        for index, event in enumerate(events):
            serializer = EventIn(data=event)
            if serializer.is_valid():
                valid[index] = serializer.validated_data
            else:
                field, message = first_error(serializer.errors)
                code = "unknown_field" if message == "Unknown field." else "invalid"
                rejected.append({"index": index, "code": code, "field": field, "detail": message})
        accepted = self._record(request, valid, rejected)
        rejected.sort(key=lambda rejection: rejection["index"])
        return Response({"accepted": accepted, "rejected": rejected})

    def _record(self, request: Request, valid: dict[int, dict[str, Any]], rejected: list[dict[str, Any]]) -> int:
        wanted = {event["item_id"] for event in valid.values()}
        ids = dict(Title.objects.filter(external_id__in=wanted).values_list("external_id", "pk"))
        robot = is_robot(request._request)
        by_visitor: dict[Visitor, list[Deed]] = {}
        for index, event in valid.items():
            if event["item_id"] not in ids:
                detail = f"No title has the id {event['item_id']}."
                rejected.append({"index": index, "code": "unknown_item", "field": "item_id", "detail": detail})
                continue
            visitor = Visitor(
                event.get("client_id") or _cookie(request, CLIENT_COOKIE),
                event.get("session_id") or _cookie(request, SESSION_COOKIE),
                is_robot=robot,
            )
            by_visitor.setdefault(visitor, []).append(
                Deed(
                    event["event_id"],
                    event["action_name"],
                    ids[event["item_id"]],
                    event.get("query_id"),
                    event.get("position"),
                    event.get("value"),
                    event.get("timestamp"),
                )
            )
        with transaction.atomic():
            for visitor, deeds in by_visitor.items():
                services.record(deeds, visitor)
        return sum(map(len, by_visitor.values()))


def _cookie(request: Request, name: str) -> UUID | None:
    """Our own pages send beacons without knowing their ids: the cookies do."""
    try:
        return UUID(request.COOKIES.get(name, ""))
    except ValueError:
        return None
