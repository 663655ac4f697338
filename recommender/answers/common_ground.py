"""Why somebody might like a title, before they ask: which of their own signals speak for it, and what it shares with
what these are about.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from catalog.event_log import Visitor
from catalog.models import Signal, Title
from recommender import serving
from recommender.answers.reasons import because_in_words
from recommender.ml.facts.facets import Facets
from recommender.ml.facts.values import ValueTable
from recommender.taste import personal
from recommender.taste.personal import OPINIONS, WEIGHTS

MAX_REASONS = 3
MAX_SHARED = 4  # facts named of one pair of titles


@dataclass(frozen=True)
class Ground:
    """words: the signal, about `title`. shared: what both titles have. speaks_for: or against."""

    words: str
    title: Title
    shared: list[str]
    speaks_for: bool


def grounds(film: Title, visitor: Visitor, newest: Sequence[Signal]) -> list[Ground]:
    """The loudest first; none where nothing personal may or can be said. newest: the visitor's signals that count.

    Raises serving.NotReady.
    """
    snapshot = serving.current()
    mine = personal.of(visitor, snapshot, newest)
    row = snapshot.index.row_of_title.get(film.pk)
    if mine is None or row is None:
        return []
    found = []
    for signal, points in mine.because(film.pk, MAX_REASONS + 1):
        other = snapshot.index.row_of_title.get(signal.title_id)
        if signal.title_id != film.pk and other is not None:
            shared = in_common(snapshot.index.facets, row, other)
            found.append(Ground(_said(signal, speaks_for=points > 0), signal.title, shared, points > 0))
    return found[:MAX_REASONS]


def in_common(facets: Facets, row: int, other: int) -> list[str]:
    """What the titles in two rows share: who made them first, then who is in them, then genres."""
    directors, people, genres = (
        _both(table, row, other) for table in (facets.directors, facets.people, facets.genres)
    )
    return list(dict.fromkeys([*directors, *people, *genres]))[:MAX_SHARED]


def _both(table: ValueTable, row: int, other: int) -> list[str]:
    also = set(table.of(other).tolist())
    return [table.labels[place] for place in table.of(row).tolist() if place in also]


def _said(signal: Signal, *, speaks_for: bool) -> str:
    if speaks_for:
        return because_in_words(signal)
    if signal.kind in OPINIONS or WEIGHTS.get(Signal.Kind(signal.kind), 0) < 0:
        return _("Although %(name)s was not for you") % {"name": signal.title.name}
    return pgettext("a title speaks against another", "Unlike %(name)s") % {"name": signal.title.name}
