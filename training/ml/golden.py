"""The golden set: questions with known answers that every version must go on answering.

Made from the catalogue itself, by hash, so it is the same for every version of a catalogue and
needs no list to maintain: exact names, the same names misspelt, and themes that nobody typed.
"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recommender.ml.engine import Snapshot, search
from recommender.ml.names.folding import title_keys
from recommender.ml.questions import MAX_QUERY_LENGTH
from training.ml.metrics import ndcg_at_k, reciprocal_rank

N_TITLES, N_THEMES, MIN_THEME_TITLES = 60, 40, 5


@dataclass(frozen=True)
class GoldenSet:
    """titles: (text, title id). misspelt: the same with two letters swapped. themes: text → ids."""

    titles: tuple[tuple[str, int], ...]
    misspelt: tuple[tuple[str, int], ...]
    themes: tuple[tuple[str, frozenset[int]], ...]


@dataclass(frozen=True)
class GoldenResult:
    exact_share: float  # exact names found at rank 1
    misspelt_mrr: float
    theme_ndcg: float
    n_distinct: int  # different titles shown over all themes
    median_ms: float


def golden_set(snapshot: Snapshot, genres_of: Mapping[int, Sequence[str]]) -> GoldenSet:
    """genres_of: title id → its genres; a theme is a pair of genres that enough titles share."""
    index = snapshot.index
    named: list[tuple[str, int]] = []
    long_names: list[tuple[str, int]] = []
    for row in sorted(range(len(index)), key=_by_hash):
        name, title_id = index.names[row], int(index.title_ids[row])
        if len(name) <= MAX_QUERY_LENGTH and index.titles.exact(name) == [row]:
            named.append((name, title_id))
            if name.isascii() and len(title_keys(name)[0]) >= 8:
                long_names.append((name, title_id))
        if len(long_names) >= N_TITLES:
            break
    pairs: dict[str, set[int]] = {}
    for title_id, genres in genres_of.items():
        for first in genres:
            for second in genres:
                if first < second:
                    pairs.setdefault(f"{first} {second}".lower(), set()).add(title_id)
    themes = sorted((text for text, found in pairs.items() if len(found) >= MIN_THEME_TITLES), key=_by_hash)
    return GoldenSet(
        tuple(named[:N_TITLES]),
        tuple((_swapped(name), title) for name, title in long_names),
        tuple((text, frozenset(pairs[text])) for text in themes[:N_THEMES]),
    )


def ask(snapshot: Snapshot, golden: GoldenSet) -> GoldenResult:
    """Put every question to one version."""
    milliseconds = []

    def ranked(text: str) -> list[int]:
        started = time.perf_counter()
        found = [hit.title_id for hit in search(snapshot, text, limit=10).hits]
        milliseconds.append((time.perf_counter() - started) * 1000)
        return found

    exact = [ranked(text)[:1] == [title] for text, title in golden.titles]
    misspelt = [reciprocal_rank(ranked(text), title) for text, title in golden.misspelt]
    shown = {text: ranked(text) for text, _ in golden.themes}
    themes = [ndcg_at_k(shown[text], dict.fromkeys(titles, 1.0)) for text, titles in golden.themes]
    distinct = {title for titles in shown.values() for title in titles}
    return GoldenResult(
        _mean(exact, empty=1.0),
        _mean(misspelt, empty=1.0),
        _mean(themes, empty=1.0),
        len(distinct),
        sorted(milliseconds)[len(milliseconds) // 2] if milliseconds else 0.0,
    )


def _swapped(name: str) -> str:
    """The name with two neighbouring letters, in its middle or after, the wrong way round."""
    middle = len(name) // 2
    pairs = ((p, name[p : p + 2].casefold()) for p in range(middle, len(name) - 1))
    place = next((p for p, pair in pairs if pair.isalpha() and pair[0] != pair[1]), middle)
    return name[:place] + name[place + 1 : place + 2] + name[place : place + 1] + name[place + 2 :]


def _by_hash(value: object) -> str:
    return hashlib.blake2b(str(value).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _mean(values: Sequence[float], *, empty: float) -> float:
    return sum(values) / len(values) if values else empty
