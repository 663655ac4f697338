"""Checkpoint bytes: whole and sane, or refused with BadCheckpoint; nothing else ever happens."""

import json
import random
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save

from recommender.ml import affinity
from recommender.ml import weights as weights_module
from recommender.ml.affinity import Affinity
from recommender.ml.memory import ClickMemory
from recommender.ml.scoring import Scorer
from recommender.ml.weights import (
    FEATURES,
    FORMAT,
    UNTRAINED,
    UNTRAINED_FAME,
    BadCheckpoint,
    ModelConfig,
    ModelState,
    Weights,
    digest,
    from_bytes,
    to_bytes,
)  # fmt: skip
from tests import worlds

CONFIG = ModelConfig(dimension=8, rank=2, id_dimension=3)


def planted(seed: int = 0) -> ModelState:
    draw = np.random.default_rng(seed)
    weights = replace(
        Weights.untrained(CONFIG, seed=seed),
        query_up=draw.standard_normal((8, 2)).astype(np.float32),
        id_titles=np.array([3, 9, 12], np.int64),
        id_vectors=draw.standard_normal((3, 3)).astype(np.float32),
        attention=draw.standard_normal(8).astype(np.float32),
        attention_to_fame=np.array([2.5], np.float32),
    )
    memory = ClickMemory.empty(8).merged(
        ["mind bending", "七人"],
        np.eye(8, dtype=np.float32)[:2],
        [("mind bending", 3, 4.0, 1.0), ("mind bending", 9, 2.0, 0.0), ("七人", 12, 1.0, 1.0)],
        fade=1.0,
    )
    optimiser: dict[str, np.ndarray] = {
        "query_up.exp_avg": draw.standard_normal((8, 2)).astype(np.float32),
        "query_up.step": np.array([7], np.int64),
    }
    chosen_after = Affinity(
        title_ids=np.array([3, 9], np.int64),
        starts=np.array([0, 1, 2], np.int64),
        places=np.array([1, 0], np.uint16),
        points=np.array([0.5, -0.25], np.float16),
        attended=np.array([3, 9, 12], np.int64),
        attention=np.array([20.0, 10.0, 5.0], np.float32),
    )
    return ModelState(weights, memory, optimiser, chosen_after)


BLOB = to_bytes(planted())


def read(blob: bytes) -> ModelState:
    """As a checkpoint whose recorded digest is right: only the content can be wrong."""
    return from_bytes(blob, sha256=digest(blob))


def rewritten(**changes: Any) -> bytes:
    """The planted bytes with some arrays changed, by their name with `.` as `__`; None removes."""
    tensors = load(BLOB)
    for name, change in changes.items():
        if change is None:
            del tensors[name.replace("__", ".")]
        else:
            tensors[name.replace("__", ".")] = np.asarray(change, order="C")
    return bytes(save(tensors))


def about(**changes: Any) -> np.ndarray:
    said = json.loads(load(BLOB)["about"].tobytes()) | changes
    return np.frombuffer(json.dumps(said).encode(), np.uint8)


def with_header(change: Callable[[dict[str, Any]], None]) -> bytes:
    length = struct.unpack("<Q", BLOB[:8])[0]
    header = json.loads(BLOB[8 : 8 + length])
    change(header)
    encoded = json.dumps(header).encode()
    return struct.pack("<Q", len(encoded)) + encoded + BLOB[8 + length :]


def test_it_works() -> None:
    state = planted()
    again = from_bytes(BLOB, sha256=digest(BLOB))
    for name in (
        "query_down",
        "query_up",
        "id_titles",
        "id_vectors",
        "id_projection",
        "feature_weights",
        "told_weights",
        "attention",
        "attention_to_fame",
    ):
        one, other = getattr(state.weights, name), getattr(again.weights, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    assert again.weights.config == CONFIG
    assert again.memory.config == state.memory.config
    assert list(again.memory.queries) == ["mind bending", "七人"]
    assert again.optimiser.keys() == state.optimiser.keys()


@pytest.mark.parametrize("seed", range(5))
def test_writing_what_was_read_gives_the_same_bytes(seed: int) -> None:
    blob = to_bytes(planted(seed))
    assert to_bytes(read(blob)) == blob
    assert to_bytes(planted(seed)) == blob
    assert blob != to_bytes(planted(seed + 1))


def test_version_zero_can_be_written_and_read() -> None:
    blob = to_bytes(ModelState.untrained(ModelConfig()))
    assert to_bytes(read(blob)) == blob


def test_the_order_of_the_optimisers_arrays_does_not_matter() -> None:
    state = planted()
    assert to_bytes(replace(state, optimiser=dict(reversed(state.optimiser.items())))) == BLOB
    assert state.without_optimiser().optimiser == {}


# ---- checkpoints of format 1, which knew four features

FOUR = np.array([1.5, 2.0, 0.2, 0.75], np.float32)


@pytest.mark.parametrize("version", [1, 2])
def test_it_reads_older_formats_with_the_newer_features_untrained_and_without_moments(version: int) -> None:
    """Everything else is as it was, byte for byte; wordy queries keep the weights that all queries had."""
    older = FOUR if version == 1 else np.append(FOUR, np.float32(0.5))
    again = read(rewritten(about=about(format=version), weights__feature_weights=older))
    assert again.weights.feature_weights.tolist() == [
        *older.tolist(),
        *np.array(UNTRAINED[len(older) :], np.float32).tolist(),
    ]
    assert again.weights.told_weights.tolist() == again.weights.feature_weights.tolist()
    assert again.optimiser == {}
    known = planted()
    weights = replace(
        known.weights, feature_weights=again.weights.feature_weights, told_weights=again.weights.told_weights
    )
    assert to_bytes(again) == to_bytes(ModelState(weights, known.memory))


def test_it_reads_format_3_with_its_weight_of_fame_untrained() -> None:
    """All else is as it was, byte for byte, moments included."""
    without: dict[str, Any] = {"weights__attention_to_fame": None}
    without |= {f"affinity__{name}": None for name in affinity.NAMES}
    weights = replace(planted().weights, attention_to_fame=np.array([UNTRAINED_FAME], np.float32))
    assert to_bytes(read(rewritten(about=about(format=3), **without))) == to_bytes(
        replace(planted(), weights=weights, affinity=Affinity.nothing())
    )
    with pytest.raises(BadCheckpoint, match=r"(attention_to_fame|affinity)"):
        read(rewritten(**without))


def test_what_was_read_of_format_1_serves_and_is_written_as_the_format_of_today() -> None:
    world = worlds.snapshot()
    four = replace(world.state.weights, feature_weights=FOUR)
    tensors = load(to_bytes(replace(world.state, weights=four)))
    said = json.loads(tensors["about"].tobytes()) | {"format": 1}
    tensors["about"] = np.frombuffer(json.dumps(said).encode(), np.uint8)
    state = read(bytes(save(tensors)))
    assert to_bytes(read(to_bytes(state))) == to_bytes(state)
    assert json.loads(load(to_bytes(state))["about"].tobytes())["format"] == FORMAT
    assert len(Scorer(world.index, state).weights.feature_weights) == len(FEATURES)


@pytest.mark.parametrize(
    ("version", "n_features"), [(1, 3), (1, len(FEATURES)), (1, 0), (FORMAT, 4), (FORMAT, len(FEATURES) + 1)]
)
def test_it_refuses_another_number_of_features_than_its_format_has(version: int, n_features: int) -> None:
    with pytest.raises(BadCheckpoint, match="feature_weights"):
        read(rewritten(about=about(format=version), weights__feature_weights=np.ones(n_features, np.float32)))


@pytest.mark.parametrize("version", [0, -1, FORMAT + 1, 1.5, "1", "", None, [1], {}])
def test_it_refuses_any_other_format(version: Any) -> None:
    for features in (FOUR, np.ones(len(FEATURES), np.float32)):
        with pytest.raises(BadCheckpoint, match="it has format"):
            read(rewritten(about=about(format=version), weights__feature_weights=features))


# ---- broken ones


def test_a_flipped_byte_is_refused() -> None:
    draw = random.Random(11)
    for _ in range(200):
        broken = bytearray(BLOB)
        broken[draw.randrange(len(broken))] ^= draw.randrange(1, 256)
        with pytest.raises(BadCheckpoint, match="do not match the recorded sha256"):
            from_bytes(bytes(broken), sha256=digest(BLOB))


@settings(max_examples=500)
@given(st.integers(0, len(BLOB) - 1), st.integers(1, 255))
def test_a_flipped_byte_under_a_fitting_digest_never_raises_anything_else(place: int, flip: int) -> None:
    """Somebody who can write the digest too may change a number, but cannot crash a reader."""
    broken = bytearray(BLOB)
    broken[place] ^= flip
    try:
        state = read(bytes(broken))
    except BadCheckpoint:
        return
    assert state.weights.query_up.shape == (8, 2)
    assert np.isfinite(state.memory.lifts()).all()


@settings(max_examples=100)
@given(st.integers(0, len(BLOB) - 1))
@example(0)
@example(7)
@example(8)
@example(len(BLOB) - 1)
def test_it_refuses_a_truncated_checkpoint(length: int) -> None:
    for sha256 in (digest(BLOB), digest(BLOB[:length])):
        with pytest.raises(BadCheckpoint):
            from_bytes(BLOB[:length], sha256=sha256)


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_it_refuses_anything_that_is_no_checkpoint(blob: bytes) -> None:
    with pytest.raises(BadCheckpoint):
        read(blob)


def test_it_refuses_trailing_bytes() -> None:
    with pytest.raises(BadCheckpoint):
        read(BLOB + b"\0")


@pytest.mark.parametrize("sha256", ["", "0" * 64, digest(BLOB)[:-1], digest(BLOB).upper()])
def test_it_refuses_a_wrong_digest(sha256: str) -> None:
    with pytest.raises(BadCheckpoint, match="sha256"):
        from_bytes(BLOB, sha256=sha256)


def test_it_refuses_more_bytes_than_allowed_before_it_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_module, "MAX_BYTES", len(BLOB) - 1)
    with pytest.raises(BadCheckpoint, match="more than"):
        read(BLOB)


ARRAYS = [name for name in sorted(load(BLOB)) if name != "about"]
REQUIRED = [name for name in ARRAYS if not name.startswith("optimiser.")]


@pytest.mark.parametrize("name", [*REQUIRED, "about"])
def test_it_refuses_a_missing_array(name: str) -> None:
    with pytest.raises(BadCheckpoint, match="cannot be read"):
        read(rewritten(**{name: None}))


def test_it_refuses_an_array_it_does_not_know() -> None:
    with pytest.raises(BadCheckpoint, match=r"does not know: weights\.extra"):
        read(rewritten(weights__extra=np.zeros(3, np.float32)))


@pytest.mark.parametrize("name", REQUIRED)
def test_it_refuses_another_dtype_of_the_same_values(name: str) -> None:
    array = load(BLOB)[name]
    other = {
        np.float32: np.float64,
        np.float16: np.float32,
        np.int64: np.int32,
        np.uint16: np.int32,
        np.uint8: np.uint16,
    }[array.dtype.type]
    with pytest.raises(BadCheckpoint):
        read(rewritten(**{name: array.astype(other)}))


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize(
    "shape",
    [
        lambda array: array[:-1],
        lambda array: array[None],
        lambda array: array.reshape(-1)[:1].reshape(()),
        lambda array: np.concatenate([array, array]),
        lambda array: array[:0],
    ],
    ids=["shorter", "deeper", "scalar", "doubled", "empty"],
)
def test_it_refuses_another_shape(name: str, shape: Callable[[np.ndarray], np.ndarray]) -> None:
    with pytest.raises(BadCheckpoint):
        read(rewritten(**{name: shape(load(BLOB)[name])}))


@pytest.mark.parametrize("name", [name for name in ARRAYS if load(BLOB)[name].dtype == np.float32])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_it_refuses_a_value_that_is_not_finite(name: str, value: float) -> None:
    array = load(BLOB)[name].copy()
    array.reshape(-1)[-1] = value
    with pytest.raises(BadCheckpoint, match="not finite"):
        read(rewritten(**{name: array}))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"about": about(format=FORMAT + 1)}, f"format {FORMAT + 1}, this code reads {FORMAT}"),
        ({"about": about(format=None)}, "format None"),
        ({"about": about(model={"dimension": 8, "rank": 2})}, "expected"),
        ({"about": about(model={"dimension": 8, "rank": 2, "id_dimension": 3, "depth": 4})}, "cannot be read"),
        ({"about": about(model={"dimension": 8, "rank": 0, "id_dimension": 3})}, "no model has the shape"),
        ({"about": about(model={"dimension": 8, "rank": 2.0, "id_dimension": 3})}, "cannot be read"),
        ({"about": about(memory={"prior_rate": float("nan")})}, "no memory works"),
        ({"about": about(memory={"similarity_floor": 1})}, "no memory works"),
        ({"about": about(memory={"sharpness": "sharp"})}, "cannot be read"),
        ({"about": np.frombuffer(b"[" * 100_000, np.uint8)}, "cannot be read"),
        ({"about": np.frombuffer(b"\xff\xfe", np.uint8)}, "cannot be read"),
        ({"about": np.frombuffer(b"[1]", np.uint8)}, "cannot be read"),
        ({"memory__text": np.full(18, 0xFF, np.uint8)}, "cannot be read"),
        ({"memory__text_offsets": np.array([0, 99, 18])}, "does not divide its text"),
        ({"memory__text_offsets": np.array([0, 12, 99])}, "does not divide its text"),
        ({"memory__text_offsets": np.array([-1, 12, 18])}, "does not divide its text"),
        ({"memory__text": np.frombuffer(b"aa", np.uint8), "memory__text_offsets": np.array([0, 1, 2])}, "twice"),
        ({"memory__starts": np.array([0, 5, 3])}, "does not divide its pairs"),
        ({"memory__starts": np.array([1, 2, 3])}, "does not divide its pairs"),
        ({"memory__starts": np.array([0, 2, 2])}, "does not divide its pairs"),
        ({"memory__examined": np.array([1, -3, 1], np.float32)}, "negative count"),
        ({"memory__chosen": np.array([1, -3, 1], np.float32)}, "negative count"),
        ({"weights__id_titles": np.array([9, 3, 12])}, "ascending"),
        ({"weights__id_titles": np.array([3, 3, 12])}, "ascending"),
    ],
)
def test_it_refuses_content_that_does_not_hold_together(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadCheckpoint, match=reason):
        read(rewritten(**changes))


@pytest.mark.parametrize("length", [0, 1, 2**31, 2**40, 2**63 - 1, 2**63, 2**64 - 1])
def test_it_refuses_a_hostile_header_length(length: int) -> None:
    with pytest.raises(BadCheckpoint):
        read(struct.pack("<Q", length) + BLOB[8:])


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("shape", [[2**62], [0, 2**62], [2**64], [-1], [1] * 80, "x", None])
def test_it_refuses_a_hostile_shape(name: str, shape: Any) -> None:
    with pytest.raises(BadCheckpoint):
        read(with_header(lambda header: header[name].update(shape=shape)))


@pytest.mark.parametrize("offsets", [[0, 2**63], [2**64 - 8, 2**64], [8, 0], [-8, 0], [0], "x"])
def test_it_refuses_hostile_offsets(offsets: Any) -> None:
    with pytest.raises(BadCheckpoint):
        read(with_header(lambda header: header["weights.attention"].update(data_offsets=offsets)))


@pytest.mark.parametrize("dtype", ["BF16", "F8_E4M3", "F4", "C64", "BOOL", "object", "", None, 7])
def test_it_refuses_a_hostile_dtype(dtype: Any) -> None:
    with pytest.raises(BadCheckpoint):
        read(with_header(lambda header: header["weights.attention"].update(dtype=dtype)))


def test_two_of_its_arrays_may_not_share_bytes() -> None:
    def share(header: dict[str, Any]) -> None:
        header["weights.query_up"]["data_offsets"] = header["weights.query_down"]["data_offsets"]

    with pytest.raises(BadCheckpoint):
        read(with_header(share))


@pytest.mark.parametrize("shape", [(0, 1, 1), (1, -1, 1), (1, 1, 0)])
def test_a_model_has_at_least_one_of_everything(shape: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no model has the shape"):
        ModelConfig(*shape)
