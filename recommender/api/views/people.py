"""People: found by name, and what they made."""

from collections import Counter
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Credit, Person
from recommender import services
from recommender.answers import suggesting
from recommender.api.access import everybody
from recommender.api.caching import fresh
from recommender.api.cursors import opened, sealed
from recommender.api.fields import Digits, PlaceField
from recommender.api.serializers import AnyText, NoQuery, StrictSerializer
from recommender.api.shapes_catalogue import PeoplePageOut, PersonFactsOut, TitlesPageOut
from recommender.api.views.base import ApiView, valid
from recommender.api.views.titles import title_json
from recommender.ml.names.folding import fold
from recommender.ml.questions import MAX_QUERY_LENGTH
from recommender.services import listing


class PeopleQuery(StrictSerializer):
    q = AnyText(max_length=MAX_QUERY_LENGTH, required=False)
    limit = Digits(min_value=1, max_value=services.MAX_PAGE_SIZE, default=services.PAGE_SIZE)
    cursor = PlaceField()


class PersonsTitlesQuery(StrictSerializer):
    role = serializers.ChoiceField(choices=Credit.Role.values, required=False)
    sort = serializers.ChoiceField(choices=list(listing.SORTS), default="popularity")
    limit = Digits(min_value=1, max_value=services.MAX_PAGE_SIZE, default=services.PAGE_SIZE)
    cursor = PlaceField()


class PeopleView(ApiView):
    """`GET /api/v1/people?q=`: people whose names go on from `q`, the best known first; without it all, by name."""

    access = everybody("search")

    @extend_schema(operation_id="list_people", parameters=[PeopleQuery], responses={200: PeoplePageOut, 304: None})
    def get(self, request: Request) -> Response:
        asked = valid(PeopleQuery, {}, request.query_params)
        of = ["people", asked.get("q")]
        after = opened(asked.get("cursor"), of)
        q, limit = asked.get("q"), asked["limit"]
        people, last = _all(after, limit) if q is None else _found(q, after, limit)
        body = {
            "items": [_person_json(person, n_titles) for person, n_titles in people],
            "next_cursor": sealed(of, last),
        }
        return fresh(request, body)


class PersonView(ApiView):
    """`GET /api/v1/people/{person_id}`: who somebody is to the catalogue."""

    access = everybody("search")

    @extend_schema(operation_id="get_person", responses={200: PersonFactsOut, 304: None})
    def get(self, request: Request, person_id: str) -> Response:
        valid(NoQuery, {}, request.query_params)
        person = _person(person_id)
        credits = list(_credits().filter(person=person).values_list("role", "title_id", "title__year"))
        if not credits:
            raise _nobody(person_id)
        roles = Counter(role for role, _, _ in credits)
        years = [year for _, _, year in credits if year]
        body = _person_json(person, len({title_id for _, title_id, _ in credits})) | {
            "roles": [
                {"role": role, "n_titles": n} for role, n in sorted(roles.items(), key=lambda r: (-r[1], r[0]))
            ],
            "first_year": min(years, default=None),
            "last_year": max(years, default=None),
        }
        return fresh(request, body)


class PersonsTitlesView(ApiView):
    """`GET /api/v1/people/{person_id}/titles`: what somebody made, in one role or in any."""

    access = everybody("search")

    @extend_schema(
        operation_id="list_titles_of_person",
        parameters=[PersonsTitlesQuery],
        responses={200: TitlesPageOut, 304: None},
    )
    def get(self, request: Request, person_id: str) -> Response:
        asked = valid(PersonsTitlesQuery, {}, request.query_params)
        person, role = _person(person_id), asked.get("role", "")
        of = ["titles of", person.pk, role, asked["sort"]]
        after = opened(asked.get("cursor"), of)
        listed = listing.titles_of(person.pk, role, asked["sort"], after=after, limit=asked["limit"])
        if not listed.total and not _credits().filter(person=person).exists():
            raise _nobody(person_id)
        body = {
            "items": [title_json(title) for title in listed.titles],
            "next_cursor": sealed(of, listed.last),
            "total": listed.total,
        }
        return fresh(request, body)


def _all(after: list[Any] | None, limit: int) -> tuple[list[tuple[Person, int]], list[Any] | None]:
    """By name, from behind the last one."""
    people = Person.objects.filter(Exists(_credits().filter(person=OuterRef("pk")))).order_by("name")
    if after is not None:
        people = people.filter(name__gt=after[0])
    page = list(people[: limit + 1])
    last = [page[limit - 1].name] if len(page) > limit else None
    counts = _counts([person.pk for person in page[:limit]])
    return [(person, counts[person.pk]) for person in page[:limit] if person.pk in counts], last


def _found(q: str, after: list[Any] | None, limit: int) -> tuple[list[tuple[Person, int]], list[Any] | None]:
    """The best known first. Names that one search for people knows as one are one."""
    places = sorted((-found.score, fold(found.text), found.text) for found in suggesting.people(q))
    left = [place for place in places if after is None or list(place[:2]) > after]
    people = {person.name: person for person in Person.objects.filter(name__in=[name for *_, name in left[:limit]])}
    counts = _counts([person.pk for person in people.values()])
    known = [people[name] for *_, name in left[:limit] if name in people]
    last = list(left[limit - 1][:2]) if len(left) > limit else None
    return [(person, counts[person.pk]) for person in known if person.pk in counts], last


def _counts(person_ids: list[int]) -> dict[int, int]:
    """Person → number of titles; one query."""
    counted = _credits().filter(person__in=person_ids).order_by().values("person")
    return dict(counted.annotate(n=Count("title", distinct=True)).values_list("person", "n"))


def _credits() -> Any:
    return Credit.objects.filter(Q(title__is_published=True))


def _person(person_id: str) -> Person:
    is_number = person_id.isascii() and person_id.isdigit() and len(person_id) <= 18
    person = Person.objects.filter(pk=int(person_id)).first() if is_number else None
    if person is None or str(person.pk) != person_id:
        raise _nobody(person_id)
    return person


def _nobody(person_id: str) -> exceptions.NotFound:
    return exceptions.NotFound(f"Nobody here has the id “{person_id[:40]}”.")


def _person_json(person: Person, n_titles: int) -> dict[str, Any]:
    return {
        "person_id": str(person.pk),
        "name": person.name,
        "n_titles": n_titles,
        "url": reverse("person", args=[person.pk]),
    }
