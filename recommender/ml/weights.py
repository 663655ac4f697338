"""What a version knows, as named arrays and as bytes: weights, click memory, optimiser state.

The bytes are safetensors: no code runs when they are read. Digest, shapes and finiteness are
checked here, because the format itself accepts a flipped bit or a NaN.
"""

import hashlib
import json
import operator
from dataclasses import asdict, dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from recommender.ml import affinity
from recommender.ml.affinity import Affinity
from recommender.ml.memory import ClickMemory, MemoryConfig
from recommender.ml.strings import StringTable

FORMAT = 4
# The order of `feature_weights`.
FEATURES = ("lexical", "title", "prior", "memory", "facts", "fame", "classic", "recent")
# What each is worth before anything is learnt (docs/decisions/0007).
UNTRAINED = (1.2, 2.0, 0.45, 3.0, 1.0, 0.0, 0.0, 0.0)
UNTRAINED_FAME = 8.0  # nats of attention that fame from 0 to 1 is worth, before anything is learnt
_N_FEATURES = {1: 4, 2: 5}  # of older formats, which are read; so is 3, which has no weight of fame
MAX_BYTES = 256 * 1024 * 1024


class BadCheckpoint(ValueError):
    """Bytes that must not serve; the message says why."""


@dataclass(frozen=True)
class ModelConfig:
    """Shape of the hybrid model; stored with every version."""

    dimension: int = 384  # of the text encoder
    rank: int = 16  # of the query residual
    id_dimension: int = 32  # of a learnt title vector

    def __post_init__(self) -> None:
        """Raises ValueError for a size below 1, TypeError for what is no whole number."""
        if min(map(operator.index, (self.dimension, self.rank, self.id_dimension))) < 1:
            raise ValueError(f"no model has the shape {self}")


@dataclass(frozen=True)
class Weights:
    """The learnt part of the ranking, as `scoring` uses it. D dimension, r rank, k id dimension.

    query_down float32[r, D] and query_up float32[D, r]: the residual Δ(q) = up·(down·q).
    id_titles int64[T], sorted, and id_vectors float32[T, k]: title vectors; a title without a row
    is pure content. id_projection float32[D, k]. feature_weights float32[len(FEATURES)], and told_weights,
    the same for queries that are told in many words.
    attention float32[D] and attention_to_fame float32[1]: the novelty head, log-share of attention predicted from
    content and from fame.
    """

    config: ModelConfig
    query_down: NDArray[np.float32]
    query_up: NDArray[np.float32]
    id_titles: NDArray[np.int64]
    id_vectors: NDArray[np.float32]
    id_projection: NDArray[np.float32]
    feature_weights: NDArray[np.float32]
    told_weights: NDArray[np.float32]
    attention: NDArray[np.float32]
    attention_to_fame: NDArray[np.float32] = field(default_factory=lambda: np.array([UNTRAINED_FAME], np.float32))

    @classmethod
    def untrained(cls, config: ModelConfig, *, seed: int = 0) -> "Weights":
        """Version 0: nothing learnt, hand-set feature weights (docs/decisions/0007).

        One factor of each product is random so that the other, zero, has a gradient.
        """
        draw = np.random.default_rng(seed)
        return cls(
            config,
            query_down=(draw.standard_normal((config.rank, config.dimension)) / config.dimension**0.5).astype(
                np.float32
            ),
            query_up=np.zeros((config.dimension, config.rank), np.float32),
            id_titles=np.zeros(0, np.int64),
            id_vectors=np.zeros((0, config.id_dimension), np.float32),
            id_projection=(
                draw.standard_normal((config.dimension, config.id_dimension)) / config.dimension**0.5
            ).astype(np.float32),
            feature_weights=np.array(UNTRAINED, np.float32),
            told_weights=np.array(UNTRAINED, np.float32),
            attention=np.zeros(config.dimension, np.float32),
        )


@dataclass(frozen=True)
class ModelState:
    """Everything a checkpoint carries. optimiser: named arrays that training resumes from. affinity: what people
    chose after what, for personal ranking.
    """

    weights: Weights
    memory: ClickMemory
    optimiser: dict[str, NDArray[np.generic]] = field(default_factory=dict)
    affinity: Affinity = field(default_factory=Affinity.nothing)

    @classmethod
    def untrained(cls, config: ModelConfig, memory: MemoryConfig | None = None) -> "ModelState":
        return cls(Weights.untrained(config), ClickMemory.empty(config.dimension, memory))

    def without_optimiser(self) -> "ModelState":
        return replace(self, optimiser={})


_WEIGHT_NAMES = (
    "query_down", "query_up", "id_titles", "id_vectors", "id_projection", "feature_weights",
    "told_weights", "attention", "attention_to_fame",
)  # fmt: skip
_MEMORY_NAMES = ("vectors", "starts", "title_ids", "examined", "chosen")
_OPTIMISER, _AFFINITY = "optimiser.", "affinity."
_NAMES = frozenset(
    ["about", "memory.text", "memory.text_offsets"]
    + [f"weights.{name}" for name in _WEIGHT_NAMES]
    + [f"memory.{name}" for name in _MEMORY_NAMES]
    + [f"{_AFFINITY}{name}" for name in affinity.NAMES]
)


def to_bytes(state: ModelState) -> bytes:
    """Equal states give equal bytes: safetensors writes names in order and no timestamps."""
    tensors: dict[str, NDArray[np.generic]] = {
        f"weights.{name}": getattr(state.weights, name) for name in _WEIGHT_NAMES
    }
    tensors |= {f"memory.{name}": getattr(state.memory, name) for name in _MEMORY_NAMES}
    tensors |= {"memory.text": state.memory.queries.blob, "memory.text_offsets": state.memory.queries.offsets}
    tensors |= {f"{_OPTIMISER}{name}": array for name, array in state.optimiser.items()}
    tensors |= {f"{_AFFINITY}{name}": array for name, array in state.affinity.to_arrays().items()}
    about = {"format": FORMAT, "model": asdict(state.weights.config), "memory": asdict(state.memory.config)}
    tensors["about"] = np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8)
    return bytes(save({name: np.ascontiguousarray(array) for name, array in sorted(tensors.items())}))


def from_bytes(blob: bytes, *, sha256: str) -> ModelState:
    """Raises BadCheckpoint unless the digest, the names, shapes and dtypes fit and all is finite."""
    if len(blob) > MAX_BYTES:
        raise BadCheckpoint(f"it has {len(blob)} bytes, more than the {MAX_BYTES} allowed")
    if digest(blob) != sha256:
        raise BadCheckpoint("its bytes do not match the recorded sha256")
    try:
        tensors = load(blob)
        optimiser = [name for name in tensors if name.startswith(_OPTIMISER)]
        if unknown := tensors.keys() - _NAMES - set(optimiser):
            raise BadCheckpoint(f"it holds what this code does not know: {', '.join(sorted(unknown))}")
        about = json.loads(tensors["about"].tobytes())
        if about["format"] not in (*_N_FEATURES, 3, FORMAT):
            raise BadCheckpoint(f"it has format {about['format']}, this code reads {FORMAT}")
        if about["format"] != FORMAT:
            tensors.setdefault("weights.attention_to_fame", np.array([UNTRAINED_FAME], np.float32))
            tensors |= {f"{_AFFINITY}{name}": array for name, array in Affinity.nothing().to_arrays().items()}
        if n_known := _N_FEATURES.get(about["format"]):  # what it learnt of these stands, training starts anew
            tensors["weights.feature_weights"] = np.append(
                tensors["weights.feature_weights"], np.array(UNTRAINED[n_known:], np.float32)
            )
            tensors["weights.told_weights"] = tensors["weights.feature_weights"].copy()
            optimiser = []
        config, memory_config = ModelConfig(**about["model"]), MemoryConfig(**about["memory"])
        weights = Weights(config, **{name: tensors[f"weights.{name}"] for name in _WEIGHT_NAMES})
        memory = ClickMemory(
            StringTable(tensors["memory.text"], tensors["memory.text_offsets"]),
            **{name: tensors[f"memory.{name}"] for name in _MEMORY_NAMES},
            config=memory_config,
        )
        chosen_after = Affinity.from_arrays({name: tensors[f"{_AFFINITY}{name}"] for name in affinity.NAMES})
        state = ModelState(weights, memory, {n.removeprefix(_OPTIMISER): tensors[n] for n in optimiser}, chosen_after)
        _check(state)
    except BadCheckpoint:
        raise
    except (SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise BadCheckpoint(f"it cannot be read: {error}") from error
    return state


def digest(blob: bytes) -> str:
    return hashlib.sha256(blob).hexdigest()


def _check(state: ModelState) -> None:
    """Raises BadCheckpoint, or ValueError or TypeError where an array is not even a list."""
    weights, memory, c = state.weights, state.memory, state.weights.config
    n_ids, n_queries, n_pairs = len(weights.id_titles), len(memory), len(memory.title_ids)
    expected: list[tuple[str, NDArray[np.generic], tuple[int, ...], type]] = [
        ("query_down", weights.query_down, (c.rank, c.dimension), np.float32),
        ("query_up", weights.query_up, (c.dimension, c.rank), np.float32),
        ("id_titles", weights.id_titles, (n_ids,), np.int64),
        ("id_vectors", weights.id_vectors, (n_ids, c.id_dimension), np.float32),
        ("id_projection", weights.id_projection, (c.dimension, c.id_dimension), np.float32),
        ("feature_weights", weights.feature_weights, (len(FEATURES),), np.float32),
        ("told_weights", weights.told_weights, (len(FEATURES),), np.float32),
        ("attention", weights.attention, (c.dimension,), np.float32),
        ("attention_to_fame", weights.attention_to_fame, (1,), np.float32),
        ("memory.vectors", memory.vectors, (n_queries, c.dimension), np.float32),
        ("memory.starts", memory.starts, (n_queries + 1,), np.int64),
        ("memory.title_ids", memory.title_ids, (n_pairs,), np.int64),
        ("memory.examined", memory.examined, (n_pairs,), np.float32),
        ("memory.chosen", memory.chosen, (n_pairs,), np.float32),
        ("memory.text", memory.queries.blob, (len(memory.queries.blob),), np.uint8),
        ("memory.text_offsets", memory.queries.offsets, (n_queries + 1,), np.int64),
    ]
    for name, array, shape, dtype in expected:
        if array.shape != shape or array.dtype != dtype:
            raise BadCheckpoint(
                f"{name} is {array.dtype}{list(array.shape)}, expected {np.dtype(dtype)}{list(shape)}"
            )
    arrays = [(name, array) for name, array, _, _ in expected] + list(state.optimiser.items())
    for name, array in arrays:
        if np.issubdtype(array.dtype, np.inexact) and not np.isfinite(array).all():
            raise BadCheckpoint(f"{name} holds a value that is not finite")
    if not _divides(memory.starts, n_pairs):
        raise BadCheckpoint("memory.starts does not divide its pairs")
    if not _divides(memory.queries.offsets, len(memory.queries.blob)):
        raise BadCheckpoint("memory.text_offsets does not divide its text")
    if len(set(memory.queries)) < n_queries:
        raise BadCheckpoint("memory.text holds a query twice")
    if (memory.examined < 0).any() or (memory.chosen < 0).any():
        raise BadCheckpoint("the memory holds a negative count")
    if (np.diff(weights.id_titles) <= 0).any():
        raise BadCheckpoint("id_titles are not in ascending order")


def _divides(starts: NDArray[np.int64], length: int) -> bool:
    return bool((starts[0], starts[-1]) == (0, length) and (np.diff(starts) >= 0).all())
