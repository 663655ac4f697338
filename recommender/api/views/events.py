"""What people did with an answer."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.event_log import Deed, Visitor, recorded
from catalog.models import Title
from recommender import services
from recommender.api.access import everybody
from recommender.api.authentication import KeyAuthentication
from recommender.api.problems import first_error
from recommender.api.serializers import (
    EventIn,
    EventsIn,
)
from recommender.api.shapes import RecordedOut
from recommender.api.views.base import ApiView, cookie_of, no_title, of_cookies
from recommender.visitors import SESSION_COOKIE, heed

MAX_EVENTS = 1_000
_REUSED = "This event_id was used before, for another title, action or search. The event was not kept."


class EventsView(ApiView):
    """`POST /api/v1/events`: a batch of what people did. Each event stands alone; a resend counts once."""

    access = everybody("events")
    authentication_classes = [KeyAuthentication]  # a beacon of our own pages cannot carry a CSRF token

    @extend_schema(operation_id="send_events", request=EventsIn, responses={200: RecordedOut})
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
        deeds = _deeds(request, valid, rejected)
        n_accepted, n_duplicates = _recorded(deeds, rejected)
        rejected.sort(key=lambda rejection: rejection["index"])
        return Response({"accepted": n_accepted, "duplicates": n_duplicates, "rejected": rejected})


def _deeds(
    request: Request, valid: dict[int, dict[str, Any]], rejected: list[dict[str, Any]]
) -> dict[int, tuple[Deed, Visitor]]:
    """By place in the batch; those about titles that nobody knows are rejected. One query."""
    wanted = {event["item_id"] for event in valid.values()}
    ids = dict(Title.objects.filter(external_id__in=wanted).values_list("external_id", "pk"))
    ours = of_cookies(request)
    found = {}
    for index, event in valid.items():
        if event["item_id"] not in ids:
            detail = no_title(event["item_id"])
            rejected.append({"index": index, "code": "unknown_item", "field": "item_id", "detail": detail})
            continue
        session_id = event.get("session_id") or cookie_of(request, SESSION_COOKIE)
        visitor = replace(ours, session_id=session_id)
        if named := event.get("client_id"):
            visitor = Visitor(named, session_id, is_robot=ours.is_robot, may_teach=ours.may_teach)
        deed = Deed(
            event["event_id"],
            event["action_name"],
            ids[event["item_id"]],
            event.get("query_id"),
            event.get("position"),
            event.get("value"),
            event.get("timestamp"),
        )
        found[index] = deed, visitor
    heeded = heed({visitor for _, visitor in found.values()})
    return {index: (deed, heeded[visitor]) for index, (deed, visitor) in found.items()}


def _recorded(deeds: dict[int, tuple[Deed, Visitor]], rejected: list[dict[str, Any]]) -> tuple[int, int]:
    """(number of those that were written now, number of resends); ids used for something else are rejected.

    What was written is known only afterwards: others may send the same ids at this moment.
    """
    first: dict[UUID, int] = {}
    for index, (deed, _) in deeds.items():
        first.setdefault(deed.event_id, index)
    new = services.record_all([deeds[index] for index in first.values()])
    kept = {event_id: deeds[index][0].content for event_id, index in first.items()}
    kept |= recorded(first.keys() - new)  # an id that is neither was deleted this moment: it was known
    n_duplicates = 0
    for index, (deed, _) in deeds.items():
        if deed.event_id in new and first[deed.event_id] == index:
            continue
        if kept[deed.event_id] == deed.content:
            n_duplicates += 1
        else:
            rejected.append({"index": index, "code": "event_id_reused", "field": "event_id", "detail": _REUSED})
    return len(new), n_duplicates
