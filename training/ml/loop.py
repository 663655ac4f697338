"""The training loop: a few small steps from the parent, on slates that people chose from.

Fitted: query residual, title-ID vectors, feature weights (listwise softmax cross-entropy over each
slate) and the novelty head (cross-entropy of the attention titles got). Every weight is pulled back
to the parent's. A toy that works:

    fitted, optimiser, report = fit(weights, {}, examples, content, renown(fame), attention, TrainConfig())
"""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import log_softmax

from recommender.ml.weights import Weights
from training.ml.config import TrainConfig
from training.ml.examples import Examples
from training.ml.model import HybridRanker, with_rows_for
from training.ml.optimiser import Optimiser

NEG_INF = -1e9
_TENSORS = ("query", "features", "gains", "log_examined", "mask", "told", "weight")


class TrainingFailed(RuntimeError):
    """The loop stopped: a loss that is not finite, or a deadline. The message has the step."""


@dataclass(frozen=True)
class FitReport:
    steps: int
    examples: int
    loss_first: float
    loss_last: float
    largest_step: float  # relative change of the weight matrix that moved most


def fit(
    parent: Weights,
    optimiser_state: dict[str, NDArray[np.generic]],
    examples: Examples,
    content: NDArray[np.float32],
    renown: NDArray[np.float32],
    attention: NDArray[np.float32],
    config: TrainConfig,
    *,
    on_step: Callable[[int, int, float], None] = lambda _step, _of, _loss: None,
) -> tuple[Weights, dict[str, NDArray[np.generic]], FitReport]:
    """(weights, optimiser state, report). Without examples the parent comes back unchanged.

    content: float32[N, D] of the catalogue. renown: float32[N] in [0, 1], see `scoring`. attention:
    float32[N] ≥ 0, how often each title was chosen. on_step may raise to stop the run between two steps.
    Deterministic: same arguments, same bytes. Raises TrainingFailed on a loss that is not finite.
    """
    if not len(examples):
        return parent, optimiser_state, FitReport(0, 0, 0.0, 0.0, 0.0)
    torch.set_num_threads(1)  # sums in one order: on a CPU that is all that equal bytes need
    start = with_rows_for(parent, examples.title_ids[examples.mask].tolist())
    model = HybridRanker(start)
    start_at = {name: p.detach().clone() for name, p in model.named_parameters()}
    anchor = {name: p.detach() for name, p in HybridRanker(_nothing_learnt(start)).named_parameters()}
    optimiser = Optimiser(model, start.id_titles, optimiser_state, config.learning_rate)
    id_rows = torch.from_numpy(np.searchsorted(start.id_titles, np.maximum(examples.title_ids, 0)))
    id_rows[torch.from_numpy(~examples.mask)] = len(start.id_titles)
    data = {
        name: torch.from_numpy(getattr(examples, name))
        for name in ("query", "features", "gains", "log_examined", "mask", "told", "weight")
    }
    catalogue, famous = _shared(content), torch.from_numpy(np.array(renown))
    share = torch.from_numpy(attention / max(attention.sum(), 1e-9))
    batches = _batches(len(examples), config)
    n_steps, losses = len(batches), []
    for step, batch in enumerate(batches, start=1):
        rows = torch.from_numpy(examples.rows)[batch]  # [B, S]
        scores = model.relevance(
            data["query"][batch], catalogue[rows], id_rows[batch], data["features"][batch], data["told"][batch]
        )
        logits = scores / config.temperature + data["log_examined"][batch]
        loss = _slate_loss(logits, data["gains"][batch], data["mask"][batch], data["weight"][batch])
        loss = loss - (share * model.log_share(catalogue, famous)).sum()
        loss = loss + config.anchor * _distance(model, anchor, id_rows[batch])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.dense_parameters(), config.clip_norm, error_if_nonfinite=False)
        if not math.isfinite(value := float(loss.detach())):
            raise TrainingFailed(f"the loss is {value} at step {step} of {n_steps}, with {len(batch)} searches")
        optimiser.step()
        losses.append(value)
        on_step(step, n_steps, value)
    report = FitReport(n_steps, len(examples), losses[0], losses[-1], _largest_step(model, start_at))
    return model.to_weights(start.id_titles), optimiser.state(), report


def _shared(array: NDArray[np.float32]) -> Tensor:
    """The array itself: a copy of a million titles takes 1.5 GB. Torch warns of arrays that are not to be written."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(array)


def _batches(n_examples: int, config: TrainConfig) -> list[Tensor]:
    """Shuffled passes over the examples, cut into batches without regard to where a pass ends.

    So the number of steps follows the number of examples: a small window moves the weights little.
    """
    draw = torch.Generator().manual_seed(config.seed)
    passes = torch.cat([torch.randperm(n_examples, generator=draw) for _ in range(config.epochs)])
    return list(torch.split(passes, config.batch_size))


def _slate_loss(logits: Tensor, gains: Tensor, mask: Tensor, weight: Tensor) -> Tensor:
    """Listwise softmax cross-entropy (ListNet top one, Cao et al. 2007, doi:10.1145/1273496.1273513).

    logits, gains [B, S]; mask bool[B, S]; weight [B] → scalar, the weighted mean.
    """
    log_p = log_softmax(logits.masked_fill(~mask, NEG_INF), dim=1)  # [B, S]
    return (weight * -(gains * log_p).sum(dim=1)).sum() / weight.sum()


def _distance(model: HybridRanker, anchor: dict[str, Tensor], id_rows: Tensor) -> Tensor:
    """Squared distance to version 0, over the rows of the ID table that this batch touches."""
    total = torch.zeros(())
    for name, parameter in model.named_parameters():
        if name == "id_vectors.weight":
            touched = torch.unique(id_rows)
            total = total + ((model.id_vectors(touched) - anchor[name][touched]) ** 2).sum()
        else:
            total = total + ((parameter - anchor[name]) ** 2).sum()
    return total


def _nothing_learnt(weights: Weights) -> Weights:
    """Version 0's, with a row of zeros for every title that has one."""
    untrained = Weights.untrained(weights.config)
    return replace(untrained, id_titles=weights.id_titles, id_vectors=np.zeros_like(weights.id_vectors))


def _largest_step(model: HybridRanker, parent: dict[str, Tensor]) -> float:
    """max over matrices of ‖new − old‖ / max(1, ‖old‖)."""
    changes = [
        float((p.detach() - parent[name]).norm() / parent[name].norm().clamp(min=1.0))
        for name, p in model.named_parameters()
    ]
    return max(changes)
