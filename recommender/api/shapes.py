"""What the API answers, as the OpenAPI document tells it. Answers are plain dicts: tests hold them to this."""

from typing import Any

from rest_framework import serializers

from recommender.answers.explaining import PARTS
from recommender.services import FACETS

MATCHES = ["exact", "prefix", "typo", "semantic"]
EXPLANATION = "With `explain`: the parts of the score, the loudest first; their points sum to it."


class Shape(serializers.Serializer[Any]):
    """Describes an answer; nothing is read through it."""


def nullable(field: type[serializers.Field[Any, Any, Any, Any]], **kwargs: Any) -> Any:
    return field(allow_null=True, **kwargs)


class CauseOut(Shape):
    """What a part rests on."""

    kind = serializers.CharField(
        help_text="`search`: what others searched for before they chose it, where many did. Else the visitor's own"
        " signal: `like`, `rating`, `watchlist`, `seen`, `opened`, `not_for_me`."
    )
    text = serializers.CharField(help_text="The words of the search, or the name of the title.")
    item_id = nullable(serializers.CharField, help_text="Of a signal: the title that it is about.")
    points = serializers.FloatField()


class PartOut(Shape):
    part = serializers.ChoiceField(choices=list(PARTS))
    points = serializers.FloatField(help_text="What it adds to the score; below 0 what it takes away.")
    words = serializers.CharField()
    causes = CauseOut(many=True, help_text="Of the visitor's signals the five loudest.")


class ItemOut(Shape):
    """A title at its place."""

    item_id = serializers.CharField()
    position = serializers.IntegerField(min_value=1, help_text="From 1 on, over all pages.")
    match = serializers.ChoiceField(choices=MATCHES)
    score = serializers.FloatField(help_text="The sum of its parts: relevance and what novelty adds.")
    relevance = serializers.FloatField()
    novelty = serializers.FloatField()
    propensity = serializers.FloatField(help_text="The chance it had to stand there, above 0 and up to 1.")
    sources = serializers.ListField(child=serializers.CharField(), help_text="What proposed it.")
    reason = serializers.CharField(help_text="Why it stands there, in words.")
    title = serializers.CharField()
    year = nullable(serializers.IntegerField)
    kind = serializers.ChoiceField(choices=["movie", "show"])
    genres = serializers.ListField(child=serializers.CharField())
    url = serializers.CharField(help_text="The page of the title, from the root of the site.")
    explanation = PartOut(many=True, required=False, help_text=EXPLANATION)


class ChipOut(Shape):
    """A filter that was read from the text. start, end: characters of `read_as`."""

    field = serializers.CharField()
    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    start = serializers.IntegerField()
    end = serializers.IntegerField()


class QueryOut(Shape):
    user_query = serializers.CharField(help_text="As it was sent.")
    corrected_query = nullable(serializers.CharField, help_text="What it was taken for, where spelt otherwise.")
    correction_confidence = serializers.FloatField(min_value=0, max_value=1)
    read_as = serializers.CharField()
    chips = ChipOut(many=True)
    unmet = ChipOut(many=True)
    filters = serializers.DictField(help_text="The filters that were sent, as they were understood.")

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"class": serializers.CharField(help_text="What kind of question it is.")}


class CountOut(Shape):
    value = serializers.CharField()
    count = serializers.IntegerField(min_value=0)


class FacetsOut(Shape):
    """Only those that were asked for."""

    def get_fields(self) -> dict[str, Any]:
        return {name: CountOut(many=True, required=False) for name in FACETS}


class WarningOut(Shape):
    code = serializers.CharField()
    field = serializers.CharField()
    detail = serializers.CharField()


class AnswerOut(Shape):
    """A page of titles; it is on the log under `query_id`."""

    query_id = serializers.UUIDField(help_text="Names this page; send it back with what people do.")
    search_id = serializers.UUIDField(help_text="The same for all pages of one search.")
    query = QueryOut()
    model_version = serializers.IntegerField(min_value=0)
    took_ms = serializers.FloatField(min_value=0)
    result_quality = serializers.ChoiceField(choices=["high", "low"])
    items = ItemOut(many=True)
    total = serializers.IntegerField(min_value=0, help_text="Titles that all pages together show, at most 1,000.")
    next_cursor = nullable(serializers.CharField)
    suggestions = serializers.ListField(child=serializers.CharField())
    facets = FacetsOut()
    encoder_truncated = serializers.BooleanField()
    warnings = WarningOut(many=True)


class MoreOut(Shape):
    words = serializers.CharField()
    url = serializers.CharField(help_text="A page with more of it, from the root of the site.")


class RowOut(Shape):
    """A row of the first page; it is on the log under its own `query_id`."""

    query_id = serializers.UUIDField()
    name = serializers.CharField(
        help_text="`for_you`, `because`, `continue`, `new`, `theme`, `different`, `popular`."
    )
    heading = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    more = nullable(MoreOut)
    items = ItemOut(many=True)


class HomeOut(Shape):
    """The rows of the first page, the first first; no title comes twice."""

    search_id = serializers.UUIDField(help_text="The same for all rows.")
    model_version = serializers.IntegerField(min_value=0)
    rows = RowOut(many=True)
    warnings = WarningOut(many=True)


class RankedOut(Shape):
    """A title of the caller's at its place."""

    item_id = serializers.CharField()
    position = serializers.IntegerField(min_value=1)
    match = serializers.ChoiceField(choices=MATCHES)
    score = serializers.FloatField(help_text="To be compared within one answer only.")
    relevance = serializers.FloatField()
    novelty = serializers.FloatField()
    sources = serializers.ListField(
        child=serializers.CharField(), help_text="What speaks for it; empty where a search would leave it out."
    )
    explanation = PartOut(many=True, required=False, help_text=EXPLANATION)


class RankingOut(Shape):
    """The caller's titles in our order; on the log under `query_id`."""

    query_id = serializers.UUIDField()
    query = QueryOut()
    model_version = serializers.IntegerField(min_value=0)
    took_ms = serializers.FloatField(min_value=0)
    items = RankedOut(many=True)
    total = serializers.IntegerField(min_value=0)
    warnings = WarningOut(many=True)


class OfferOut(Shape):
    """Something to search for. item_id, year: of a title."""

    kind = serializers.CharField()
    text = serializers.CharField()
    item_id = serializers.CharField(required=False)
    year = nullable(serializers.IntegerField, required=False)


class SuggestionsOut(Shape):
    query = serializers.CharField()
    suggestions = OfferOut(many=True)
    groups = serializers.ListField(child=serializers.DictField(), required=False)
    status = serializers.CharField(required=False)


class RejectionOut(Shape):
    index = serializers.IntegerField(min_value=0, help_text="Place in the batch, from 0 on.")
    code = serializers.ChoiceField(choices=["invalid", "unknown_field", "unknown_item", "event_id_reused"])
    field = serializers.CharField(allow_blank=True)
    detail = serializers.CharField()


class RecordedOut(Shape):
    accepted = serializers.IntegerField(min_value=0)
    duplicates = serializers.IntegerField(min_value=0)
    rejected = RejectionOut(many=True)


def page_of(item: type[serializers.Serializer[Any]], name: str) -> type[Shape]:
    """The shape of a page of a list: `items` and the `next_cursor`, null on the last page."""
    return type(
        f"{name}Page",
        (Shape,),
        {"items": item(many=True), "next_cursor": nullable(serializers.CharField), "__doc__": f"A page of {name}."},
    )
