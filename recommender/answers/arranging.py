"""How somebody wants their results: in which order, and how familiar.

Order is the reader's, within what belongs together: first the titles that the text names ("star wars" names ten),
then the best matches of its words, then the weaker ones: "newest first" is no wish for any film of last year.
Familiarity is λ of `recommender.ml.scoring`, in five steps around what the version was judged with. Diversity is that
of `recommender.ml.diversity`; it belongs to the order of the ranking and means nothing to another one.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from recommender.ml.index import CatalogIndex
from recommender.ml.names.folding import fold
from recommender.ml.ranking import Hit, Tier

BEST, AS_JUDGED = "best", 2
SORTS: dict[str, Promise] = {
    BEST: _("Best match"),
    "newest": _("Newest first"),
    "oldest": _("Oldest first"),
    "title": _("A to Z"),
    "shortest": _("Shortest first"),
}
SURPRISES: dict[int, Promise] = {
    0: _("Only what everybody knows"),
    1: _("Rather familiar"),
    2: _("Balanced"),
    3: _("Rather surprising"),
    4: _("Off the beaten track"),
}
N_GOOD = 100  # best matches; of "time travel paradox" the newest five of all ranked 181 to 925, of these 1 to 64
# λ of each step, None for the version's own. On twelve themes of the real catalogue the mean fame of the first 20
# goes .82, .77, .68, .59, .41 over the steps, at 5, 2, 0, 1 and 8 % less relevance.
NOVELTY: dict[int, float | None] = {0: -2.0, 1: -0.7, AS_JUDGED: None, 3: 0.5, 4: 1.0}


class View(NamedTuple):
    """What an address says beside text and filters. correct: whether a misspelt name may be taken for another.

    diversity: in [0, 1], how much titles give way to others that are unlike those above them. novelty_weight: λ
    itself, in place of that of the step `surprise`.
    """

    correct: bool = True
    sort: str = BEST
    surprise: int = AS_JUDGED
    diversity: float = 0.0
    novelty_weight: float | None = None

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """What differs from the plain view."""
        found = [] if self.correct else [("correct", "0")]
        found += [("sort", self.sort)] if self.sort != BEST else []
        found += [("surprise", str(self.surprise))] if self.surprise != AS_JUDGED else []
        found += [("diversity", f"{self.diversity:g}")] if self.diversity else []
        return found + ([("novelty_weight", f"{self.novelty_weight:g}")] if self.novelty_weight is not None else [])

    @property
    def is_arranged(self) -> bool:
        """Whether the order is the reader's, and not what the version would give."""
        return self.sort != BEST or self.diversity > 0

    @property
    def novelty(self) -> float | None:
        return NOVELTY[self.surprise] if self.novelty_weight is None else self.novelty_weight


PLAIN = View()


def arranged(hits: Sequence[Hit], index: CatalogIndex, sort: str, n_good: int | None = None) -> list[Hit]:
    """Title matches in the order asked for, then the others in that order; what has no year or length comes last.

    n_good: how many of the others are arranged before the rest is, None for all. Equals keep the ranking's order.
    """
    if sort == BEST:
        return list(hits)

    def key(hit: Hit) -> tuple[bool, int] | str:
        return _KEYS[sort](index, index.row_of_title[hit.title_id])

    named = [hit for hit in hits if hit.tier != Tier.SEMANTIC]
    others = [hit for hit in hits if hit.tier == Tier.SEMANTIC]
    n_good = len(others) if n_good is None else n_good
    return [*sorted(named, key=key), *sorted(others[:n_good], key=key), *sorted(others[n_good:], key=key)]


def _known_first(number: int, sign: int = 1) -> tuple[bool, int]:
    return number <= 0, sign * number


_KEYS: dict[str, Callable[[CatalogIndex, int], tuple[bool, int] | str]] = {
    "newest": lambda index, row: _known_first(int(index.facets.years[row]), -1),
    "oldest": lambda index, row: _known_first(int(index.facets.years[row])),
    "title": lambda index, row: fold(index.names[row]),
    "shortest": lambda index, row: _known_first(int(index.facets.runtime[row])),
}
