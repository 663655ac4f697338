"""What a person's taste consists of, in words: the genres, people and themes of the titles that they spoke of.

A description of what they said, for themselves to read: nothing is ranked by it.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from catalog.models import Signal, Title
from recommender.taste.personal import Personal

MOST = 10  # of a kind
TOGETHER = 2  # titles that have to share somebody of the cast or a theme, before it says anything


class Leaning(NamedTuple):
    """weight: in [-1, 1], 1 if all that they chose has it and nothing speaks against it. n_titles: that have it."""

    name: str
    weight: float
    n_titles: int


class Leanings(NamedTuple):
    """Of each kind MOST at most, the most liked first. strongest: the signals that count most, signed."""

    genres: list[Leaning]
    people: list[Leaning]
    themes: list[Leaning]
    strongest: list[tuple[Signal, float]]


def leanings(mine: Personal) -> Leanings:
    """One query."""
    facets, rows = mine.tastes.index.facets, mine.taste.rows.tolist()
    weights = (mine.taste.pull - mine.taste.push).tolist()
    said = [mine.said[place] for place in mine.taste.places.tolist()]
    themes = dict(Title.objects.filter(pk__in={signal.title_id for signal in said}).values_list("pk", "themes"))

    def of(table: str) -> list[list[str]]:
        values = getattr(facets, table)
        return [[values.labels[value] for value in values.of(row).tolist()] for row in rows]

    everybody, makers = _weighed(of("people"), weights), {name for names in of("directors") for name in names}
    loudest = sorted(zip(said, weights, strict=True), key=lambda pair: -abs(pair[1]))
    return Leanings(
        genres=_first(_weighed(of("genres"), weights)),
        people=_first(one for one in everybody if one.n_titles >= TOGETHER or one.name in makers),
        themes=_first(
            one
            for one in _weighed([themes.get(signal.title_id, []) for signal in said], weights)
            if one.n_titles >= TOGETHER
        ),
        strongest=loudest[:MOST],
    )


def _weighed(had: list[list[str]], weights: list[float]) -> list[Leaning]:
    """had: what the title of each signal has."""
    whole = sum(map(abs, weights)) or 1.0
    sums: dict[str, float] = defaultdict(float)
    n_titles: dict[str, int] = defaultdict(int)
    for names, weight in zip(had, weights, strict=True):
        for name in set(names):
            sums[name] += weight
            n_titles[name] += 1
    return [Leaning(name, total / whole, n_titles[name]) for name, total in sums.items()]


def _first(found: Iterable[Leaning]) -> list[Leaning]:
    return sorted(found, key=lambda one: (-one.weight, one.name))[:MOST]
