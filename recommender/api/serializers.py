"""What the API accepts, and the one shape in which it returns a title."""

from typing import Any

from rest_framework import serializers

from catalog.models import Interaction
from recommender import filtering
from recommender.answers import Answer, Item, Warn
from recommender.ml.questions import MAX_QUERY_LENGTH
from recommender.paging import MAX_DEPTH, BadCursor, Cursor
from recommender.services import FACETS, MAX_PAGE_SIZE, PAGE_SIZE, chip_json
from recommender.suggesting import Offer

ALL_FACETS = "all"
MAX_OFFERS = 20
_CAPPED = Warn(
    "total_is_capped", "total", f"More titles may fit: total and facets count only the {MAX_DEPTH:,} best."
)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know, by name: a misspelt parameter must not be ignored."""

    def to_internal_value(self, data: Any) -> Any:
        if hasattr(data, "keys") and (unknown := sorted(set(data.keys()) - set(self.fields))):
            raise serializers.ValidationError({unknown[0]: ["Unknown field."]}, code="unknown_field")
        return super().to_internal_value(data)


class AnyText(serializers.CharField):
    """Text with nothing forbidden: NUL and lone surrogates are data, and are made storable later."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **kwargs)
        forbidding = ("ProhibitNullCharactersValidator", "ProhibitSurrogateCharactersValidator")
        self.validators = [v for v in self.validators if type(v).__name__ not in forbidding]


class CursorField(serializers.CharField):
    """An opaque `next_cursor` of an earlier answer."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return Cursor.decode(super().to_internal_value(data))
        except BadCursor as error:
            raise serializers.ValidationError(str(error)) from error


class FacetsField(serializers.CharField):
    """Names of facets, joined by commas; "all" for every one."""

    def to_internal_value(self, data: Any) -> Any:
        names = [name.strip() for name in super().to_internal_value(data).split(",") if name.strip()]
        if unknown := [name for name in names if name not in (*FACETS, ALL_FACETS)]:
            known = ", ".join(FACETS)
            raise serializers.ValidationError(
                f"“{unknown[0][:60]}” is no facet; there are {known}, and {ALL_FACETS}."
            )
        return [name for name in FACETS if name in names or ALL_FACETS in names]


class Asking(StrictSerializer):
    """Who asks, where the caller says so."""

    client_id = serializers.UUIDField(required=False)
    session_id = serializers.UUIDField(required=False)


class SearchQuery(Asking):
    q = AnyText(max_length=MAX_QUERY_LENGTH)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_PAGE_SIZE, default=PAGE_SIZE)
    cursor = CursorField(required=False)
    correct = serializers.BooleanField(default=True)
    facets = FacetsField(default="", allow_blank=True)


class SimilarQuery(Asking):
    limit = serializers.IntegerField(min_value=1, max_value=MAX_PAGE_SIZE, default=PAGE_SIZE)


class SuggestQuery(StrictSerializer):
    q = AnyText(max_length=MAX_QUERY_LENGTH)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_OFFERS, default=10)


class EventIn(StrictSerializer):
    """One thing somebody did. The server knows version, propensity and variant; clients never send them."""

    event_id = serializers.UUIDField()
    query_id = serializers.UUIDField(required=False, allow_null=True)
    action_name = serializers.ChoiceField(choices=Interaction.Action.choices)
    item_id = serializers.CharField(max_length=200)
    position = serializers.IntegerField(min_value=1, max_value=10_000, required=False, allow_null=True)
    value = serializers.FloatField(min_value=0, max_value=86_400, required=False, allow_null=True)
    client_id = serializers.UUIDField(required=False, allow_null=True)
    session_id = serializers.UUIDField(required=False, allow_null=True)
    timestamp = serializers.DateTimeField(required=False)


def answer_json(answer: Answer) -> dict[str, Any]:
    warnings = [*answer.warnings, *([_CAPPED] if answer.is_the_best_only else [])]
    return {
        "query_id": str(answer.query_id),
        "search_id": str(answer.search_id),
        "query": {
            "user_query": answer.user_query,
            "corrected_query": answer.corrected_query,
            "correction_confidence": round(answer.confidence, 3),
            "class": answer.query_class,
            "read_as": answer.text,
            "chips": [chip_json(chip) for chip in answer.understanding.chips],
            "unmet": [chip_json(chip) for chip in answer.unmet],
            "filters": filtering.as_json(answer.filters),
        },
        "model_version": answer.model_version,
        "took_ms": round(answer.took_ms, 2),
        "result_quality": answer.quality,
        "items": [item_json(item) for item in answer.items],
        "total": answer.total,
        "next_cursor": answer.next_cursor.encode() if answer.next_cursor else None,
        "suggestions": [*answer.suggestions, *answer.themes],
        "facets": {
            name: [{"value": value, "count": count} for value, count in counted]
            for name, counted in answer.facets.items()
        },
        "encoder_truncated": answer.is_cut_off,
        "warnings": [
            {"code": warning.code, "field": warning.parameter, "detail": warning.detail} for warning in warnings
        ],
    }


def offer_json(offer: Offer) -> dict[str, Any]:
    said = {"kind": offer.kind, "text": offer.text}
    return said | ({"item_id": offer.title.external_id, "year": offer.title.year} if offer.title else {})


def item_json(item: Item) -> dict[str, Any]:
    return {
        "item_id": item.title.external_id,
        "position": item.position,
        "match": item.match,
        "score": item.hit.score,
        "relevance": item.hit.relevance,
        "novelty": item.hit.novelty,
        "propensity": item.propensity,
        "sources": item.sources,
        "reason": item.reason,
        "title": item.title.name,
        "year": item.title.year,
        "kind": item.title.kind,
        "genres": [genre.name for genre in item.title.genres.all()],
        "url": item.title.get_absolute_url(),
    }
