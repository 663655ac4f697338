"""How a run trains and how it is judged: two frozen records, stored with every result."""

from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True)
class _Config:
    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Raises ValueError for a name it does not know: a misspelt option must not be ignored."""
        if unknown := set(values) - {field.name for field in fields(cls)}:
            raise ValueError(f"unknown option of {cls.__name__}: {', '.join(sorted(unknown))}")
        return cls(**values)


@dataclass(frozen=True)
class TrainConfig(_Config):
    learning_rate: float = 1e-4  # Adam's step
    epochs: int = 4  # passes over the examples
    batch_size: int = 64  # searches a step
    temperature: float = 0.1  # of the softmax over a slate; cosines differ by tenths
    anchor: float = 1e-2  # pull of every weight towards the parent's
    clip_norm: float = 1.0  # longest gradient
    weight_clip: float = 5.0  # largest inverse propensity a choice may count with
    replay: float = 1.0  # old searches per new one
    memory_half_life: int = 20_000  # searches after which a remembered choice counts half
    folds: int = 3  # of the cross-validation that judges a run
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 1 or self.folds < 2:
            raise ValueError("training needs an epoch, a batch of one and two folds at least")


@dataclass(frozen=True)
class GatePolicy(_Config):
    min_choices: int = 3  # judged searches with a choice, below which nothing is decided
    mean_margin: float = 0.005  # how far the mean of nDCG@10 may fall
    bound_margin: float = 0.005  # how far its lower 95 % bound may fall, plus bound_margin_small / n
    bound_margin_small: float = 1.0
    golden_margin: float = 0.005  # for misspelt titles, against the champion
    theme_margin: float = 0.02  # for queries nobody typed, against the champion
    anchor_margin: float = 0.05  # the same against version 0, so that small steps cannot add up
    coverage_ratio: float = 0.9  # of version 0's distinct titles over the golden themes
    max_step: float = 0.1  # longest relative change of a weight matrix
    latency_ratio: float = 2.0  # median search time against the champion's
    max_judged: int = 400  # searches that are judged, sampled by hash
