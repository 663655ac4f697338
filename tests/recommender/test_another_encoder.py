"""`ENCODER` takes any Sentence Transformer by path: here one of another family, size and pooling."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from recommender.index import encoders
from recommender.ml.composition import embedding_text
from recommender.ml.content import content_vectors, in_batches
from recommender.ml.encoder import OnnxEncoder
from recommender.ml.engine import search, similar
from recommender.ml.index import CatalogIndex
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import ModelConfig, ModelState
from tests.worlds import FILMS, POPULARITY

pytestmark = [pytest.mark.encoder, pytest.mark.filterwarnings("ignore")]
DIMENSION = 48


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DistilBERT of 48 dimensions with [CLS] pooling and vectors of any length, with random weights."""
    sentence_transformers = pytest.importorskip("sentence_transformers")
    models = pytest.importorskip("sentence_transformers.models")
    import torch
    from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers import models as token_models
    from transformers import DistilBertConfig, DistilBertModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    root = tmp_path_factory.mktemp("another")
    words = sorted({word for film in FILMS for word in embedding_text(film).lower().replace(".", " ").split()})
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer = Tokenizer(
        token_models.WordPiece({word: place for place, word in enumerate(special + words)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        model_max_length=64, model_input_names=["input_ids", "attention_mask"],
    ).save_pretrained(root / "distil")  # fmt: skip
    config = DistilBertConfig(
        vocab_size=len(special) + len(words), dim=DIMENSION, n_layers=2, n_heads=4, hidden_dim=96,
        max_position_embeddings=64,
    )  # fmt: skip
    DistilBertModel(config).save_pretrained(root / "distil")
    transformer = models.Transformer(str(root / "distil"), max_seq_length=64)
    pooling = models.Pooling(DIMENSION, pooling_mode="cls")
    sentence_transformers.SentenceTransformer(modules=[transformer, pooling], device="cpu").save(str(root / "model"))
    return root / "model"


@pytest.fixture
def chosen(another: Path, settings: Any, tmp_path: Path) -> Iterator[OnnxEncoder]:
    """The site's own encoder, with `ENCODER` set to that path."""
    settings.ENCODER, settings.STATE_DIR = str(another), tmp_path
    encoders._encoder.cache_clear()
    call_command("prepare_encoder")
    encoder = encoders.encoder()
    assert isinstance(encoder, OnnxEncoder)
    yield encoder
    encoders._encoder.cache_clear()


def test_it_is_prepared_and_searched_with(chosen: OnnxEncoder) -> None:
    assert (chosen.dimension, chosen.fingerprint.startswith("model-")) == (DIMENSION, True)
    content = content_vectors(FILMS, lambda texts: in_batches(chosen, texts))
    assert np.linalg.norm(content, axis=1) == pytest.approx(1, abs=1e-5)
    index = CatalogIndex.build(range(len(FILMS)), FILMS, content, POPULARITY[: len(FILMS)])
    snapshot = Snapshot(0, index, ModelState.untrained(ModelConfig(chosen.dimension)), chosen)
    assert search(snapshot, "incepton").corrected_query == "Inception"
    assert FILMS[search(snapshot, "a heist of three casinos").hits[0].title_id].name == "Ocean's Eleven"
    assert similar(snapshot, [0]).hits


def test_its_vectors_are_those_of_the_original(another: Path, chosen: OnnxEncoder) -> None:
    from sentence_transformers import SentenceTransformer

    texts = ["Inception", "a thief enters dreams", "", "thieves " * 200]
    reference = SentenceTransformer(str(another), device="cpu").encode(texts, normalize_embeddings=True)
    np.testing.assert_allclose(chosen.encode(texts), reference, atol=1e-4)
