"""The golden set: questions with known answers that every version must go on answering.

Made from the catalogue itself, by hash, so it is the same for every version of a catalogue and
needs no list to maintain: exact names, the same names misspelt, and themes that nobody typed. Themes are pairs of
genres, which are met by filters and so say little about what was learnt, and single words that a few titles say.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from recommender.ml.index import CatalogIndex
from recommender.ml.names.folding import title_keys
from recommender.ml.questions import MAX_QUERY_LENGTH, Question
from recommender.ml.snapshot import Snapshot
from training.ml.evaluate import Asks, first, spread
from training.ml.metrics import ndcg_at_k, reciprocal_rank

N_TITLES, N_GENRE_PAIRS, N_WORDS = 30, 15, 25
MIN_THEME_TITLES, MAX_WORD_TITLES = 5, 60
MIN_WORD_LETTERS = 4
PROBED = 50  # candidates of a theme whose scores are compared
NO_SPREAD = 1e-6  # of scores
MIN_FOUND = 0.5  # of these candidates, that a version must score as well


@dataclass(frozen=True)
class GoldenSet:
    """titles: (text, title id). misspelt: the same with two letters swapped. themes: (text, ids that fit)."""

    titles: tuple[tuple[str, int], ...]
    misspelt: tuple[tuple[str, int], ...]
    themes: tuple[tuple[str, frozenset[int]], ...]

    @cached_property
    def digest(self) -> str:
        """Results of two versions may be compared where this is equal: the catalogue asked them the same."""
        themes = [(text, sorted(titles)) for text, titles in self.themes]
        return _by_hash((self.titles, self.misspelt, themes))


@dataclass(frozen=True)
class GoldenResult:
    """n_distinct and gini are of the titles shown over all themes."""

    exact_share: float  # exact names found at rank 1
    misspelt_mrr: float
    theme_ndcg: float
    n_distinct: int
    gini: float
    asked: str = ""  # digest of the golden set


def golden_set(snapshot: Snapshot, genres_of: Mapping[int, Sequence[str]]) -> GoldenSet:
    """genres_of: title id → its genres."""
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
    return GoldenSet(
        tuple(named[:N_TITLES]),
        tuple((_swapped(name), title) for name, title in long_names),
        (*_genre_pairs(genres_of), *_words(index)),
    )


def ask(versions: Sequence[Snapshot], golden: GoldenSet, asks: Asks) -> list[GoldenResult]:
    """Put every question to each version; all have one catalogue."""
    exact: list[list[float]] = [[] for _ in versions]
    misspelt: list[list[float]] = [[] for _ in versions]
    themes: list[list[float]] = [[] for _ in versions]
    shown: list[list[list[int]]] = [[] for _ in versions]
    for text, titles in golden.themes:  # first, because they are asked again, and what is kept is what came first
        for version, ranked in enumerate(_answers(versions, asks(text))):
            themes[version].append(ndcg_at_k(ranked, dict.fromkeys(titles, 1.0)))
            shown[version].append(ranked)
    for text, title in golden.titles:
        for found, ranked in zip(exact, _answers(versions, asks(text)), strict=True):
            found.append(float(ranked[:1] == [title]))
    for text, title in golden.misspelt:
        for found, ranked in zip(misspelt, _answers(versions, asks(text)), strict=True):
            found.append(reciprocal_rank(ranked, title))
    lists = [ranked for of_version in shown for ranked in of_version]
    return [
        GoldenResult(
            _mean(exact[version]),
            _mean(misspelt[version]),
            _mean(themes[version]),
            *spread(shown[version], lists),
            asked=golden.digest,
        )
        for version in range(len(versions))
    ]


def score_step(candidate: Snapshot, champion: Snapshot, golden: GoldenSet, asks: Asks) -> float:
    """How far the candidate moved the scores of themes, in units of how far they lie apart; 0 without themes.

    Of each theme's best titles (the champion's first PROBED), the root mean square of the changes about their mean,
    over the standard deviation of the champion's scores; the median over the themes. 1 means that what was learnt in
    one run weighs as much as everything known before. Not finite where a score is not, or where the candidate finds
    other titles.
    """
    steps = []
    for text, _ in golden.themes:
        asked = asks(text)
        if asked.evidence is None:
            continue
        before, after = (
            snapshot.scorer.score(asked.evidence, asked.matches.similarity, asked.allowed)
            for snapshot in (champion, candidate)
        )
        best = np.argsort(-before.relevance, kind="stable")[:PROBED]
        found = np.isin(before.rows[best], after.rows)  # a large catalogue is scored in part
        if len(best) < 2:
            continue
        if found.mean() < MIN_FOUND:
            steps.append(float("inf"))
            continue
        was = before.relevance[best[found]].astype(np.float64)
        now = after.relevance[np.searchsorted(after.rows, before.rows[best[found]])].astype(np.float64)
        steps.append(float((now - was).std() / max(was.std(), NO_SPREAD)))
    return float(np.median(steps)) if steps else 0.0


def _genre_pairs(genres_of: Mapping[int, Sequence[str]]) -> list[tuple[str, frozenset[int]]]:
    """Pairs of genres that enough titles share."""
    pairs: dict[str, set[int]] = {}
    for title_id, genres in genres_of.items():
        for one in genres:
            for other in genres:
                if one < other:
                    pairs.setdefault(f"{one} {other}".lower(), set()).add(title_id)
    texts = sorted((text for text, found in pairs.items() if len(found) >= MIN_THEME_TITLES), key=_by_hash)
    return [(text, frozenset(pairs[text])) for text in texts[:N_GENRE_PAIRS]]


def _words(index: CatalogIndex) -> list[tuple[str, frozenset[int]]]:
    """Words that some titles say, and that name none: whoever says one is a right answer to it."""
    lexical, chosen = index.lexical, []
    n_titles = np.diff(lexical.starts)
    most = min(MAX_WORD_TITLES, len(index) // 2)
    terms = np.flatnonzero((n_titles >= MIN_THEME_TITLES) & (n_titles <= most))
    for term in sorted(terms.tolist(), key=lambda term: _by_hash(lexical.vocabulary[term])):
        word = lexical.spellings[term]
        if len(word) >= MIN_WORD_LETTERS and word.isalpha() and word.isascii() and not index.titles.exact(word):
            saying = lexical.rows[lexical.starts[term] : lexical.starts[term + 1]]
            chosen.append((word, frozenset(index.title_ids[saying].tolist())))
        if len(chosen) >= N_WORDS:
            break
    return chosen


def _answers(versions: Sequence[Snapshot], asked: Question) -> list[list[int]]:
    return [first(snapshot, asked) for snapshot in versions]


def _swapped(name: str) -> str:
    """The name with two neighbouring letters, in its middle or after, the wrong way round."""
    middle = len(name) // 2
    pairs = ((p, name[p : p + 2].casefold()) for p in range(middle, len(name) - 1))
    place = next((p for p, pair in pairs if pair.isalpha() and pair[0] != pair[1]), middle)
    return name[:place] + name[place + 1 : place + 2] + name[place : place + 1] + name[place + 2 :]


def _by_hash(value: object) -> str:
    return hashlib.blake2b(str(value).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _mean(values: Sequence[float]) -> float:
    """1 where nothing was asked: nothing was lost."""
    return sum(values) / len(values) if values else 1.0
