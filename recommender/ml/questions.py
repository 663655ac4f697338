"""A query as it is understood against one catalogue, before any version answers it.

Read the text, look its title up, gather what speaks for titles: the same for every version, so judging
many versions by the same searches does it once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from recommender.ml import evidence as gather
from recommender.ml.encoder import TextEncoder
from recommender.ml.facts.filters import Filters
from recommender.ml.index import CatalogIndex
from recommender.ml.knowledge import IndexKnowledge
from recommender.ml.matching import Matches, match
from recommender.ml.names.folding import fold
from recommender.ml.query.foreign import in_english
from recommender.ml.query.understanding import Chip, Understanding, understand
from recommender.ml.ranking import Tier
from recommender.ml.scoring import Evidence
from recommender.ml.usage import share_with_all

MAX_QUERY_LENGTH = 2_000
REWORDED = 0.8  # confidence in a text whose misspelt words were replaced


@dataclass(frozen=True)
class Question:
    """text: as it was read, misspelt words replaced. unmet: chips that no title meets together.

    evidence: None where nothing was asked for. allowed: bool[N], the rows that may be ranked, None for all.
    """

    text: str
    understanding: Understanding
    unmet: tuple[Chip, ...] = ()
    matches: Matches = field(default_factory=Matches)
    evidence: Evidence | None = None
    allowed: NDArray[np.bool_] | None = None

    @property
    def query_class(self) -> str:
        return "title" if self.matches.tiers else self.understanding.query_class


def question(
    index: CatalogIndex,
    encoder: TextEncoder,
    text: str,
    *,
    filters: Filters | None = None,
    correct: bool = True,
    among: NDArray[np.bool_] | None = None,
) -> Question:
    """What `engine.search` documents, until the point where a version is needed.

    Raises ValueError if the text is longer than MAX_QUERY_LENGTH.
    """
    if len(text) > MAX_QUERY_LENGTH:
        raise ValueError(f"a query may have {MAX_QUERY_LENGTH} characters, this one has {len(text)}")
    folded = fold(text)
    if not len(index) or not (folded or filters):
        return Question(text, Understanding("empty"))
    understanding, unmet = read(index, text, correct=correct)
    matches = _matches(index, text, understanding, correct=correct)
    if correct and not matches.tiers and (other := _reworded(index, text)):
        text, folded = other, fold(other)
        understanding, unmet = read(index, text)
        matches = _matches(index, text, understanding, correct=False)
        matches = replace(matches, correction=text, confidence=REWORDED)
    masks = [mask for mask in (index.facets.mask(filters or Filters()), among) if mask is not None]
    for mask in masks:
        matches = matches.among(mask)
    if (said := index.facets.mask(understanding.filters)) is not None:
        said[list(matches.tiers)] = True  # "western" is a genre, and a title
        masks.append(said)
    if seeds := _named(index, understanding):
        masks.append(others(index, seeds))
    allowed = np.logical_and.reduce(masks) if masks else None
    evidence = _evidence(index, encoder, understanding, matches, seeds, folded)
    return Question(text, understanding, unmet, matches, evidence, allowed)


def read(index: CatalogIndex, text: str, *, correct: bool = True) -> tuple[Understanding, tuple[Chip, ...]]:
    """(what the text asks for, chips that no title meets together).

    Unmet chips narrow nothing, they only lift: a catalogue without country or label has the film all the same.
    """
    understanding = understand(text, IndexKnowledge(index, correct=correct))
    if correct and (understanding.filters.people or understanding.filters.directors):
        to_the_letter = understand(text, IndexKnowledge(index, correct=False))
        if to_the_letter.filters != understanding.filters and match(index, text, correct=True).tiers:
            return Understanding("title", rest=text), ()  # nearer to a title than to a name: "citizen cane"
    fits = index.facets.mask(understanding.filters)
    if fits is None or fits.any():
        return understanding, ()
    softened = replace(understanding, filters=Filters(), hints=understanding.filters, chips=(), rest=text)
    return softened, understanding.chips


def _evidence(
    index: CatalogIndex,
    encoder: TextEncoder,
    understanding: Understanding,
    matches: Matches,
    seeds: Sequence[int],
    folded: str,
) -> Evidence:
    """seeds: rows of titles to be like. Whoever names a title gets titles like it below, not titles spelt like it."""
    rest = fold(understanding.rest)
    if seeds and rest:
        vector, rest_vector = encoder.encode([folded, rest])
        return gather.of_titles(index, seeds, text=folded, vector=vector, more=understanding, more_vector=rest_vector)
    vector = encoder.encode([folded])[0]
    subject = matches.subject
    if subject is not None and not understanding.chips:
        more = understanding if matches.tiers[subject] == Tier.EXACT else None
        return gather.of_titles(index, [subject], text=folded, vector=vector, more=more, more_vector=vector)
    if seeds:
        return gather.of_titles(index, seeds, text=folded, vector=vector)
    return gather.of_text(index, understanding, folded, vector)


def _matches(index: CatalogIndex, text: str, understanding: Understanding, *, correct: bool) -> Matches:
    """Titles that the text names. One that states filters names none, unless it is a name to the letter."""
    if understanding.like:
        return Matches()
    if understanding.query_class == "title":
        return match(index, understanding.rest, correct=correct, hints=understanding.hints)
    if understanding.chips and len(text.split()) > 1:
        exact = index.titles.exact(text, index.prior)
        return Matches(dict.fromkeys(exact, Tier.EXACT), dict.fromkeys(exact, 1.0))
    if understanding.chips:  # "1917", "2001"
        return match(index, text, correct=False)
    return match(index, text, correct=correct)


def _reworded(index: CatalogIndex, text: str) -> str | None:
    """What somebody meant who named a genre in another language, or misspelt words that name no title."""
    if english := in_english(text):
        return english
    rewordings = [
        words
        for words in index.spelling.rewordings(text, index.lexical)
        # Words that no title says together were not meant: "das leben der anderen" is no slip.
        if len(words.split()) < 3 or share_with_all(index.lexical, words.split())
    ]
    names_a_title = (words for words in rewordings if match(index, words, correct=False).tiers)
    return next(names_a_title, rewordings[0] if rewordings else None)


def _named(index: CatalogIndex, understanding: Understanding) -> list[int]:
    """The rows of the titles after "like …"."""
    rows = (IndexKnowledge(index).title_row(name) for name in understanding.like)
    return [row for row in rows if row is not None]


def others(index: CatalogIndex, rows: Sequence[int]) -> NDArray[np.bool_]:
    """bool[N]: all titles but these and their other listings."""
    return ~np.isin(index.facets.work, index.facets.work[list(rows)])
