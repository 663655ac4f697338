"""What a query refuses and no filter can keep away: it is left out, for searching by meaning would find it."""

from collections.abc import Iterator, Sequence

from recommender.ml.query.lexicon import FILLERS
from recommender.ml.query.readings import Reading, spent
from recommender.ml.query.remainder import content
from recommender.ml.query.tokens import Said
from recommender.ml.query.years import refused_years

_BETWEEN = FILLERS - {",", "and", "or", "but"} | frozenset("too so very really that".split())
_ENDS = frozenset({",", "and", "or", "but"})


def refused_said(said: Said, taken: Sequence[bool]) -> Iterator[Reading]:
    """Spent words for each year that is refused, and for "not" with one word that ends a phrase.

    taken: by token, whether another reading has it. Nothing is left out of a text that says nothing else.
    """
    spans = [
        (first, last) for first, last in [*refused_years(said), *_refused_words(said)] if not any(taken[first:last])
    ]
    without = list(taken)
    for first, last in spans:
        without[first:last] = [True] * (last - first)
    if any(taken) or any(content(said, without)):
        yield from (spent(first, last) for first, last in spans)


def _refused_words(said: Said) -> Iterator[tuple[int, int]]:
    """[first, last) of "not scary", "not too long", "not in space"; "not your average hero" says more."""
    words = [token.word for token in said.tokens]
    for first, word in enumerate(words):
        if word != "not":
            continue
        at = first + 1
        while at < len(words) and words[at] in _BETWEEN:
            at += 1
        while at + 2 < len(words) and words[at + 1] in ("or", "nor"):
            at += 2  # "not marvel or dc"
        if at < len(words) and words[at] not in _ENDS and (at + 1 == len(words) or words[at + 1] in _ENDS):
            yield first, at + 1
