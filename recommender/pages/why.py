"""“Why this?”: the parts of a title's score, and a way to silence what should not have counted."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog import signals
from catalog.event_log import storable
from catalog.models import Title
from recommender.answers import explaining, filtering
from recommender.answers.explaining import Explanation
from recommender.answers.paging import MAX_DEPTH
from recommender.presenting.forms import SearchForm
from recommender.presenting.readers import of_its_reader
from recommender.visitors import remember, visitor_of


@never_cache
@require_safe
def why(request: HttpRequest, external_id: str) -> HttpResponse:
    """The search that is meant is in the address, as on the page of results; or `like=`, a title; or neither."""
    titles = Title.objects.published()
    film = get_object_or_404(titles, external_id=storable(external_id))
    visitor = visitor_of(request)
    explanation: Explanation | None
    if "like" in request.GET:
        seed = get_object_or_404(titles, external_id=storable(request.GET["like"]))
        explanation, asked = explaining.of_similar(film, seed, visitor), seed.name
    elif "q" in request.GET or any(name in request.GET for name in filtering.PARAMETERS):
        form = SearchForm(request.GET)
        try:
            filters = filtering.read(request.GET)
        except filtering.BadFilter as error:
            raise Http404(str(error)) from error
        if not form.is_valid():
            raise Http404(_("That search cannot be explained."))
        explanation = explaining.of_search(film, form.cleaned_data["q"], visitor, filters, form.view)
        asked = form.cleaned_data["q"]
    else:
        explanation, asked = explaining.for_you(film, visitor), ""
    context = {
        "title": film,
        "explanation": explanation,
        "asked": asked,
        "place": _place(request),
        "back": request.htmx.current_url_abs_path or request.get_full_path(),  # type: ignore[attr-defined]
    }
    template = "recommender/_why.html" if request.headers.get("HX-Request") else "recommender/why.html"
    return remember(render(request, template, context), visitor)


def _place(request: HttpRequest) -> int | None:
    """Where the card stood whose link was followed, if it says so.

    A page leaves out what stands elsewhere on it, may be sorted, and draws some places by lot: only it knows.
    """
    said = request.GET.get("place", "")
    place = int(said) if said.isascii() and said.isdigit() and len(said) <= len(str(MAX_DEPTH)) else 0
    return place if 1 <= place <= MAX_DEPTH else None


@require_POST
@of_its_reader("home")
def ignore(request: HttpRequest, signal_id: UUID) -> HttpResponse:
    """A signal counts no more, or again (`again=1`); then back to where that was said."""
    visitor = visitor_of(request)
    is_muted = request.POST.get("again") != "1"
    if visitor.owner is None or not signals.mute(visitor.owner, signal_id, is_muted=is_muted):
        messages.info(request, _("That signal is not there any more, so there is nothing to ignore."))
    elif is_muted:
        messages.success(
            request, _("It counts for nothing from now on. “Your taste” keeps it, should you want it back.")
        )
    else:
        messages.success(request, _("It counts again."))
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("home")
    return remember(HttpResponseRedirect(back), visitor)
