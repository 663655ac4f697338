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
    temperature: float = 0.6  # how many points of score make a choice e times as likely
    fusion_half_life: int = 200_000  # searches after which what was found of them counts half
    anchor: float = 1e-2  # pull of every matrix towards version 0's
    clip_norm: float = 1.0  # longest gradient
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
    min_sessions: int = 1  # with a choice
    min_evidence: float = 3.0  # nats for or against choices being people's, below which nothing is decided
    min_crowded: int = 4  # different queries that one title may be chosen for, whatever the share
    max_crowded: float = 0.3  # share of the window's different queries that one title may be chosen for
    n_pages: int = 40  # logged pages that are compared with what the engine finds, sampled by hash
    min_known: float = 0.25  # share of their titles that it must find, on the way from chance to all
    max_chance: float = 0.8  # share it finds by chance, from which on that says nothing
    max_step: float = 2.0  # change of the scores of themes against the champion's, in their standard deviations
    mean_margin: float = 0.005  # how far DCG@10 of choices may fall on average, plus mean_margin_small / n
    mean_margin_small: float = 2.0
    bound_margin: float = 0.005  # how far its lower 95 % bound may fall, plus bound_margin_small / n
    bound_margin_small: float = 12.0
    slice_margin: float = 0.03  # how far it may fall among frequent, rare or never-seen queries ...
    min_slice: int = 50  # ... from so many judged searches on
    golden_margin: float = 0.005  # MRR of misspelt titles, against the champion
    golden_anchor_margin: float = 0.01  # the same against the best of all champions
    theme_margin: float = 0.08  # nDCG@10 of genres and facts as queries, against the champion: taste may cost some
    anchor_margin: float = 0.2  # the same against the best of all champions, so that small losses cannot add up
    coverage_ratio: float = 0.9  # of version 0's distinct titles over the golden themes
    gini_margin: float = 0.15  # how much more unequally they may be shown than by version 0
    chosen_coverage_ratio: float = 0.8  # the same over the window's queries: choices agree, that is their use
    chosen_gini_margin: float = 0.25
    latency_ratio: float = 2.0  # median search time against the champion's ...
    latency_grace_ms: float = 5.0  # ... and what a clock may be wrong by
    max_judged: int = 400  # searches that are judged, sampled by hash
    max_lifted: int = 200  # searches whose answers are looked through for titles that rise everywhere
