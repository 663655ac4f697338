"""Fields of JSON bodies that take what they say and nothing that looks like it: "yes" is no boolean, 7 no text."""

from datetime import datetime
from math import isfinite
from typing import Any
from uuid import UUID

from django.utils import timezone
from rest_framework import serializers

from recommender.api.cursors import MAX_LENGTH


class Flag(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("This is true or false.")
        return data


class Number(serializers.FloatField):
    """Finite: "nan" is no number, and neither is infinity."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            raise serializers.ValidationError("A valid number is required.")
        try:
            number = float(data)
        except OverflowError:
            number = float("inf")
        if not isfinite(number):
            raise serializers.ValidationError("A valid number is required.")
        return number


class Whole(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        number: int = super().to_internal_value(data)
        return number


class Digits(serializers.IntegerField):
    """A whole number as an address says it: Python would take "1_0" and "٥" for numbers, too."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str) and not (data.isascii() and data.strip().lstrip("+-").isdigit()):
            self.fail("invalid")
        number: int = super().to_internal_value(data)
        return number


class Words(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("Not a valid string.")
        return super().to_internal_value(data)


class Id(serializers.UUIDField):
    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class PlaceField(serializers.CharField):
    """The `next_cursor` of the page before."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_LENGTH, required=False, **kwargs)


class Moment(serializers.DateTimeField):
    """A time with its zone, as RFC 3339 has it: without one it is another moment for everybody. Everything that is
    sent to the API as a time is one of these.
    """

    def enforce_timezone(self, value: datetime) -> datetime:
        if timezone.is_naive(value):
            raise serializers.ValidationError("A time needs its zone, such as 2026-01-31T00:00:00Z.")
        moment: datetime = super().enforce_timezone(value)
        return moment
