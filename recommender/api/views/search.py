"""Titles for a text."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from recommender import services
from recommender.answers import filtering
from recommender.answers.answer import Answer, Warn
from recommender.answers.arranging import BEST, SORTS, View
from recommender.answers.paging import BadCursor
from recommender.api.access import everybody
from recommender.api.bodies import FilteredBody, PersonalBody, Text, filter_parameters
from recommender.api.fields import Flag, Number, Whole
from recommender.api.parameters import FILTERS, filters_of
from recommender.api.serializers import (
    ABOUT_DIVERSITY,
    ABOUT_NOVELTY,
    ABOUT_Q,
    ALL_FACETS,
    MAX_NOVELTY_WEIGHT,
    CursorField,
    NoQuery,
    SearchQuery,
    answer_json,
)
from recommender.api.shapes import AnswerOut
from recommender.api.views.base import ApiView, asking, valid, valid_body
from recommender.ml.facts.filters import Filters
from recommender.ml.questions import MAX_QUERY_LENGTH


class SearchBody(FilteredBody, PersonalBody):
    """`SearchQuery` and the filters as a body."""

    q = Text(max_length=MAX_QUERY_LENGTH, default="", help_text=ABOUT_Q)
    limit = Whole(min_value=1, max_value=services.MAX_PAGE_SIZE, default=services.PAGE_SIZE)
    cursor = CursorField(required=False)
    correct = Flag(default=True)
    facets = serializers.ListField(
        child=serializers.ChoiceField(choices=[*services.FACETS, ALL_FACETS]), default=list, max_length=20
    )
    sort = serializers.ChoiceField(choices=list(SORTS), default=BEST)
    diversity = Number(min_value=0, max_value=1, default=0.0, help_text=ABOUT_DIVERSITY)
    novelty_weight = Number(
        min_value=-MAX_NOVELTY_WEIGHT, max_value=MAX_NOVELTY_WEIGHT, required=False, help_text=ABOUT_NOVELTY
    )

    def validate_facets(self, names: list[str]) -> list[str]:
        return [name for name in services.FACETS if name in names or ALL_FACETS in names]


class SearchView(ApiView):
    """`/api/v1/search`: titles for a text, the best first; logged before it is answered."""

    access = everybody("search", posts_read=True)

    @extend_schema(operation_id="search", parameters=[SearchQuery, *FILTERS], responses={200: AnswerOut})
    def get(self, request: Request) -> Response:
        parameters = request.query_params
        filters = filters_of(parameters)
        asked = valid(SearchQuery, {}, parameters, but=filtering.PARAMETERS)
        return _search(request, asked, filters)

    @extend_schema(operation_id="search_by_body", request=SearchBody, responses={200: AnswerOut})
    def post(self, request: Request) -> Response:
        """The same, for what is too long for an address or should not stand in one."""
        valid(NoQuery, {}, request.query_params)
        asked = valid_body(SearchBody, request)
        return _search(request, asked, filters_of(filter_parameters(asked)))


def _search(request: Request, asked: dict[str, Any], filters: Filters) -> Response:
    try:
        answer = services.search(
            asked["q"],
            asking(request, asked),
            surface="api",
            filters=filters,
            facets=asked["facets"],
            limit=asked["limit"],
            cursor=asked.get("cursor"),
            view=View(
                correct=asked["correct"],
                sort=asked["sort"],
                diversity=asked["diversity"],
                novelty_weight=asked.get("novelty_weight"),
            ),
        )
    except BadCursor as error:
        raise exceptions.ValidationError({"cursor": [str(error)]}) from error
    return answered(answer, explain=asked["explain"])


def answered(answer: Answer, *, explain: bool = False, warnings: Sequence[Warn] = ()) -> Response:
    """warnings: what is to be said beside those of the answer itself."""
    body = answer_json(replace(answer, warnings=(*warnings, *answer.warnings)), explain=explain)
    return Response(body, headers={"X-Model-Version": str(answer.model_version)})
