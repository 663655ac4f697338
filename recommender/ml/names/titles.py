"""Titles by name: the exact name, the beginning of one, a misspelt one. Nothing a model learns can move them.

`segments` proposes what a misspelling may mean, rapidfuzz and `slips` decide. Scanning every title
with rapidfuzz costs 150 ms at a million titles; this costs less than 1 (docs/decisions/0006).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from recommender.ml.names.folding import ARTICLES, fold, numbers, same_numbers, title_keys
from recommender.ml.names.forms import SMALL_WORDS, Form, Kind, forms_of_names, forms_of_query, word_ends, words_of
from recommender.ml.names.hits import Match, TitleHit
from recommender.ml.names.segments import MAX_LENGTH, MIN_LENGTH, SegmentIndex
from recommender.ml.names.slips import prefix_confidence, slip_cost, typo_confidence
from recommender.ml.strings import StringTable

MIN_FUZZY_LENGTH = MIN_LENGTH  # letters; below it almost every word is one slip from another
MIN_SIMILARITY = 0.7  # of the letters of a correction
RIVAL_SIMILARITY = 0.6  # from here on another name is a reason for doubt
CONFIDENT = 0.5  # from here on a match may stand above everything else
MAX_KEYS = 8  # readings of a query that are compared
N_PROPOSED = 150
N_DECIDED = 24  # of the proposals, those whose slips are weighed one by one
N_NAMESAKES = 20  # titles of one name that are weighed, the famous ones
# What it costs, in slips, to take a text for such a form rather than for a whole name.
KIND_COST = (0.0, 0.0, 0.1, 0.1, 0.4, 1.0, 0.3)
ARTICLE_COST = 0.15  # for an article typed that the name has not
SPACING_COST = 0.1  # for another number of words
FAME_WORTH = 0.4  # slips that the most famous title may be further away than an unknown one
HANGERS_ON = 1.0  # slips behind the best correction, beyond which another is not mentioned
MIN_PREFIX_LENGTH = 6  # letters of a single word that may stand for the names it begins
N_FOUND = 20
MAX_CONTINUED = 100  # titles that go on from one beginning; the most famous are kept

Fame = NDArray[np.float32]
Usage = Callable[[Sequence[str]], float]  # the share of titles whose text holds all of these words


@dataclass(frozen=True)
class TitleIndex:
    """Every form of every title (see `forms`): F distinct keys, sorted, with E entries.

    keys: F. starts: int32[F + 1], the entries of each key. rows: int32[E], the title of an entry.
    kinds: uint8[E], a `Kind`. word_ends: uint64[E], bit n set where a word ends after n letters, n < 64.
    words: every word of every form, sorted.
    """

    keys: StringTable
    starts: NDArray[np.int32]
    rows: NDArray[np.int32]
    kinds: NDArray[np.uint8]
    word_ends: NDArray[np.uint64]
    segments: SegmentIndex
    words: StringTable

    @classmethod
    def build(cls, names: Sequence[Sequence[str]], *, whole: bool = False) -> "TitleIndex":
        """names: for each title row its name, then its other names. whole: see `forms_of_names`."""
        keys: list[str] = []
        rows: list[int] = []
        kinds: list[int] = []
        ends: list[int] = []
        words: set[str] = set()
        for row, title_names in enumerate(names):
            for key, form in forms_of_names(title_names, whole=whole).items():
                keys.append(key)
                rows.append(row)
                kinds.append(form.kind)
                ends.append(word_ends(form.words))
                words.update(form.words)
        order = sorted(range(len(keys)), key=keys.__getitem__)
        in_order = [keys[entry] for entry in order]
        first = [entry for entry, key in enumerate(in_order) if not entry or in_order[entry - 1] != key]
        distinct = [in_order[entry] for entry in first]
        return cls(
            keys=StringTable.of(distinct),
            starts=np.array([*first, len(keys)], dtype=np.int32),
            rows=np.array(rows, dtype=np.int32)[order],
            kinds=np.array(kinds, dtype=np.uint8)[order],
            word_ends=np.array(ends, dtype=np.uint64)[order],
            segments=SegmentIndex.build(distinct),
            words=StringTable.of(sorted(words)),
        )

    def exact(self, query: str, standing: Fame | None = None) -> list[int]:
        """Rows whose name is the query, but for case, accents, spaces, numerals and articles.

        A name comes before an alias, the same words before others ("the team" before "team", "hide away"
        before "hideaway"; a name may have an article more), then the one of higher standing.
        standing: float32[N], the order of namesakes; without it equal names stay in row order.
        """
        found, ranks, written = [], [], tuple(fold(query).split())
        for key, form in _readings(query):
            if (place := self.keys.find(key)) is not None:
                entries = self._entries(place, place + 1)
                kinds = self.kinds[entries]
                as_typed = self.word_ends[entries] == np.uint64(word_ends(form.words))
                as_typed &= (kinds % 2 == 0) & (form.words == written)
                whole = kinds <= Kind.ALIAS_READ
                found.append(self.rows[entries][whole])
                ranks.append((kinds // 2 * 2 + ~as_typed)[whole])
        if not found:
            return []
        rows, rank = np.concatenate(found), np.concatenate(ranks)
        high = np.zeros(len(rows), np.float32) if standing is None else standing[rows]
        return list(dict.fromkeys(rows[np.lexsort((rows, -high, rank))].tolist()))

    def find(
        self, query: str, *, usage: Usage, prior: Fame, standing: Fame | None = None, correct: bool = True
    ) -> list[TitleHit]:
        """The titles that the query names: exact ones, then those whose names it surely begins, else corrections.

        prior: float32[N], fame. standing: the order of namesakes, fame if not given. correct: whether a misspelt
        name may be taken for the right one. Only corrections may be less than CONFIDENT; if the first is, they are
        worth a question at most.
        """
        exact = self.exact(query, prior if standing is None else standing)
        hits = [TitleHit(row, 1.0, Match.EXACT) for row in exact]
        longer = self.prefixed(query, usage=usage, prior=prior)
        hits += [hit for hit in longer if hit.row not in exact and hit.confidence >= CONFIDENT]
        if correct and not exact:
            corrections = self.corrections(query, usage=usage, prior=prior)
            if not hits or (corrections and corrections[0].confidence > hits[0].confidence):
                return corrections
        return hits[:N_FOUND]

    def prefixed(self, query: str, *, usage: Usage, prior: Fame, limit: int = N_FOUND) -> list[TitleHit]:
        """Titles whose name goes on where the query ends, and those of which it is a part, the famous first.

        "star wars" is the beginning of a series, "the two towers" a part of one of its names. One
        short word begins too many names and gives nothing; a number begins few, and whoever types no
        more than "2001" may mean any of them, where it is written in digits.
        """
        number = fold(query).isdecimal()
        found: dict[int, float] = {}  # row: fame
        n_found, series = 0, set[int]()
        for key, form in _readings(query):
            if len(form.words) < 2 and len(key) < MIN_PREFIX_LENGTH and not number:
                continue
            first, end = self.keys.prefix_range(key)
            if first == end:
                continue
            entries = self._entries(first, end)
            kinds = self.kinds[entries]
            fits = (self.word_ends[entries] >> np.uint64(min(len(key), 63))) & np.uint64(1) > 0
            fits &= kinds <= (Kind.NAME if number else Kind.ALIAS_READ)
            if self.keys[first] == key:
                same = self._entries(first, first + 1)
                whole = self.kinds[same]
                fits[: len(whole)] = (whole == Kind.MAIN) | (whole == Kind.SUBTITLE)
                series |= set(self.rows[same][whole == Kind.MAIN].tolist())
            rows = np.unique(self.rows[entries][fits])
            n_found = max(n_found, len(rows))
            found |= {row: float(prior[row]) for row in _most_famous(rows, prior, MAX_CONTINUED).tolist()}
        if not found:
            return []
        written = fold(query).split()
        sure = partial(
            prefix_confidence,
            usage=usage([word for word in written if word not in SMALL_WORDS]),
            n_words=len(written),
            n_found=n_found,
            n_series=len(series),
            n_titles=len(prior),
        )
        ranked = sorted(found, key=lambda row: (-found[row], row))[:limit]
        return [TitleHit(row, 1.0, Match.PREFIX, 1.0 if number else sure(fame=found[row])) for row in ranked]

    def misspelt(self, query: str, *, at_least: float, limit: int = 5) -> list[TitleHit]:
        """Titles that the query is perhaps a misspelling of, the nearest first.

        Similarity is 1 - slips / length, with swapped neighbours as one slip (optimal string
        alignment). Digits must agree: "rocky 3" or "rocky three" is never taken for "Rocky II".
        """
        best: dict[int, float] = {}
        for near in self.near(query, at_least):
            for row in self.rows_of(near):
                best[row] = max(best.get(row, 0.0), near.similarity)
        hits = [TitleHit(row, similarity) for row, similarity in best.items()]
        return sorted(hits, key=lambda hit: (-hit.similarity, hit.row))[:limit]

    def corrections(self, query: str, *, usage: Usage, prior: Fame, limit: int = 5) -> list[TitleHit]:
        """Titles that the query is a misspelling of, the most probable first; see `slips.typo_confidence`.

        usage: the share of titles whose text holds all of some words. prior: float32[N], fame in
        [0, 1]. The list is worth showing above everything if its first confidence is CONFIDENT.
        """
        written = fold(query).split()
        best: dict[int, tuple[float, float, Near]] = {}  # row: (cost less fame, cost, …)
        for near in self.near(query, RIVAL_SIMILARITY):
            for row, cost in self._costs(near, written, prior):
                found = (cost - FAME_WORTH * float(prior[row]), cost, near)
                best[row] = min(best.get(row, found), found)
        if not best:
            return []
        ranked = sorted(best, key=lambda row: (best[row], row))[:limit]
        used = usage([word for word in written if word not in SMALL_WORDS])
        hits = []
        for row in ranked:
            worth, cost, near = best[row]
            if worth > best[ranked[0]][0] + HANGERS_ON or near.similarity < MIN_SIMILARITY:
                break
            rivals = [other for other, _, rival in best.values() if rival.place != near.place]
            sure = typo_confidence(
                cost,
                usage=used,
                fame=float(prior[row]),
                margin=min(rivals, default=np.inf) - worth,
                n_words=len(near.form.words),
                knows_words=self._knows(word for word in written if word not in near.words),
            )
            hits.append(TitleHit(row, near.similarity, Match.TYPO, sure))
        return hits

    def _costs(self, near: "Near", written: list[str], prior: Fame) -> Iterator[tuple[int, float]]:
        """(row, cost) of the titles of one form; none where the form is the query as it stands."""
        slips, typed = slip_cost(near.typed, near.key), near.form
        entries = np.arange(self.starts[near.place], self.starts[near.place + 1])
        if len(entries) > N_NAMESAKES:
            entries = entries[np.argpartition(-prior[self.rows[entries]], N_NAMESAKES)[:N_NAMESAKES]]
        for entry in entries.tolist():
            kind, n_words = Kind(int(self.kinds[entry])), int(self.word_ends[entry]).bit_count()
            left_out = Kind.BARE in (typed.kind, kind)
            if not slips and not left_out:
                continue  # `prefixed` finds it
            cost = slips + max(KIND_COST[kind], KIND_COST[Kind.BARE] * left_out)
            cost += ARTICLE_COST * (written[0] in ARTICLES and typed.words[0] != written[0] and not left_out)
            cost += SPACING_COST * (n_words != len(typed.words))
            yield int(self.rows[entry]), cost

    def near(self, query: str, at_least: float) -> list["Near"]:
        """At most N_DECIDED keys of at least this similarity and the same numbers, the nearest first."""
        typed = [(key, form) for key, form in forms_of_query(query).items() if MIN_LENGTH <= len(key) <= MAX_LENGTH]
        typed = typed[:MAX_KEYS]
        places = self.segments.proposals([key for key, _ in typed], N_PROPOSED)
        if not len(places):
            return []
        proposed = self.keys.take(places)
        similarity = cdist(
            [key for key, _ in typed],
            proposed,
            scorer=OSA.normalized_similarity,
            score_cutoff=at_least,
            dtype=np.float32,
        )
        nearest, best = similarity.argmax(axis=0), similarity.max(axis=0)
        said = numbers(fold(query).split())
        found = []
        for at in np.argsort(-best, kind="stable")[:N_DECIDED].tolist():
            place, key = int(places[at]), proposed[at]
            words = words_of(key, int(self.word_ends[self.starts[place]]))
            if best[at] >= at_least and len(key) >= MIN_LENGTH and same_numbers(said, numbers(words)):
                found.append(Near(float(best[at]), place, key, words, *typed[nearest[at]]))
        return found

    def rows_of(self, near: "Near") -> list[int]:
        found: list[int] = self.rows[self._entries(near.place, near.place + 1)].tolist()
        return found

    def _entries(self, first: int, end: int) -> slice:
        return slice(int(self.starts[first]), int(self.starts[end]))

    def _knows(self, words: Iterable[str]) -> bool:
        return all(word in SMALL_WORDS or self.words.find(word) is not None for word in words)


class Near(NamedTuple):
    """A key near to one of the query's, which is `typed`, with the words of one of its entries."""

    similarity: float
    place: int
    key: str
    words: list[str]
    typed: str
    form: Form  # of `typed`


def corrected(query: str, name: str) -> str | None:
    """The name to show as the correction of `query`, or None where only spacing or signs differ."""
    return None if set(title_keys(query)) & set(title_keys(name)) or not fold(query) else name


def _readings(query: str) -> list[tuple[str, Form]]:
    """The (key, form) pairs that leave nothing out of the query."""
    return [(key, form) for key, form in forms_of_query(query).items() if form.kind <= Kind.NAME_READ]


def _most_famous(rows: NDArray[np.int32], prior: Fame, limit: int) -> NDArray[np.int32]:
    return rows if len(rows) <= limit else rows[np.argpartition(-prior[rows], limit)[:limit]]
