"""The pages. Each view validates, calls one function of `services` and shows the result."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.event_log import Deed, storable
from catalog.models import Credit, Title
from recommender import filtering, refining, services
from recommender.answers import Answer
from recommender.forms import FeedbackForm, SearchForm
from recommender.headings import heading
from recommender.loosening import looser
from recommender.ml.facts.filters import Filters
from recommender.ml.questions import MAX_QUERY_LENGTH
from recommender.paging import BadCursor, Cursor
from recommender.visitors import remember, visitor_of

EXAMPLES = ("Inception", "the god father", "space adventure", "romantic drama", "heist that goes wrong")
_SAID = {
    "like": "Noted: you like {}. Searches like yours will learn from it.",
    "not_for_me": "Noted: {} is not for you.",
    "seen": "Noted: you have seen {}.",
    "watchlist_add": "{} is on your list.",
}


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    visitor = visitor_of(request)
    page = render(request, "recommender/home.html", {"answer": services.home(visitor), "examples": EXAMPLES})
    return remember(page, visitor)


@never_cache
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.GET)
    try:
        filtering.refuse_repeated(request.GET, (*form.fields, "correct"))
        filters = filtering.read(request.GET)
    except filtering.BadFilter as error:
        return _refused(request, [str(error)], again=_without_bad_filters(request))
    if not form.is_valid():
        return _refused(request, [str(error) for errors in form.errors.values() for error in errors])
    query, cursor = form.cleaned_data["q"], form.cleaned_data["cursor"]
    if not query and not filters:
        return redirect("home")
    visitor = visitor_of(request)
    correct = request.GET.get("correct") != "0"
    try:
        answer = services.search(
            query, visitor, surface="html", filters=filters, facets=services.FACETS, cursor=cursor, correct=correct
        )
    except BadCursor:
        return _refused(
            request, ["These further results belong to another search, or to one that is too long ago."],
            again=refining.address(query, filters, correct=correct),
        )  # fmt: skip
    page_number = form.cleaned_data["page"] or 1 if cursor else 1
    return remember(
        render(request, "recommender/search.html", _results(answer, page_number, correct=correct)), visitor
    )


def _results(answer: Answer, page_number: int, *, correct: bool) -> dict[str, Any]:
    """What the page of results shows."""

    def page(cursor: Cursor, number: int) -> str:
        more = {"page": str(number), "cursor": cursor.encode()}
        return refining.address(answer.user_query, answer.filters, correct=correct, **more)

    before = Cursor(answer.search_id, max(0, answer.first_position - 1 - services.PAGE_SIZE))
    return {
        "query": answer.user_query,
        "answer": answer,
        "matches": [item for item in answer.items if item.match != "semantic"],
        "recommendations": [item for item in answer.items if item.match == "semantic"],
        "n_recommendations": answer.total - answer.n_matches,
        "heading": heading(answer),
        "page_number": page_number,
        "next_page": page(answer.next_cursor, page_number + 1) if answer.next_cursor else None,
        "previous_page": page(before, max(1, page_number - 1)) if answer.first_position > 1 else None,
        "panel": refining.panel(answer, correct=correct),
        "said": refining.said(answer, correct=correct),
        "asked": refining.removable(answer, correct=correct),
        "clear_all": refining.address(answer.user_query, Filters(), correct=correct),
        "looser": looser(answer, correct=correct),
        "examples": EXAMPLES,
    }


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
    return refining.address(text, filters, correct=request.GET.get("correct") != "0")


def _refused(request: HttpRequest, errors: list[str], again: str | None = None) -> HttpResponse:
    context = {"query": request.GET.get("q", "")[:200], "errors": errors, "again": again}
    return render(request, "recommender/search.html", context, status=400)


@never_cache
@require_safe
def follow(request: HttpRequest, query_id: UUID, position: int) -> HttpResponse:
    """The link under every result: log the click, then show the title. Works without scripts."""
    title = services.record_click(query_id, position, visitor_of(request))
    if title is None:
        messages.info(request, "That result is no longer there. Search again to find it.")
        return redirect("home")
    return HttpResponseRedirect(f"{title.get_absolute_url()}?from={query_id}")


@never_cache
@require_safe
def title(request: HttpRequest, external_id: str) -> HttpResponse:
    film = get_object_or_404(Title.objects.published().with_details(), external_id=storable(external_id))
    visitor = visitor_of(request)
    context = {
        "title": film,
        "directors": film.credited(Credit.Role.DIRECTOR, Credit.Role.CREATOR),
        "writers": film.credited(Credit.Role.WRITER),
        "cast": film.credited(Credit.Role.CAST),
        "answer": services.similar([film], visitor),
        "came_from": _uuid_or_none(request.GET.get("from")),
        "event_id": uuid4(),
    }
    return remember(render(request, "recommender/title.html", context), visitor)


@require_POST
def feedback(request: HttpRequest, external_id: str) -> HttpResponse:
    film = get_object_or_404(Title.objects.published(), external_id=storable(external_id))
    form = FeedbackForm(request.POST)
    visitor = visitor_of(request)
    query_id = form.cleaned_data.get("query_id") if form.is_valid() else None
    if form.is_valid():
        action = form.cleaned_data["action"]
        services.record([Deed(form.cleaned_data["event_id"], action, film.pk, query_id)], visitor)
        messages.success(request, _SAID[action].format(film.name))
    else:
        messages.error(request, "That did not reach us whole, and nothing was changed. Please try once more.")
    address = reverse("title", args=[external_id]) + (f"?from={query_id}" if query_id else "")
    return remember(HttpResponseRedirect(address), visitor)


def _uuid_or_none(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
