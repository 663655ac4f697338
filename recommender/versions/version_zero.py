"""Version 0: the untrained hybrid as a registered checkpoint, so that there is always a champion."""

from dataclasses import replace

import numpy as np
from django.db import transaction

from recommender.index.encoders import dimension, embedding_fingerprint, query_encoder
from recommender.ml.encoder import TextEncoder
from recommender.ml.memory import ClickMemory
from recommender.ml.weights import BadCheckpoint, ModelConfig, ModelState
from recommender.models import Checkpoint
from recommender.versions import registry, stored


def ensure_champion() -> tuple[Checkpoint, bool]:
    """The champion that fits the encoder in use, and whether it had to be made.

    On a fresh database: version 0, whose window ends before the first search. After a change of
    encoder: a version with fresh weights, but with the click memory carried over, because
    remembered queries are text and can be embedded again; not those of somebody who asked to be forgotten.
    """
    fingerprint = embedding_fingerprint()
    champion = registry.champion()
    if champion is not None and champion.encoder_fingerprint == fingerprint:
        return champion, False
    state = ModelState.untrained(ModelConfig(dimension=dimension()))
    window = registry.Window(0, 0, {})
    reason = "version 0: the untrained hybrid"
    if champion is not None and champion.tainted:
        reason = f"encoder changed from {champion.encoder_fingerprint}; it learns anew, because {champion.taint}"
    elif champion is not None:
        state = replace(state, memory=_carried_over(champion, query_encoder()))
        window = registry.Window(champion.wm_to, champion.wm_to, {})
        reason = f"encoder changed from {champion.encoder_fingerprint}; click memory carried over"
    try:
        with transaction.atomic():
            if champion is not None and champion.pinned:
                registry.set_pinned(champion, pinned=False, reason=reason, actor="prepare_model")
            parent = None if champion is None or champion.tainted else champion
            checkpoint = registry.register(state, parent=parent, encoder_fingerprint=fingerprint, window=window)
            registry.promote(checkpoint, over=champion, reason=reason, actor="prepare_model")
    except registry.CannotPromote:
        faster = registry.champion()  # another machine may be starting at the same time
        if faster is None or faster.encoder_fingerprint != fingerprint:
            raise
        return faster, False
    return checkpoint, True


def _carried_over(champion: Checkpoint, text_encoder: TextEncoder) -> ClickMemory:
    try:
        memory = stored.load(champion).memory
    except BadCheckpoint:
        return ClickMemory.empty(text_encoder.dimension)
    vectors = text_encoder.encode(list(memory.queries))
    return replace(memory, vectors=np.ascontiguousarray(vectors, np.float32))
