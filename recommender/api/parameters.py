"""Parameters that are not read by a serializer, as the OpenAPI document tells them."""

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions

from recommender.answers import filtering
from recommender.ml.facts.facets import KINDS
from recommender.ml.facts.filters import Filters

_WORDS = {
    "kind": "movie or show; empty for both.",
    "genres": "Has all of these; with a - before it, none of them. Joined by commas.",
    "any_genres": "Has one of these.",
    "countries": "Comes from one of these.",
    "languages": "Is in one of these.",
    "maturity": "Has one of these ratings.",
    "people": "Was made by all of these in any role; with a - before the name, by none of them. Repeatable.",
    "directors": "Was directed or created by all of these. Repeatable.",
    "year_min": "Came out then or later.",
    "year_max": "Came out then or earlier.",
    "runtime_min": "Minutes at least.",
    "runtime_max": "Minutes at most.",
}


def _filter(name: str) -> OpenApiParameter:
    if number := filtering.NUMBERS.get(name):
        kind = {"type": "integer", "minimum": number.least, "maximum": number.most}
        return OpenApiParameter(name, kind, description=_WORDS[name])
    if name == "kind":
        return OpenApiParameter(name, {"type": "string", "enum": [*KINDS, ""]}, description=_WORDS[name])
    # How many there may be is counted over all filters, without those that are empty: no `maxItems` says that.
    one = f"[^,]{{0,{filtering.MAX_LENGTH}}}"
    text = {"pattern": f"^{one}(,{one})*$"} if name in filtering.LISTS else {"maxLength": filtering.MAX_LENGTH}
    kind = {"type": "array", "items": {"type": "string"} | text}
    return OpenApiParameter(name, kind, description=_WORDS[name], explode=True)


FILTERS = [_filter(name) for name in filtering.PARAMETERS]
ALSO = OpenApiParameter(
    "also",
    {"type": "array", "items": {"type": "string"}, "maxItems": 19},
    description="More titles to be like.",
    explode=True,
)


def filters_of(parameters: QueryDict) -> Filters:
    try:
        return filtering.read(parameters)
    except filtering.BadFilter as error:
        raise exceptions.ValidationError({error.parameter: [str(error)]}) from error
