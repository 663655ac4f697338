"""What one window teaches a version: choices into its memory, small steps of its weights."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recommender.ml.index import CatalogIndex
from recommender.ml.memory import ClickMemory
from recommender.ml.scoring import renown
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import ModelState
from training.ml import fusion
from training.ml.attention import weight_of_fame
from training.ml.config import TrainConfig
from training.ml.examination import Examination, ExaminationTally, FirstPage
from training.ml.examination import fit as fit_examination
from training.ml.examples import build, joined
from training.ml.labels import Lesson
from training.ml.loop import FitReport, fit
from training.ml.remember import remember


def learn(
    champion: Snapshot,
    fresh: Sequence[Lesson],
    replay: Sequence[Lesson],
    vectors: Mapping[str, NDArray[np.float32]],
    config: TrainConfig,
    on_step: Callable[[int, int, float], None] = lambda _step, _of, _loss: None,
) -> tuple[ModelState, FitReport]:
    """The champion's state after these lessons: memory and weights."""
    parent, index = champion.state, champion.index
    memory = remember(parent.memory, fresh, vectors, half_life=config.memory_half_life)
    new, old = build(fresh, champion, vectors), build(replay, champion, vectors)
    before = fusion.from_arrays(parent.optimiser)
    mixed = fusion.update(before, new, config, n_searches=len(fresh))
    attention = np.zeros(len(index), np.float32)
    for lesson in [*fresh, *replay]:
        for title_id, weight in lesson.choice_weights.items():
            if title_id in index.row_of_title:
                attention[index.row_of_title[title_id]] += weight
    content = index.content.astype(np.float32, copy=False)
    known = renown(index.prior)
    fame = weight_of_fame(known, content @ parent.weights.attention, _chosen(memory, index))
    weights, optimiser, report = fit(
        replace(mixed.weights(parent.weights), attention_to_fame=np.array([fame], np.float32)),
        parent.optimiser,
        joined(new, old),
        content,
        known,
        attention,
        config,
        on_step=on_step,
    )
    tally = tally_of(parent).faded(0.5 ** (len(fresh) / config.memory_half_life)).plus(_looked_at(fresh))
    attention_so_far = {"examination.shows": tally.shows, "examination.clicks": tally.clicks}
    return ModelState(weights, memory, optimiser | fusion.to_arrays(mixed) | attention_so_far), report


def examination_of(state: ModelState) -> Examination:
    """How attention falls with the place, by what exploration has shown until this version."""
    return fit_examination(tally_of(state)).examination


def tally_of(state: ModelState) -> ExaminationTally:
    """What exploration has shown until this version."""
    shows, clicks = (state.optimiser.get(f"examination.{name}") for name in ("shows", "clicks"))
    if shows is None or clicks is None:
        return ExaminationTally.empty()
    return ExaminationTally(np.asarray(shows, np.float64), np.asarray(clicks, np.float64))


def _chosen(memory: ClickMemory, index: CatalogIndex) -> NDArray[np.float64]:
    """float64[N]: how much each title of the catalogue is remembered to have been chosen, in all queries together."""
    chosen = np.zeros(len(index), np.float64)
    rows = np.array([index.row_of_title.get(int(title), -1) for title in memory.title_ids], np.int64)
    np.add.at(chosen, rows[rows >= 0], memory.chosen[rows >= 0])
    return chosen


def _looked_at(fresh: Sequence[Lesson]) -> ExaminationTally:
    """First pages that were not counted before."""
    return ExaminationTally.of(
        FirstPage(lesson.propensity, lesson.source, [title in lesson.gains for title in lesson.shown])
        for lesson in fresh
        if lesson.first_position == 1 and lesson.examined and len(lesson.source) == len(lesson.shown)
    )
