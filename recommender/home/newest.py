"""The titles that came to the catalogue last, and the years that are its latest."""

import numpy as np
from django.db.models import F
from django.db.models.functions import Coalesce, TruncDate

from catalog.models import Title
from recommender.answers.paging import MAX_DEPTH
from recommender.index.once import once_per_index
from recommender.ml.index import CatalogIndex

N_NEWEST = 200


@once_per_index
def newest(index: CatalogIndex) -> list[int]:
    """Ids of N_NEWEST titles: listed last, else stored last; among equals the latest year. One query."""
    arrived = Coalesce("added_on", TruncDate("created"))
    titles = Title.objects.published().order_by(arrived.desc(), F("year").desc(nulls_last=True), "pk")
    return list(titles.values_list("pk", flat=True)[:N_NEWEST])


@once_per_index
def latest_years_from(index: CatalogIndex) -> int:
    """The first of the latest years that a search shows whole, 0 where no title has a year.

    A search puts in order what it found, and it finds MAX_DEPTH titles: of more than that the newest may be missing.
    """
    years = np.sort(index.facets.years[index.facets.years > 0])[::-1]
    if not len(years):
        return 0
    return int(years[-1] if len(years) < MAX_DEPTH else min(years[0], years[MAX_DEPTH - 1] + 1))
