"""One person's titles, which are facts and so not logged, and one genre's, which are recommended."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalog.event_log import Visitor, storable
from catalog.models import Credit, Person, Signal, Title
from recommender import services, serving
from recommender.answers import naming
from recommender.answers.hiding import opinions_of
from recommender.answers.paging import BadCursor, Cursor
from recommender.ml.facts.filters import Filters
from recommender.ml.facts.vocabulary import genres_of
from recommender.ml.index import CatalogIndex
from recommender.presenting import labels, refining
from recommender.visitors import remember, visitor_of

N_FIRST = 12  # titles of a role where there are several roles
PER_PAGE = 48  # titles of the one role that was asked for
N_PARTNERS = 8  # people who worked on the same titles
N_BESIDE = 8  # genres and countries to narrow a genre by
_ROLES = {
    Credit.Role.DIRECTOR: gettext_lazy("As director"),
    Credit.Role.CREATOR: gettext_lazy("As creator"),
    Credit.Role.WRITER: gettext_lazy("As writer"),
    Credit.Role.CAST: gettext_lazy("In the cast"),
}
# What a person's own word does to a title in a list of facts: it is marked, never left out.
_MARKS = {
    Signal.Kind.LIKE: gettext_lazy("Liked"),
    Signal.Kind.NOT_FOR_ME: gettext_lazy("Not for you"),
    Signal.Kind.SEEN: gettext_lazy("Seen"),
    Signal.Kind.WATCHLIST: gettext_lazy("On your watchlist"),
}


@dataclass(frozen=True)
class Entry:
    """A title of a filmography. marks: what the visitor said of it."""

    title: Title
    marks: list[str]


@dataclass(frozen=True)
class Role:
    """entries: as many as are shown here, of n. more: where the others are, "" if all are here."""

    heading: str
    n: int
    entries: list[Entry]
    more: str


@dataclass(frozen=True)
class Link:
    label: str
    address: str
    n: int | None = None


# ---- a person


@never_cache
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    somebody = get_object_or_404(Person, pk=pk)
    sort = "year" if request.GET.get("sort") == "year" else "fame"
    ids, years = _filmography(somebody, sort)
    if not ids:
        raise Http404
    chosen = request.GET.get("role")
    if chosen not in ids:
        chosen = next(iter(ids)) if len(ids) == 1 else None
    page = Paginator(ids[chosen], PER_PAGE).get_page(request.GET.get("page")) if chosen else None
    shown = {chosen: list(page)} if chosen and page else {role: few[:N_FIRST] for role, few in ids.items()}
    visitor = visitor_of(request)
    entries = _entries({title_id for few in shown.values() for title_id in few}, visitor)
    everything = {title_id for of_role in ids.values() for title_id in of_role}
    context = {
        "person": somebody,
        "n_titles": len(everything),
        "years": (min(years), max(years)) if years else None,
        "roles": [
            Role(
                str(_ROLES[Credit.Role(role)]),
                len(ids[role]),
                [entries[title_id] for title_id in few if title_id in entries],
                _here(role=role, sort=sort) if len(few) < len(ids[role]) and not page else "",
            )
            for role, few in shown.items()
        ],
        "all_roles": _here(sort=sort) if chosen and len(ids) > 1 else "",
        "sorts": [
            (_("Best known first"), _here(role=chosen, sort="fame"), sort == "fame"),
            (_("Newest first"), _here(role=chosen, sort="year"), sort == "year"),
        ],
        "page": page,
        "previous_page": _turned(page, -1, chosen, sort),
        "next_page": _turned(page, 1, chosen, sort),
        "partners": _partners(somebody, everything),
    }
    return remember(render(request, "recommender/person.html", context), visitor)


@require_safe
def person_by_name(request: HttpRequest) -> HttpResponse:
    """From a name to its page: what suggestions link to, since they know names only."""
    somebody = get_object_or_404(Person, name=storable(request.GET.get("name", "")))
    return redirect("person", somebody.pk)


def _filmography(somebody: Person, sort: str) -> tuple[dict[str, list[int]], set[int]]:
    """(role → ids of titles, the years of all of them): the role with most titles first, in each the best known or
    the newest first.
    """
    credits = Credit.objects.filter(person=somebody, title__is_published=True)
    fame, year = F("title__popularity").desc(nulls_last=True), F("title__year").desc(nulls_last=True)
    order = (year, fame) if sort == "year" else (fame, year)
    ids: dict[str, list[int]] = defaultdict(list)
    years: set[int] = set()
    for role, title_id, of_title in credits.order_by(*order, "title_id").values_list(
        "role", "title_id", "title__year"
    ):
        ids[role].append(title_id)
        years.update([of_title] if of_title else [])
    in_order = sorted(ids.items(), key=lambda pair: (-len(pair[1]), list(_ROLES).index(Credit.Role(pair[0]))))
    return dict(in_order), years


def _entries(title_ids: Iterable[int], visitor: Visitor) -> dict[int, Entry]:
    titles = Title.objects.prefetch_related("genres").in_bulk(title_ids)
    opinions = opinions_of(visitor)
    return {
        title_id: Entry(title, [str(words) for kind, words in _MARKS.items() if kind in opinions.of(title_id)])
        for title_id, title in titles.items()
    }


def _partners(somebody: Person, title_ids: Iterable[int]) -> QuerySet[Person]:
    """Who worked on several of the same titles, the most frequent first."""
    others = Person.objects.filter(credits__title_id__in=list(title_ids)).exclude(pk=somebody.pk)
    return (
        others.annotate(n=Count("credits__title", distinct=True)).filter(n__gte=2).order_by("-n", "name")[:N_PARTNERS]
    )


def _here(**parameters: str | int | None) -> str:
    """The address of this page with these parameters, the usual ones left out."""
    asked = {name: value for name, value in parameters.items() if value and (name, value) != ("sort", "fame")}
    return f"?{urlencode(asked)}" if asked else "."


def _turned(page: "Page[int] | None", by: int, role: str | None, sort: str) -> str:
    if page is None or not 1 <= (number := page.number + by) <= page.paginator.num_pages:
        return ""
    return _here(role=role, sort=sort, page=number if number > 1 else None)


# ---- a genre


def genres(index: CatalogIndex) -> list[str]:
    """Every genre that a title has, by name."""
    return sorted(index.facets.genres.labels)


@never_cache
@require_safe
def genre(request: HttpRequest, name: str) -> HttpResponse:
    """The titles of a genre as a search for it shows them: its pages, its log and its lessons are those of one."""
    table = serving.current().index.facets.genres
    known = {place for label in genres_of(storable(name)) if (place := table.find(label)) is not None}
    if len(known) != 1:
        raise Http404
    label = table.labels[known.pop()]
    if label != name:
        return redirect("genre", label)
    filters = Filters(genres=frozenset({label}))
    visitor = visitor_of(request)
    try:
        cursor = Cursor.decode(request.GET["cursor"]) if "cursor" in request.GET else None
        answer = services.search("", visitor, surface="html", filters=filters, cursor=cursor)
    except BadCursor:
        return redirect("genre", label)  # from a list that is too old to go on
    asked = request.GET.get("page", "")
    number = int(asked) if cursor and asked.isascii() and asked.isdigit() and len(asked) < 4 else 1
    context = {
        "genre": label,
        "genre_in_words": labels.of_genre(label),
        "answer": answer,
        "page_number": number,
        "next_page": _further(answer.next_cursor, number + 1),
        "search": _search(filters),
        **(_beside(serving.current().index, label, filters) if number == 1 else {}),
    }
    return remember(render(request, "recommender/genre.html", context), visitor)


def _further(cursor: Cursor | None, number: int) -> str:
    return f"?{urlencode({'cursor': cursor.encode(), 'page': number})}" if cursor else ""


def _search(filters: Filters) -> str:
    return reverse("search") + refining.address("", filters)


def _beside(index: CatalogIndex, label: str, filters: Filters) -> dict[str, object]:
    """How many titles there are, and ways to narrow them, counted over the whole genre."""
    mask = index.facets.mask(filters)
    counted = index.facets.counts(mask, ("years", "genres", "countries"), limit=N_BESIDE + 20)
    decades = [(int(decade[:4]), n) for decade, n in counted["years"]]

    def also(**more: object) -> str:
        return _search(Filters(**{"genres": frozenset({label})} | more))  # type: ignore[arg-type]

    return {
        "n_titles": int(mask.sum()) if mask is not None else 0,
        "decades": [
            Link(naming.of_decade(first), also(year_min=first, year_max=first + 9), n)
            for first, n in sorted(decades, reverse=True)
        ],
        "beside": [
            Link(labels.of_genre(other), also(genres=frozenset({label, other})), n)
            for other, n in counted["genres"]
            if other != label
        ][:N_BESIDE],
        "countries": [
            Link(labels.of_country(country), also(countries=frozenset({country})), n)
            for country, n in counted["countries"][:N_BESIDE]
        ],
    }
