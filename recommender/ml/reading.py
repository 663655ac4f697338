"""What somebody means by a text: its filters and wishes, the titles it names, and its words where they were misspelt.

It depends on the catalogue alone, neither on a version nor on who asks, so the last texts are remembered: people ask
the same things, and a second page asks what the first did.
"""

from dataclasses import dataclass, replace

from recommender.ml.facts.filters import Filters
from recommender.ml.index import CatalogIndex
from recommender.ml.knowledge import IndexKnowledge
from recommender.ml.matching import Matches, abbreviated, continued, match
from recommender.ml.query.foreign import in_english
from recommender.ml.query.german import from_german
from recommender.ml.query.understanding import Chip, Understanding, understand
from recommender.ml.ranking import Tier
from recommender.ml.recent import Recent
from recommender.ml.usage import share_with_all

REWORDED = 0.8  # confidence in a text whose misspelt words were replaced
KEPT = 512  # texts


@dataclass(frozen=True)
class Meant:
    """text: as it was read, misspelt words replaced. unmet: chips that no title meets together."""

    text: str
    understanding: Understanding
    unmet: tuple[Chip, ...]
    matches: Matches


_recent: Recent[tuple[str, bool], Meant] = Recent(KEPT)


def meant(index: CatalogIndex, text: str, *, correct: bool = True) -> Meant:
    """correct: whether what is misspelt may be taken for something else."""
    found = _recent.get(index, (text, correct))
    if found is None:
        found = _meant(index, text, correct=correct)
        _recent.put(index, (text, correct), found)
    return found


def _meant(index: CatalogIndex, text: str, *, correct: bool) -> Meant:
    understanding, unmet = read(index, text, correct=correct)
    matches = _matches(index, text, understanding, correct=correct)
    if not correct:
        return Meant(text, understanding, unmet, matches)
    other = _in_english(index, text, understanding, matches)
    if not other and not understanding.like:
        if not understanding.chips:
            matches = continued(index, text, matches)
        elif not matches.tiers and understanding.rest and (begun := continued(index, text)).tiers:
            understanding, unmet, matches = Understanding("title", rest=text), (), begun  # "american ps"
    if not other and not matches.tiers:
        matches = abbreviated(index, text, matches)
    if not other and not matches.tiers:
        other = _reworded(index, text)
    if not other:
        return Meant(text, understanding, unmet, matches)
    understanding, unmet = read(index, other)
    matches = _matches(index, other, understanding, correct=False)
    return Meant(other, understanding, unmet, replace(matches, correction=other, confidence=REWORDED))


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
    refused, unmet = understanding.refused, [c for c in understanding.chips if c not in understanding.refused]
    rest = understanding.sought(text)
    softened = replace(understanding, filters=Filters(), hints=understanding.filters, chips=refused, rest=rest)
    return softened, tuple(unmet)


def _matches(index: CatalogIndex, text: str, understanding: Understanding, *, correct: bool) -> Matches:
    """Titles that the text names. One that states filters names none, unless it is a name to the letter."""
    if understanding.like:
        return Matches()
    if understanding.query_class == "title":
        return match(index, understanding.rest, correct=correct, hints=understanding.hints)
    if understanding.chips and len(text.split()) > 1:
        exact = index.titles.exact(text, index.standing)
        return Matches(dict.fromkeys(exact, Tier.EXACT), dict.fromkeys(exact, 1.0))
    if understanding.chips:  # "1917", "2001"
        return match(index, text, correct=False)
    return match(index, text, correct=correct)


def _in_english(index: CatalogIndex, text: str, understanding: Understanding, matches: Matches) -> str | None:
    """What somebody asked for in another language, unless it is surely a name or English says no more."""
    if any(tier > Tier.TYPO for tier in matches.tiers.values()):
        return None
    if (german := from_german(text)) is not None:
        english, n_unknown = german
        if not n_unknown or _n_wishes(read(index, english)[0]) > _n_wishes(understanding):
            return english
    return None if matches.tiers else in_english(text)


def _n_wishes(understanding: Understanding) -> int:
    return len(understanding.chips) + len(understanding.like) + bool(understanding.hints)


def _reworded(index: CatalogIndex, text: str) -> str | None:
    """What somebody meant who misspelt words that name no title."""
    rewordings = [
        words
        for words in index.spelling.rewordings(text, index.lexical)
        # Words that no title says together were not meant: "stirb langsam" is no slip of "stirs langham".
        if share_with_all(index.lexical, words.split())
    ]
    names_a_title = (words for words in rewordings if match(index, words, correct=False).tiers)
    return next(names_a_title, rewordings[0] if rewordings else None)
