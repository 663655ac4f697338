"""Versions for tests: registered, promoted, and broken on purpose."""

from dataclasses import replace
from typing import Any

import numpy as np

from recommender.index.encoders import embedding_fingerprint
from recommender.ml.weights import FEATURES, ModelConfig, ModelState
from recommender.models import Checkpoint, CheckpointChunk
from recommender.versions import registry


def state(number: float = 0.0) -> ModelState:
    """Untrained, but different bytes for each number; a title match stays a title match."""
    untrained = ModelState.untrained(ModelConfig())
    weights = untrained.weights.feature_weights.copy()
    weights[FEATURES.index("memory")] += np.float32(number / 100)
    return replace(untrained, weights=replace(untrained.weights, feature_weights=weights))


def registered(parent: Checkpoint | None = None, *, number: float = 0.0, **facts: Any) -> Checkpoint:
    usual: dict[str, Any] = {"encoder_fingerprint": embedding_fingerprint(), "window": registry.Window(0, 0, {})}
    return registry.register(state(number), parent=parent, **(usual | facts))


def promoted(over: Checkpoint | None = None, *, number: float = 0.0, **facts: Any) -> Checkpoint:
    checkpoint = registered(over, number=number, **facts)
    registry.promote(checkpoint, over=over, reason="test", actor="tests")
    checkpoint.refresh_from_db()
    return checkpoint


def line_of(n_versions: int) -> list[Checkpoint]:
    """v0, v1, …, each promoted over the one before it."""
    line: list[Checkpoint] = []
    for number in range(n_versions):
        line.append(promoted(line[-1] if line else None, number=float(number)))
    return line


def spoil(checkpoint: Checkpoint) -> None:
    """Flip one bit of the last byte."""
    chunk = CheckpointChunk.objects.filter(checkpoint=checkpoint).latest("sequence")
    data = bytearray(chunk.data)
    data[-1] ^= 1
    CheckpointChunk.objects.filter(pk=chunk.pk).update(data=bytes(data))


def statuses() -> dict[int, str]:
    return dict(Checkpoint.objects.order_by("version").values_list("version", "status"))
