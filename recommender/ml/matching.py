"""Which titles a text names: the tiers that stand above every score."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from recommender.ml.facts.filters import Filters
from recommender.ml.index import CatalogIndex
from recommender.ml.names.beginnings import begun, is_beginning, is_cut, is_spaced_so
from recommender.ml.names.completions import MIN_FUZZY_LETTERS, WELL_KNOWN
from recommender.ml.names.folding import fold
from recommender.ml.names.hits import Match
from recommender.ml.names.slips import RAREST
from recommender.ml.names.titles import CONFIDENT, corrected
from recommender.ml.ranking import Tier
from recommender.ml.usage import share_with_all, usual_spelling

_WITH_YEAR = re.compile(r"(?P<name>.*\S)\s*\((?P<year>\d{4})\)?", re.ASCII | re.DOTALL)
_TIERS = {Match.EXACT: Tier.EXACT, Match.PREFIX: Tier.PREFIX, Match.TYPO: Tier.TYPO}
N_SUGGESTIONS = 3
SLIP_WORTH = 0.1  # fame that the title of a slip must have more than one that begins with what was typed
SURE_LETTERS = 8  # typed in several words; these also begin a name that is LESS_KNOWN
LESS_KNOWN = 0.3
N_CONTINUED = 20  # titles that go on from what somebody began to type
LEAST_LIKELY = 0.05  # confidence below which a name is not worth a question


@dataclass(frozen=True)
class Matches:
    """tiers, similarity: by row, the likeliest first.

    correction: the name the text was taken for, where it is spelt otherwise. suggestions: names that it
    may mean, not surely enough for a tier; their similarity lifts them all the same.
    """

    tiers: dict[int, Tier] = field(default_factory=dict)
    similarity: dict[int, float] = field(default_factory=dict)
    correction: str | None = None
    confidence: float = 0.0
    suggestions: tuple[str, ...] = ()

    @property
    def subject(self) -> int | None:
        """The row that was probably meant."""
        return next(iter(self.tiers), None)

    def among(self, allowed: NDArray[np.bool_]) -> "Matches":
        """Without the titles that may not show; a correction whose title may not show is none."""
        rows = [row for row in self.tiers if allowed[row]]
        if len(rows) == len(self.tiers):  # as where a theme was reworded, which names no title
            return self
        kept = replace(self, tiers={r: self.tiers[r] for r in rows}, similarity={r: self.similarity[r] for r in rows})
        return kept if rows else replace(kept, correction=None, confidence=0.0)


def match(index: CatalogIndex, text: str, *, correct: bool, hints: Filters = Filters()) -> Matches:  # noqa: B008
    """correct: whether a misspelt name may be taken for the right one.

    hints: tell namesakes apart ("king kong 1933").
    """
    if namesakes := of_year(index, text):
        return Matches(dict.fromkeys(namesakes, Tier.EXACT), dict.fromkeys(namesakes, 1.0))
    usage = partial(share_with_all, index.lexical)
    hits = index.titles.find(text, usage=usage, prior=index.prior, standing=index.standing, correct=correct)
    if not hits or hits[0].confidence < CONFIDENT:
        likely = [hit for hit in hits if hit.confidence >= LEAST_LIKELY]
        names = dict.fromkeys(index.names[hit.row] for hit in likely)
        return Matches(
            similarity={hit.row: hit.similarity for hit in likely}, suggestions=tuple(names)[:N_SUGGESTIONS]
        )
    if hints:
        agreed = sum(index.facets.agreements(hints).values(), np.zeros(len(index), np.float32))
        hits = sorted(hits, key=lambda hit: (hit.match, -agreed[hit.row]))
    first = hits[0]
    if first.match == Match.TYPO:
        bearers = _bearers(index, first.row)
        hits = sorted(hits, key=lambda hit: bearers.index(hit.row) if hit.row in bearers else len(bearers))
    return Matches(
        tiers={hit.row: _TIERS[hit.match] for hit in hits},
        similarity={hit.row: hit.similarity for hit in hits},
        correction=corrected(text, index.names[first.row]) if first.match == Match.TYPO else None,
        confidence=first.confidence if first.match == Match.TYPO else 0.0,
    )


def of_year(index: CatalogIndex, text: str) -> list[int]:
    """The titles of a name with a year in brackets, "Parasite (2019)", those of the year first; [] if there is none.

    Where the brackets are part of a name, they are no year.
    """
    said = _WITH_YEAR.fullmatch(text.strip())
    if said is None or index.titles.exact(text):
        return []
    named = index.titles.exact(said["name"], index.standing)
    then = [row for row in named if index.facets.years[row] == int(said["year"])]
    return [*then, *(row for row in named if row not in then)] if then else []


def continued(index: CatalogIndex, text: str, otherwise: Matches = Matches()) -> Matches:
    """The titles whose names go on from a text that ends within a name, "the godfat", "the dark k", the famous first.

    otherwise: what `match` takes it for, and what stands where nothing goes on. A whole name comes before; so does a
    slip of a more famous one, unless the last word is too short to be one.
    """
    words = fold(text).split()
    if not is_beginning(words, share_with_all(index.lexical, words)):
        return _completed(index, words, otherwise)
    at_least = WELL_KNOWN if len("".join(words)) < SURE_LETTERS else LESS_KNOWN
    rows = begun(index.titles, text, index.standing, at_least=at_least)
    if not rows or (not is_cut(words[-1]) and index.standing[rows[0]] < _least(index, otherwise)):
        return _completed(index, words, otherwise)
    if Tier.EXACT in otherwise.tiers.values():
        if is_spaced_so(index.titles, text):
            return _joined(otherwise, rows)
        otherwise = replace(otherwise, tiers=dict.fromkeys(otherwise.tiers, Tier.PREFIX))  # "toy s" is no "Toys"
    return _joined(otherwise, rows, first=True)


def abbreviated(index: CatalogIndex, text: str, otherwise: Matches) -> Matches:
    """The famous titles whose initials somebody typed, "lotr", where no title says that word."""
    word = fold(text)
    rows = [] if index.lexical.knows(word) else index.acronyms.get(word, [])
    return Matches(dict.fromkeys(rows, Tier.TYPO), dict.fromkeys(rows, 1.0)) if rows else otherwise


def _completed(index: CatalogIndex, words: Sequence[str], otherwise: Matches) -> Matches:
    """The titles of which the words, run together, are the beginning of a name or of its part: "incep", "thegodf".

    A slip of a more famous name comes before. No name goes on that is not well known itself, and none from words
    that titles say as they stand: "godf" can mean nothing else, "star" and "space wa" can.
    """
    if any(tier != Tier.TYPO for tier in otherwise.tiers.values()) or not _is_unfinished(index, words):
        return otherwise
    going_on = index.title_completions.search(index.titles, "".join(words))
    going_on = sorted((one for one in going_on if one.starts), key=lambda one: (-one.fame, one.row))
    if not going_on or going_on[0].fame < _least(index, otherwise):
        return otherwise
    rows = dict.fromkeys(row for one in going_on for row in _bearers(index, one.row))
    return _joined(otherwise, list(rows)[:N_CONTINUED], first=True)


def _bearers(index: CatalogIndex, row: int) -> list[int]:
    """The titles with the very name of this one, the one that is probably meant first."""
    name = index.names[row]
    same = [other for other in index.titles.exact(name, index.standing) if fold(index.names[other]) == fold(name)]
    return same or [row]


def _least(index: CatalogIndex, otherwise: Matches) -> float:
    """The fame that a title must have to come before what the text is a slip of."""
    first = otherwise.subject
    if first is None or otherwise.tiers[first] != Tier.TYPO:
        return WELL_KNOWN
    return max(WELL_KNOWN, float(index.prior[first]) - SLIP_WORTH)


def _joined(otherwise: Matches, rows: Sequence[int], *, first: bool = False) -> Matches:
    """first: whether these rows, of names that go on, come before the others; those that are both lead then.

    "the scor" lacks more of "The Scorpion King" than a letter.
    """
    named = dict.fromkeys(rows, Tier.PREFIX)
    if first:
        tiers = dict.fromkeys(sorted(rows, key=lambda row: row not in otherwise.tiers), Tier.PREFIX)
        tiers |= {row: tier for row, tier in otherwise.tiers.items() if row not in named}
    else:
        tiers = otherwise.tiers | {row: tier for row, tier in named.items() if row not in otherwise.tiers}
    return Matches(tiers, dict(otherwise.similarity) | dict.fromkeys(rows, 1.0))


def _is_unfinished(index: CatalogIndex, words: Sequence[str]) -> bool:
    """Whether no title says these folded words together, or the last only as what a longer word stems from."""
    if len("".join(words)) < MIN_FUZZY_LETTERS:
        return False
    if share_with_all(index.lexical, words) <= RAREST:
        return True
    spelling = usual_spelling(index.lexical, words[-1])
    return len(spelling) > len(words[-1]) and spelling.startswith(words[-1])
