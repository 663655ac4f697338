"""What there is to narrow by."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from recommender.answers import filtering
from recommender.api.access import everybody
from recommender.api.fields import Digits
from recommender.api.parameters import FILTERS, filters_of
from recommender.api.serializers import ALL_FACETS, AnyText, Asking, FacetsField
from recommender.api.shapes_catalogue import CountsOut
from recommender.api.views.base import ApiView, asking, valid
from recommender.ml.questions import MAX_QUERY_LENGTH
from recommender.services import MAX_PAGE_SIZE, counting

N_VALUES = 10


class FacetsQuery(Asking):
    q = AnyText(max_length=MAX_QUERY_LENGTH, default="")
    facets = FacetsField(required=False, help_text="All of them where none are named.")
    correct = serializers.BooleanField(default=True)
    limit = Digits(min_value=1, max_value=MAX_PAGE_SIZE, default=N_VALUES)


class FacetsView(ApiView):
    """`GET /api/v1/facets`: how many titles have what, of all that pass the filters, or of those that a search for
    `q` with them pages through. Never logged.
    """

    access = everybody("search")

    @extend_schema(operation_id="facets", parameters=[FacetsQuery, *FILTERS], responses={200: CountsOut})
    def get(self, request: Request) -> Response:
        filters = filters_of(request.query_params)
        asked = valid(FacetsQuery, {"facets": ALL_FACETS}, request.query_params, but=filtering.PARAMETERS)
        counted = counting.count(
            asked["q"],
            asking(request, asked),
            filters=filters,
            facets=asked["facets"],
            limit=asked["limit"],
            correct=asked["correct"],
        )
        return Response(
            {
                "total": counted.total,
                "is_capped": counted.is_capped,
                "filters": filtering.as_json(filters),
                "facets": {
                    name: [{"value": value, "count": n} for value, n in values]
                    for name, values in counted.facets.items()
                },
            }
        )
