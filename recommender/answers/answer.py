"""What was answered: a page of results as the page shows it, the API sends it and the log keeps it."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from catalog.models import Signal, Title
from catalog.signals import HIDDEN
from recommender.answers.arranging import PLAIN, View
from recommender.answers.paging import MAX_DEPTH, Cursor
from recommender.answers.reasons import reason
from recommender.ml.facts.filters import Filters
from recommender.ml.query.understanding import Chip, Understanding
from recommender.ml.ranking import Hit, Source
from recommender.taste.personal import Personal


@lru_cache(maxsize=1_024)
def _names_of(sources: Source) -> tuple[str, ...]:
    """Taking a bit set apart is dear, and there are few different ones."""
    return tuple(source.name.lower() for source in sources if source.name)


@dataclass(frozen=True)
class Item:
    """One title of an answer. facts: what of the facts asked for is true of it, in words. because: the visitor's own
    signal that speaks loudest for it. said: what they said of it that stands, of `signals.OPINIONS`. is_narrowed:
    whether filters decided which titles show.
    """

    title: Title
    position: int
    hit: Hit
    facts: str = ""
    because: Signal | None = None
    said: frozenset[str] = frozenset()
    is_famous: bool = False
    is_narrowed: bool = False

    @property
    def propensity(self) -> float:
        return self.hit.propensity

    @property
    def is_hidden(self) -> bool:
        """Whether it shows only because the text names it."""
        return not self.said.isdisjoint(HIDDEN)

    @property
    def match(self) -> str:
        return self.hit.tier.name.lower()

    @property
    def sources(self) -> list[str]:
        return list(_names_of(self.hit.sources))

    @property
    def reason(self) -> str:
        return reason(self.hit, self.facts, self.because, is_famous=self.is_famous, is_narrowed=self.is_narrowed)


class Warn(NamedTuple):
    """Something that did not work out as asked, and was answered all the same."""

    code: str
    parameter: str
    detail: str


@dataclass(frozen=True)
class Answer:
    """A served page. `query_id` names its row in the log; the row is committed.

    total: titles that all pages together show. n_matches: how many of them are title matches.
    confidence: of the correction, in [0, 1]. facets: by field (label, number of titles of the whole
    ranking). next_offset: how many titles the pages until here have shown, None on the last.
    """

    query_id: UUID
    search_id: UUID
    user_query: str
    corrected_query: str | None
    query_class: str
    model_version: int
    took_ms: float
    items: list[Item]
    total: int
    n_matches: int
    next_offset: int | None = None
    first_position: int = 1
    confidence: float = 0.0
    quality: str = "high"
    suggestions: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    text: str = ""
    understanding: Understanding = field(default_factory=lambda: Understanding("empty"))
    unmet: tuple[Chip, ...] = ()
    filters: Filters = field(default_factory=Filters)
    facets: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    warnings: tuple[Warn, ...] = ()
    view: View = PLAIN
    is_cut_off: bool = False  # whether the encoder read only the beginning of the text
    mine: Personal | None = None  # the taste that had a say, for whoever asks for reasons

    @property
    def is_the_best_only(self) -> bool:
        """Whether more may fit than one search shows."""
        return self.total >= MAX_DEPTH

    @property
    def next_cursor(self) -> Cursor | None:
        return Cursor(self.search_id, self.next_offset) if self.next_offset else None
