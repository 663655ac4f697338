"""What the API accepts, and the one shape in which it returns a title."""

from collections.abc import Iterable
from math import isfinite
from typing import Any

from django.utils.translation import ngettext
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.event_log import storable
from catalog.models import Interaction
from recommender.answers import filtering
from recommender.answers.answer import Answer, Item, Warn
from recommender.answers.arranging import BEST, SORTS
from recommender.answers.explaining import Part, parts_of
from recommender.answers.paging import MAX_DEPTH, BadCursor, Cursor
from recommender.answers.suggesting import Offer, grouped
from recommender.api.fields import Digits, Id, Moment, Number, Whole, Words
from recommender.ml.questions import MAX_QUERY_LENGTH
from recommender.services import FACETS, MAX_PAGE_SIZE, PAGE_SIZE, chip_json

ALL_FACETS = "all"
MAX_OFFERS = 20
MAX_NOVELTY_WEIGHT = 3.0
ABOUT_Q = "Left out it is empty: with a filter, the best known titles that pass; without one, nothing is found."
ABOUT_DIVERSITY = "How much titles give way to others that are unlike those above them."
ABOUT_NOVELTY = (
    "What surprise counts beside relevance; below 0 for the familiar. As the version was judged, if left out."
)
_CAPPED = Warn(
    "total_is_capped", "total", f"More titles may fit: total and facets count only the {MAX_DEPTH:,} best."
)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know, by name: a misspelt parameter must not be ignored."""

    def to_internal_value(self, data: Any) -> Any:
        if hasattr(data, "keys") and (unknown := sorted(set(data.keys()) - set(self.fields))):
            raise serializers.ValidationError({unknown[0]: ["Unknown field."]}, code="unknown_field")
        return super().to_internal_value(data)


class NoQuery(StrictSerializer):
    """No parameters: one that is sent all the same is refused by name."""


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


_FACET = "|".join((*FACETS, ALL_FACETS))


@extend_schema_field({"type": "string", "pattern": rf"^\s*({_FACET})?\s*(,\s*({_FACET})?\s*)*$"})
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


class FiniteField(serializers.FloatField):
    """A number as an address says it: "nan" and "inf" are none."""

    def to_internal_value(self, data: Any) -> float:
        number = super().to_internal_value(data)
        if not isfinite(number):
            self.fail("invalid")
        return number


class AskingForOne(Asking):
    """How somebody wants to be answered, whatever they ask."""

    personalize = serializers.BooleanField(default=True, help_text="false: no profile has a say.")
    explain = serializers.BooleanField(default=False, help_text="Adds to each title what its score is the sum of.")


class SearchQuery(AskingForOne):
    q = AnyText(max_length=MAX_QUERY_LENGTH, default="", help_text=ABOUT_Q)
    limit = Digits(min_value=1, max_value=MAX_PAGE_SIZE, default=PAGE_SIZE)
    cursor = CursorField(required=False)
    correct = serializers.BooleanField(default=True)
    facets = FacetsField(default="", allow_blank=True)
    sort = serializers.ChoiceField(choices=list(SORTS), default=BEST)
    diversity = FiniteField(min_value=0, max_value=1, default=0.0, help_text=ABOUT_DIVERSITY)
    novelty_weight = FiniteField(
        min_value=-MAX_NOVELTY_WEIGHT, max_value=MAX_NOVELTY_WEIGHT, required=False, help_text=ABOUT_NOVELTY
    )


class SimilarQuery(Asking):
    limit = Digits(min_value=1, max_value=MAX_PAGE_SIZE, default=PAGE_SIZE)


class SuggestQuery(StrictSerializer):
    q = AnyText(max_length=MAX_QUERY_LENGTH)
    limit = Digits(min_value=1, max_value=MAX_OFFERS, default=10)
    grouped = serializers.BooleanField(default=False)


class EventIn(StrictSerializer):
    """One thing somebody did. The server knows version, propensity and variant; clients never send them."""

    event_id = Id()
    query_id = Id(required=False, allow_null=True)
    action_name = serializers.ChoiceField(choices=Interaction.Action.choices)
    item_id = Words(max_length=200)
    position = Whole(min_value=1, max_value=10_000, required=False, allow_null=True)
    value = Number(min_value=0, max_value=86_400, required=False, allow_null=True)
    client_id = Id(required=False, allow_null=True)
    session_id = Id(required=False, allow_null=True)
    timestamp = Moment(required=False)


class EventsIn(StrictSerializer):
    """A batch. Each event stands alone: those that are refused do not stop the others."""

    events = EventIn(many=True)


def answer_json(answer: Answer, *, explain: bool = False) -> dict[str, Any]:
    """explain: whether each title says what its score is the sum of."""
    warnings = [*answer.warnings, *([_CAPPED] if answer.is_the_best_only else [])]
    return {
        "query_id": str(answer.query_id),
        "search_id": str(answer.search_id),
        "query": query_json(answer),
        "model_version": answer.model_version,
        "took_ms": round(answer.took_ms, 2),
        "result_quality": answer.quality,
        "items": items_json(answer, explain=explain),
        "total": answer.total,
        "next_cursor": answer.next_cursor.encode() if answer.next_cursor else None,
        "suggestions": [*answer.suggestions, *answer.themes],
        "facets": {
            name: [{"value": value, "count": count} for value, count in counted]
            for name, counted in answer.facets.items()
        },
        "encoder_truncated": answer.is_cut_off,
        "warnings": warnings_json(warnings),
    }


def query_json(answer: Answer) -> dict[str, Any]:
    return {
        "user_query": answer.user_query,
        "corrected_query": answer.corrected_query,
        "correction_confidence": round(answer.confidence, 3),
        "class": answer.query_class,
        "read_as": answer.text,
        "chips": [chip_json(chip) for chip in answer.understanding.chips],
        "unmet": [chip_json(chip) for chip in answer.unmet],
        "filters": filtering.as_json(answer.filters),
    }


def items_json(answer: Answer, *, explain: bool = False) -> list[dict[str, Any]]:
    items = [item_json(item) for item in answer.items]
    return explained(items, answer) if explain else items


def explained(items: list[dict[str, Any]], answer: Answer) -> list[dict[str, Any]]:
    """The same, each with its explanation. items: of the answer, in its order."""
    parts = parts_of([item.hit for item in answer.items], answer.mine)
    return [
        said | {"explanation": [_part_json(part, item.hit.witness) for part in its_parts]}
        for said, item, its_parts in zip(items, answer.items, parts, strict=True)
    ]


def _part_json(part: Part, witness: str | None) -> dict[str, Any]:
    """witness: the remembered search behind what the memory adds, where everybody may read it; see `witnesses`."""
    causes: list[dict[str, Any]] = [
        {
            "kind": cause.signal.kind,
            "text": cause.signal.title.name,
            "item_id": cause.signal.title.external_id,
            "points": cause.points,
        }
        for cause in part.causes
    ]
    if part.name == "memory" and witness:
        causes = [{"kind": "search", "text": storable(witness), "item_id": None, "points": part.points}]
    return {"part": part.name, "points": part.points, "words": part.words, "causes": causes}


def warnings_json(warnings: Iterable[Warn]) -> list[dict[str, Any]]:
    return [{"code": warning.code, "field": warning.parameter, "detail": warning.detail} for warning in warnings]


def offer_json(offer: Offer) -> dict[str, Any]:
    said = {"kind": offer.kind, "text": offer.text}
    return said | ({"item_id": offer.title.external_id, "year": offer.title.year} if offer.title else {})


def groups_json(offers: list[Offer]) -> dict[str, Any]:
    """The same offers as our own pages show them, and how many there are, in words."""
    return {
        "groups": [
            {"heading": group.heading, "rows": [_row_json(offer) for offer in group.offers]}
            for group in grouped(offers)
        ],
        "status": ngettext("%(n)d suggestion", "%(n)d suggestions", len(offers)) % {"n": len(offers)},
    }


def _row_json(offer: Offer) -> dict[str, Any]:
    fact = str(offer.title.year) if offer.title and offer.title.year else ""
    return {"text": offer.text, "fact": fact, "url": offer.address}


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
        "genres": item.title.genre_names,
        "url": item.title.get_absolute_url(),
    }
