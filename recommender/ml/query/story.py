"""Texts that tell of a film: how they are recognised, and what in them is worth a hint."""

import re
from collections.abc import Iterator, Sequence

from recommender.ml.facts.filters import Filters
from recommender.ml.query.lexicon import KINDS
from recommender.ml.query.readings import Reading, filters_of
from recommender.ml.query.tokens import Said

_WORK = r"(?:movies?|films?|flick|shows?|series|cartoon|anime|one|story|documentary|comedy|thriller|drama|episode)"
_TOLD = re.compile(
    rf"""^(?:what|which|whats|who|whos|whose|this|name\ (?:the|of|this|a)|in\ (?:what|which|this))(?:\ \S+){{5}}
    | ^(?:what|which|whats)\ (?:\w+\ ){{0,3}}{_WORK}\b
    | \b(?:this|that)\ (?:\w+\ ){{0,4}}{_WORK}\b
    | \b{_WORK}\ (?:where|in\ which|when|whose|who|that\ (?:starts|ends|begins|opens|had|has\ a|i|takes))\b
    | \bi\ (?:remember|saw|watched|think|thought|recall|believe|forgot|dont\ remember|am\ thinking|m\ thinking)\b
    | \b(?:im\ thinking\ of|trying\ to\ (?:find|remember|recall)|cant\ (?:remember|recall|find)
        |name\ of\ (?:the|this|a)|help\ me\ (?:find|remember)|what\ (?:was|is)\ (?:the|this|that)
        |(?:movie|film|show)\ (?:is|was|s)\ about
        |in\ the\ (?:beginning|end)|at\ the\ end(?!\ of)|(?:opening|last)\ scene|when\ i\ was|main\ character
        |in\ this\ (?:movie|film|{_WORK}|(?:19|20)\d\d)|this\ (?:movie|film|(?:19|20)\d\d)|there\ (?:is|was|were))\b
    | \bwhere\ (?:a|an|the|he|she|they|some|two|people|everyone)\b
    """,
    re.VERBOSE,
)
SHORTEST = 5  # words; "i saw the devil" is a title
_SOMEBODY = re.compile(r"\b(?:he|she|they|him|his|her|their)\b")
_SEEN = frozenset("saw seen watched watch watching rented child kid childhood".split())
_RELEASED = frozenset("from made released of filmed out produced shot".split())
_REMEMBERED = (8, 4)  # how many words before and after a year tell that it was seen then
_LIKENED = frozenset("like type lookalike look looks song type".split())  # "a Tom Cruise type"
_NO_CAST = frozenset("like not wasnt isnt nor".split())


def is_told(said: Said) -> bool:
    """Whether the text asks which film it was, or tells what happens in it."""
    line = said.line
    if len(said) < SHORTEST:
        return False
    return bool(_TOLD.search(line)) or (len(said) > 7 and bool(_SOMEBODY.search(line)))


def story_hints(said: Said, readings: Sequence[Reading]) -> Filters:
    """What a story says of the film itself: people, the kind, firm genre words, an origin, one span of years."""
    kept = [reading for reading in readings if reading.field and _tells_of_film(said, reading)]
    kinds = {reading.value for reading in kept if reading.field == "kind"}
    wishes = [
        reading.wish for reading in kept if reading.field != "years" and (reading.field != "kind" or len(kinds) == 1)
    ]
    return filters_of([*wishes, *list(_years(said, kept))[:1]])


def _tells_of_film(said: Said, reading: Reading) -> bool:
    """A place or language "in" or "from" which something comes belongs to the film only right after its kind."""
    if reading.field in ("runtime", "maturity") or not reading.in_stories:
        return False
    if reading.field == "people":
        after = said.tokens[reading.last].word if reading.last < len(said) else ""
        before = [token.word for token in said.tokens[max(0, reading.first - 2) : reading.first]]
        return after not in _LIKENED and _NO_CAST.isdisjoint(before)
    if not reading.attached or reading.field == "years":
        return True
    return reading.first > 0 and said.tokens[reading.first - 1].stem in KINDS


def _years(said: Said, readings: Sequence[Reading]) -> Iterator[tuple[str, str]]:
    """The likeliest first: a year of release, a decade something is "in", the year in which it was seen."""
    years = [reading for reading in readings if reading.field == "years"]
    seen = [reading for reading in years if _is_when_seen(said, reading)]
    yield from (reading.wish for reading in years if not reading.attached and reading not in seen)
    yield from (r.wish for r in years if r.attached and r not in seen and len(set(r.value.split("-"))) > 1)
    yield from (("years", f"-{reading.value.split('-')[1]}") for reading in seen)


def _is_when_seen(said: Said, reading: Reading) -> bool:
    """ "I watched it around 2005": the film is no younger."""
    before, after = _REMEMBERED
    words = {token.word for token in said.tokens[max(0, reading.first - before) : reading.last + after]}
    return not _SEEN.isdisjoint(words) and said.tokens[reading.first].word not in _RELEASED
