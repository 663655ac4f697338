"""What to watch for somebody who did not ask."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.event_log import Visitor, storable
from catalog.models import Title
from recommender import services, serving
from recommender.answers import filtering
from recommender.answers.paging import BadCursor
from recommender.api.access import everybody
from recommender.api.bodies import MAX_ITEM_ID, AskingBody, FilteredBody, ItemIds, filter_parameters
from recommender.api.fields import Digits, Whole
from recommender.api.parameters import FILTERS, filters_of
from recommender.api.serializers import AnyText, AskingForOne, CursorField, NoQuery, items_json, warnings_json
from recommender.api.shapes import AnswerOut, HomeOut
from recommender.api.views.base import ApiView, asking, no_title, valid, valid_body
from recommender.api.views.ranking import known
from recommender.api.views.search import answered
from recommender.ml.facts.filters import Filters
from recommender.services import recommending

HOME, BECAUSE = "home", "because_you_liked"
MAX_LOOKS = 100
LISTS = PolymorphicProxySerializer(
    component_name="Recommendations", serializers=[AnswerOut, HomeOut], resource_type_field_name=None
)


class RecommendationsQuery(AskingForOne):
    scenario = serializers.ChoiceField(choices=[HOME, *recommending.SCENARIOS])
    item_id = AnyText(
        max_length=MAX_ITEM_ID,
        required=False,
        help_text="What `because_you_liked` is about; else what the visitor liked last.",
    )
    limit = Digits(min_value=1, max_value=services.MAX_PAGE_SIZE, default=services.PAGE_SIZE)
    cursor = CursorField(required=False, help_text=f"Of {', '.join(recommending.PAGED)}.")


class RecommendationsView(ApiView):
    """`GET /api/v1/recommendations?scenario=`: the rows of the first page (`home`), or one list. Each list is logged
    under a `query_id` of its own. Who is not known yet gets what is popular, and a warning with the code `fallback`.
    """

    access = everybody("search")

    @extend_schema(
        operation_id="recommendations", parameters=[RecommendationsQuery, *FILTERS], responses={200: LISTS}
    )
    def get(self, request: Request) -> Response:
        filters = filters_of(request.query_params)
        asked = valid(RecommendationsQuery, {}, request.query_params, but=filtering.PARAMETERS)
        scenario = asked["scenario"]
        if "item_id" in asked and scenario != BECAUSE:
            raise exceptions.ValidationError({"item_id": [f"Only {BECAUSE} is about a title."]})
        if "cursor" in asked and scenario not in recommending.PAGED:
            raise exceptions.ValidationError({"cursor": [f"There is one page of {scenario}."]})
        if scenario == HOME:
            return _home(asking(request, asked), asked, filters)
        try:
            answer = recommending.recommend(
                scenario,
                asking(request, asked),
                seed=_seed(asked),
                filters=filters,
                limit=asked["limit"],
                cursor=asked.get("cursor"),
            )
        except BadCursor as error:
            raise exceptions.ValidationError({"cursor": [str(error)]}) from error
        return answered(answer, explain=asked["explain"])


class SessionBody(FilteredBody, AskingBody):
    """No `personalize`: nothing but these titles has a say."""

    item_ids = ItemIds(max_length=MAX_LOOKS, help_text="What was looked at, the last first.")
    limit = Whole(min_value=1, max_value=services.MAX_PAGE_SIZE, default=services.PAGE_SIZE)


class SessionView(ApiView):
    """`POST /api/v1/recommendations/session`: what comes next for somebody who just looked at these titles. They
    become no signals of anybody's; `client_id` says who is served, and whose hidden titles are to be left out.
    """

    access = everybody("search", posts_read=True)

    @extend_schema(operation_id="recommendations_for_session", request=SessionBody, responses={200: AnswerOut})
    def post(self, request: Request) -> Response:
        valid(NoQuery, {}, request.query_params)
        asked = valid_body(SessionBody, request)
        filters = filters_of(filter_parameters(asked))
        titles, unknown = known(asked["item_ids"], "external_id", "name")
        answer = recommending.after(titles, asking(request, asked), filters=filters, limit=asked["limit"])
        return answered(answer, explain=asked["explain"], warnings=unknown)


def _seed(asked: dict[str, Any]) -> Title | None:
    if "item_id" not in asked:
        return None
    item_id = storable(asked["item_id"])
    seed = Title.objects.published().filter(external_id=item_id).only("external_id", "name").first()
    if seed is None:
        raise exceptions.ValidationError({"item_id": [no_title(item_id)]})
    return seed


def _home(visitor: Visitor, asked: dict[str, Any], filters: Filters) -> Response:
    page = services.home(visitor, filters=filters, limit=min(asked["limit"], services.N_CARDS))
    warnings = services.unknown_values(serving.current(), filters)
    version = page.rows[0][1].model_version if page.rows else serving.current().version
    body = {
        "search_id": str(page.search_id),
        "model_version": version,
        "rows": [
            {
                "query_id": str(answer.query_id),
                "name": row.name,
                "heading": row.heading,
                "note": row.note,
                "more": {"words": row.more.words, "url": row.more.address} if row.more else None,
                "items": items_json(answer, explain=asked["explain"]),
            }
            for row, answer in page.rows
        ],
        "warnings": warnings_json(warnings),
    }
    return Response(body, headers={"X-Model-Version": str(version)})
