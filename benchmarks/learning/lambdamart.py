"""LambdaMART over version 0: the field's usual learner from clicks, as a yardstick of ours.

Gradient-boosted trees fitted to the whole log (Burges 2010, Microsoft Research MSR-TR-2010-82; lightgbm's
`lambdarank`) put the first titles of version 0 into a new order, below those that the text names. Behaviour is told
to them as a feature store would: each search is described by what was known before it came.

Each setting is the better one of those tried on a log of 5,000 searches, by the true gains: an easy start for a
yardstick. The trees begin from version 0's score and learn what to add, and lightgbm's own correction of the bias of
places is on: without the first, 200 searches make every kind of theme worse; without the second, never-seen themes
gain half as much.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from benchmarks.learning.rivals import QuestionOf, grades
from recommender.ml.engine import answer
from recommender.ml.questions import Question
from recommender.ml.seats import N_SEATS, keep_seats
from recommender.ml.snapshot import Snapshot
from training.ml.labels import LoggedSearch

DEPTH = 100  # titles of version 0 that are put into a new order
FEATURES = (
    "content", "lexical", "prior", "facts", "score", "place", "words", "year", "fame",  # known without any log
    "title shows", "title rate", "pair shows", "pair clicks", "pair rate", "query shows",
)  # fmt: skip
PARTS = FEATURES[: FEATURES.index("score")]  # of version 0's score
PRIOR_SHOWS, PRIOR_RATE = 10.0, 0.05  # imagined shows that a rate starts with, and the share of them clicked
FEWEST, GROWTH = 50, 0.1  # new searches before the trees are fitted again: a number, and a share of the log
START = 5.0  # what a point of version 0's score is worth to the trees' sum
PARAMETERS = {
    "objective": "lambdarank",
    "label_gain": [0, 1, 2, 3, 4],
    "lambdarank_truncation_level": 20,
    "lambdarank_position_bias_regularization": 0.0,
    "learning_rate": 0.05,
    "min_data_in_leaf": 20,
    "lambda_l2": 5.0,
    "feature_fraction": 0.8,
    "num_threads": 1,
    "deterministic": True,
    "force_col_wise": True,
    "seed": 0,
    "verbosity": -1,
}


@dataclass(frozen=True)
class _Answer:
    """Version 0's answer: rows int64[n], best first, of which the text names n_matches; table float32[n, 9]."""

    question: Question
    rows: NDArray[np.int64]
    n_matches: int
    table: NDArray[np.float32]
    place_of_row: dict[int, int]


class LambdaMart:
    name = "LambdaMART"

    def __init__(self, snapshot: Snapshot, question_of: QuestionOf) -> None:
        self._snapshot, self._question_of = snapshot, question_of
        self._answers: dict[str, _Answer] = {}
        self._titles = np.zeros((2, len(snapshot.index)))  # shows and clicks
        self._pairs: dict[str, dict[int, tuple[int, int]]] = defaultdict(dict)  # of a text, row → the same
        self._asked: dict[str, int] = defaultdict(int)
        self._slates: list[NDArray[np.float32]] = []
        self._grades: list[NDArray[np.int32]] = []
        self._n_searches = self._n_fitted = 0
        self._trees: lgb.Booster | None = None

    def learn(self, visits: Sequence[LoggedSearch]) -> None:
        for search in visits:
            self._read(search)
        self._n_searches += len(visits)
        if self._n_searches - self._n_fitted >= max(FEWEST, GROWTH * self._n_searches):
            self.refit()

    def refit(self) -> None:
        """Fit the trees to the log as it is now; without a click in it version 0 goes on."""
        self._n_fitted = self._n_searches
        if not self._slates:
            return
        table = np.concatenate(self._slates)
        sizes = [len(slate) for slate in self._slates]
        score = np.nan_to_num(table[:, FEATURES.index("score")])
        data = lgb.Dataset(
            table,
            np.concatenate(self._grades),
            group=sizes,
            position=np.concatenate([np.arange(size) for size in sizes]),
            init_score=START * score,
            params=PARAMETERS,
        )
        self._trees = lgb.train(*_sized(len(sizes), data))

    def rank(self, question: Question, limit: int = 20, *, seats: int = 0) -> list[int]:
        """seats: of a first page, kept as ours keeps them for what version 0 would show; see `SeatedLambdaMart`."""
        found = self._answer(question)
        rows = found.rows[found.n_matches : DEPTH]
        if self._trees is not None and question.evidence is not None and len(rows):
            table = self._described(found, question.evidence.text, rows)
            scores = START * table[:, FEATURES.index("score")] + np.asarray(self._trees.predict(table))
            rows = rows[np.argsort(-scores, kind="stable")]
        order = np.concatenate([found.rows[: found.n_matches], rows, found.rows[max(DEPTH, found.n_matches) :]])
        if seats and question.evidence is not None:
            order = order[self._turn(found, question.evidence.text, order, seats)]
        return [int(title_id) for title_id in self._snapshot.index.title_ids[order[:limit]]]

    def _turn(self, found: _Answer, text: str, order: NDArray[np.int64], seats: int) -> NDArray[np.intp]:
        rows = order.tolist()
        score = found.table[[found.place_of_row[row] for row in rows], FEATURES.index("score")]
        clicked = {row for row, (_, clicks) in self._pairs.get(text, {}).items() if clicks}
        stays = np.array([place < found.n_matches or row in clicked for place, row in enumerate(rows)], np.bool_)
        looks = self._titles[0, order].astype(np.float32)
        return keep_seats(score, looks, self._snapshot.index.prior[order], stays, seats)[0]

    def _read(self, search: LoggedSearch) -> None:
        """Describe a search by what is known so far, then count what was shown and clicked."""
        index = self._snapshot.index
        found = self._answer(self._question_of(search.text))
        rows = np.array([index.row_of_title[title] for title in search.shown], np.int64)
        if not search.text or not len(rows):
            return
        said = grades(search)
        grade = np.array([said.get(title, 0) for title in search.shown], np.int32)
        if (
            grade.any() and not search.names_title
        ):  # one order of the rest is as good as another where none was chosen
            self._slates.append(self._described(found, search.text, rows))
            self._grades.append(grade)
        self._titles[:, rows] += np.stack([np.ones(len(rows)), grade > 0])
        self._asked[search.text] += 1
        pairs = self._pairs[search.text]
        for row, clicked in zip(rows.tolist(), (grade > 0).tolist(), strict=True):
            shows, clicks = pairs.get(row, (0, 0))
            pairs[row] = (shows + 1, clicks + clicked)

    def _described(self, found: _Answer, text: str, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """float32[n, len(FEATURES)]; NaN where version 0 does not list a title at all."""
        places = np.array([found.place_of_row.get(row, -1) for row in rows.tolist()])
        known = np.full((len(rows), found.table.shape[1]), np.nan, np.float32)
        known[places >= 0] = found.table[places[places >= 0]]
        shows, clicks = self._titles[:, rows]
        pairs = self._pairs.get(text, {})
        pair_shows, pair_clicks = np.array([pairs.get(row, (0, 0)) for row in rows.tolist()], np.float64).T
        behaviour = [
            shows, _rate(shows, clicks), pair_shows, pair_clicks, _rate(pair_shows, pair_clicks),
            np.full(len(rows), self._asked.get(text, 0)),
        ]  # fmt: skip
        return np.concatenate([known, np.stack(behaviour, axis=1)], axis=1, dtype=np.float32)

    def _answer(self, question: Question) -> _Answer:
        text = "" if question.evidence is None else question.evidence.text
        kept = self._answers.get(text)
        if kept is None or kept.question is not question:
            kept = self._answers[text] = self._asked_version_zero(question)
        return kept

    def _asked_version_zero(self, question: Question) -> _Answer:
        ranking, index = answer(self._snapshot, question, limit=1), self._snapshot.index
        rows = ranking.rows
        if question.evidence is None or not len(rows):
            return _Answer(question, rows, 0, np.zeros((0, FEATURES.index("title shows")), np.float32), {})
        scores = self._snapshot.scorer.score(question.evidence, question.matches.similarity, question.allowed)
        places = np.searchsorted(scores.rows, rows)
        novelty = self._snapshot.config.novelty_weight * self._snapshot.scorer.novelty[rows]
        columns = [scores.parts[name][places] for name in PARTS] + [
            scores.relevance[places] + novelty,
            np.arange(len(rows)),
            np.full(len(rows), len(question.text.split())),
            index.facets.years[rows],
            index.prior[rows],
        ]
        table = np.stack(columns, axis=1).astype(np.float32)
        place_of_row = {row: place for place, row in enumerate(rows.tolist())}
        return _Answer(question, rows, ranking.n_matches, table, place_of_row)


class SeatedLambdaMart:
    """The same trees under the condition that ours keeps: places of a first page stay with version 0's titles.

    Without it LambdaMART shows a quarter fewer different titles, which the coverage wanted of ours forbids. What a
    person chose for the text keeps its place, as in ours.
    """

    name = "LambdaMART, seated"

    def __init__(self, trees: LambdaMart) -> None:
        self._trees = trees

    def learn(self, visits: Sequence[LoggedSearch]) -> None:
        """The trees have read them."""

    def rank(self, question: Question, limit: int = 20) -> list[int]:
        return self._trees.rank(question, limit, seats=N_SEATS)


def _rate(shows: NDArray[np.float64], clicks: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((clicks + PRIOR_SHOWS * PRIOR_RATE) / (shows + PRIOR_SHOWS))


def _sized(n_slates: int, data: lgb.Dataset) -> tuple[dict[str, Any], lgb.Dataset, int]:
    """(parameters, data, rounds): little trees and few of them where there is little to learn from."""
    n_leaves = 7 if n_slates < 1_000 else 15
    return PARAMETERS | {"num_leaves": n_leaves}, data, min(100, 20 + n_slates // 4)
