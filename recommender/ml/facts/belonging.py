"""How wholly a title is from where somebody asked: a French film before one that French money was in.

Catalogues list countries and languages in no order, so the first of them says nothing.
"""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from recommender.ml.facts.facets import UNKNOWN, Facets
from recommender.ml.facts.places import places_of
from recommender.ml.facts.values import ValueTable


def belonging(facets: Facets, origins: Collection[str], countries: Collection[str]) -> NDArray[np.float32]:
    """float32[N] in [0, 1]: the share of a title's countries, and of its languages, that are of these places.

    The mean of the two; UNKNOWN for what is not known. origins, countries: fields of `Filters`.
    """
    made: set[str] = set(countries)
    spoken: set[str] = set()
    for origin in origins:
        of_origin, languages = places_of(origin)
        made |= of_origin
        spoken |= languages
    if not spoken:
        return _share(facets.countries, made)
    if not made:
        return _share(facets.languages, spoken)
    return np.asarray((_share(facets.countries, made) + _share(facets.languages, spoken)) / 2, np.float32)


def _share(table: ValueTable, values: Collection[str]) -> NDArray[np.float32]:
    """float32[N]: how many of a title's values are among these, of 1."""
    n_fitting = np.zeros(table.n_titles, np.float32)
    for value in values:
        n_fitting += table.titles_with(value)
    n_values = np.diff(table.row_starts)
    return np.where(n_values > 0, n_fitting / np.maximum(1, n_values), UNKNOWN).astype(np.float32)
