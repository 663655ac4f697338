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
from recommender.ml.names.completions import Completions, relative_fame
from recommender.ml.names.people import PeopleIndex
from recommender.ml.names.titles import TitleIndex
from recommender.ml.sketch import Sketch
from recommender.ml.spelling import Spelling
from recommender.ml.strings import StringTable

FORMAT = 4  # part of the directory's name: change it whenever the arrays below, or what they say, change
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
        return self.content[rows].astype(np.float32, copy=False)

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
