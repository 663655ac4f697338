"""The visitor's list of what to watch: in their order, filtered, and theirs to take along."""

import csv
import json
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog import signals
from catalog.event_log import Deed, Visitor, storable
from catalog.identifiers import uuid7
from catalog.models import Genre, Signal, Title
from catalog.signals import Kind
from recommender import services
from recommender.presenting import undoing
from recommender.presenting.readers import of_its_reader
from recommender.visitors import remember, visitor_of

PAGE_SIZE = 50
SORTS = {
    "added": (gettext_lazy("Last added"), F("said").desc()),
    "title": (gettext_lazy("Title"), Lower("title__name")),
    "year": (gettext_lazy("Newest"), F("title__year").desc(nulls_last=True)),
    "oldest": (gettext_lazy("Oldest"), F("title__year").asc(nulls_last=True)),
    "short": (gettext_lazy("Shortest"), F("title__runtime_minutes").asc(nulls_last=True)),
    "long": (gettext_lazy("Longest"), F("title__runtime_minutes").desc(nulls_last=True)),
}
KINDS = {"movie": gettext_lazy("Films"), "show": gettext_lazy("Shows")}
SEEN = {"no": gettext_lazy("Not seen yet"), "yes": gettext_lazy("Seen")}
COLUMNS = ("title", "year", "id", "added")


@never_cache
@require_safe
def watchlist(request: HttpRequest) -> HttpResponse:
    """Values that no list offers are passed over: an old bookmark still shows the list."""
    visitor = visitor_of(request)
    listed = _listed(visitor)
    asked = {name: request.GET.get(name, "") for name in ("genre", "kind", "seen", "sort")}
    sort = asked["sort"] if asked["sort"] in SORTS else "added"
    shown = listed.order_by(SORTS[sort][1], "-said", "pk")
    if asked["kind"] in KINDS:
        shown = shown.filter(title__kind=asked["kind"])
    if asked["seen"] in SEEN:
        shown = shown.filter(is_seen=asked["seen"] == "yes")
    genres = list(
        Genre.objects.filter(titles__in=listed.order_by().values("title"))
        .annotate(n=Count("titles"))
        .order_by("name")
    )
    if asked["genre"] in {genre.name for genre in genres}:
        shown = shown.filter(title__genres__name=asked["genre"])
    page = Paginator(shown.prefetch_related("title__genres"), PAGE_SIZE).get_page(request.GET.get("page"))
    in_use = {name: value for name, value in asked.items() if value}
    context = {
        "page": page,
        "n_listed": listed.count(),
        "genres": genres,
        "kinds": KINDS.items(),
        "seen": SEEN.items(),
        "sorts": [(value, words) for value, (words, _order) in SORTS.items()],
        "asked": asked | {"sort": sort},
        "is_narrowed": any(asked[name] for name in ("genre", "kind", "seen")),
        "here": request.get_full_path(),
        "address_of_pages": f"?{urlencode(in_use)}&page=" if in_use else "?page=",
    }
    return remember(render(request, "recommender/watchlist.html", context), visitor)


@require_POST
@of_its_reader("watchlist")
def remove(request: HttpRequest) -> HttpResponse:
    film = get_object_or_404(Title.objects.all(), external_id=storable(request.POST.get("title", "")))
    visitor = visitor_of(request)
    back = undoing.way_back(request, "watchlist")
    stood = _listed(visitor).filter(title=film).first()
    if stood is None or visitor.owner is None:
        messages.info(
            request, _("“%(title)s” was not on your watchlist any more, so nothing changed.") % {"title": film.name}
        )
        return undoing.see_again(request, back)
    services.record([Deed(uuid7(), "watchlist_remove", film.pk)], visitor)
    token = undoing.token(visitor.owner, [stood])
    sentence = _("“%(title)s” is off your watchlist.") % {"title": film.name}
    if request.htmx:  # type: ignore[attr-defined]
        context = {"sentence": sentence, "token": token, "back": back, "title": film}
        return render(request, "recommender/_watchlist_gone.html", context)
    undoing.offer(request, sentence, token, back)
    return HttpResponseRedirect(back)


@never_cache
@require_safe
def export(request: HttpRequest, form: str) -> HttpResponse:
    """Everything on the list, the last added first; no filter applies."""
    listed = _listed(visitor_of(request)).order_by("-said", "pk")
    if form == "csv":
        content, kind = _as_csv(listed), "text/csv"
    elif form == "json":
        content, kind = json.dumps(list(_rows(listed)), ensure_ascii=False, indent=1), "application/json"
    else:
        raise Http404
    response = HttpResponse(content.encode(), content_type=f"{kind}; charset=utf-8")
    name = f"marquee-list-{timezone.localdate().isoformat()}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _listed(visitor: Visitor) -> QuerySet[Any]:
    """What stands on the list and can still be looked at, each with `is_seen`; nothing for a robot."""
    if visitor.owner is None:
        return Signal.objects.none().annotate(is_seen=Exists(Signal.objects.none()))
    mine = signals.signals_of(visitor.owner)
    seen = mine.filter(kind=Kind.SEEN, title=OuterRef("title"))
    return mine.filter(kind=Kind.WATCHLIST, title__is_published=True).annotate(is_seen=Exists(seen))


def _rows(listed: Iterable[Signal]) -> Iterator[dict[str, str | int | None]]:
    for signal in listed:
        film = signal.title
        values = (film.name, film.year, film.external_id, signal.said.isoformat(timespec="seconds"))
        yield dict(zip(COLUMNS, values, strict=True))


def _as_csv(listed: Iterable[Signal]) -> str:
    table = StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(cell) for cell in row.values()] for row in _rows(listed))
    return table.getvalue()


def _harmless(cell: str | int | None) -> str:
    """A spreadsheet takes what begins so for a formula, and runs it; behind an apostrophe it is text.

    Source: OWASP, "CSV Injection".
    """
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) or text.startswith(("\t", "\r")) else text
