"""Sentence encoders for serving: text in, unit vectors out, without torch.

`OnnxEncoder` runs what `export` wrote: the same numbers as sentence-transformers for a third of
the CPU; for queries, with weights of 8 bits, almost the same numbers for a sixth. `HashingEncoder`
is a small deterministic stand-in for tests and for taking the model out of a measurement.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.ml.names.folding import words

MANIFEST = "manifest.json"
GRAPH, QUERY_GRAPH = "model.onnx", "queries.onnx"  # as it was trained, for titles; its weights in 8 bits, for queries


class TextEncoder(Protocol):
    """dimension: length of a vector. fingerprint: equal exactly for encoders that give equal vectors."""

    dimension: int
    fingerprint: str

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[len(texts), dimension], each row of unit length."""
        ...

    def reads(self, text: str) -> bool:
        """Whether all of the text counts; what is too long is cut off."""
        ...


def read_manifest(directory: Path) -> dict[str, Any]:
    """What `export` says of its encoder. Raises FileNotFoundError if it has not run."""
    about: dict[str, Any] = json.loads((directory / MANIFEST).read_text())
    return about


class OnnxEncoder:
    """An exported encoder: a graph (pooling and normalisation inside), tokenizer.json, manifest."""

    def __init__(self, directory: Path, *, graph: str = GRAPH, threads: int = 1) -> None:
        """graph: GRAPH, or QUERY_GRAPH, which gives vectors that fit those of the other.

        Raises FileNotFoundError if `export` has not run.
        """
        import onnxruntime
        from tokenizers import Tokenizer

        about = read_manifest(directory)
        self.dimension = int(about["dimension"])
        self.fingerprint = str(about["fingerprint"]) + ("-8bit" if graph == QUERY_GRAPH else "")
        self._tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        self._max_tokens = int(about["max_tokens"])
        self._tokenizer.enable_truncation(self._max_tokens)
        self._tokenizer.enable_padding(pad_id=int(about["pad_id"]), pad_token=about["pad_token"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # the arena keeps the largest batch for ever
        self._session = onnxruntime.InferenceSession(
            str(directory / graph), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {node.name for node in self._session.get_inputs()}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        batch = self._tokenizer.encode_batch([_clean(text) for text in texts])
        tokens = {
            "input_ids": np.array([item.ids for item in batch], np.int64),
            "attention_mask": np.array([item.attention_mask for item in batch], np.int64),
            "token_type_ids": np.array([item.type_ids for item in batch], np.int64),
        }
        (vectors,) = self._session.run(None, {name: tokens[name] for name in self._inputs})
        return np.asarray(vectors, np.float32)

    def reads(self, text: str) -> bool:
        short = len(text.encode("utf-8", "replace")) + 2 <= self._max_tokens  # a token is a byte at least
        return short or not self._tokenizer.encode(_clean(text)).overflowing


class HashingEncoder:
    """A bag of folded words, each a fixed random direction: texts that share words are near."""

    def __init__(self, dimension: int = 384) -> None:
        self.dimension = dimension
        self.fingerprint = f"hashing-{dimension}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([self._one(text) for text in texts], np.float32).reshape(len(texts), self.dimension)

    def reads(self, text: str) -> bool:
        return True

    def _one(self, text: str) -> NDArray[np.float32]:
        total = self._direction("")
        for word in words(text):
            total = total + 4 * self._direction(word)
        return np.asarray(total / np.linalg.norm(total), np.float32)

    def _direction(self, word: str) -> NDArray[np.float64]:
        seed = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return np.random.default_rng(int.from_bytes(seed, "big")).standard_normal(self.dimension)


class CachedEncoder:
    """Remembers the vectors of recent queries: a repeated search costs no encoding."""

    def __init__(self, encoder: TextEncoder, size: int = 4096) -> None:
        self.encoder = encoder
        self.dimension = encoder.dimension
        self.fingerprint = encoder.fingerprint
        self._size = size
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        with self._lock:
            found = {text: self._vectors[text] for text in texts if text in self._vectors}
            for text in found:
                self._vectors.move_to_end(text)
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            found |= dict(zip(missing, self.encoder.encode(missing), strict=True))
            with self._lock:
                self._vectors |= {text: found[text] for text in missing}
                while len(self._vectors) > self._size:
                    self._vectors.popitem(last=False)
        return np.array([found[text] for text in texts], np.float32).reshape(len(texts), self.dimension)

    def reads(self, text: str) -> bool:
        return self.encoder.reads(text)


def _clean(text: str) -> str:
    """The tokenizer takes valid Unicode only; a lone surrogate becomes a replacement character."""
    return text.encode("utf-8", "replace").decode("utf-8")
