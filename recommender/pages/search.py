"""The page of results. Validates, calls one function of `services` and shows the result."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from recommender import services
from recommender.answers import filtering
from recommender.answers.answer import Answer, Item
from recommender.answers.arranging import View
from recommender.answers.paging import MAX_DEPTH, BadCursor, Cursor
from recommender.ml.facts.filters import Filters
from recommender.ml.questions import MAX_QUERY_LENGTH
from recommender.pages.home import EXAMPLES
from recommender.presenting import refining
from recommender.presenting.forms import SearchForm
from recommender.presenting.headings import heading
from recommender.presenting.loosening import looser
from recommender.visitors import remember, visitor_of


@never_cache
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The whole page for everybody; htmx takes the part out of it that has changed (`hx-select`)."""
    form = SearchForm(request.GET)
    try:
        filtering.refuse_repeated(request.GET, form.fields)
        filters = filtering.read(request.GET)
    except filtering.BadFilter as error:
        return _refused(request, [str(error)], again=_without_bad_filters(request))
    if not form.is_valid():
        return _refused(request, [str(error) for errors in form.errors.values() for error in errors])
    query, cursor = form.cleaned_data["q"], form.cleaned_data["cursor"]
    if not query and not filters:
        return redirect("home")
    page_number = form.cleaned_data["page"]
    if page_number > 1 and not cursor:
        return redirect(
            reverse("search") + refining.address(query, filters, form.view)
        )  # which titles a page shows, its cursor says
    visitor = visitor_of(request)
    try:
        answer = services.search(
            query,
            visitor,
            surface="html",
            filters=filters,
            facets=services.FACETS,
            cursor=cursor,
            view=form.view,
        )
    except BadCursor:
        return _refused(
            request,
            [gettext("These further results belong to another search, or to one that is too long ago.")],
            again=refining.address(query, filters, form.view),
        )
    page = remember(render(request, "recommender/search.html", _results(answer, page_number)), visitor)
    return push_url(page, _here(answer, cursor, page_number)) if request.headers.get("HX-Request") else page


def _results(answer: Answer, page_number: int) -> dict[str, Any]:
    """What the page of results shows."""
    first_places = _first_places(answer.items)
    first = [item for item in answer.items if item.position in first_places]
    n_chosen = sum(item.match == "semantic" for item in first)
    before = Cursor(answer.search_id, max(0, answer.first_position - 1 - services.PAGE_SIZE))
    return {
        "query": answer.user_query,
        "answer": answer,
        "matches": first,
        "has_chosen": n_chosen > 0,
        "recommendations": [item for item in answer.items if item.position not in first_places],
        "n_recommendations": answer.total - answer.n_matches - n_chosen,
        "heading": heading(answer),
        "why": refining.address(answer.user_query, answer.filters, answer.view),
        "page_number": page_number,
        "next_page": _page(answer, answer.next_cursor, page_number + 1) if answer.next_cursor else None,
        "previous_page": _page(answer, before, max(1, page_number - 1)) if answer.first_position > 1 else None,
        "panel": refining.panel(answer),
        "arrangement": refining.arrangement(answer),
        "said": refining.said(answer),
        "asked": refining.removable(answer),
        "clear_all": refining.address(answer.user_query, Filters(), answer.view),
        "looser": looser(answer),
        "examples": EXAMPLES,
    }


def _first_places(items: Sequence[Item]) -> set[int]:
    """Positions of the title matches, and of what editors put among them; a match that they put below stays below."""
    pinned = {item.position for item in items if "pinned" in item.sources}
    named = {item.position for item in items if item.match != "semantic"}
    others = {item.position for item in items} - named - pinned
    last_match, first_other = max(named - pinned, default=0), min(others, default=MAX_DEPTH + 1)
    among = {place for place in pinned if place < last_match}
    return (named - pinned) | among | {place for place in named & pinned if place < first_other}


def _page(answer: Answer, cursor: Cursor, number: int) -> str:
    more = {"page": str(number), "cursor": cursor.encode()}
    return refining.address(answer.user_query, answer.filters, answer.view, **more)


def _here(answer: Answer, cursor: Cursor | None, page_number: int) -> str:
    """The address of this page without what a form sends and nobody asked for."""
    plain = refining.address(answer.user_query, answer.filters, answer.view)
    return reverse("search") + (_page(answer, cursor, page_number) if cursor else plain)


def _without_bad_filters(request: HttpRequest) -> str:
    """The address of the same search without the filters that cannot be meant."""
    parameters = request.GET.copy()
    filters = None
    while filters is None:
        try:
            filters = filtering.read(parameters)
        except filtering.BadFilter as error:
            del parameters[error.parameter]
    text = request.GET.get("q", "")[:MAX_QUERY_LENGTH]
    return refining.address(text, filters, View(request.GET.get("correct") != "0"))


def _refused(request: HttpRequest, errors: list[str], again: str | None = None) -> HttpResponse:
    context = {"query": request.GET.get("q", "")[:200], "errors": errors, "again": again}
    return render(request, "recommender/search.html", context, status=400)
