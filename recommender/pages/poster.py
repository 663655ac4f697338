"""The poster of a title: an image of its own, so that a page of many stays small and a browser fetches each once."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalog.event_log import storable
from catalog.models import Title
from recommender.posters import drawing as posters

A_YEAR = 365 * 24 * 3600


@require_safe
def poster(request: HttpRequest, external_id: str) -> HttpResponse:
    """Kept by browsers for a year under the version that it has now; looked at again under any other."""
    titles = Title.objects.published().only("name", "year").prefetch_related("genres")
    facts = posters.facts_of(get_object_or_404(titles, external_id=storable(external_id)))
    image = render(
        request, "recommender/poster.svg", {"poster": posters.poster(*facts)}, content_type="image/svg+xml"
    )
    is_current = request.GET.get("v") == posters.version_of(*facts)
    image["Cross-Origin-Resource-Policy"] = "cross-origin"  # the API hands its address out, for pages elsewhere
    image["Cache-Control"] = f"public, max-age={A_YEAR}, immutable" if is_current else "no-cache"
    return image
