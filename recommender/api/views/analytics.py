"""What the log says of the site, for staff; `learning` is told by `training.api`, which knows the runs."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import analytics
from catalog.analytics import QueryCount, TitleCount, Window
from catalog.analytics.queries import MIN_PEOPLE
from recommender.api.access import staff
from recommender.api.fields import Digits, Moment
from recommender.api.serializers import StrictSerializer
from recommender.api.shapes_analytics import (
    ExposureOut,
    OverviewOut,
    QueryCountsOut,
    TitleCountsOut,
    VersionCountsOut,
)
from recommender.api.views.base import ApiView, valid
from recommender.models import ApiKey

ANALYTICS = staff("analytics", views="catalog.view_searchevent")
READS_THE_LOG = "exports:read"
MAX_LIMIT, LIMIT = 500, 50
ORDERS = ["clicks", "impressions", "likes", "refusals"]


class WindowQuery(StrictSerializer):
    since = Moment(required=False, help_text="Belongs to it; seven days before `until`, if left out.")
    until = Moment(required=False, help_text="Does not belong to it; now, if left out. At most 90 days.")


class TextsQuery(WindowQuery):
    limit = Digits(min_value=1, max_value=MAX_LIMIT, default=LIMIT)
    min_people = Digits(
        min_value=1,
        max_value=1_000_000,
        default=MIN_PEOPLE,
        help_text=f"Only what so many different people asked; below {MIN_PEOPLE} a key needs {READS_THE_LOG}.",
    )


class TopTitlesQuery(WindowQuery):
    limit = Digits(min_value=1, max_value=MAX_LIMIT, default=LIMIT)
    order = serializers.ChoiceField(choices=ORDERS, default="clicks")


class OverviewView(ApiView):
    """`GET /api/v1/analytics/overview`: how the site does, as a whole and day by day."""

    access = ANALYTICS

    @extend_schema(operation_id="analytics_overview", parameters=[WindowQuery], responses={200: OverviewOut})
    def get(self, request: Request) -> Response:
        window, _ = looked_at(request, WindowQuery)
        return Response(asdict(analytics.overview(window)))


class TopQueriesView(ApiView):
    """`GET /api/v1/analytics/queries`: what is searched for most."""

    access = ANALYTICS

    @extend_schema(operation_id="analytics_queries", parameters=[TextsQuery], responses={200: QueryCountsOut})
    def get(self, request: Request) -> Response:
        return _texts(request, analytics.top_queries)


class NoResultsView(ApiView):
    """`GET /api/v1/analytics/no-results`: what is searched for in vain."""

    access = ANALYTICS

    @extend_schema(operation_id="analytics_no_results", parameters=[TextsQuery], responses={200: QueryCountsOut})
    def get(self, request: Request) -> Response:
        return _texts(request, analytics.queries_without_results)


class NoClicksView(ApiView):
    """`GET /api/v1/analytics/no-clicks`: what is answered and never clicked."""

    access = ANALYTICS

    @extend_schema(operation_id="analytics_no_clicks", parameters=[TextsQuery], responses={200: QueryCountsOut})
    def get(self, request: Request) -> Response:
        return _texts(request, analytics.queries_without_click)


class TopTitlesView(ApiView):
    """`GET /api/v1/analytics/titles`: which titles are shown, clicked, liked and refused."""

    access = ANALYTICS

    @extend_schema(operation_id="analytics_titles", parameters=[TopTitlesQuery], responses={200: TitleCountsOut})
    def get(self, request: Request) -> Response:
        window, asked = looked_at(request, TopTitlesQuery)
        titles = analytics.top_titles(window, order=asked["order"], limit=asked["limit"])
        return Response({"window": asdict(window), "items": [_title_json(title) for title in titles]})


class VersionCountsView(ApiView):
    """`GET /api/v1/analytics/versions`: how each version did while it answered."""

    access = ANALYTICS

    @extend_schema(operation_id="analytics_versions", parameters=[WindowQuery], responses={200: VersionCountsOut})
    def get(self, request: Request) -> Response:
        window, _ = looked_at(request, WindowQuery)
        versions = analytics.by_version(window)
        return Response({"window": asdict(window), "items": [asdict(version) for version in versions]})


class CoverageView(ApiView):
    """`GET /api/v1/analytics/coverage`: how much of the catalogue people get to see, and how unequally."""

    access = ANALYTICS

    @extend_schema(operation_id="analytics_coverage", parameters=[WindowQuery], responses={200: ExposureOut})
    def get(self, request: Request) -> Response:
        window, _ = looked_at(request, WindowQuery)
        return Response({"window": asdict(window)} | asdict(analytics.exposure(window)))


def looked_at(request: Request, query: type[WindowQuery]) -> tuple[Window, dict[str, Any]]:
    """The window that is asked for, and the other parameters."""
    asked = valid(query, {}, request.query_params)
    try:
        return Window.of(asked.pop("since", None), asked.pop("until", None)), asked
    except ValueError as error:
        raise exceptions.ValidationError(str(error)) from error


def _texts(request: Request, count: Callable[..., list[QueryCount]]) -> Response:
    window, asked = looked_at(request, TextsQuery)
    key = request.auth
    # Whoever has the permission may read the log itself; a key only where it was given that.
    if asked["min_people"] < MIN_PEOPLE and isinstance(key, ApiKey) and READS_THE_LOG not in key.scopes:
        raise exceptions.PermissionDenied(
            f"What fewer than {MIN_PEOPLE} people asked is for keys with the scope {READS_THE_LOG}."
        )
    counted = count(window, limit=asked["limit"], min_people=asked["min_people"])
    return Response({"window": asdict(window), "items": [asdict(query) for query in counted]})


def _title_json(counted: TitleCount) -> dict[str, Any]:
    said = asdict(counted)
    return {"item_id": said.pop("item_id"), "title": said.pop("name")} | said
