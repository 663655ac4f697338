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

from recommender.ml.composition import TitleText, lexical_fields
from recommender.ml.lexical import LexicalIndex
from recommender.ml.strings import StringTable
from recommender.ml.titles import TitleIndex

FORMAT = 2  # part of the directory's name: change it whenever the arrays below, or what they say, change


@dataclass(frozen=True)
class CatalogIndex:
    """N titles in row order (ascending database id).

    title_ids: int64[N]. names: N display names. content: float32[N, D], unit rows, zero for a
    title that is not embedded yet. prior: float32[N] in [0, 1], fame. years: int16[N], 0 unknown.
    """

    title_ids: NDArray[np.int64]
    names: StringTable
    content: NDArray[np.float32]
    prior: NDArray[np.float32]
    years: NDArray[np.int16]
    titles: TitleIndex
    lexical: LexicalIndex

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
        return cls(
            title_ids=np.asarray(title_ids, np.int64),
            names=StringTable.of([text.name for text in texts]),
            content=np.ascontiguousarray(content, np.float32),
            prior=fame(popularity),
            years=np.array([text.year or 0 for text in texts], np.int16),
            titles=TitleIndex.build([text.names for text in texts]),
            lexical=LexicalIndex.build(lexical_fields(text) for text in texts),
        )

    def save(self, directory: Path) -> None:
        """Write one .npy a field; the caller makes the directory appear whole by renaming it."""
        for name, array in _arrays(self).items():
            np.save(directory / f"{name}.npy", array, allow_pickle=False)
        (directory / "about.json").write_text(json.dumps({"format": FORMAT, "n_titles": len(self)}))

    @classmethod
    def load(cls, directory: Path) -> "CatalogIndex":
        """Map the arrays read-only: the pages are shared between processes."""

        def array(name: str) -> Any:
            return np.load(directory / f"{name}.npy", mmap_mode="r", allow_pickle=False)

        def strings(name: str) -> StringTable:
            return StringTable(array(f"{name}.blob"), array(f"{name}.offsets"))

        titles = {name: array(f"titles.{name}") for name in _TITLE_ARRAYS}
        lexical = {name: array(f"lexical.{name}") for name in _LEXICAL_ARRAYS}
        title_ids = array("title_ids")
        return cls(
            title_ids=title_ids,
            names=strings("names"),
            content=array("content"),
            prior=array("prior"),
            years=array("years"),
            titles=TitleIndex(forms=strings("titles.forms"), **titles),
            lexical=LexicalIndex(vocabulary=strings("lexical.vocabulary"), n_titles=len(title_ids), **lexical),
        )


_TITLE_ARRAYS = ("form_rows", "sorted_hashes", "order", "gram_starts", "gram_forms", "gram_counts")
_LEXICAL_ARRAYS = ("starts", "rows", "weights", "idf")


def _arrays(index: CatalogIndex) -> dict[str, NDArray[Any]]:
    tables = {
        "names": index.names,
        "titles.forms": index.titles.forms,
        "lexical.vocabulary": index.lexical.vocabulary,
    }
    arrays: dict[str, NDArray[Any]] = {
        name: getattr(index, name) for name in ("title_ids", "content", "prior", "years")
    }
    arrays |= {f"{name}.blob": table.blob for name, table in tables.items()}
    arrays |= {f"{name}.offsets": table.offsets for name, table in tables.items()}
    arrays |= {f"titles.{name}": getattr(index.titles, name) for name in _TITLE_ARRAYS}
    arrays |= {f"lexical.{name}": getattr(index.lexical, name) for name in _LEXICAL_ARRAYS}
    return arrays


def fame(popularity: Sequence[float | None]) -> NDArray[np.float32]:
    """float32[N] in [0, 1]: log votes over the largest log votes; unknown is 0."""
    logs = np.log1p([max(0.0, value or 0.0) for value in popularity])
    return np.asarray(logs / max(1.0, float(logs.max(initial=0.0))), np.float32)
