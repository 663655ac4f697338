"""Which encoder this installation uses, and where its exported files lie."""

import hashlib
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from recommender.ml.composition import VERSION as COMPOSITION
from recommender.ml.encoder import (
    GRAPH,
    MANIFEST,
    QUERY_GRAPH,
    HashingEncoder,
    OnnxEncoder,
    TextEncoder,
    read_manifest,
)

HASHING = "hashing"  # the stand-in without a neural network: for tests, and to see what the network adds


def directory(name: str) -> Path:
    """Where the export of `name` lies: readable, and different for two paths that end alike."""
    tag = hashlib.sha256(name.encode()).hexdigest()[:8]
    return Path(settings.STATE_DIR) / "encoder" / f"{Path(name).name}-{tag}"


def is_ready() -> bool:
    written = directory(settings.ENCODER)
    return settings.ENCODER == HASHING or all((written / name).exists() for name in (MANIFEST, QUERY_GRAPH))


def encoder(threads: int = 1) -> TextEncoder:
    """The encoder of the setting ENCODER, for titles. Raises FileNotFoundError before `prepare_encoder` has run."""
    return _encoder(settings.ENCODER, GRAPH, threads)


def query_encoder() -> TextEncoder:
    """The same for queries, quicker. Its vectors fit those of `encoder`; raises as it does."""
    return _encoder(settings.ENCODER, QUERY_GRAPH, 1)


def dimension() -> int:
    """Length of its vectors; asking costs no model. Raises as `encoder` does."""
    name = settings.ENCODER
    return HashingEncoder().dimension if name == HASHING else int(read_manifest(directory(name))["dimension"])


@lru_cache(maxsize=2)
def _encoder(name: str, graph: str, threads: int) -> TextEncoder:
    return HashingEncoder() if name == HASHING else OnnxEncoder(directory(name), graph=graph, threads=threads)


def embedding_fingerprint() -> str:
    """Names exactly the vectors that fit each other: encoder weights and text composition.

    Read from the export's manifest, so that asking costs no model. Raises FileNotFoundError before
    `prepare_encoder` has run.
    """
    return f"{_fingerprint(settings.ENCODER)}/text-{COMPOSITION}"


@lru_cache(maxsize=4)
def _fingerprint(name: str) -> str:
    return HashingEncoder().fingerprint if name == HASHING else read_manifest(directory(name))["fingerprint"]
