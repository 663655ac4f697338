"""Catalogues of any size for measuring time and memory: real titles, and beyond those made-up ones.

A made-up title takes its kind, year, genres, countries and second text from one real title, parts of
its name and description from two, people from recombined names, and its vector from between the two
vectors. So words, letters and neighbourhoods are about as frequent as in the real catalogue; how good
a ranking of them is says nothing.
"""

import json
import random
import resource
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.catalogues import Titles
from benchmarks.quality.queries import listed
from recommender.ml.composition import TitleText
from recommender.ml.index import CatalogIndex

NOISE = 0.3  # length of the random part of a made-up vector, the other part having length 1
BLOCK = 20_000
PEOPLE_PER_TITLE = 0.5  # made-up people for each made-up title
N_QUERIES = 200  # a kind
MAX_QUERY = 2_000  # characters

QUERIES = "queries.json"


def build(directory: Path, titles: Titles, content: NDArray[np.float32], n: int, *, seed: int = 0) -> None:
    """Save the index of n titles, and queries for it, as a directory that appears whole.

    titles, content: the real ones; the most popular of them where n is smaller.
    """
    started = time.perf_counter()
    most_popular = np.argsort([-(votes or 0) for votes in titles.popularity], kind="stable")[:n]
    rows = sorted(int(row) for row in most_popular)
    texts = [titles.texts[row] for row in rows]
    popularity = [titles.popularity[row] for row in rows]
    if n_made := n - len(rows):
        draw = random.Random(seed)
        parents = [(draw.randrange(len(rows)), draw.randrange(len(rows))) for _ in range(n_made)]
        texts += _made_up(titles.texts, parents, draw)
        # Unknown titles are many: fame falls off below what the parent has.
        popularity += [draw.random() ** 3 * (titles.popularity[first] or 0) or None for first, _ in parents]
        vectors = np.empty((n, content.shape[1]), np.float32)
        vectors[: len(rows)] = content[rows]
        _mix(content, parents, vectors[len(rows) :], np.random.default_rng(seed))
    else:
        vectors = content[rows]
    _progress(f"{n:,} titles put together after {time.perf_counter() - started:.0f} s")
    index = CatalogIndex.build(range(n), texts, vectors, popularity)
    partial = directory.with_name(f"{directory.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    index.save(partial)
    queries = sample_queries(titles.texts, [text.name for text in texts], random.Random(seed))
    (partial / QUERIES).write_text(json.dumps(queries))
    partial.rename(directory)
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    _progress(f"index of {n:,} titles built in {time.perf_counter() - started:.0f} s, peak {peak_gb:.1f} GB")


def sample_queries(described: list[TitleText], names: list[str], draw: random.Random) -> dict[str, list[str]]:
    """N_QUERIES queries a kind. Titles: names of the catalogue. Typos: those with one slip. Themes: the
    list of sensible queries. Descriptions: 8 to 25 words out of a real description, and "2,000
    characters" of several.
    """
    told = [text.description for text in described if len(text.description.split()) > 25]
    spelt = [name for name in names if len(name) >= 6]
    themes = [query.text for query in listed("sensible")]

    def part() -> str:
        words = draw.choice(told).split()
        length = draw.randint(8, 25)
        start = draw.randrange(len(words) - length + 1)
        return " ".join(words[start : start + length])

    return {
        "titles": [draw.choice(names) for _ in range(N_QUERIES)],
        "typos": [slip(draw.choice(spelt), draw) for _ in range(N_QUERIES)],
        "themes": [draw.choice(themes) for _ in range(N_QUERIES)],
        "descriptions": [part() for _ in range(N_QUERIES)],
        "2,000 characters": [" ".join(draw.choices(told, k=20))[:MAX_QUERY] for _ in range(N_QUERIES)],
    }


def slip(name: str, draw: random.Random) -> str:
    """The name with one letter missing, doubled, swapped with the next or struck wrong; never the first."""
    place = draw.randrange(1, len(name) - 1)
    before, here, after = name[:place], name[place], name[place + 1 :]
    wrong = draw.choice("abcdefghijklmnopqrstuvwxyz")
    return draw.choice(
        [before + after, before + here * 2 + after, before + after[0] + here + after[1:], before + wrong + after]
    )


def _made_up(real: list[TitleText], parents: list[tuple[int, int]], draw: random.Random) -> Iterator[TitleText]:
    people = _people(real, int(len(parents) * PEOPLE_PER_TITLE), draw)
    for first, second in (((real[a]), (real[b])) for a, b in parents):
        yield replace(
            first,
            name=_name(first.name.split(), second.name.split(), draw),
            original_name="",
            aliases=[],
            description=_halves(first.description, second.description),
            directors=draw.choices(people, k=min(1, len(first.directors))),
            writers=draw.choices(people, k=len(first.writers)),
            cast=draw.choices(people, k=len(first.cast)),
        )


def _people(real: list[TitleText], n: int, draw: random.Random) -> list[str]:
    known = [person.split() for text in real for person in text.cast if " " in person]
    return [f"{draw.choice(known)[0]} {draw.choice(known)[-1]}" for _ in range(n)] if known else []


def _name(first: list[str], second: list[str], draw: random.Random) -> str:
    """One word of the first name replaced by one of the second; a single word gets a neighbour."""
    words, other = list(first), draw.choice(second or [""])
    if len(words) < 2:
        return " ".join([*words, other]).strip() or "?"
    words[draw.randrange(len(words))] = other
    return " ".join(words)


def _halves(first: str, second: str) -> str:
    one, other = first.split(), second.split()
    return " ".join([*one[: len(one) // 2], *other[len(other) // 2 :]])


def _mix(
    content: NDArray[np.float32],
    parents: list[tuple[int, int]],
    out: NDArray[np.float32],
    draw: np.random.Generator,
) -> None:
    """Fill out[i] with a unit vector between those of the parents of i."""
    rows = np.array(parents, np.int64)
    for start in range(0, len(rows), BLOCK):
        pair = rows[start : start + BLOCK]
        share = draw.uniform(0.5, 1, size=(len(pair), 1)).astype(np.float32)
        noise = draw.standard_normal((len(pair), content.shape[1]), np.float32)
        noise *= NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
        mixed = share * content[pair[:, 0]] + (1 - share) * content[pair[:, 1]] + noise
        out[start : start + len(pair)] = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)


def _progress(text: str) -> None:
    print(f"    {text}", flush=True)
