"""Titles: the catalogue as a list, all facts of one, and what is like it."""

from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.event_log import storable
from catalog.models import Credit, Title
from recommender import services
from recommender.answers import filtering
from recommender.api.access import everybody
from recommender.api.caching import fresh
from recommender.api.cursors import opened, sealed
from recommender.api.fields import Digits, PlaceField
from recommender.api.parameters import ALSO, FILTERS, filters_of
from recommender.api.serializers import (
    NoQuery,
    SimilarQuery,
    StrictSerializer,
)
from recommender.api.shapes import AnswerOut
from recommender.api.shapes_catalogue import TitleFactsOut, TitlesPageOut
from recommender.api.views.base import ApiView, asking, no_title, valid
from recommender.api.views.search import answered
from recommender.services import listing

MAX_SEEDS = 20  # titles to be like, together


class TitlesQuery(StrictSerializer):
    sort = serializers.ChoiceField(choices=list(listing.SORTS), default="popularity")
    limit = Digits(min_value=1, max_value=services.MAX_PAGE_SIZE, default=services.PAGE_SIZE)
    cursor = PlaceField()


class TitlesView(ApiView):
    """`GET /api/v1/titles`: the catalogue as a list of facts. Nothing is ranked for anybody, and nothing logged."""

    access = everybody("search")

    @extend_schema(
        operation_id="list_titles", parameters=[TitlesQuery, *FILTERS], responses={200: TitlesPageOut, 304: None}
    )
    def get(self, request: Request) -> Response:
        filters = filters_of(request.query_params)
        asked = valid(TitlesQuery, {}, request.query_params, but=filtering.PARAMETERS)
        of = ["titles", asked["sort"], filtering.as_json(filters)]
        after = opened(asked.get("cursor"), of)
        listed = listing.titles(filters, asked["sort"], after=after, limit=asked["limit"])
        body = {
            "items": [title_json(title) for title in listed.titles],
            "next_cursor": sealed(of, listed.last),
            "total": listed.total,
        }
        return fresh(request, body)


class TitleView(ApiView):
    """`GET /api/v1/titles/{item_id}`: all that is known of a title."""

    access = everybody("search")

    @extend_schema(operation_id="get_title", responses={200: TitleFactsOut, 304: None})
    def get(self, request: Request, item_id: str) -> Response:
        valid(NoQuery, {}, request.query_params)
        credits = Prefetch("credits", Credit.objects.select_related("person"))
        titles = Title.objects.published().prefetch_related("genres", "aliases", credits)
        title = titles.filter(external_id=storable(item_id)).first()
        if title is None:
            raise exceptions.NotFound(no_title(storable(item_id)))
        return fresh(request, facts_json(title))


class SimilarView(ApiView):
    """`GET /api/v1/titles/{item_id}/similar`: more like one title, or like several (`also=`) together."""

    access = everybody("search")

    @extend_schema(operation_id="similar", parameters=[SimilarQuery, ALSO], responses={200: AnswerOut})
    def get(self, request: Request, item_id: str) -> Response:
        also = list(dict.fromkeys(request.query_params.getlist("also")))
        asked = valid(SimilarQuery, {}, request.query_params, but=("also",))
        if len(also) >= MAX_SEEDS:
            detail = f"At most {MAX_SEEDS - 1} titles can be added to the first; these are {len(also):,}."
            raise exceptions.ValidationError({"also": [detail]})
        wanted = [storable(external_id) for external_id in (item_id, *also)]
        titles = Title.objects.published().in_bulk(wanted, field_name="external_id")
        if wanted[0] not in titles:
            raise exceptions.NotFound(no_title(wanted[0]))
        if unknown := [external_id for external_id in wanted if external_id not in titles]:
            raise exceptions.ValidationError({"also": [no_title(unknown[0])]})
        seeds = [titles[external_id] for external_id in dict.fromkeys(wanted)]
        return answered(services.similar(seeds, asking(request, asked), limit=asked["limit"]))


def title_json(title: Title) -> dict[str, Any]:
    """As `TitleOut` tells it; the genres are at hand."""
    return {
        "item_id": title.external_id,
        "title": title.name,
        "year": title.year,
        "kind": title.kind,
        "genres": [genre.name for genre in title.genres.all()],
        "runtime_minutes": title.runtime_minutes,
        "maturity": title.maturity,
        "url": title.get_absolute_url(),
        "poster_url": reverse("poster", args=[title.external_id]),
    }


def facts_json(title: Title) -> dict[str, Any]:
    return title_json(title) | {
        "original_title": title.original_name,
        "aliases": sorted(alias.name for alias in title.aliases.all()),
        "synopsis": title.description,
        "themes": title.themes,
        "countries": title.countries,
        "languages": title.languages,
        "seasons": title.seasons,
        "people": [
            {"person_id": str(credit.person_id), "name": credit.person.name, "role": credit.role}
            for credit in title.credits.all()
        ],
        "popularity": title.popularity,
        "added_on": title.added_on.isoformat() if title.added_on else None,
    }
