"""Lists for somebody who did not ask: for you, because you liked, new, popular, and what goes with what they saw.

The same as the rows of the first page, one at a time and longer. Whoever nothing is known of gets what is popular,
and is told so. Each is on the log under the name of its row.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from catalog.event_log import Visitor
from catalog.identifiers import uuid7
from catalog.models import SearchEvent, Title
from recommender import serving
from recommender.answers import filtering
from recommender.answers.answer import Answer, Warn
from recommender.answers.hiding import Opinions, opinions_of
from recommender.answers.paging import MAX_DEPTH, BadCursor, Cursor
from recommender.answers.reasons import makers
from recommender.home.newest import newest
from recommender.home.rows import Page
from recommender.ml import engine
from recommender.ml.curation import either
from recommender.ml.facts.filters import Filters
from recommender.ml.questions import others
from recommender.ml.ranking import Ranking
from recommender.ml.snapshot import Snapshot
from recommender.services.searching import unknown_values
from recommender.services.slates import serve
from recommender.taste import personal, recommended
from recommender.taste.personal import Personal

FOR_YOU, BECAUSE, NEW, POPULAR, SESSION = "for_you", "because", "new", "popular", "session"  # what the log calls them


class Filled(NamedTuple):
    """What fills a list. name: what the log calls it. about: the title that it is about, if any.

    wishes: facts that may be a title's reason. mine: the taste that had a say.
    """

    name: str
    ranking: Ranking
    about: str = ""
    wishes: Filters | None = None
    mine: Personal | None = None


class _Asked(NamedTuple):
    """page: who asks, and which titles may stand in the list. seed: a title to be like."""

    page: Page
    limit: int
    seed: Title | None


def recommend(
    scenario: str,
    visitor: Visitor,
    *,
    seed: Title | None = None,
    filters: Filters = Filters(),  # noqa: B008 - frozen
    limit: int,
    cursor: Cursor | None = None,
) -> Answer:
    """One of SCENARIOS, logged. seed: what `because_you_liked` is about, by default the newest favourite.

    Raises BadCursor and serving.NotReady.
    """
    started = time.perf_counter()
    snapshot = serving.current()
    before = _pages_before(cursor, scenario, filters) if cursor else []
    offset = cursor.offset if cursor else 0
    shown = {title for page in before for title in page.shown[: max(0, offset + 1 - page.first_position)]}
    mine, opinions = personal.of(visitor, snapshot), opinions_of(visitor)
    page = Page(snapshot, visitor, mine, timezone.localdate(), _left(snapshot, mine, opinions, filters, shown))
    asked = _Asked(page, min(limit, MAX_DEPTH - offset), seed)
    fell_back = bool(before) and before[0].variant != VARIANTS[scenario]
    found = None if fell_back else SCENARIOS[scenario](asked)
    warnings = unknown_values(snapshot, filters)
    if found is None or (scenario != "popular" and not (found.ranking.hits or before)):
        found = _popular(asked)
        warnings.append(Warn("fallback", "scenario", _why_popular(visitor, mine)))
    answer = _served(found, snapshot, visitor, started, opinions, filters, cursor)
    n_left = found.ranking.total
    shown_until = offset + len(answer.items)
    goes_on = scenario in PAGED and 0 < len(found.ranking.hits) < n_left and offset < shown_until < MAX_DEPTH
    return replace(
        answer,
        total=min(MAX_DEPTH, offset + n_left) if scenario in PAGED else len(answer.items),
        next_offset=shown_until if goes_on else None,
        warnings=tuple(warnings),
    )


def after(
    titles: Sequence[Title],
    visitor: Visitor,
    *,
    filters: Filters = Filters(),  # noqa: B008 - frozen
    limit: int,
) -> Answer:
    """What comes next for somebody who just looked at these, the last one first. No signal is made of it.

    What else is known of the visitor has no say, but what they hid stays hidden. Raises serving.NotReady.
    """
    started = time.perf_counter()
    snapshot = serving.current()
    opinions, warnings = opinions_of(visitor), unknown_values(snapshot, filters)
    mine = personal.of_looks(titles, snapshot)
    left = _left(snapshot, None, opinions, filters, [title.pk for title in titles])
    found = None
    if mine is not None:
        among = left & (mine.for_you > 0)
        ranking = recommended.for_you(snapshot, mine, limit=limit, among=among)
        found = Filled(SESSION, ranking, mine=mine)
    if found is None or not found.ranking.hits:
        found = Filled(POPULAR, engine.popular(snapshot, limit=limit, among=left))
        detail = "Nothing goes with these titles, so this is what is popular."
        warnings.append(Warn("fallback", "item_ids", detail))
    answer = _served(found, snapshot, visitor, started, opinions, filters, None)
    return replace(answer, warnings=tuple(warnings))


def _served(
    found: Filled,
    snapshot: Snapshot,
    visitor: Visitor,
    started: float,
    opinions: Opinions,
    filters: Filters,
    cursor: Cursor | None,
) -> Answer:
    answer = serve(
        snapshot,
        found.ranking,
        visitor,
        surface="home",
        text=found.about,
        started=started,
        wishes=found.wishes,
        search_id=cursor.search_id if cursor else uuid7(),
        offset=cursor.offset if cursor else 0,
        logged={"asked": filtering.as_json(filters)} if filters else {},
        mine=found.mine,
        opinions=opinions,
        variant=found.name,
    )
    return replace(answer, filters=filters)


def _for_you(asked: _Asked) -> Filled | None:
    """What everybody chooses counts too, but only among titles that the visitor's own signals speak for."""
    page, mine = asked.page, asked.page.mine
    if mine is None or all(personal.weight_of(signal) <= 0 for signal in mine.said):
        return None
    among = page.left & page.unmet & (mine.for_you > 0)
    ranking = recommended.for_you(page.snapshot, mine, limit=asked.limit, among=among)
    return Filled(FOR_YOU, ranking, mine=mine)


def _because(asked: _Asked) -> Filled | None:
    page, index = asked.page, asked.page.snapshot.index
    known = [asked.seed.pk] if asked.seed else page.mine.favourites if page.mine else []
    seed = next((title_id for title_id in known if title_id in index.row_of_title), None)
    if seed is None:
        return None
    row = index.row_of_title[seed]
    ranking = engine.similar(page.snapshot, [seed], limit=asked.limit, among=page.left & page.unmet)
    return Filled(BECAUSE, ranking, about=index.names[row], wishes=makers(index.facets, [row]))


def _new(asked: _Asked) -> Filled:
    snapshot, mine = asked.page.snapshot, asked.page.mine
    among = asked.page.left & np.isin(snapshot.index.title_ids, newest(snapshot.index))
    if mine is None:
        return Filled(NEW, engine.popular(snapshot, limit=asked.limit, among=among))
    ranking = engine.for_you(snapshot, mine.attention, mine.for_you, limit=asked.limit, among=among)
    return Filled(NEW, ranking, mine=mine)


def _popular(asked: _Asked) -> Filled:
    return Filled(POPULAR, engine.popular(asked.page.snapshot, limit=asked.limit, among=asked.page.left))


SCENARIOS: dict[str, Callable[[_Asked], Filled | None]] = {
    "for_you": _for_you,
    "because_you_liked": _because,
    "new": _new,
    "popular": _popular,
}
VARIANTS = {"for_you": FOR_YOU, "because_you_liked": BECAUSE, "new": NEW, "popular": POPULAR}
PAGED = ("for_you", "new", "popular")


def _left(
    snapshot: Snapshot, mine: Personal | None, opinions: Opinions, filters: Filters, without: Collection[int]
) -> NDArray[np.bool_]:
    """bool[N]: what passes, without what is hidden, what the visitor likes already, and `without` (title ids)."""
    index = snapshot.index
    known = [signal.title_id for signal in mine.said if signal.kind in personal.OPINIONS] if mine else []
    rows = [row for title_id in (*known, *without) if (row := index.row_of_title.get(title_id)) is not None]
    left = others(index, rows)
    hidden = either(opinions.hidden(index), serving.curation().hidden_everywhere(index))
    passing = index.facets.mask(filters)
    for mask in (None if hidden is None else ~hidden, passing):
        left = left if mask is None else left & mask
    return left


def _why_popular(visitor: Visitor, mine: Personal | None) -> str:
    if not visitor.personalise:
        return "No profile may be used, so this is what is popular."
    if visitor.client_id is None and visitor.user_id is None:
        return "The call names nobody by a client_id, so this is what is popular."
    if mine is None:
        return "Nothing is known of this visitor yet, so this is what is popular."
    return "Nothing fits what is known of this visitor, so this is what is popular."


def _pages_before(cursor: Cursor, scenario: str, filters: Filters) -> list[SearchEvent]:
    """The pages that this list has shown, the first first. One query. Raises BadCursor where another is continued."""
    logged = SearchEvent.objects.filter(search_id=cursor.search_id, surface="home").order_by("first_position")
    pages = list(logged.only("variant", "filters", "first_position", "shown", "may_teach"))
    if not pages:
        raise BadCursor("The list that this cursor continues is not known; start again without it.")
    if scenario not in PAGED or any(page.variant not in (VARIANTS[scenario], POPULAR) for page in pages):
        raise BadCursor("This cursor continues another list; start again without it.")
    asked = filtering.as_json(filters)
    if any(page.filters.get("asked", {}) != asked for page in pages if page.may_teach):
        raise BadCursor("This cursor continues a list with other filters; start again without it.")
    if cursor.offset > max(page.first_position - 1 + len(page.shown) for page in pages):
        raise BadCursor("This cursor begins behind what its list has shown; start again without it.")
    return pages
