"""What a visitor said of titles, as lists need it: what they hid is not recommended, and buttons show what stands.

Hidden is what was said to be not for them, or seen already, and nobody's switch for personal ranking shows it again:
it was asked for by name. It goes with the work, so that a second listing does not bring it back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from catalog import signals
from catalog.event_log import Visitor
from catalog.models import Signal
from recommender.ml.index import CatalogIndex


@dataclass(frozen=True)
class Opinions:
    """kinds: title id → what stands of it, of `signals.OPINIONS`."""

    kinds: Mapping[int, frozenset[str]] = field(default_factory=dict)

    def of(self, title_id: int) -> frozenset[str]:
        return self.kinds.get(title_id, frozenset())

    @property
    def loved(self) -> set[int]:
        """Ids of titles that they like or keep for later."""
        return {
            title_id for title_id, kinds in self.kinds.items() if kinds & {Signal.Kind.LIKE, Signal.Kind.WATCHLIST}
        }

    def hidden(self, index: CatalogIndex) -> NDArray[np.bool_] | None:
        """bool[N], the rows that no list recommends; None where there are none."""
        ids = [title_id for title_id, kinds in self.kinds.items() if not kinds.isdisjoint(signals.HIDDEN)]
        rows = [row for title_id in ids if (row := index.row_of_title.get(title_id)) is not None]
        return np.isin(index.facets.work, index.facets.work[rows]) if rows else None

    def recommendable(self, index: CatalogIndex) -> NDArray[np.bool_] | None:
        """bool[N], all other rows; None where that is every one."""
        hidden = self.hidden(index)
        return None if hidden is None else ~hidden


def opinions_of(visitor: Visitor, everything: Iterable[Signal] | None = None) -> Opinions:
    """everything: all signals of theirs that count, if they are at hand; else one query, and none for robots and for
    callers who say nothing of themselves.
    """
    if everything is not None:
        return Opinions(signals.opinions_among((said.title_id, said.kind) for said in everything))
    return Opinions(signals.opinions(visitor.owner)) if visitor.owner else Opinions()
