"""Adam's moments follow their titles from version to version."""

import numpy as np
import pytest
import torch

from recommender.ml.weights import FEATURES, ModelConfig, Weights
from training.ml.model import HybridRanker, with_rows_for
from training.ml.optimiser import Optimiser

CONFIG = ModelConfig(dimension=4, rank=2, id_dimension=3)


def weights_for(*titles: int) -> Weights:
    return with_rows_for(Weights.untrained(CONFIG), titles)


def stepped(model: HybridRanker, optimiser: Optimiser, rows: list[int], seed: int = 0) -> None:
    """One step on a random loss that touches these rows of the ID table."""
    draw = torch.Generator().manual_seed(seed)
    query = torch.randn(1, 4, generator=draw)
    content = torch.randn(1, len(rows), 4, generator=draw)
    features = torch.randn(1, len(rows), len(FEATURES), generator=draw)
    loss = model.relevance(query, content, torch.tensor([rows]), features, torch.zeros(1)).square().sum()
    loss = loss + model.log_share(content[0], features[0, :, 0])[0] + model.id_vectors(torch.tensor(rows)).sum()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def planted() -> tuple[HybridRanker, Optimiser]:
    """Titles 103 and 105, two steps on."""
    weights = weights_for(103, 105)
    model = HybridRanker(weights)
    optimiser = Optimiser(model, weights.id_titles, {}, 0.01)
    for seed in range(2):
        stepped(model, optimiser, [0, 1], seed)
    return model, optimiser


def test_it_works() -> None:
    model, optimiser = planted()
    state = optimiser.state()
    assert state["id_titles"].tolist() == [103, 105]
    assert {name.split(".")[0] for name in state} == {
        "id_titles", "attention", "id_projection", "id_vectors", "query_down", "query_up",
    }  # fmt: skip
    assert state["query_up.step"].tolist() == state["id_vectors.step"].tolist() == [2]
    assert state["id_vectors.exp_avg"].shape == (2, 3), "the row of titles without one is not kept"
    assert state["id_vectors.exp_avg"].any()
    assert model.id_vectors.weight[:2].detach().numpy().all()


def test_moments_follow_their_titles_when_the_table_grows() -> None:
    _, optimiser = planted()
    state = optimiser.state()
    grown = weights_for(101, 103, 104, 105, 110)
    resumed = Optimiser(HybridRanker(grown), grown.id_titles, state, 0.01).state()
    assert resumed["id_titles"].tolist() == [101, 103, 104, 105, 110]
    for moment in ("exp_avg", "exp_avg_sq"):
        np.testing.assert_array_equal(resumed[f"id_vectors.{moment}"][[1, 3]], state[f"id_vectors.{moment}"])
        assert not resumed[f"id_vectors.{moment}"][[0, 2, 4]].any()
    for name in state.keys() - {"id_titles", "id_vectors.exp_avg", "id_vectors.exp_avg_sq"}:
        np.testing.assert_array_equal(resumed[name], state[name])


@pytest.mark.parametrize("grow", [False, True])
def test_a_resumed_step_is_the_step_that_would_have_come(grow: bool) -> None:
    model, optimiser = planted()
    weights = model.to_weights(np.array([103, 105]))
    if grow:
        weights = with_rows_for(weights, [104])
    again = HybridRanker(weights)
    resumed = Optimiser(again, weights.id_titles, optimiser.state(), 0.01)
    stepped(model, optimiser, [0, 1], seed=7)
    stepped(again, resumed, [0, 2] if grow else [0, 1], seed=7)
    assert torch.equal(again.id_vectors.weight[[0, 2] if grow else [0, 1]], model.id_vectors.weight[:2])
    for one, other in zip(again.dense_parameters(), model.dense_parameters(), strict=True):
        assert torch.equal(one, other)


def test_state_is_a_copy() -> None:
    model, optimiser = planted()
    state = optimiser.state()
    kept = {name: array.copy() for name, array in state.items()}
    stepped(model, optimiser, [0, 1], seed=3)
    for name in state:
        np.testing.assert_array_equal(state[name], kept[name])
    assert not np.array_equal(optimiser.state()["query_up.exp_avg"], kept["query_up.exp_avg"])


def test_a_title_that_the_batch_does_not_touch_stays_where_it_is() -> None:
    model, optimiser = planted()
    before = model.id_vectors.weight.detach().clone()
    stepped(model, optimiser, [0], seed=4)
    assert torch.equal(model.id_vectors.weight[1:], before[1:])
    assert not torch.equal(model.id_vectors.weight[0], before[0])
