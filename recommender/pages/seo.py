"""For machines that read the site: what may be crawled, what there is, and how it looks on a home screen."""

from datetime import datetime

from django.contrib.sitemaps import Sitemap
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from catalog.models import Person, Title
from recommender import serving
from recommender.pages import browse

PER_PAGE = 10_000  # addresses of one sitemap: a file may have 50,000, but is made in one request
MIN_TITLES = 2  # of a person worth a page in a search engine
# Nothing there is for readers of a search engine: lists made for one person, links that log, forms, machines.
CLOSED = ("/search/", "/go/", "/choose/", "/api/", "/admin/", "/health/")
PAPER, HOUSE = "#fffaf0", "#6b1512"  # surface and frame of the sign, as tokens.css has them


@require_safe
@cache_control(max_age=3600, public=True)
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED)]
    lines += ["", f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(max_age=3600, public=True)
def manifest(_request: HttpRequest) -> JsonResponse:
    """https://www.w3.org/TR/appmanifest/"""
    icons = [
        {"src": static(f"recommender/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in (192, 512)
    ]
    about = {
        "name": "Marquee",
        "short_name": "Marquee",
        "description": _("Find a film by title, theme or mood."),
        "id": "/",
        "start_url": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": HOUSE,
        "icons": [{"src": static("recommender/favicon.svg"), "sizes": "any", "type": "image/svg+xml"}, *icons],
    }
    return JsonResponse(about, content_type="application/manifest+json")


@require_safe
@cache_control(max_age=86_400, public=True)
def favicon(_request: HttpRequest) -> HttpResponseRedirect:
    """For those who ask at the old address without reading the page."""
    return HttpResponseRedirect(static("recommender/icon-192.png"))


class Titles(Sitemap):
    limit = PER_PAGE

    def items(self) -> QuerySet[Title]:
        return Title.objects.published().only("external_id", "updated").order_by("pk")

    def lastmod(self, title: Title) -> datetime:
        return title.updated

    def get_latest_lastmod(self) -> datetime | None:
        """In one query; the inherited one reads every row."""
        latest: datetime | None = Title.objects.published().aggregate(latest=Max("updated"))["latest"]
        return latest


class People(Sitemap):
    limit = PER_PAGE

    def items(self) -> QuerySet[Person]:
        people = Person.objects.filter(credits__title__is_published=True)
        n_titles = Count("credits__title", distinct=True)
        return people.annotate(n_titles=n_titles).filter(n_titles__gte=MIN_TITLES).only("pk").order_by("pk")

    def location(self, person: Person) -> str:
        return reverse("person", args=[person.pk])


class Genres(Sitemap):
    """The front page and every genre that the served catalogue has."""

    def items(self) -> list[str]:
        try:
            genres = browse.genres(serving.current().index)
        except serving.NotReady:
            genres = []
        return [reverse("home"), reverse("how-ranking-works"), *(reverse("genre", args=[name]) for name in genres)]

    def location(self, address: str) -> str:
        return address


SITEMAPS = {"pages": Genres, "titles": Titles, "people": People}
