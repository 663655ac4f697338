"""The torch model is the served formula: what training improves is what people get."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from recommender.ml.encoder import HashingEncoder
from recommender.ml.memory import ClickMemory
from recommender.ml.scoring import Evidence, Scorer, renown
from recommender.ml.weights import FEATURES, ModelConfig, ModelState, Weights
from tests import worlds
from training.ml.model import HybridRanker, with_rows_for

INDEX = worlds.snapshot().index
N = len(INDEX)


def random_weights(seed: int, id_titles: tuple[int, ...] = (103, 105, 110, 999)) -> Weights:
    draw = np.random.default_rng(seed)

    def noise(*shape: int) -> np.ndarray:
        return (0.1 * draw.standard_normal(shape)).astype(np.float32)

    return Weights(
        ModelConfig(), noise(16, 384), noise(384, 16), np.array(id_titles, np.int64), noise(len(id_titles), 32),
        noise(384, 32), noise(len(FEATURES)), noise(len(FEATURES)), noise(384),
    )  # fmt: skip


def id_rows(weights: Weights) -> torch.Tensor:
    """The row of each catalogue title in the ID table; one past the end for those without."""
    known = {int(title): row for row, title in enumerate(weights.id_titles)}
    return torch.tensor([known.get(int(title), len(known)) for title in INDEX.title_ids])


@pytest.mark.parametrize("seed", range(20))
def test_it_works(seed: int) -> None:
    """Training and serving agree on every title, for random weights, features, scales and memory."""
    weights, draw = random_weights(seed), np.random.default_rng(seed)
    vector = HashingEncoder().encode(["a heist in space"])[0]
    memory = ClickMemory.empty(384).merged(
        ["heist"], vector[None], [("heist", 104, 9.0, 3.0), ("heist", 105, 9.0, 0.0)], fade=1.0
    )
    scorer = Scorer(INDEX, ModelState(weights, memory))
    lexical, facts = draw.random((2, N)).astype(np.float32)
    scales = draw.uniform(0.5, 2, 2).tolist()
    evidence = Evidence(
        "space heist", vector, vector, lexical, facts, lexical_scale=scales[0], prior_scale=scales[1], told=0.3
    )
    served = scorer.score(evidence, {2: 0.9, 4: 0.8})
    lift, title = np.zeros(N, np.float32), np.zeros(N, np.float32)
    lift[served.recollection.rows] = served.recollection.lift
    title[[2, 4]] = np.array([0.9, 0.8]) ** 8
    assert lift.any()
    columns = {
        "lexical": scales[0] * lexical,
        "title": title,
        "prior": scales[1] * INDEX.prior,
        "memory": lift,
        "facts": facts,
        **scorer.standing,
    }
    features = np.stack([columns[name] for name in FEATURES], axis=1).astype(np.float32)
    trained = HybridRanker(weights).relevance(
        torch.from_numpy(vector)[None],
        torch.from_numpy(INDEX.content)[None],
        id_rows(weights)[None],
        torch.from_numpy(features)[None],
        torch.tensor([0.3]),
    )
    assert trained.shape == (1, N)
    np.testing.assert_allclose(trained.detach().numpy()[0], served.relevance, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_what_examples_hold_is_scored_as_it_is_served(seed: int) -> None:
    """The features that training is given, through the model, are the scores of the engine's own scorer."""
    weights = random_weights(seed)
    scorer = Scorer(INDEX, ModelState(weights, ClickMemory.empty(384)))
    vector = HashingEncoder().encode(["thieves of the seventies"])[0]
    facts = np.random.default_rng(seed).random(N).astype(np.float32)
    evidence = Evidence(
        "x", vector, vector, INDEX.lexical.score("thieves"), facts, lexical_scale=1.3, prior_scale=0.4
    )
    rows = np.array([8, 2, 5])
    features = scorer.features(evidence, scorer.memory.recall("x", vector), rows)
    trained = HybridRanker(weights).relevance(
        torch.from_numpy(vector)[None],
        torch.from_numpy(INDEX.content[rows])[None],
        id_rows(weights)[rows][None],
        torch.from_numpy(features)[None],
        torch.zeros(1),
    )
    served = scorer.score(evidence).relevance[rows]
    np.testing.assert_allclose(trained.detach().numpy()[0], served, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_the_share_of_attention_is_what_novelty_measures(seed: int) -> None:
    weights = replace(random_weights(seed), attention_to_fame=np.array([seed], np.float32))
    scorer = Scorer(INDEX, ModelState(weights, ClickMemory.empty(384)))
    fame = torch.from_numpy(renown(INDEX.prior))
    share = HybridRanker(weights).log_share(torch.from_numpy(INDEX.content), fame).detach().numpy()
    assert np.exp(share).sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(-share / np.log(N), scorer.novelty, atol=1e-5)


def test_a_batch_equals_single_searches() -> None:
    model = HybridRanker(random_weights(1))
    draw = torch.Generator().manual_seed(1)
    query = torch.randn(4, 384, generator=draw)
    content = torch.randn(4, 3, 384, generator=draw)
    rows = torch.randint(0, 5, (4, 3), generator=draw)
    features = torch.randn(4, 3, len(FEATURES), generator=draw)
    told = torch.tensor([0.0, 0.3, 0.8, 1.0])
    together = model.relevance(query, content, rows, features, told)
    for b in range(4):
        one = slice(b, b + 1)
        torch.testing.assert_close(
            model.relevance(query[one], content[one], rows[one], features[one], told[one])[0],
            together[b],
            atol=1e-5,
            rtol=1e-5,
        )


def test_a_title_without_a_row_of_its_own_is_pure_content_and_gives_no_gradient() -> None:
    weights = random_weights(2)
    model = HybridRanker(weights)
    with torch.no_grad():
        model.id_vectors.weight[-1] = 7.0  # even if something had written there
    query, content = torch.ones(1, 384), torch.zeros(1, 1, 384)
    score = model.relevance(
        query, content, torch.tensor([[len(weights.id_titles)]]), torch.zeros(1, 1, len(FEATURES)), torch.zeros(1)
    )
    assert score.tolist() == [[0.0]]
    score.sum().backward()
    assert float(model.id_vectors.weight.grad.to_dense().abs().sum()) == 0  # type: ignore[union-attr]


def test_weights_come_back_as_they_went_in() -> None:
    weights = random_weights(3)
    again = HybridRanker(weights).to_weights(weights.id_titles)
    for name in (
        "query_down",
        "query_up",
        "id_titles",
        "id_vectors",
        "id_projection",
        "feature_weights",
        "attention",
        "attention_to_fame",
    ):
        np.testing.assert_array_equal(getattr(again, name), getattr(weights, name))
        assert getattr(again, name).dtype == getattr(weights, name).dtype


def test_fitting_the_model_leaves_the_parents_arrays_alone() -> None:
    weights = random_weights(4)
    kept = weights.query_up.copy()
    with torch.no_grad():
        HybridRanker(weights).query_up.fill_(9.0)
    np.testing.assert_array_equal(weights.query_up, kept)


def test_new_titles_get_zero_rows_and_old_ones_keep_theirs() -> None:
    weights = random_weights(5, (20, 40))
    grown = with_rows_for(weights, [30, 10, 40, 30])
    assert grown.id_titles.tolist() == [10, 20, 30, 40]
    np.testing.assert_array_equal(grown.id_vectors[[1, 3]], weights.id_vectors)
    assert not grown.id_vectors[[0, 2]].any()
    assert with_rows_for(weights, []).id_titles.tolist() == [20, 40]


def test_growing_changes_no_score() -> None:
    weights = random_weights(6)
    grown = with_rows_for(weights, INDEX.title_ids.tolist())
    vector = HashingEncoder().encode(["heist"])[0]
    before, after = (
        Scorer(INDEX, ModelState(each, ClickMemory.empty(384))).content(vector, np.arange(N))
        for each in (weights, grown)
    )
    np.testing.assert_allclose(before, after, atol=1e-6)


def test_every_parameter_but_the_title_table_is_dense() -> None:
    model = HybridRanker(random_weights(7))
    assert len(model.dense_parameters()) == len(list(model.parameters())) - 1
    assert all(parameter is not model.id_vectors.weight for parameter in model.dense_parameters())
