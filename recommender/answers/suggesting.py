"""What to offer while somebody types: names of the catalogue, and what many people asked before.

Nothing that is typed here is logged: half a word is no question.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, F, Func
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog import common_searches
from catalog.event_log import Visitor
from catalog.models import Title
from recommender import serving
from recommender.ml.index import CatalogIndex
from recommender.ml.names.suggest import Source, Suggester, Suggestion
from recommender.taste.history import last_searches

REFRESH_SECONDS = 300  # how old the popular queries may be
N_QUERIES = 2_000
N_GENRES = 200
N_THEMES = 5_000
MIN_TITLES = 2  # that share a theme
N_RECENT = 6
MOST_PEOPLE = 100  # of one beginning of a name
_HEADINGS: dict[str, Promise] = {
    "title": _("Titles"),
    "person": _("People"),
    "genre": _("Themes"),
    "theme": _("Themes"),
    "query": _("Searches"),
    "recent": _("Recent"),
}


@dataclass(frozen=True)
class Offer:
    """kind: "title", "person", "genre", "theme", "query" or "recent"; title: of the first kind, the title itself."""

    kind: str
    text: str
    title: Title | None = None

    @property
    def address(self) -> str:
        """Where choosing it leads: to the page of what has one, else to a search for it."""
        if self.title is not None:
            return reverse("choose", args=[self.title.external_id])
        if self.kind == "genre":
            return reverse("genre", args=[self.text])
        name, parameter = ("person-by-name", "name") if self.kind == "person" else ("search", "q")
        return f"{reverse(name)}?{urlencode({parameter: self.text})}"


@dataclass(frozen=True)
class Group:
    """Offers under one heading."""

    heading: str
    offers: list[Offer]


class _Names:
    """What this process suggests from: names as old as its index, queries as old as REFRESH_SECONDS."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.index: CatalogIndex | None = None
        self.names: tuple[Source, ...] = ()
        self.queries: tuple[Source, ...] = ()
        self.asked_at = float("-inf")
        self.forgotten = 0

    def suggester(self, index: CatalogIndex) -> Suggester:
        with self.lock:
            if self.index is not index:
                self.names = _names(index)
                self.index = index
            forgotten = serving.forgotten()
            if forgotten != self.forgotten or time.monotonic() - self.asked_at > REFRESH_SECONDS:
                self.queries = _queries()
                self.asked_at, self.forgotten = time.monotonic(), forgotten
            return Suggester(self.names + self.queries)


_process = _Names()


def suggest(text: str, *, limit: int) -> list[Offer]:
    """What goes on from `text`, the best first. Raises serving.NotReady."""
    index = serving.current().index
    found = _process.suggester(index).suggest(text, limit=limit)
    ids = {one.row: int(index.title_ids[one.row]) for one in found if one.kind == "title"}
    titles = Title.objects.published().in_bulk(ids.values()) if ids else {}
    offers = [Offer(one.kind, one.text, titles.get(ids[one.row]) if one.kind == "title" else None) for one in found]
    return [offer for offer in offers if offer.title or offer.kind != "title"]


def people(text: str) -> list[Suggestion]:
    """People whose names go on from `text`, the best first, MOST_PEOPLE at most. Raises serving.NotReady."""
    index = serving.current().index
    source = Source("person", index.facets.people_names, index.people.names, index.people_completions)
    return Suggester((source,), {"person": MOST_PEOPLE}).suggest(text, limit=MOST_PEOPLE)


def recent(visitor: Visitor) -> list[Offer]:
    """What this person searched for lately, the newest first. One query."""
    texts = {search.normalised_text: search.raw_text for search in reversed(last_searches(visitor, N_RECENT))}
    return [Offer("recent", text) for text in reversed(texts.values())]


def grouped(offers: Iterable[Offer]) -> list[Group]:
    """By heading; the heading of the best offer first, and the best of each first."""
    groups: dict[str, list[Offer]] = {}
    for offer in offers:
        groups.setdefault(str(_HEADINGS[offer.kind]), []).append(offer)
    return [Group(heading, found) for heading, found in groups.items()]


def _names(index: CatalogIndex) -> tuple[Source, ...]:
    genres = index.facets.counts(None, ["genres"], N_GENRES)["genres"]
    return (
        Source("title", index.names, index.titles, index.title_completions),
        Source("person", index.facets.people_names, index.people.names, index.people_completions),
        Source.of("genre", genres),
        Source.of("theme", _themes()),
    )


def _themes() -> list[tuple[str, int]]:
    """(theme, number of titles), the most frequent first."""
    theme = Func(F("themes"), function="unnest", set_returning=True)
    counted = Title.objects.published().order_by().values(theme=theme).annotate(n=Count("pk"))
    return list(counted.filter(n__gte=MIN_TITLES).order_by("-n", "theme").values_list("theme", "n")[:N_THEMES])


def _queries() -> tuple[Source, ...]:
    popular = common_searches.popular_queries(settings.SUGGEST_MIN_CLIENTS, N_QUERIES)
    return (Source.of("query", popular),) if popular else ()
