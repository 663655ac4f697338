"""The rows of the home page: which ones a visitor gets, in which order, and what fills them.

Each takes from what the rows above it left, so that no title stands on the page twice; a row that would be short is
left out. Whatever is drawn is drawn by the day and the visitor: a page loaded again is the same page.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from random import Random
from typing import NamedTuple
from urllib.parse import urlencode

import numpy as np
from django.urls import reverse
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from catalog.event_log import Visitor
from catalog.models import SearchEvent, Signal
from recommender.answers.arranging import NOVELTY
from recommender.answers.filtering import YEARS
from recommender.answers.reasons import makers
from recommender.home.newest import latest_years_from, newest
from recommender.home.themes import Theme, ordered_for
from recommender.ml import engine
from recommender.ml.explore import seed_of
from recommender.ml.facts.filters import Filters
from recommender.ml.index import CatalogIndex
from recommender.ml.questions import others
from recommender.ml.ranking import Hit, Ranking, Source, Tier
from recommender.ml.snapshot import Snapshot
from recommender.taste import personal, recommended
from recommender.taste.history import last_searches
from recommender.taste.personal import Personal

N_CARDS, LEAST = 8, 4  # of a row
N_SEEDS = 5  # newest favourites, of which the day picks the one that "because you liked" is about
N_DRAWN_FROM = 24  # titles, of which the day picks a row of something different
N_LOOKED_AT = 3  # times as many as are wanted, for a theme: those that its words and genres speak for are shown
WORDS_SPEAK, CONTENT_SPEAKS, NOT_FAR = 0.2, 0.4, 0.3  # parts of a score, from where on they speak for a theme
DIFFERENT_STEP = max(NOVELTY)  # of the results' slider: off the beaten track
MAX_NAME = 60  # letters of a name in a heading
N_THEMES_TRIED = 6

Kind = Signal.Kind


class Link(NamedTuple):
    """Words that lead somewhere."""

    words: str
    address: str


@dataclass(frozen=True)
class Row:
    """What stands in one row, before it is served. name: what the log calls it. about: the text it answers, if any.

    wishes: facts that may be a title's reason. mine: the taste that had a say. more: where there is more of it.
    links: searches from before this one. why: what “Why this?” asks, as a query string; None where the heading says
    it.
    """

    name: str
    heading: str
    ranking: Ranking
    about: str = ""
    note: str = ""
    more: Link | None = None
    links: tuple[Link, ...] = ()
    wishes: Filters | None = None
    mine: Personal | None = None
    why: str | None = None

    @property
    def gives_reasons(self) -> bool:
        """Whether its titles stand there for a reason of their own; a heading says it of all others."""
        return self.mine is not None or self.wishes is not None


@dataclass
class Page:
    """The rows so far, as far as the next one depends on them. left: bool[N], titles that may still fill a row."""

    snapshot: Snapshot
    visitor: Visitor
    mine: Personal | None
    day: date
    left: NDArray[np.bool_]
    themes: list[Theme] = field(default_factory=list)

    @cached_property
    def unmet(self) -> NDArray[np.bool_]:
        """bool[N]: titles of which the visitor has said nothing and seen no page."""
        met = [signal.title_id for signal in self.mine.said] if self.mine else []
        return ~np.isin(self.snapshot.index.title_ids, met)

    @cached_property
    def liking(self) -> dict[str, float]:
        """What the visitor's signals say of each genre, signed."""
        genres, summed = self.snapshot.index.facets.genres, dict[str, float]()
        for signal in self.mine.said if self.mine else ():
            row = self.snapshot.index.row_of_title.get(signal.title_id)
            for value in () if row is None else genres.of(row).tolist():
                name = genres.labels[value]
                summed[name] = summed.get(name, 0.0) + personal.weight_of(signal)
        return summed

    def chance(self, what: str) -> Random:
        """The same all day for the same visitor, and for everybody of whom nothing is known."""
        who = self.visitor.owner and (self.visitor.user_id or self.visitor.client_id)
        return Random(seed_of(self.day, who or "", what))  # noqa: S311

    def take(self, ranking: Ranking) -> None:
        rows = [self.snapshot.index.row_of_title[hit.title_id] for hit in ranking.hits]
        self.left &= others(self.snapshot.index, rows)


def plan(
    snapshot: Snapshot,
    visitor: Visitor,
    day: date,
    *,
    mine: Personal | None,
    hidden: NDArray[np.bool_] | None = None,
    without: Collection[int] = (),
) -> list[Row]:
    """The rows of one visitor's page, the first first. mine: None where taste may not or cannot decide.

    hidden: bool[N], what no row shows. without: ids of titles that stand elsewhere on the page.
    """
    known = [signal.title_id for signal in mine.said if signal.kind in (Kind.LIKE, Kind.RATING)] if mine else []
    row_of = snapshot.index.row_of_title
    taken = [row_of[title_id] for title_id in (*known, *without) if title_id in row_of]
    left = others(snapshot.index, taken)
    page = Page(snapshot, visitor, mine, day, left if hidden is None else left & ~hidden)
    chosen = []
    for make in _order(page):
        row = make(page)
        if row is not None and len(row.ranking.hits) >= LEAST:
            chosen.append(row)
            page.take(row.ranking)
    return chosen or [row for row in [_popular(page)] if row.ranking.hits]  # a catalogue of three titles shows them


def _order(page: Page) -> Iterator[Callable[[Page], Row | None]]:
    yield from (_for_you, _because, _continue)
    yield from (_new_here, _theme, _different, _popular) if page.mine else (_popular, _theme, _new_here, _different)


def _for_you(page: Page) -> Row | None:
    """What everybody chooses counts too, but only among titles that the visitor's own signals speak for."""
    mine = page.mine
    if mine is None or all(personal.weight_of(signal) <= 0 for signal in mine.said):
        return None
    among = page.left & page.unmet & (mine.for_you > 0)
    ranking = recommended.for_you(page.snapshot, mine, limit=N_CARDS, among=among)
    more = Link(_("What we know of your taste"), reverse("taste"))
    return Row("for_you", _("For you"), ranking, mine=mine, more=more, why="")


def _because(page: Page) -> Row | None:
    """More like one title, whatever else somebody likes: two favourites, two rows."""
    index, mine = page.snapshot.index, page.mine
    known = [title_id for title_id in mine.favourites if title_id in index.row_of_title][:N_SEEDS] if mine else []
    if mine is None or not known:
        return None
    seed = page.chance("because").choice(known)
    seed_id = next(signal.title.external_id for signal in mine.said if signal.title_id == seed)
    row = index.row_of_title[seed]
    name = index.names[row]
    ranking = engine.similar(page.snapshot, [seed], limit=N_CARDS, among=page.left & page.unmet)
    return Row(
        "because",
        _("Because you liked %(name)s") % {"name": _shortened(name)},
        ranking,
        about=name,
        wishes=makers(index.facets, [row]),
        more=Link(_("More like it"), f"{reverse('title', args=[seed_id])}#similar-heading"),  # namesakes share a name
        why=f"?{urlencode({'like': seed_id})}",
    )


def _continue(page: Page) -> Row | None:
    """What the last search found and was not opened; the searches before it as links."""
    if not page.visitor.personalise:
        return None
    searches = last_searches(page.visitor)
    for place, search in enumerate(searches):
        hits = _unopened(page, search)[:N_CARDS]
        if len(hits) >= LEAST:
            earlier = [Link(_shortened(other.raw_text), _again(other)) for other in searches[place + 1 :]]
            return Row(
                "continue",
                _("Continue your search: “%(text)s”") % {"text": _shortened(search.raw_text)},
                Ranking("continue", hits),
                about=search.raw_text,
                more=Link(_("All results"), _again(search)),
                links=tuple(earlier),
            )
    return None


def _new_here(page: Page) -> Row:
    snapshot = page.snapshot
    among = page.left & np.isin(snapshot.index.title_ids, newest(snapshot.index))
    if mine := page.mine:
        ranking = recommended.for_you(snapshot, mine, limit=N_CARDS, among=among)
    else:
        ranking = engine.popular(snapshot, limit=N_CARDS, among=among)
    latest = _search(year_min=str(max(latest_years_from(snapshot.index), YEARS[0])), sort="newest")
    return Row("new", _("New here"), ranking, more=Link(_("The latest by year"), latest))


def _theme(page: Page) -> Row | None:
    found = _about(page, ordered_for(page.liking, page.chance("theme")), N_CARDS, page.left)
    if found is None:
        return None
    theme, ranking = found
    page.themes.append(theme)
    more = Link(_("More of this theme"), _search(q=theme.text))
    return Row("theme", str(theme.heading), ranking, about=theme.text, more=more)


def _different(page: Page) -> Row | None:
    """A theme far from somebody's taste, its little-known titles, drawn by lot: each had the same chance."""
    chance = page.chance("different")
    little_known = page.left & page.unmet & _little_known(page.snapshot.index)
    untried = [theme for theme in ordered_for(page.liking, chance, farthest=True) if theme not in page.themes]
    found = _about(page, untried, N_DRAWN_FROM, little_known, novelty=NOVELTY[DIFFERENT_STEP])
    if found is None:
        return None
    theme, ranking = found
    return Row(
        "different",
        _("Something different: %(theme)s") % {"theme": theme.heading},
        replace(ranking, hits=_drawn(ranking.hits, chance)),
        about=theme.text,
        note=_("Little-known titles, drawn by lot: not what you would usually be shown."),
        more=Link(_("More off the beaten track"), _search(q=theme.text, surprise=str(DIFFERENT_STEP))),
    )


def _popular(page: Page) -> Row:
    ranking = engine.popular(page.snapshot, limit=N_CARDS, among=page.left)
    return Row("popular", _("Well known and well loved"), ranking, more=Link(_("All films"), _search(kind="movie")))


def _about(
    page: Page, themes: Sequence[Theme], limit: int, among: NDArray[np.bool_], novelty: float | None = None
) -> tuple[Theme, Ranking] | None:
    """The first of the themes that enough titles are really about, and these; else the first that finds enough."""
    second: tuple[Theme, Ranking] | None = None
    for theme in themes[:N_THEMES_TRIED]:
        ranking = engine.search(
            page.snapshot, theme.text, limit=N_LOOKED_AT * limit, correct=False, among=among, novelty=novelty
        )
        its_own = [hit for hit in ranking.hits if _speaks_for(page.snapshot.index, theme, hit)]
        if len(its_own) >= N_CARDS:
            return theme, replace(ranking, hits=its_own[:limit])
        if second is None and len(ranking.hits) >= LEAST:
            second = theme, replace(ranking, hits=ranking.hits[:limit])
    return second


def _speaks_for(index: CatalogIndex, theme: Theme, hit: Hit) -> bool:
    """Whether a title has a genre of the theme, and its words or what it is about agree: one alone may be chance."""
    words, content = hit.parts.get("lexical", 0.0), hit.parts.get("content", 0.0)
    genres = index.facets.genres
    its = {genres.labels[place] for place in genres.of(index.row_of_title[hit.title_id]).tolist()}
    agrees = content >= NOT_FAR and (words >= WORDS_SPEAK or content >= CONTENT_SPEAKS)
    return agrees and not theme.genres.isdisjoint(its)


def _little_known(index: CatalogIndex) -> NDArray[np.bool_]:
    """bool[N]: the less famous half of those whose fame is known. Of the others nobody can say that they are little
    known: a catalogue that counts no votes for a film may hold "Dunkirk".
    """
    known = index.prior > 0
    return known & (index.prior < np.median(index.prior[known])) if known.any() else known


def _drawn(hits: list[Hit], chance: Random) -> list[Hit]:
    """N_CARDS of them by lot, with the odds that each had for its place."""
    odds = 1 / len(hits)
    drawn = chance.sample(hits, min(N_CARDS, len(hits)))
    return [replace(hit, propensity=odds, sources=hit.sources | Source.EXPLORED) for hit in drawn]


def _unopened(page: Page, search: SearchEvent) -> list[Hit]:
    index = page.snapshot.index
    may_show = page.left & page.unmet
    return [
        Hit(title_id, Tier.SEMANTIC, 0.0, 0.0, float(page.snapshot.scorer.novelty[row]), Source(source), {})
        for title_id, source in zip(search.shown, search.source, strict=True)
        if (row := index.row_of_title.get(title_id)) is not None and may_show[row]
    ]


def _again(search: SearchEvent) -> str:
    """Where a logged search is answered anew, its filters as they were."""
    asked = {"q": search.raw_text} | search.filters.get("asked", {})
    return f"{reverse('search')}?{urlencode(asked, doseq=True)}"


def _search(**parameters: str) -> str:
    return f"{reverse('search')}?{urlencode(parameters)}"


def _shortened(text: str) -> str:
    """A name of any length and direction, as part of a heading: isolated from the words around it (UAX 9)."""
    text = text if len(text) <= MAX_NAME else f"{text[: MAX_NAME - 1]}…"
    return f"\u2068{text}\u2069"
