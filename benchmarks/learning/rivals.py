"""Two other ways to learn from the same log: the demo's that this project grew out of, and a plain fine-tune.

Neither knows of places, of chances to be looked at or of what a version was before; LambdaMART, the third rival, has
a file of its own. All see the searches that a version of ours served, in their order.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import cdist
from torch import Tensor, nn

from benchmarks.demo_way import HIDDEN, ID_DIMENSION
from recommender.ml.engine import answer
from recommender.ml.memory import Recollection
from recommender.ml.questions import Question
from recommender.ml.snapshot import Snapshot
from training.ml.labels import AGAINST, GAIN, LoggedSearch
from training.ml.model import HybridRanker, with_rows_for
from training.ml.optimiser import Optimiser

QuestionOf = Callable[[str], Question]  # of a folded text


class Rival(Protocol):
    """learn: the new searches of a tick, in order. rank: rows, the best first, which are the ids of titles here."""

    name: str

    def learn(self, visits: Sequence[LoggedSearch]) -> None: ...

    def rank(self, question: Question, limit: int = 20) -> list[int]: ...


def grades(search: LoggedSearch) -> dict[int, int]:
    """Title id → 1 (a click) to 4 (a like), the strongest thing done; 0 for a title that was refused."""
    found: dict[int, int] = {}
    for deed in search.deeds:
        if deed.action in GAIN:
            found[deed.title_id] = max(found.get(deed.title_id, 0), round(4 * GAIN[deed.action]))
    return found | {deed.title_id: 0 for deed in search.deeds if deed.action in AGAINST}


class DemoRecipe:
    """A network over [query | content | learnt id], taught after each search that random titles are right.

    Nothing that anybody did enters. The demo takes 100 steps over 200 rows after every search; here it is one step
    over 200 fresh rows after every fourth, for time. All titles are ranked by the network's score plus the likeness
    of their names to the text (rapidfuzz's ratio in place of difflib's, nearly the same value).
    """

    name = "demo's recipe"
    ROWS, SEARCHES_PER_STEP, LEARNING_RATE = 200, 4, 1e-3

    def __init__(self, snapshot: Snapshot, question_of: QuestionOf) -> None:
        self._question_of = question_of
        self._draw = np.random.default_rng(0)
        self._names = [name.lower() for name in snapshot.index.names]
        self._content = torch.from_numpy(np.array(snapshot.index.content, np.float32))  # [N, D]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self._ids = nn.Embedding(len(self._names), ID_DIMENSION)
            first, second = HIDDEN
            self._first = nn.Linear(2 * self._content.shape[1] + ID_DIMENSION, first)
            self._rest = nn.Sequential(nn.ReLU(), nn.Linear(first, second), nn.ReLU(), nn.Linear(second, 1))
        parameters = [p for part in (self._ids, self._first, self._rest) for p in part.parameters()]
        self._adam = torch.optim.Adam(parameters, lr=self.LEARNING_RATE, fused=True)
        self._of_titles: Tensor | None = None  # [N, HIDDEN[0]], what the first layer makes of each title
        self._n_searches = 0
        self.losses: list[float] = []  # of each step

    def learn(self, visits: Sequence[LoggedSearch]) -> None:
        torch.set_num_threads(1)
        labels = (torch.arange(self.ROWS) % 2).float()
        for search in visits:
            evidence = self._question_of(search.text).evidence
            self._n_searches += 1
            if evidence is None or self._n_searches % self.SEARCHES_PER_STEP:
                continue
            query = torch.from_numpy(evidence.vector).expand(self.ROWS, -1)
            rows = torch.from_numpy(self._draw.integers(len(self._names), size=self.ROWS))
            hidden = self._first(torch.cat([query, self._content[rows], self._ids(rows)], dim=1))
            loss = nn.functional.binary_cross_entropy_with_logits(self._rest(hidden)[:, 0], labels)
            self._adam.zero_grad()
            loss.backward()
            self._adam.step()
            self.losses.append(float(loss.detach()))
        self._of_titles = None

    @torch.inference_mode()
    def rank(self, question: Question, limit: int = 20) -> list[int]:
        """Every title, those last that the catalogue may not show for this question."""
        if question.evidence is None:
            return []
        dimension = self._content.shape[1]
        if self._of_titles is None:
            rest = self._first.weight[:, dimension:]
            self._of_titles = torch.cat([self._content, self._ids.weight], dim=1) @ rest.T + self._first.bias
        of_query = self._first.weight[:, :dimension] @ torch.from_numpy(question.evidence.vector)
        scores = self._rest(self._of_titles + of_query)[:, 0].numpy()
        scores = scores + cdist([question.text.lower()], self._names, scorer=ratio)[0] / 100
        if question.allowed is not None:
            scores[~question.allowed] = -np.inf
        return [int(row) for row in np.argsort(-scores, kind="stable")[:limit]]


class NaiveFineTune:
    """Version 0's model, fine-tuned by sampled softmax: a clicked title against random ones and the batch's others.

    No place, no chance of a look, no logQ, no anchor, and every click counts the same (Yi et al. 2019,
    doi:10.1145/3298689.3346996, without its correction).
    """

    name = "naive fine-tune"
    STEPS_PER_SEARCH, LEARNING_RATE, TEMPERATURE = 60 / 250, 3e-3, 0.05
    BATCH, RANDOM = 32, 64  # clicks a step, and random titles beside them

    def __init__(self, snapshot: Snapshot, question_of: QuestionOf) -> None:
        self._question_of, self._snapshot, self._plain = question_of, snapshot, snapshot
        index = snapshot.index
        self._draw = np.random.default_rng(0)
        self._content = torch.from_numpy(np.array(index.content, np.float32))
        self._model = HybridRanker(with_rows_for(snapshot.state.weights, index.title_ids.tolist()))
        self._optimiser = Optimiser(self._model, index.title_ids, {}, self.LEARNING_RATE)
        self._due = 0.0

    def learn(self, visits: Sequence[LoggedSearch]) -> None:
        torch.set_num_threads(1)
        clicks = [
            (asked, self._snapshot.index.row_of_title[title])
            for search in visits
            if (asked := self._question_of(search.text)).evidence is not None
            for title in dict.fromkeys(deed.title_id for deed in search.deeds if deed.action == "click")
        ]
        self._due += self.STEPS_PER_SEARCH * len(visits)
        while self._due >= 1 and clicks:
            self._step([clicks[place] for place in self._draw.integers(len(clicks), size=self.BATCH)])
            self._due -= 1
        weights = self._model.to_weights(self._snapshot.index.title_ids)
        self._snapshot = replace(self._snapshot, state=replace(self._snapshot.state, weights=weights))

    def rank(self, question: Question, limit: int = 20) -> list[int]:
        return [hit.title_id for hit in answer(self._snapshot, question, limit=limit).hits]

    def _step(self, clicks: Sequence[tuple[Question, int]]) -> None:
        n_titles = len(self._snapshot.index)
        rows = np.array([row for _, row in clicks])
        rows = np.concatenate([rows, self._draw.integers(n_titles, size=self.RANDOM)])  # [S], S = BATCH + RANDOM
        evidence = [asked.evidence for asked, _ in clicks if asked.evidence is not None]
        features = np.stack([self._features(asked, rows) for asked, _ in clicks])  # [B, S, F]
        query = torch.from_numpy(np.stack([found.about for found in evidence]))  # [B, D]
        told = torch.tensor([found.told for found in evidence])  # [B]
        again = torch.from_numpy(rows[None, :] == rows[: len(clicks), None])  # the clicked title itself, drawn again
        again[torch.arange(len(clicks)), torch.arange(len(clicks))] = False
        slate = torch.from_numpy(rows[None, :])  # [1, S], the same titles for every click
        scores = self._model.relevance(query, self._content[slate], slate, torch.from_numpy(features), told)  # [B, S]
        logits = (scores / self.TEMPERATURE).masked_fill(again, -1e9)
        loss = nn.functional.cross_entropy(logits, torch.arange(len(clicks)))  # row i's click is column i
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()

    def _features(self, asked: Question, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        assert asked.evidence is not None  # `learn` leaves the others out
        scorer = self._plain.scorer
        return scorer.features(asked.evidence, Recollection.nothing(), rows, asked.matches.similarity)
