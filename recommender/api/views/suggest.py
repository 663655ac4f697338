"""What to offer while somebody types."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from recommender.answers import suggesting
from recommender.api.access import everybody
from recommender.api.authentication import KeyAuthentication
from recommender.api.serializers import (
    SuggestQuery,
    groups_json,
    offer_json,
)
from recommender.api.shapes import SuggestionsOut
from recommender.api.views.base import ApiView, of_cookies, valid


class SuggestView(ApiView):
    """`GET /api/v1/suggest?q=`: what to offer while somebody types. Never logged.

    `grouped=true` is for our own pages: as they show it, with addresses, and for nothing typed what the same browser
    or account searched for lately. Who that is, only our cookies say.
    """

    access = everybody("search")
    authentication_classes = [KeyAuthentication]

    @extend_schema(operation_id="suggest", parameters=[SuggestQuery], responses={200: SuggestionsOut})
    def get(self, request: Request) -> Response:
        asked = valid(SuggestQuery, {}, request.query_params, but=())
        is_empty = not asked["q"].strip()
        if asked["grouped"] and is_empty:
            offers = suggesting.recent(of_cookies(request))[: asked["limit"]]
        else:
            offers = suggesting.suggest(asked["q"], limit=asked["limit"])
        answer = {"query": asked["q"], "suggestions": [offer_json(offer) for offer in offers]}
        if asked["grouped"]:
            answer |= groups_json(offers)
        return Response(answer, headers={"Cache-Control": "private, no-store"} if is_empty else None)
