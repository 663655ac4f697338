"""What one window teaches a version: choices into its memory, small steps of its weights."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.ml.engine import Snapshot
from recommender.ml.scoring import PRIOR_FLOOR
from recommender.ml.weights import ModelState
from training.ml import fusion
from training.ml.config import TrainConfig
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
    log_prior = np.log(index.prior + PRIOR_FLOOR).astype(np.float32)
    weights, optimiser, report = fit(
        mixed.weights(parent.weights),
        parent.optimiser,
        joined(new, old),
        index.content.astype(np.float32, copy=False),
        log_prior,
        attention,
        config,
        on_step=on_step,
    )
    return ModelState(weights, memory, optimiser | fusion.to_arrays(mixed)), report
