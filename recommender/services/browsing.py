"""What is shown to somebody who did not ask: titles like a title, and the home page."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from catalog import event_log
from catalog.event_log import Visitor
from catalog.identifiers import uuid7
from catalog.models import Title
from recommender import serving
from recommender.answers.answer import Answer
from recommender.answers.hiding import Opinions, opinions_of
from recommender.answers.reasons import makers
from recommender.home import favourites
from recommender.home.rows import N_CARDS, Row, plan
from recommender.ml import engine
from recommender.ml.curation import either
from recommender.ml.facts.filters import Filters
from recommender.services.slates import answered, items_of, serve, slate_of, titles_of
from recommender.taste import personal


def similar(titles: Sequence[Title], visitor: Visitor, *, limit: int = 6, opinions: Opinions | None = None) -> Answer:
    """Titles like these together, logged as a slate of its own. titles: at least one. opinions: if they are known."""
    started = time.perf_counter()
    snapshot = serving.current()
    opinions = opinions if opinions is not None else opinions_of(visitor)
    hidden = either(opinions.hidden(snapshot.index), serving.curation().hidden_everywhere(snapshot.index))
    among = None if hidden is None else ~hidden
    ranking = engine.similar(snapshot, [title.pk for title in titles], limit=limit, among=among)
    names = ", ".join(title.name for title in titles)
    rows = [row for title in titles if (row := snapshot.index.row_of_title.get(title.pk)) is not None]
    wishes = makers(snapshot.index.facets, rows)
    return serve(
        snapshot, ranking, visitor, surface="similar", text=names, started=started, wishes=wishes, opinions=opinions
    )


class Home(NamedTuple):
    """A home page as it was served. rows: each with the answer that fills it; all share one search_id.

    favourites: well-known titles to pick from; none unless they were wanted.
    n_loved: titles the visitor spoke well of.
    """

    search_id: UUID
    rows: list[tuple[Row, Answer]]
    favourites: list[Title]
    n_loved: int


def home(
    visitor: Visitor,
    *,
    with_favourites: bool = False,
    enough: int | None = None,
    filters: Filters = Filters(),  # noqa: B008 - frozen
    limit: int = N_CARDS,
) -> Home:
    """What to show somebody who has not asked yet. No title stands on the page twice.

    with_favourites: whether to offer any, though to nobody who spoke well of `enough` titles already. filters: which
    titles may stand in a row. limit: of the titles of a row, of which there are N_CARDS at most.

    However many the rows, two queries hydrate them and one INSERT logs them.
    """
    started = time.perf_counter()
    snapshot = serving.current()
    mine, opinions = personal.of(visitor, snapshot), opinions_of(visitor)
    hidden = either(opinions.hidden(snapshot.index), serving.curation().hidden_everywhere(snapshot.index))
    n_loved = len(opinions.loved.union(mine.favourites if mine else ()))
    may_offer = with_favourites and (enough is None or n_loved < enough)
    unwanted = set() if hidden is None else set(snapshot.index.title_ids[hidden].tolist())
    offered = favourites.offered(snapshot.index, unwanted.union(opinions.kinds)) if may_offer else []
    passing = snapshot.index.facets.mask(filters)
    left_out = hidden if passing is None else either(hidden, ~passing)
    planned = plan(snapshot, visitor, timezone.localdate(), mine=mine, hidden=left_out, without=offered)
    planned = [replace(row, ranking=replace(row.ranking, hits=row.ranking.hits[:limit])) for row in planned]
    titles, search_id = titles_of(*(row.ranking for row in planned), and_ids=offered), uuid7()
    shown = [
        items_of(snapshot, row.ranking, titles, opinions, text=row.about, wishes=row.wishes, mine=row.mine)
        for row in planned
    ]
    slates = [
        slate_of(
            snapshot, row.ranking, items, surface="home", text=row.about, started=started, search_id=search_id,
            variant=row.name,
        )
        for row, items in zip(planned, shown, strict=True)
    ]  # fmt: skip
    query_ids = event_log.record_searches(slates, visitor)
    answers = [
        answered(row.ranking, items, slate, query_id, row.mine)
        for row, items, slate, query_id in zip(planned, shown, slates, query_ids, strict=True)
    ]
    return Home(
        search_id,
        list(zip(planned, answers, strict=True)),
        [titles[title_id] for title_id in offered if title_id in titles],
        n_loved,
    )
