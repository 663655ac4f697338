"""The catalogue as arrays: made once per catalogue revision, mapped from files by every process.

Nothing learnt is in it, so a new version of the model costs no rebuild.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.ml import arrays
from recommender.ml.composition import TitleText, lexical_fields
from recommender.ml.facts.facets import Facets
from recommender.ml.lexical import LexicalIndex
from recommender.ml.names.acronyms import acronyms
from recommender.ml.names.completions import Completions, relative_fame
from recommender.ml.names.people import PeopleIndex
from recommender.ml.names.titles import TitleIndex
from recommender.ml.sketch import Sketch
from recommender.ml.spelling import Spelling
from recommender.ml.strings import StringTable

FORMAT = 5  # part of the directory's name: change it whenever the arrays below, or what they say, change
USUAL, FAMOUS = 0.5, 0.95  # quantiles of fame
HOUSEHOLD_NAME = 0.8  # fame of a name that people call by its initials
A_YEAR = 1e-6  # of standing: decides between equals, and nothing else
HALF_FROM = 200_000  # titles: half the memory, for a millisecond more of converting what is compared exactly


@dataclass(frozen=True)
class CatalogIndex:
    """N titles in row order (ascending database id).

    title_ids: int64[N]. names: N display names. content: [N, D], unit rows, zero for a title that is
    not embedded yet; float32, or float16 from HALF_FROM titles on. prior: float32[N] in
    [0, 1], fame.
    """

    title_ids: NDArray[np.int64]
    names: StringTable
    content: NDArray[np.floating[Any]]
    sketch: Sketch
    prior: NDArray[np.float32]
    facets: Facets
    people: PeopleIndex
    title_completions: Completions
    people_completions: Completions
    titles: TitleIndex
    lexical: LexicalIndex
    spelling: Spelling

    def __len__(self) -> int:
        return len(self.title_ids)

    @cached_property
    def row_of_title(self) -> dict[int, int]:
        return {int(title_id): row for row, title_id in enumerate(self.title_ids)}

    @cached_property
    def standing(self) -> NDArray[np.float32]:
        """float32[N]: which of several titles of one name is meant, the highest first; see `standing`."""
        return standing(self.prior, self.facets.years)

    @cached_property
    def acronyms(self) -> dict[str, list[int]]:
        """{initials: rows} of the most famous titles, these in order."""
        rows = np.flatnonzero(self.prior >= HOUSEHOLD_NAME)
        rows = rows[np.argsort(-self.prior[rows], kind="stable")]
        return acronyms(zip(rows.tolist(), self.names.take(rows), strict=True))

    @classmethod
    def build(
        cls,
        title_ids: Sequence[int],
        texts: Sequence[TitleText],
        content: NDArray[np.float32],
        popularity: Sequence[float | None],
    ) -> "CatalogIndex":
        prior = fame(popularity)
        facets = Facets.build(texts, prior)
        people = PeopleIndex.build(facets.people_names, facets.people_weight)
        titles = TitleIndex.build([text.names for text in texts])
        sketch = Sketch.build(content)
        lexical = LexicalIndex.build(lexical_fields(text) for text in texts)
        return cls(
            title_ids=np.asarray(title_ids, np.int64),
            names=StringTable.of([text.name for text in texts]),
            content=np.ascontiguousarray(content, np.float32 if len(texts) < HALF_FROM else np.float16),
            sketch=sketch,
            prior=prior,
            facets=facets,
            people=people,
            titles=titles,
            title_completions=Completions.build(titles, prior),
            people_completions=Completions.build(people.names, relative_fame(people.weight)),
            lexical=lexical,
            spelling=Spelling.build(lexical),
        )

    def vectors(self, rows: NDArray[np.int64] | Sequence[int]) -> NDArray[np.float32]:
        """Exact content of some titles, float32[n, D]."""
        return np.asarray(self.content).take(rows, axis=0).astype(np.float32, copy=False)  # take: a third quicker

    def save(self, directory: Path) -> None:
        """Write one .npy a field; the caller makes the directory appear whole by renaming it."""
        arrays.save(self, directory)
        (directory / "about.json").write_text(json.dumps({"format": FORMAT, "n_titles": len(self)}))

    @classmethod
    def load(cls, directory: Path) -> "CatalogIndex":
        return arrays.load(cls, directory)


def fame(popularity: Sequence[float | None]) -> NDArray[np.float32]:
    """float32[N] in [0, 1]: log votes over the largest log votes; unknown is 0."""
    logs = np.log1p([max(0.0, value or 0.0) for value in popularity])
    return np.asarray(logs / max(1.0, float(logs.max(initial=0.0))), np.float32)


def standing(prior: NDArray[np.float32], years: NDArray[np.int16]) -> NDArray[np.float32]:
    """float32[N]: fame, and what stands in for it where it is not known; of equal ones the newer is higher.

    prior: float32[N], 0 unknown. years: int16[N], 0 unknown. A title without fame is taken for a usual one, and for
    the lesser the more titles have none: then it says little that one was not counted. A title that came out after
    every one whose fame is known cannot have been: it was added because people ask for it, and is taken for a
    famous one.
    """
    if not len(prior):
        return prior
    known = prior > 0
    newest = int(years[known].max(initial=0))
    usual, famous = np.quantile(prior, [max(0.0, USUAL - 1 + float(known.mean())), FAMOUS])
    fame = np.where(known, prior, np.where(years > newest, famous, usual))
    return np.asarray(fame + A_YEAR * years, np.float32)
