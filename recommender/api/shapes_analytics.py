"""Figures of the log, as `catalog.analytics` tells them."""

from rest_framework import serializers

from recommender.api.shapes import Shape, nullable


class WindowOut(Shape):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()


class ShareOut(Shape):
    """n of n_of, with the 95 % interval of Wilson; of nothing, the three are null."""

    n = serializers.IntegerField(min_value=0)
    n_of = serializers.IntegerField(min_value=0)
    value = nullable(serializers.FloatField, min_value=0, max_value=1)
    low = nullable(serializers.FloatField, min_value=0, max_value=1)
    high = nullable(serializers.FloatField, min_value=0, max_value=1)


class DayOut(Shape):
    day = serializers.DateField()
    searches = serializers.IntegerField(min_value=0)
    people = serializers.IntegerField(min_value=0)
    clicked = ShareOut()
    without_results = ShareOut()


class OverviewOut(Shape):
    window = WindowOut()
    searches = serializers.IntegerField(min_value=0)
    people = serializers.IntegerField(min_value=0)
    clicked = ShareOut(help_text="Searches that led to a click.")
    without_results = ShareOut(help_text="Searches that showed nothing.")
    without_click = ShareOut(help_text="Searches that showed something of which nothing was clicked.")
    refined = ShareOut(help_text="Searches after which the same person asked something else within five minutes.")
    mean_first_click_position = nullable(serializers.FloatField)
    latency_ms_p50 = nullable(serializers.FloatField)
    latency_ms_p95 = nullable(serializers.FloatField)
    days = DayOut(many=True)


class QueryCountOut(Shape):
    text = serializers.CharField()
    searches = serializers.IntegerField(min_value=1)
    people = serializers.IntegerField(min_value=1)
    clicked = ShareOut()
    last_asked = serializers.DateTimeField()


class QueryCountsOut(Shape):
    window = WindowOut()
    items = QueryCountOut(many=True)


class TitleCountOut(Shape):
    item_id = serializers.CharField()
    title = serializers.CharField()
    year = nullable(serializers.IntegerField)
    impressions = serializers.IntegerField(min_value=0)
    clicked = ShareOut(help_text="Pages on which it was clicked, of those that showed it.")
    likes = serializers.IntegerField(min_value=0)
    refusals = serializers.IntegerField(min_value=0)


class TitleCountsOut(Shape):
    window = WindowOut()
    items = TitleCountOut(many=True)


class VersionCountOut(Shape):
    version = serializers.IntegerField(min_value=0)
    searches = serializers.IntegerField(min_value=0)
    clicked = ShareOut()
    first_served = serializers.DateTimeField()
    last_served = serializers.DateTimeField()


class VersionCountsOut(Shape):
    window = WindowOut()
    items = VersionCountOut(many=True)


class ExposureOut(Shape):
    window = WindowOut()
    impressions = serializers.IntegerField(min_value=0)
    coverage = ShareOut(help_text="Published titles that stood among the first ten, of all.")
    gini = nullable(serializers.FloatField, help_text="How unequally: 0 where all are shown alike.")
