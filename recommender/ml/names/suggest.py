"""What to offer while somebody types: titles, people, genres, themes and popular queries that go on from it.

Pure: it reads arrays of the index and a list of popular queries, and remembers nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recommender.ml.names.completions import WELL_KNOWN, Completion, Completions, relative_fame
from recommender.ml.names.folding import fold
from recommender.ml.names.titles import TitleIndex
from recommender.ml.strings import StringTable

# Kinds that share a group share its places, in the order in which they are shown.
GROUPS = {"title": "title", "person": "person", "genre": "subject", "theme": "subject", "query": "query"}
PLACES = {"title": 8, "person": 4, "subject": 4, "query": 4}
# Added to fame in [0, 1].
AT_THE_START = 0.15
THE_WHOLE = 0.3
A_SLIP = -0.4
MAX_LETTERS = 60  # typed; whoever has typed more needs no suggestion


@dataclass(frozen=True)
class Suggestion:
    """kind: of GROUPS. text: to show. row: in the table of that kind. score: the higher the better."""

    kind: str
    text: str
    row: int
    score: float


@dataclass(frozen=True)
class Source:
    """One kind of thing to suggest: the names shown, their index and its completions."""

    kind: str
    texts: Sequence[str]
    names: TitleIndex
    completions: Completions

    @classmethod
    def of(cls, kind: str, weights: Sequence[tuple[str, float]]) -> "Source":
        """From a short list of (text, weight >= 0), made in memory: genres, themes, popular queries."""
        texts = [text for text, _ in weights]
        names = TitleIndex.build([[text] for text in texts], whole=True)
        fame = relative_fame(np.array([weight for _, weight in weights], np.float32))
        return cls(kind, StringTable.of(texts), names, Completions.build(names, fame))


@dataclass(frozen=True)
class Suggester:
    """sources: at most one of each kind. places: how many of a group at most."""

    sources: tuple[Source, ...]
    places: Mapping[str, int] = field(default_factory=lambda: PLACES)

    def suggest(self, text: str, *, limit: int = 12) -> list[Suggestion]:
        """At most `limit` things that go on from `text`, the best first, no text twice, of a group as many as it has
        `places`.

        From the start of a name or of a word in it; with one slip in four letters or more where nothing
        WELL_KNOWN goes on exactly. Nothing for nothing.
        """
        typed = "".join(fold(text).split())
        if not typed or len(typed) > MAX_LETTERS:
            return []
        found = [(source, hit) for source in self.sources for hit in source.completions.search(source.names, typed)]
        if not any(hit.fame >= WELL_KNOWN for _, hit in found):
            found += [
                (source, hit)
                for source in self.sources
                for hit in source.completions.search(source.names, typed, fuzzy=True)
            ]
        return _best(found, limit, self.places)


def _best(found: list[tuple[Source, Completion]], limit: int, places: Mapping[str, int]) -> list[Suggestion]:
    """The best of each group; of equal texts in a group the first, and no query that repeats another's text."""
    order = list(GROUPS)
    ranked = sorted(found, key=lambda pair: (-_score(pair[1]), order.index(pair[0].kind), pair[1].row))
    shown: list[Suggestion] = []
    taken: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    for source, hit in ranked:
        group = GROUPS[source.kind]
        if taken[group] == places[group]:
            continue
        text = source.texts[hit.row]
        same = fold(text)
        if (group, same) not in seen:
            seen.add((group, same))
            taken[group] += 1
            shown.append(Suggestion(source.kind, text, hit.row, round(_score(hit), 4)))
    named = {fold(suggestion.text) for suggestion in shown if suggestion.kind != "query"}
    return [one for one in shown if one.kind != "query" or fold(one.text) not in named][:limit]


def _score(hit: Completion) -> float:
    return hit.fame + AT_THE_START * hit.starts + THE_WHOLE * hit.whole + A_SLIP * hit.slips
