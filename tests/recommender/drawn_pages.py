"""Every page drawn from planted facts, without a database and without a version."""

from html.parser import HTMLParser
from pathlib import Path
from uuid import uuid4

from django.template.loader import render_to_string
from django.test import RequestFactory

from catalog.models import Genre, Person, Title
from recommender.answers.answer import Answer, Item, Warn
from recommender.answers.common_ground import Ground
from recommender.home.rows import Link, Row
from recommender.ml.facts.filters import Filters
from recommender.ml.query.understanding import Chip, Understanding
from recommender.ml.ranking import Hit, Ranking, Source, Tier
from recommender.pages.title import Fact, People
from recommender.pages.title import _facts as title_facts
from recommender.presenting import refining

STATIC = Path(__file__).parents[2] / "recommender" / "static" / "recommender"
EXAMPLES = ("Inception", "heist that goes wrong")
HOSTILE = '<script>alert("x")</script>\'&<b onclick=x>'
FACETS = {
    "kind": [("movie", 3), ("show", 1)], "genres": [("Drama", 3), (HOSTILE, 2)], "countries": [("France", 2)],
    "languages": [("French", 2)], "maturity": [("PG", 1)], "years": [("1980s", 1), ("1990s", 3)],
    "runtime": [("90 to 119 min", 2), ("under 90 min", 1)],
}  # fmt: skip
ASKED = Filters(
    kind="movie", genres=frozenset({HOSTILE}), without_genres=frozenset({"War"}), people=frozenset({HOSTILE}),
    any_genres=frozenset({"Crime"}), year_min=1990, year_max=1999, runtime_min=60,
)  # fmt: skip
SAID = Understanding("theme", chips=(Chip("origins", "Korean", "Korean", 0, 6), Chip("genres", "x", HOSTILE, 7, 9)))
EVERY_PAGE = ["home", "home_empty", "search", "search_filtered", "search_unfiltered", "search_empty",
              "search_refused", "title", "title_bare", "404", "500",
              "400", "403_csrf", "unavailable"]  # fmt: skip


class Page(HTMLParser):
    """The elements of a page: (tag, attributes) in order, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, {key: value or "" for key, value in attributes}))

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag, **wanted):
        return [a for t, a in self.elements if t == tag and all(a.get(k) == v for k, v in wanted.items())]

    def fields_of(self, form):
        """The inputs of a form: until the next one begins."""
        start = next(place for place, (_, attributes) in enumerate(self.elements) if attributes is form) + 1
        rest = [tag for tag, _ in self.elements[start:]]
        end = start + (rest.index("form") if "form" in rest else len(rest))
        return [attributes for tag, attributes in self.elements[start:end] if tag == "input"]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def film(name="Inception", genres=("Action", "Crime", "Drama", "Sci-Fi"), **facts) -> Title:
    title = Title(pk=1, external_id="tt1", name=name, **{"year": 2010, **facts})
    prefetched = {"genres": [Genre(name=genre) for genre in genres]}
    setattr(title, "_prefetched_objects_cache", prefetched)  # noqa: B010 - what prefetch_related leaves behind
    return title


def answer(*items: Item, **facts) -> Answer:
    defaults = {"user_query": "", "corrected_query": None, "query_class": "theme", "model_version": 3, "took_ms": 9.0,
                "total": len(items), "n_matches": 0, "next_offset": None}  # fmt: skip
    return Answer(query_id=uuid4(), search_id=uuid4(), items=list(items), **defaults | facts)


def item(title: Title, position: int, tier: Tier = Tier.SEMANTIC) -> Item:
    return Item(title, position, Hit(1, tier, 1.0, 1.0, 0.0, Source.DENSE, {}))


def draw(template: str, context=None, address="/search/?q=x", request=True) -> Page:
    return Page(render_to_string(template, context, request=RequestFactory().get(address) if request else None))


def search_page(query="x", address="/search/?q=x", matches=(), recommendations=(), **facts) -> Page:
    paging = {name: facts.pop(name, None) for name in ("previous_page", "next_page", "looser")}
    served = answer(*matches, *recommendations, **{"user_query": query} | facts)
    context = {"query": query, "answer": served, "matches": matches, "heading": "Recommended for this search",
               "recommendations": recommendations, "n_recommendations": len(recommendations),
               "page_number": 1, "examples": EXAMPLES, "panel": refining.panel(served),
               "said": refining.said(served), "asked": refining.removable(served),
               "arrangement": refining.arrangement(served),
               "clear_all": "?q=x", **paging}  # fmt: skip
    return draw("recommender/search.html", context, address)


def title_page(title: Title, **context) -> Page:
    facts = {"facts": list(title_facts(title)), "genres": [genre.name for genre in title.genres.all()]}
    return draw("recommender/title.html", {"title": title, "answer": answer(), "came_from": None, **facts, **context})


def every_page() -> dict[str, Page]:
    hostile = film(HOSTILE, [HOSTILE], description=HOSTILE, countries=[HOSTILE], maturity=HOSTILE)
    hostile.original_name = "x" + HOSTILE
    match, recommendation = shown = [item(film(), 1, Tier.EXACT), item(hostile, 2)]
    home = "recommender/home.html"
    row = Row("because", HOSTILE, Ranking("similar", []), about=HOSTILE, note=HOSTILE, more=Link(HOSTILE, "?q=x"),
              links=(Link(HOSTILE, "?q=x"),), wishes=ASKED)  # fmt: skip
    return {
        "home": draw(
            home,
            {
                "rows": [(row, answer(*shown))],
                "examples": EXAMPLES,
                "form_id": uuid4(),
                "favourites": [hostile, film("Heat")],
            },
        ),
        "home_empty": draw(home, {"rows": [], "examples": EXAMPLES}),
        "search": search_page(
            HOSTILE, matches=[match], recommendations=[recommendation], corrected_query=HOSTILE, next_page="?q=x"
        ),
        "search_filtered": search_page(
            "korean xx",
            recommendations=[recommendation],
            facets=FACETS,
            total=9,
            filters=ASKED,
            understanding=SAID,
            text="korean xx",
            suggestions=(HOSTILE, "Heat"),
            unmet=SAID.chips,
            warnings=(Warn("unknown_value", "genres", HOSTILE),),
        ),
        "search_unfiltered": search_page(
            "korean xx",
            filters=ASKED,
            understanding=SAID,
            text="korean xx",
            suggestions=(HOSTILE,),
            themes=(HOSTILE,),
            looser=[refining.Removable(HOSTILE, "?q=x")],
            warnings=(Warn("unknown_value", "genres", HOSTILE),),
        ),
        "search_empty": search_page(HOSTILE),
        "search_refused": draw("recommender/search.html", {"query": "", "errors": [HOSTILE]}),
        "title": title_page(
            hostile,
            came_from=uuid4(),
            answer=answer(*shown),
            people=[People("Cast", [Person(pk=1, name=HOSTILE)], [Person(pk=2, name=HOSTILE)])],
            countries=[Fact(HOSTILE, "/search/?q=x")],
            themes=[HOSTILE],
            grounds=[Ground(HOSTILE, hostile, [HOSTILE], speaks_for=False)],
            searches=[HOSTILE],
        ),
        "title_bare": title_page(film("Untitled", [], year=None)),
        "404": draw("404.html"),
        **{name: draw(f"{name}.html", request=False) for name in ("500", "400", "403_csrf")},
        "unavailable": draw("recommender/unavailable.html", request=False),
    }
