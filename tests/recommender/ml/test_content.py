"""What a title is about as one vector: the whole, turned towards its scenes where there are several."""

import random
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from recommender.ml.composition import TitleText, embedding_text, passages
from recommender.ml.content import BATCH, content_vectors, in_batches
from recommender.ml.encoder import HashingEncoder
from tests import worlds

ENCODER = HashingEncoder(64)
STORY = (
    "A lonely lighthouse keeper finds a sealed wooden box that the winter storm has washed ashore below his tower. "
    "Inside it sleeps a talking octopus which remembers every sailor that ever drowned on the rocks around them. "
    "When the harbour master wants to sell the island to a hotel they fight back with song and ink and moonlight."
)
LONG, SHORT = TitleText("Ink", description=STORY), TitleText("Heat", description="A detective hunts thieves.")


class Watched(HashingEncoder):
    """Keeps the sizes of what it was given at once."""

    def __init__(self) -> None:
        super().__init__(64)
        self.batches: list[list[int]] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.batches.append([len(text) for text in texts])
        return super().encode(texts)


def test_it_works() -> None:
    vectors = content_vectors([LONG, SHORT, *worlds.FILMS], ENCODER.encode)
    assert vectors.shape == (12, 64)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_a_title_of_one_passage_is_its_plain_embedding() -> None:
    for title in (SHORT, TitleText("Dark", kind="show"), *worlds.FILMS):
        assert passages(title) == []
        plain = ENCODER.encode([embedding_text(title)])
        np.testing.assert_array_equal(content_vectors([title], ENCODER.encode), plain)


def test_a_long_story_lies_between_the_whole_and_its_scenes() -> None:
    scenes = passages(LONG)
    assert len(scenes) == 3
    whole, middle = ENCODER.encode([embedding_text(LONG)])[0], ENCODER.encode(scenes).mean(axis=0)
    middle /= np.linalg.norm(middle)
    (content,) = content_vectors([LONG], ENCODER.encode)
    assert content @ whole == pytest.approx(float(content @ middle), abs=1e-5), "as near to the one as to the other"
    assert whole @ middle < content @ whole < 1
    np.testing.assert_allclose(content * (content @ (whole + middle)), whole + middle, atol=1e-5)


def test_a_scene_is_nearer_than_it_would_be_without_passages() -> None:
    """The last sentence lies beyond what the encoder reads of the whole."""
    filler = " ".join(
        f"Then follows chapter {n} in which hardly a thing of any note ever happens." for n in range(12)
    )
    title = TitleText("x", description=f"{filler} {STORY}")
    scene = ENCODER.encode(["talking octopus remembers sailor"])[0]
    (content,) = content_vectors([title], ENCODER.encode)
    assert content @ scene > ENCODER.encode([embedding_text(title)])[0] @ scene


def test_the_order_and_the_company_of_titles_do_not_matter() -> None:
    titles = [LONG, SHORT, *worlds.FILMS, TitleText("Empty"), TitleText("Other", plot=STORY)]
    together = content_vectors(titles, lambda texts: in_batches(ENCODER, texts))
    order = random.Random(4).sample(range(len(titles)), len(titles))
    shuffled = content_vectors([titles[place] for place in order], lambda texts: in_batches(ENCODER, texts))
    np.testing.assert_allclose(shuffled, together[order], atol=1e-6)
    for row, title in enumerate(titles):
        np.testing.assert_allclose(content_vectors([title], ENCODER.encode)[0], together[row], atol=1e-6)


def test_no_titles_have_no_vectors() -> None:
    assert content_vectors([], ENCODER.encode).shape == (0, 64)
    assert content_vectors([], lambda texts: in_batches(ENCODER, texts)).shape == (0, 64)


def test_texts_are_encoded_in_batches_of_a_length_and_come_back_in_order() -> None:
    encoder = Watched()
    texts = ["word " * (n * 37 % 101) for n in range(2 * BATCH + 5)]
    vectors = in_batches(encoder, texts)
    assert [len(batch) for batch in encoder.batches] == [BATCH, BATCH, 5]
    lengths = [length for batch in encoder.batches for length in batch]
    assert lengths == sorted(lengths)
    np.testing.assert_array_equal(vectors, ENCODER.encode(texts))


@pytest.mark.parametrize("description", ["\ud800 " * 50, "\0" * 100, "七人の侍。" * 100, "! " * 200, "A. " * 400])
def test_any_description_has_a_vector(description: str) -> None:
    vectors = content_vectors([TitleText("x", description=description, plot=STORY)], ENCODER.encode)
    assert np.linalg.norm(vectors) == pytest.approx(1, abs=1e-6)
