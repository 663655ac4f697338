"""Catalogues for benchmarks: titles straight from their files, embedded once and kept under the state directory."""

import csv
import gzip
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalog.importing.packaged import COLUMNS, PackagedFeed
from catalog.importing.report import ImportReport
from catalog.importing.startup import packaged_films
from catalog.importing.title_fields import SCALE
from catalog.synopses import LANDMARKS, SYNOPSES, read
from recommender.ml.composition import TitleText
from recommender.ml.content import content_vectors
from recommender.ml.encoder import TextEncoder
from recommender.ml.index import CatalogIndex

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
BATCH = 32


@dataclass(frozen=True)
class Titles:
    """ids: external ids. texts and popularity in the same order."""

    ids: list[str]
    texts: list[TitleText]
    popularity: list[float | None]


def shared_catalogue() -> Titles:
    """The list that all queries of the shared data point into. Raises FileNotFoundError where it is absent."""
    csv.field_size_limit(10_000_000)
    with gzip.open(SHARED / "catalog" / "catalog.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return Titles(
        [row["item_id"] for row in rows],
        [
            TitleText(
                row["title"],
                kind=row["kind"],
                aliases=_split(row["alt_titles"]),
                year=int(row["year"]) if row["year"] else None,
                description=row["description"],
                plot=row["plot"],
                genres=sorted(_split(row["genres"])),
                countries=_split(row["countries"], ", "),
                languages=_split(row["languages"], ", "),
                directors=_split(row["directors"]),
                cast=_split(row["cast"]),
                runtime_minutes=int(row["runtime_min"]) if row["runtime_min"] else None,
            )
            for row in rows
        ],
        [
            max(SCALE["tmdb_votes"] * float(row["tmdb_votes"] or 0), float(row["imdb_votes"] or 0)) or None
            for row in rows
        ],
    )


def described_default_titles(*, with_texts: bool) -> Titles:
    """The titles of the default catalogue that have a synopsis of ours, with it and its themes or without."""
    told = {row.external_id: row for path in (SYNOPSES, LANDMARKS) for row in read(path)}
    cells = [row for frame in PackagedFeed(packaged_films()).frames(ImportReport(), lambda _: None)
             for row in frame.rename(columns=COLUMNS).to_dict("records")]  # fmt: skip
    with LANDMARKS.open(encoding="utf-8", newline="") as file:
        cells += [{**row, "name": row["title"]} for row in csv.DictReader(file)]
    facts = {row["external_id"]: row for row in reversed(cells) if row["external_id"] in told}
    return Titles(
        list(facts),
        [
            TitleText(
                row["name"],
                kind=row.get("kind", "movie"),
                year=int(row["year"]),
                description=told[external_id].text if with_texts else "",
                themes=list(told[external_id].themes) if with_texts else [],
                genres=sorted(_split(row["genres"])),
                countries=_split(row["countries"]),
                languages=_split(row["languages"]),
                directors=_split(row["directors"] or row.get("creators", "")),
                writers=_split(row.get("writers", "")),
                cast=_split(row["cast"]),
                runtime_minutes=int(row["runtime_minutes"]) if row.get("runtime_minutes") else None,
                maturity=row.get("maturity", ""),
            )
            for external_id, row in facts.items()
        ],
        [float(row["popularity"]) if row.get("popularity") else None for row in facts.values()],
    )


def index_of(titles: Titles, encoder: TextEncoder, cache: Path) -> CatalogIndex:
    """The index of these titles; row i is titles.ids[i], and so is its title id."""
    content = content_vectors(titles.texts, lambda texts: embed(texts, encoder, cache))
    return CatalogIndex.build(range(len(titles.ids)), titles.texts, content, titles.popularity)


def embed(texts: Sequence[str], encoder: TextEncoder, cache: Path) -> NDArray[np.float32]:
    """float32[len(texts), D]; texts seen before come from the cache."""
    keys = [hashlib.sha256(text.encode()).hexdigest()[:24] for text in texts]
    file = cache / f"{encoder.fingerprint}.npz"
    known: dict[str, NDArray[np.float32]] = {}
    if file.exists():
        stored = np.load(file)
        known = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))
    missing = sorted((place for place, key in enumerate(keys) if key not in known), key=lambda p: len(texts[p]))
    for start in range(0, len(missing), BATCH):
        places = missing[start : start + BATCH]
        vectors = encoder.encode([texts[place] for place in places])
        known |= {keys[place]: vector for place, vector in zip(places, vectors, strict=True)}
        if start % (BATCH * 100) == 0:
            print(f"embedding {start:,} of {len(missing):,} titles", flush=True)
    if missing:
        cache.mkdir(parents=True, exist_ok=True)
        np.savez(file, keys=np.array(list(known)), vectors=np.array(list(known.values())))
    return np.array([known[key] for key in keys], np.float32)


def _split(cell: str, separator: str = "|") -> list[str]:
    return [part for part in cell.split(separator) if part]
