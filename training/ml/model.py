"""The hybrid model in torch: the same formula as `recommender.ml.scoring`, with gradients.

relevance(q, i) = (q + Δ(q)) · (c_i + P e_i) + w(q) · x(q, i)
log p̂_i         = b · renown_i + c_i · attention − log Σ_j exp(…)
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from recommender.ml.weights import ModelConfig, Weights


class HybridRanker(nn.Module):
    """T titles have an ID embedding of their own; row T is theirs who have none, and stays zero."""

    feature_weights: Tensor
    told_weights: Tensor
    attention_to_fame: Tensor

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.config: ModelConfig = weights.config
        self.query_down = nn.Parameter(_tensor(weights.query_down))  # [r, D]
        self.query_up = nn.Parameter(_tensor(weights.query_up))  # [D, r]
        self.id_projection = nn.Parameter(_tensor(weights.id_projection))  # [D, k]
        self.register_buffer("feature_weights", _tensor(weights.feature_weights))  # [F], fitted by `fusion`
        self.register_buffer("told_weights", _tensor(weights.told_weights))  # [F]
        self.register_buffer("attention_to_fame", _tensor(weights.attention_to_fame))  # [1], fitted by `attention`
        self.attention = nn.Parameter(_tensor(weights.attention))  # [D]
        table = np.vstack([weights.id_vectors, np.zeros((1, weights.config.id_dimension), np.float32)])
        self.id_vectors = nn.Embedding(len(table), table.shape[1], sparse=True, _weight=_tensor(table))  # [T + 1, k]

    def relevance(self, query: Tensor, content: Tensor, id_rows: Tensor, features: Tensor, told: Tensor) -> Tensor:
        """query [B, D], content [B, S, D], id_rows int64[B, S], features [B, S, F], told [B] → [B, S]."""
        moved = query + query @ self.query_down.T @ self.query_up.T  # [B, D]
        has_id = (id_rows < self.id_vectors.num_embeddings - 1).unsqueeze(-1)  # [B, S, 1]
        own = self.id_vectors(id_rows) * has_id @ self.id_projection.T  # [B, S, D]
        of_query = torch.lerp(self.feature_weights, self.told_weights, told.unsqueeze(1))  # [B, F]
        return torch.einsum("bd,bsd->bs", moved, content + own) + torch.einsum("bsf,bf->bs", features, of_query)

    def log_share(self, content: Tensor, renown: Tensor) -> Tensor:
        """content [N, D], renown [N] → log p̂ [N]: the share of attention each title is due."""
        return torch.log_softmax(self.attention_to_fame * renown + content @ self.attention, dim=0)

    def to_weights(self, id_titles: NDArray[np.int64]) -> Weights:
        """id_titles: int64[T], the titles of the rows."""
        return Weights(
            self.config,
            query_down=_array(self.query_down),
            query_up=_array(self.query_up),
            id_titles=id_titles,
            id_vectors=_array(self.id_vectors.weight)[:-1],
            id_projection=_array(self.id_projection),
            feature_weights=_array(self.feature_weights),
            told_weights=_array(self.told_weights),
            attention=_array(self.attention),
            attention_to_fame=_array(self.attention_to_fame),
        )

    def dense_parameters(self) -> list[nn.Parameter]:
        return [p for name, p in sorted(self.named_parameters()) if not name.startswith("id_vectors")]


def with_rows_for(weights: Weights, title_ids: Sequence[int]) -> Weights:
    """The weights with a zero ID row for each new title: nothing is said of it yet."""
    wanted = np.union1d(weights.id_titles, np.asarray(sorted(set(title_ids)), np.int64))
    vectors = np.zeros((len(wanted), weights.config.id_dimension), np.float32)
    vectors[np.searchsorted(wanted, weights.id_titles)] = weights.id_vectors
    return replace(weights, id_titles=wanted, id_vectors=vectors)


def _tensor(array: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.array(array, np.float32))


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return np.array(tensor.detach().numpy(), np.float32)
