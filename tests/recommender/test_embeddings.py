"""Content vectors: once per text and encoder, whatever is killed on the way."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from catalog.models import CatalogRevision, Title
from recommender.index import embeddings
from recommender.ml.encoder import HashingEncoder
from recommender.models import TitleEmbedding
from tests import worlds

pytestmark = pytest.mark.django_db
FINGERPRINT = "test-encoder"


class CountingEncoder(HashingEncoder):
    """Keeps the texts it was given; dies at one of them where asked to."""

    def __init__(self, *, dies_at: str | None = None) -> None:
        super().__init__(dimension=16)
        self.texts: list[str] = []
        self.dies_at = dies_at

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.dies_at is not None and any(self.dies_at in text for text in texts):
            raise KeyboardInterrupt
        self.texts += texts
        return super().encode(texts)


@pytest.fixture
def titles() -> list[Title]:
    return worlds.plant()


def test_it_works(titles: list[Title]) -> None:
    encoder, progress = CountingEncoder(), []
    revision = CatalogRevision.current()
    n_embedded = embeddings.embed_missing(encoder, FINGERPRINT, on_progress=lambda *said: progress.append(said))
    assert n_embedded == len(titles) == len(encoder.texts)
    assert any(text.startswith("Inception. Sci-Fi, Thriller.") for text in encoder.texts)
    assert progress == [(10, 10)]
    assert embeddings.missing(FINGERPRINT) == []
    assert CatalogRevision.current() == revision + 1
    row = TitleEmbedding.objects.get(title=titles[0])
    titles[0].refresh_from_db()
    assert (row.content_hash, len(row.vector)) == (titles[0].content_hash, 2 * 16)


def test_unchanged_text_is_never_embedded_again(titles: list[Title]) -> None:
    embeddings.embed_missing(CountingEncoder(), FINGERPRINT)
    revision = CatalogRevision.current()
    second = CountingEncoder()
    assert embeddings.embed_missing(second, FINGERPRINT) == 0
    assert second.texts == []
    assert CatalogRevision.current() == revision


def test_what_is_not_in_the_text_costs_no_embedding(titles: list[Title]) -> None:
    embeddings.embed_missing(CountingEncoder(), FINGERPRINT)
    Title.objects.filter(pk=titles[0].pk).update(popularity=1.0)
    titles[0].refresh_content_hash()
    assert embeddings.missing(FINGERPRINT) == []


def test_a_changed_text_is_embedded_again_and_only_that(titles: list[Title]) -> None:
    embeddings.embed_missing(CountingEncoder(), FINGERPRINT)
    before = bytes(TitleEmbedding.objects.get(title=titles[1]).vector)
    Title.objects.filter(pk=titles[1].pk).update(description="A wedding, a horse, a cat.")
    titles[1].refresh_content_hash()
    assert embeddings.missing(FINGERPRINT) == [titles[1].pk]
    encoder = CountingEncoder()
    assert embeddings.embed_missing(encoder, FINGERPRINT) == 1
    assert [text for text in encoder.texts if "a horse" in text] == encoder.texts
    after = TitleEmbedding.objects.get(title=titles[1])
    assert bytes(after.vector) != before
    assert TitleEmbedding.objects.count() == len(titles)


def test_another_encoder_has_vectors_of_its_own(titles: list[Title]) -> None:
    embeddings.embed_missing(CountingEncoder(), FINGERPRINT)
    assert len(embeddings.missing("other")) == len(titles)
    embeddings.embed_missing(CountingEncoder(), "other")
    assert embeddings.missing(FINGERPRINT) == []
    assert TitleEmbedding.objects.count() == 2 * len(titles)


def test_an_empty_catalogue_has_nothing_to_embed() -> None:
    assert embeddings.embed_missing(CountingEncoder(), FINGERPRINT) == 0
    assert CatalogRevision.current() == 0


def test_killed_half_way_it_keeps_what_was_committed(titles: list[Title], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "SLICE", 4)
    with pytest.raises(KeyboardInterrupt):
        embeddings.embed_missing(CountingEncoder(dies_at="Gravity"), FINGERPRINT)  # the sixth of ten
    assert set(TitleEmbedding.objects.values_list("title_id", flat=True)) == {title.pk for title in titles[:4]}
    second = CountingEncoder()
    revision = CatalogRevision.current()
    assert embeddings.embed_missing(second, FINGERPRINT) == 6
    assert len(second.texts) == 6
    assert CatalogRevision.current() == revision + 1


def test_servers_hear_of_the_last_vectors_with_them_or_not_at_all(
    titles: list[Title], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(CatalogRevision, "bump", killed)
        with pytest.raises(KeyboardInterrupt):
            embeddings.embed_missing(CountingEncoder(), FINGERPRINT)
    assert len(embeddings.missing(FINGERPRINT)) == len(titles)


def test_vectors_stand_in_the_order_of_the_ids(titles: list[Title]) -> None:
    encoder = CountingEncoder()
    embeddings.embed_missing(encoder, FINGERPRINT)
    ids = [titles[place].pk for place in (7, 2, 9)]
    matrix = embeddings.vectors(ids, FINGERPRINT, 16)
    assert matrix.shape == (3, 16)
    assert matrix.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1.0, atol=1e-6)
    for row, name in enumerate(("Brief Encounter", "Amélie", "Heat")):
        (text,) = [text for text in encoder.texts if text.startswith(name)]
        np.testing.assert_allclose(matrix[row], HashingEncoder(16).encode([text])[0], atol=2e-3)


def test_titles_without_a_vector_get_a_row_of_zeros(titles: list[Title]) -> None:
    embeddings.embed_missing(CountingEncoder(), FINGERPRINT)
    TitleEmbedding.objects.filter(title=titles[0]).delete()
    matrix = embeddings.vectors([titles[0].pk, titles[1].pk, 10**9], FINGERPRINT, 16)
    assert [bool(row.any()) for row in matrix] == [False, True, False]


def test_a_vector_of_another_length_is_no_vector(titles: list[Title]) -> None:
    embeddings.embed_missing(CountingEncoder(), FINGERPRINT)
    assert not embeddings.vectors([title.pk for title in titles], FINGERPRINT, 32).any()


def test_no_ids_give_no_rows() -> None:
    assert embeddings.vectors([], FINGERPRINT, 16).shape == (0, 16)
