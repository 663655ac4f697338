"""The pages. Each view validates, calls one function of `services` and shows the result."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.event_log import Deed, storable
from catalog.models import Credit, Title
from recommender import services
from recommender.forms import FeedbackForm, SearchForm
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
    if not form.is_valid():
        context = {
            "form": form,
            "query": request.GET.get("q", "")[:200],
            "errors": [e for errors in form.errors.values() for e in errors],
        }
        return render(request, "recommender/search.html", context, status=400)
    query = form.cleaned_data["q"]
    if not query:
        return redirect("home")
    visitor = visitor_of(request)
    correct = request.GET.get("correct") != "0"
    answer = services.search(query, visitor, surface="html", offset=form.offset, correct=correct)
    page_number = form.cleaned_data.get("page") or 1
    context = {
        "query": query,
        "answer": answer,
        "matches": [item for item in answer.items if item.match != "semantic"],
        "recommendations": [item for item in answer.items if item.match == "semantic"],
        "n_recommendations": answer.total - answer.n_matches,
        "page_number": page_number,
        "next_page": page_number + 1 if answer.next_offset else None,
        "previous_page": page_number - 1 if page_number > 1 else None,
        "examples": EXAMPLES,
        "correct": correct,
    }
    return remember(render(request, "recommender/search.html", context), visitor)


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
        "answer": services.similar(film, visitor),
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
