"""The API's doors: search, more like this, and what people did with the answer."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import QueryDict
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.event_log import Deed, Visitor, storable
from catalog.models import Title
from recommender import filtering, services, suggesting
from recommender.answers import Answer
from recommender.api.problems import first_error
from recommender.api.serializers import (
    EventIn,
    SearchQuery,
    SimilarQuery,
    StrictSerializer,
    SuggestQuery,
    answer_json,
    offer_json,
)
from recommender.ml.facts.filters import Filters
from recommender.paging import BadCursor
from recommender.visitors import CLIENT_COOKIE, SESSION_COOKIE, is_robot

MAX_EVENTS = 1_000
MAX_SEEDS = 20  # titles to be like, together


class SearchView(APIView):
    """`GET /api/v1/search?q=`: titles for a text, the best first; logged before it is answered."""

    def get(self, request: Request) -> Response:
        parameters = request.query_params
        filters = _filters(parameters)
        asked = _valid(SearchQuery, {"q": ""} if filters else {}, parameters, but=filtering.PARAMETERS)
        try:
            answer = services.search(
                asked["q"],
                _visitor(request, asked),
                surface="api",
                filters=filters,
                facets=asked["facets"],
                limit=asked["limit"],
                cursor=asked.get("cursor"),
                correct=asked["correct"],
            )
        except BadCursor as error:
            raise exceptions.ValidationError({"cursor": [str(error)]}) from error
        return _answered(answer)


class SimilarView(APIView):
    """`GET /api/v1/titles/{item_id}/similar`: more like one title, or like several (`also=`) together."""

    def get(self, request: Request, item_id: str) -> Response:
        also = list(dict.fromkeys(request.query_params.getlist("also")))
        asked = _valid(SimilarQuery, {}, request.query_params, but=("also",))
        if len(also) >= MAX_SEEDS:
            detail = f"At most {MAX_SEEDS - 1} titles can be added to the first; these are {len(also):,}."
            raise exceptions.ValidationError({"also": [detail]})
        wanted = [storable(external_id) for external_id in (item_id, *also)]
        titles = Title.objects.published().in_bulk(wanted, field_name="external_id")
        if wanted[0] not in titles:
            raise exceptions.NotFound(_no_title(wanted[0]))
        if unknown := [external_id for external_id in wanted if external_id not in titles]:
            raise exceptions.ValidationError({"also": [_no_title(unknown[0])]})
        seeds = [titles[external_id] for external_id in dict.fromkeys(wanted)]
        return _answered(services.similar(seeds, _visitor(request, asked), limit=asked["limit"]))


class SuggestView(APIView):
    """`GET /api/v1/suggest?q=`: what to offer while somebody types. Never logged."""

    def get(self, request: Request) -> Response:
        asked = _valid(SuggestQuery, {}, request.query_params, but=())
        offers = suggesting.suggest(asked["q"], limit=asked["limit"])
        return Response({"query": asked["q"], "suggestions": [offer_json(offer) for offer in offers]})


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
                detail = _no_title(event["item_id"])
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


def _valid(
    serializer: type[StrictSerializer], defaults: dict[str, str], parameters: QueryDict, *, but: Collection[str]
) -> dict[str, Any]:
    """The parameters as the serializer reads them, each once, without those in `but`, which are read elsewhere."""
    names = [name for name in parameters if name not in but]
    query = serializer(data=defaults | {name: parameters[name] for name in names})
    query.is_valid(raise_exception=True)
    try:
        filtering.refuse_repeated(parameters, names)
    except filtering.BadFilter as error:
        raise exceptions.ValidationError({error.parameter: [str(error)]}) from error
    valid: dict[str, Any] = query.validated_data
    return valid


def _filters(parameters: QueryDict) -> Filters:
    try:
        return filtering.read(parameters)
    except filtering.BadFilter as error:
        raise exceptions.ValidationError({error.parameter: [str(error)]}) from error


def _no_title(item_id: str) -> str:
    if not item_id.strip():
        return "The id of a title is missing: it is empty."
    return f"No title has the id “{item_id if len(item_id) <= 100 else f'{item_id[:99]}…'}”."


def _visitor(request: Request, asked: dict[str, Any]) -> Visitor:
    return Visitor(asked.get("client_id"), asked.get("session_id"), is_robot=is_robot(request._request))


def _answered(answer: Answer) -> Response:
    return Response(answer_json(answer), headers={"X-Model-Version": str(answer.model_version)})


def _cookie(request: Request, name: str) -> UUID | None:
    """Our own pages send beacons without knowing their ids: the cookies do."""
    try:
        return UUID(request.COOKIES.get(name, ""))
    except ValueError:
        return None
