"""What the API accepts, and the one shape in which it returns a title."""

import base64
import binascii
import json
from typing import Any, NamedTuple
from uuid import UUID

from rest_framework import serializers

from catalog.models import Interaction
from recommender.ml.engine import MAX_QUERY_LENGTH
from recommender.services import MAX_PAGE_SIZE, PAGE_SIZE, Answer, Item


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


class Cursor(NamedTuple):
    """Where the next page of one search begins."""

    search_id: UUID
    offset: int

    def encode(self) -> str:
        return base64.urlsafe_b64encode(json.dumps([str(self.search_id), self.offset]).encode()).decode()


class CursorField(serializers.CharField):
    """An opaque `next_cursor` of an earlier answer."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            search_id, offset = json.loads(base64.urlsafe_b64decode(super().to_internal_value(data).encode()))
            if type(offset) is not int or not 0 <= offset <= 10_000:
                raise ValueError(offset)
            return Cursor(UUID(search_id), offset)
        except (binascii.Error, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise serializers.ValidationError("Not a cursor of ours; start again without it.") from error


class SearchQuery(StrictSerializer):
    q = AnyText(max_length=MAX_QUERY_LENGTH)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_PAGE_SIZE, default=PAGE_SIZE)
    cursor = CursorField(required=False)
    correct = serializers.BooleanField(default=True)
    client_id = serializers.UUIDField(required=False)
    session_id = serializers.UUIDField(required=False)


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
    return {
        "query_id": str(answer.query_id),
        "search_id": str(answer.search_id),
        "query": {
            "user_query": answer.user_query,
            "corrected_query": answer.corrected_query,
            "class": answer.query_class,
            "filters": {},
        },
        "model_version": answer.model_version,
        "took_ms": round(answer.took_ms, 2),
        "items": [item_json(item) for item in answer.items],
        "total": answer.total,
        "next_cursor": Cursor(answer.search_id, answer.next_offset).encode() if answer.next_offset else None,
    }


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
