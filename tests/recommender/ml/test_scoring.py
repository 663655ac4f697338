"""The formula of the ranking, on vectors small enough to work by hand."""

from dataclasses import replace
from math import log

import numpy as np
import pytest

from recommender.ml.composition import TitleText
from recommender.ml.index import CatalogIndex
from recommender.ml.memory import ClickMemory
from recommender.ml.scoring import PRIOR_FLOOR, Scorer
from recommender.ml.weights import ModelConfig, ModelState, Weights
from tests import worlds

CONFIG = ModelConfig(dimension=2, rank=1, id_dimension=1)
EAST, NORTH = np.array([1, 0], np.float32), np.array([0, 1], np.float32)
NOTHING = np.zeros(3, np.float32)


def index() -> CatalogIndex:
    """Three titles: east, north, and one not embedded; fame 1, 1/2 and 0."""
    content = np.array([EAST, NORTH, [0, 0]], np.float32)
    return CatalogIndex.build(
        [7, 8, 9], [TitleText(name) for name in ("East", "North", "New")], content, [99, 9, None]
    )


def weights(**changes: np.ndarray) -> Weights:
    plain = replace(
        Weights.untrained(CONFIG),
        query_down=np.zeros((1, 2), np.float32),
        id_projection=np.zeros((2, 1), np.float32),
        feature_weights=np.array([1.5, 2.0, 0.2, 0.6], np.float32),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def scorer(**changes: np.ndarray) -> Scorer:
    return Scorer(index(), ModelState(weights(**changes), ClickMemory.empty(2)))


def test_it_works() -> None:
    """1·cosine + 1.5·lexical + 2·similarity⁸ + 0.2·fame, with 0.5⁸ = 1/256."""
    lexical = np.array([0.2, 0, 0], np.float32)
    scores = scorer().score("q", EAST, EAST, lexical, {1: 0.5})
    assert scores.relevance == pytest.approx([1 + 0.3 + 0.2, 2 / 256 + 0.1, 0])
    assert {name: part.tolist() for name, part in scores.parts.items()} == {
        "content": [1, 0, 0],
        "lexical": pytest.approx([0.3, 0, 0]),
        "title": [0, 2 / 256, 0],
        "prior": pytest.approx([0.2, 0.1, 0]),
        "memory": [0, 0, 0],
    }


def test_the_query_residual_turns_the_query() -> None:
    """down = (1 0), up = (0 3)ᵀ: a query to the east looks three times as far to the north."""
    turned = scorer(query_down=np.array([[1, 0]], np.float32), query_up=np.array([[0], [3]], np.float32))
    assert turned.query_vector(EAST).tolist() == [1, 3]
    assert turned.query_vector(NORTH).tolist() == [0, 1]
    assert turned.score("q", EAST, EAST, NOTHING, {}).parts["content"].tolist() == [1, 3, 0]


def test_an_id_vector_moves_its_own_title_only() -> None:
    """P e = (0 2)ᵀ · 4 = (0 8) for title 8; title 99 has left the catalogue and is passed over."""
    moved = scorer(
        id_titles=np.array([8, 99]),
        id_vectors=np.array([[4], [100]], np.float32),
        id_projection=np.array([[0], [2]], np.float32),
    )
    assert moved.content(NORTH).tolist() == [0, 1 + 8, 0]
    assert moved.content(EAST).tolist() == [1, 0, 0]


def test_memory_lifts_by_its_weight() -> None:
    memory = ClickMemory.empty(2).merged(["q"], NORTH[None], [("q", 9, 8.0, 3.0)], fade=1.0)
    scores = Scorer(index(), ModelState(weights(), memory)).score("q", NORTH, EAST, NOTHING, {})
    assert scores.parts["memory"] == pytest.approx([0, 0, 0.6 * 0.22])
    assert scores.parts["content"].tolist() == [1, 0, 0], "memory asks by the query, content by the subject"


def test_novelty_is_surprisal_in_units_of_the_catalogue() -> None:
    prior = np.array([1, 0.5, 0]) + PRIOR_FLOOR
    share = prior / prior.sum()
    assert scorer().novelty == pytest.approx([-log(p) / log(3) for p in share], rel=1e-5)


def test_attention_makes_a_title_less_novel() -> None:
    drawn = scorer(attention=np.array([0, 2], np.float32)).novelty
    assert drawn[1] < scorer().novelty[1]
    assert drawn[0] > scorer().novelty[0]
    assert drawn.dtype == np.float32


@pytest.mark.parametrize("scale", [0, 1, 50, 1e4])
def test_novelty_is_finite_and_never_negative(scale: float) -> None:
    base = worlds.snapshot()
    attention = (scale * np.random.default_rng(1).standard_normal(384)).astype(np.float32)
    state = replace(base.state, weights=replace(base.state.weights, attention=attention))
    novelty = Scorer(base.index, state).novelty
    assert np.isfinite(novelty).all()
    assert (novelty >= 0).all()


def test_a_single_title_has_no_novelty_and_no_title_none() -> None:
    assert worlds.snapshot(worlds.FILMS[:1]).scorer.novelty == pytest.approx([0])
    assert worlds.snapshot([]).scorer.novelty.shape == (0,)


def test_version_zero_is_plain_cosine() -> None:
    snapshot = worlds.snapshot()
    vector = snapshot.encoder.encode(["a heist in space"])[0]
    np.testing.assert_array_equal(snapshot.scorer.query_vector(vector), vector)
    np.testing.assert_array_equal(snapshot.scorer.content(vector), snapshot.index.content @ vector)
