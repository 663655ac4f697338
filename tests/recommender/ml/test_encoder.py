"""The stand-in encoder, the cache around any encoder; the real one is tested with its export."""

from collections.abc import Sequence
from pathlib import Path
from threading import Barrier, Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml.encoder import CachedEncoder, HashingEncoder, OnnxEncoder, _clean


class Counting:
    """Counts what it is asked; a text's vector is its length."""

    dimension = 1
    fingerprint = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.asked.extend(texts)
        return np.array([[len(text)] for text in texts], np.float32).reshape(len(texts), 1)

    def reads(self, text: str) -> bool:
        return len(text) < 10


def test_it_works() -> None:
    heist, robbery, cooking = HashingEncoder().encode(["a bank heist", "the heist of a bank", "a cooking class"])
    assert heist @ robbery > 0.6 > 0.4 > heist @ cooking


def test_equal_words_give_equal_vectors_in_any_process() -> None:
    """Fixed numbers: Python's own hash would differ from one process to the next."""
    (vector,) = HashingEncoder(4).encode(["HEAT!"])
    assert vector == pytest.approx([0.291942, 0.584205, -0.402528, -0.641440], abs=1e-5)


@settings(max_examples=100)
@given(st.lists(st.text(st.characters(), max_size=20), max_size=4))
def test_vectors_are_of_unit_length_and_batches_equal_singles(texts: list[str]) -> None:
    encoder = HashingEncoder(16)
    vectors = encoder.encode(texts)
    assert vectors.shape == (len(texts), 16)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    for text, vector in zip(texts, vectors, strict=True):
        np.testing.assert_array_equal(encoder.encode([text])[0], vector)


def test_a_repeated_query_is_not_encoded_again() -> None:
    inner = Counting()
    cached = CachedEncoder(inner)
    assert cached.encode(["one", "three", "one"]).tolist() == [[3], [5], [3]]
    assert cached.encode(["three"]).tolist() == [[5]]
    assert inner.asked == ["one", "three"]
    assert (cached.dimension, cached.fingerprint) == (1, "counting")
    assert cached.encode([]).shape == (0, 1)


def test_the_least_recently_asked_is_forgotten_first() -> None:
    inner = Counting()
    cached = CachedEncoder(inner, size=2)
    for text in ("a", "bb", "a", "ccc"):
        cached.encode([text])
    inner.asked.clear()
    cached.encode(["a"])
    cached.encode(["ccc"])
    assert inner.asked == []
    cached.encode(["bb"])
    assert inner.asked == ["bb"]


def test_a_batch_larger_than_the_cache_is_answered() -> None:
    cached = CachedEncoder(Counting(), size=2)
    assert cached.encode(["a", "bb", "ccc", "dddd"]).tolist() == [[1], [2], [3], [4]]
    assert len(cached._vectors) == 2


def test_threads_may_share_the_cache() -> None:
    cached, wrong = CachedEncoder(Counting(), size=3), []
    start = Barrier(4)

    def ask() -> None:
        start.wait()
        for n in range(500):
            text = "x" * (n % 7)
            if cached.encode([text]).tolist() != [[n % 7]]:
                wrong.append(n)

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(cached._vectors) <= 3


def test_without_an_export_the_real_encoder_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"manifest\.json"):
        OnnxEncoder(tmp_path)


def test_the_tokenizer_never_sees_half_a_character() -> None:
    assert _clean("a\ud800b") == "a?b"
    assert _clean("七人の侍 🦄") == "七人の侍 🦄"


def test_the_cache_knows_what_its_encoder_reads() -> None:
    cached = CachedEncoder(Counting())
    assert cached.reads("heist")
    assert not cached.reads("a heist that goes wrong")
    assert HashingEncoder().reads("word " * 10_000)
