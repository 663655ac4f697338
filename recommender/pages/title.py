"""One title, and the links that lead to it from a list or from a suggestion."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalog.event_log import storable
from catalog.models import Credit, Person, Signal, Title
from recommender import services, serving
from recommender.answers.arranging import View
from recommender.answers.common_ground import grounds
from recommender.answers.hiding import opinions_of
from recommender.answers.led_here import searches_for
from recommender.ml.facts.facets import RUNTIME_BANDS
from recommender.ml.facts.filters import Filters
from recommender.ml.facts.vocabulary import country_of, genres_of, language_of
from recommender.presenting import casts, labels, refining
from recommender.taste import personal
from recommender.visitors import remember, visitor_of

N_PEOPLE = 6  # of a role that are shown before all are
JUDGED = {Signal.Kind.LIKE, Signal.Kind.NOT_FOR_ME}  # who has said it needs no guess


class Fact(NamedTuple):
    """What is known of a title; address: others of which it is true, "" where that is no search."""

    words: str
    address: str = ""


class People(NamedTuple):
    """Who has one role: the first few, and the others behind a fold."""

    label: str
    first: list[Person]
    others: list[Person]


@never_cache
@require_safe
def follow(request: HttpRequest, query_id: UUID, position: int) -> HttpResponse:
    """The link under every result: log the click, then show the title. Works without scripts."""
    title = services.record_click(query_id, position, visitor_of(request))
    if title is None:
        messages.info(request, _("That result is no longer there. Search again to find it."))
        return redirect("home")
    return HttpResponseRedirect(f"{title.get_absolute_url()}?from={query_id}")


@never_cache
@require_safe
def choose(request: HttpRequest, external_id: str) -> HttpResponse:
    """A title that was picked among suggestions: log the search for it that was spared, then show it.

    What was seen is one line, so the slate is one title. Namesakes are told apart by the year; where the search for
    its name finds another title all the same, nothing is logged as clicked.
    """
    film = get_object_or_404(Title.objects.published(), external_id=storable(external_id))
    visitor = visitor_of(request)
    filters = Filters(year_min=film.year, year_max=film.year)
    address = film.get_absolute_url()
    try:
        answer = services.search(
            film.name, visitor, surface="html", filters=filters, limit=1, view=View(correct=False)
        )
    except ValueError:  # a name that is too long to be typed
        return remember(HttpResponseRedirect(address), visitor)
    if [item.title.pk for item in answer.items] == [film.pk]:
        services.record_click(answer.query_id, 1, visitor)
        address += f"?from={answer.query_id}"
    return remember(HttpResponseRedirect(address), visitor)


@never_cache
@require_safe
def title(request: HttpRequest, external_id: str) -> HttpResponse:
    credits = Prefetch("credits", Credit.objects.select_related("person"))
    titles = Title.objects.published().prefetch_related("genres", credits)
    film = get_object_or_404(titles, external_id=storable(external_id))
    visitor = visitor_of(request)
    newest = personal.signals_that_count(visitor)
    opinions = opinions_of(visitor, newest if len(newest) < personal.MAX_SIGNALS else None)
    said = opinions.of(film.pk)
    genres = list(dict.fromkeys(label for genre in film.genres.all() for label in genres_of(genre.name)))
    context = {
        "title": film,
        "facts": list(_facts(film)),
        "genres": genres,
        "countries": [
            Fact(labels.of_country(name), _search(countries=frozenset({country_of(name)}))) for name in film.countries
        ],
        "languages": [
            Fact(labels.of_language(name), _search(languages=frozenset({language_of(name)})))
            for name in film.languages
        ],
        "people": list(_people(film)),
        "themes": film.themes[:12],
        "grounds": [] if said & JUDGED else grounds(film, visitor, newest),
        "searches": searches_for(film.pk),
        "answer": services.similar([film], visitor, opinions=opinions),
        "said": said,
        "came_from": _uuid_or_none(request.GET.get("from")),
    }
    return remember(render(request, "recommender/title.html", context), visitor)


def _facts(film: Title) -> Iterator[Fact]:
    """Year, kind, length and rating, each with a search for others like it."""
    if film.year:
        first = film.year // 10 * 10
        yield Fact(str(film.year), _search(year_min=first, year_max=first + 9))
    yield Fact(film.get_kind_display(), _search(kind=film.kind))
    if film.runtime_minutes:
        n = film.runtime_minutes
        low, high = next((a, b) for a, b in RUNTIME_BANDS.values() if (a or 0) <= n <= (b or n))
        words = ngettext("%(n)d minute", "%(n)d minutes", n) % {"n": n}
        yield Fact(words, _search(runtime_min=low, runtime_max=high))
    if film.seasons:
        yield Fact(ngettext("%(n)d season", "%(n)d seasons", film.seasons) % {"n": film.seasons})
    if film.maturity:
        yield Fact(_("Rated %(rating)s") % {"rating": film.maturity}, _search(maturity=frozenset({film.maturity})))


def _search(**filters: object) -> str:
    return reverse("search") + refining.address("", replace(Filters(), **filters))  # type: ignore[arg-type]


def _people(film: Title) -> Iterator[People]:
    named: dict[str, list[Person]] = {}
    for credit in film.credits.all():
        named.setdefault(credit.role, []).append(credit.person)
    directors, creators, writers, cast = (named.get(role, []) for role in _ROLES)
    cast = casts.in_order(cast, serving.current().index.facets)
    for label, people in (
        (ngettext("Director", "Directors", len(directors)), directors),
        (ngettext("Creator", "Creators", len(creators)), creators),
        (_("Written by"), writers),
        (_("Cast"), cast),
    ):
        if people:
            yield People(label, people[:N_PEOPLE], people[N_PEOPLE:])


_ROLES = (Credit.Role.DIRECTOR, Credit.Role.CREATOR, Credit.Role.WRITER, Credit.Role.CAST)


def _uuid_or_none(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
