"""In which order a cast is shown.

Most sources give it as it was billed. Some sort it by name, and its first few are then whoever begins with an A:
such a cast is shown with the best known first.
"""

from collections.abc import Sequence

from catalog.models import Person
from recommender.ml.facts.facets import Facets
from recommender.ml.names.folding import fold

AT_LEAST = 4  # names; fewer are in order of the alphabet by chance too often, and all of them are seen anyway


def in_order(cast: Sequence[Person], facets: Facets) -> list[Person]:
    """Best known: by the summed fame of everything that they worked on; who is in no title of the index comes last,
    and equals stay as they were.
    """
    names = [person.name for person in cast]
    return sorted(cast, key=lambda person: -_fame(person.name, facets)) if _is_alphabetical(names) else list(cast)


def _is_alphabetical(names: Sequence[str]) -> bool:
    """By the reader's alphabet, or by code points as programs sort."""
    folded = [fold(name) for name in names]
    return len(names) >= AT_LEAST and (list(names) == sorted(names) or folded == sorted(folded))


def _fame(name: str, facets: Facets) -> float:
    place = facets.people.find(name)
    return 0.0 if place is None else float(facets.people_weight[place])
