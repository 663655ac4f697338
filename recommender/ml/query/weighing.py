"""Which readings of a text narrow the search, once the whole of it is known."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from recommender.ml.query.labels import labels_said
from recommender.ml.query.likeness import Likeness
from recommender.ml.query.people import People, people_said
from recommender.ml.query.readings import Force, Reading, filters_of
from recommender.ml.query.refusals import Titles, refused_said, refused_titles
from recommender.ml.query.remainder import content, covered
from recommender.ml.query.runtimes import ratings_said, runtimes_said
from recommender.ml.query.tokens import Said
from recommender.ml.query.years import years_said

_SINGLE = frozenset({"kind", "years", "runtime"})  # fields of which a second value would empty the result


class Names(People, Titles, Protocol):
    pass


def all_readings(said: Said, likes: Sequence[Likeness], names: Names, *, story: bool) -> list[Reading]:
    """In the order of the text, none over another: who comes first in the list here has the words."""
    taken = covered(said, likes)
    found: list[Reading] = []
    recognisers: list[Callable[[], Iterable[Reading]]] = [
        lambda: people_said(said, names, taken, story=story),
        lambda: years_said(said),
        lambda: runtimes_said(said),
        lambda: ratings_said(said),
        lambda: () if story else refused_titles(said, taken, names),
        lambda: labels_said(said, taken),
    ]
    for recognise in recognisers:
        for reading in list(recognise()):  # before its words are taken from it
            if not any(taken[reading.first : reading.last]):
                taken[reading.first : reading.last] = [True] * (reading.last - reading.first)
                found.append(reading)
    if not story:
        asking = [reading for reading in found if reading.field or reading.force is not Force.NEVER]
        refused = [
            reading
            for reading in refused_said(said, covered(said, [*likes, *asking]))
            if not (reading.field and names.is_title(said.raw(reading.first, reading.last)))  # "no strings attached"
        ]
        gone = covered(said, refused)
        found = [*refused, *(reading for reading in found if not any(gone[reading.first : reading.last]))]
    return sorted(found, key=lambda reading: reading.first)


def weighed(said: Said, readings: Sequence[Reading], likes: Sequence[Likeness]) -> list[Reading]:
    """The readings of a short text with the force that they have beside each other.

    What is attached to a word of content says something of that word. A genre narrows only where
    nothing but filters is said.
    """
    said_more = content(said, covered(said, [*likes, *stated(readings)]))
    loose = [r.hint() if r.attached and r.first and said_more[r.first - 1] else r for r in readings]
    kept = list(_agreeing(loose))
    people = [reading for reading in kept if reading.field in ("people", "directors")]  # also one of several
    if any(content(said, covered(said, [*likes, *stated(kept), *people]))):
        return [reading.hint() if reading.force is Force.ALONE else reading for reading in kept]
    return kept


def stated(readings: Iterable[Reading]) -> list[Reading]:
    return [reading for reading in readings if reading.force is not Force.NEVER]


def _agreeing(readings: Iterable[Reading]) -> Iterator[Reading]:
    """Without a second kind; a second span of years or minutes that excludes the first is a hint."""
    wishes: list[tuple[str, str]] = []
    for reading in readings:
        if reading.field not in _SINGLE or reading.force is Force.NEVER or reading.wish in wishes:
            yield reading
        elif filters_of([*wishes, reading.wish]) != filters_of(wishes):
            wishes.append(reading.wish)
            yield reading
        elif reading.field != "kind":
            yield reading.hint()
