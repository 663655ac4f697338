"""Which encoder this installation uses, and where its exported files lie."""

import hashlib
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from recommender.ml.composition import VERSION as COMPOSITION
from recommender.ml.encoder import HashingEncoder, OnnxEncoder, TextEncoder

HASHING = "hashing"  # the stand-in without a neural network: for tests, and to see what the network adds


def directory(name: str) -> Path:
    """Where the export of `name` lies: readable, and different for two paths that end alike."""
    tag = hashlib.sha256(name.encode()).hexdigest()[:8]
    return Path(settings.STATE_DIR) / "encoder" / f"{Path(name).name}-{tag}"


def is_ready() -> bool:
    return settings.ENCODER == HASHING or (directory(settings.ENCODER) / "manifest.json").exists()


@lru_cache(maxsize=1)
def encoder(threads: int = 1) -> TextEncoder:
    """The encoder of the setting ENCODER. Raises FileNotFoundError before `prepare_encoder` has run."""
    if settings.ENCODER == HASHING:
        return HashingEncoder()
    return OnnxEncoder(directory(settings.ENCODER), threads=threads)


def embedding_fingerprint() -> str:
    """Names exactly the vectors that fit each other: encoder weights and text composition."""
    return f"{encoder().fingerprint}/text-{COMPOSITION}"
