"""What bodies of questions have in common: fields that take nothing that only looks like them, and the filters.

A body asks as an address does, with lists and numbers in place of commas and digits.
"""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from rest_framework import serializers

from recommender.answers import filtering
from recommender.api.fields import Flag, Id, Whole
from recommender.api.serializers import AnyText, StrictSerializer
from recommender.ml.facts.facets import KINDS

MAX_ITEM_ID = 200


class Text(AnyText):
    """Half of a surrogate pair, which JSON can say and UTF-8 cannot, becomes a question mark."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        return text.encode("utf-8", "replace").decode("utf-8")


class ItemIds(serializers.ListField):
    """Ids of titles, in order."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=Text(max_length=MAX_ITEM_ID), **kwargs)


class AskingBody(StrictSerializer):
    """Who asks, and whether they want to know why."""

    client_id = Id(required=False)
    session_id = Id(required=False)
    explain = Flag(default=False, help_text="Adds to each title what its score is the sum of.")


class PersonalBody(AskingBody):
    """`AskingForOne` as a body."""

    personalize = Flag(default=True, help_text="false: no profile has a say.")


class FilteredBody(StrictSerializer):
    """The filters of a search: lists of texts, whole numbers, and one kind."""

    def get_fields(self) -> dict[str, Any]:
        many = {name: _texts() for name in (*filtering.LISTS, *filtering.NAMES)}
        numbers = {
            name: Whole(min_value=number.least, max_value=number.most, required=False)
            for name, number in filtering.NUMBERS.items()
        }
        kind = serializers.ChoiceField(choices=list(KINDS), required=False)
        return super().get_fields() | {"kind": kind} | many | numbers


def filter_parameters(body: Mapping[str, Any]) -> QueryDict:
    """The filters of a body as an address has them, so that both are read in one way."""
    parameters = QueryDict(mutable=True)
    for name in filtering.PARAMETERS:
        if name in body:
            values = body[name] if isinstance(body[name], list) else [body[name]]
            parameters.setlist(name, [str(value) for value in values])
    return parameters


def _texts() -> serializers.ListField:
    text = Text(max_length=filtering.MAX_LENGTH)
    return serializers.ListField(child=text, max_length=filtering.MAX_VALUES, required=False)
