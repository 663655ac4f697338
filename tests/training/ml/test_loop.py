"""The loop learns what people chose, stays near its parent, repeats itself exactly, and stops when it must."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from recommender.ml.memory import ClickMemory
from recommender.ml.weights import FEATURES, ModelConfig, ModelState, Weights, digest, to_bytes
from training.ml.config import TrainConfig
from training.ml.examples import Examples
from training.ml.loop import FitReport, TrainingFailed, _slate_loss, fit
from training.ml.model import HybridRanker, with_rows_for

CONFIG = ModelConfig(dimension=8, rank=2, id_dimension=3)
N = 12
Optimiser = dict[str, np.ndarray]


def unit(draw: np.random.Generator, *shape: int) -> np.ndarray:
    array = draw.standard_normal(shape)
    return np.asarray(array / np.linalg.norm(array, axis=-1, keepdims=True), np.float32)


CONTENT = unit(np.random.default_rng(0), N, 8)
FAME = np.linspace(0, 1, N).astype(np.float32)
QUIET = np.zeros(N, np.float32)  # nobody chose anything: the novelty head has nothing to learn


def toy(n: int = 6, width: int = 4, seed: int = 1) -> Examples:
    """n searches, of whose slates the title in the last place was chosen. Title ids are rows + 100."""
    draw = np.random.default_rng(seed)
    rows = np.array([draw.permutation(N)[:width] for _ in range(n)])
    gains = np.zeros((n, width), np.float32)
    gains[:, -1] = 1
    return Examples(
        query=unit(draw, n, 8),
        rows=rows,
        title_ids=rows + 100,
        features=draw.random((n, width, len(FEATURES))).astype(np.float32),
        gains=gains,
        log_examined=np.zeros((n, width), np.float32),
        mask=np.ones((n, width), np.bool_),
        told=np.zeros(n, np.float32),
        content=np.zeros((n, width), np.float32),
        weight=np.ones(n, np.float32),
    )


def trained(
    examples: Examples | None = None,
    parent: Weights | None = None,
    optimiser: Any = None,
    attention: np.ndarray = QUIET,
    **config: Any,
) -> tuple[Weights, Any, FitReport]:
    return fit(
        parent or Weights.untrained(CONFIG),
        optimiser or {},
        toy() if examples is None else examples,
        CONTENT,
        FAME,
        attention,
        TrainConfig(**{"batch_size": 6} | config),  # one batch an epoch: toy() has six searches
    )


def scores(weights: Weights, examples: Examples) -> np.ndarray:
    """[B, S], as training and serving work them out."""
    grown = with_rows_for(weights, (examples.rows + 100).ravel().tolist())
    ids = torch.from_numpy(np.searchsorted(grown.id_titles, examples.rows + 100))
    relevance = HybridRanker(grown).relevance(
        torch.from_numpy(examples.query),
        torch.from_numpy(CONTENT[examples.rows]),
        ids,
        torch.from_numpy(examples.features),
        torch.from_numpy(examples.told),
    )
    return relevance.detach().numpy()


def distance(one: Weights, other: Weights) -> float:
    """Over everything but the ID table, whose rows may differ in number."""
    names = ("query_down", "query_up", "id_projection", "attention")
    return float(sum(np.sum((getattr(one, name) - getattr(other, name)) ** 2) for name in names) ** 0.5)


def test_it_works() -> None:
    """A toy that works: one batch, learnt by heart."""
    weights, _, report = trained(epochs=200, learning_rate=0.05, anchor=0.0, clip_norm=100.0)
    assert report.loss_first > 1
    assert report.loss_last < 0.01
    assert (scores(weights, toy()).argmax(axis=1) == 3).all()
    assert (report.steps, report.examples) == (200, 6)


@pytest.mark.parametrize("seed", range(10))
def test_one_step_raises_the_chosen_title_against_the_skipped_ones(seed: int) -> None:
    one = toy(n=1, seed=seed)
    before = scores(Weights.untrained(CONFIG), one)[0]
    weights, _, _ = trained(one, epochs=1)
    after = scores(weights, one)[0]
    assert ((after[3] - after[:3]) > (before[3] - before[:3])).all()


def test_attention_moves_towards_the_titles_that_got_it() -> None:
    got = QUIET.copy()
    got[4] = 9.0
    weights, _, _ = trained(attention=got, epochs=30, learning_rate=0.01)
    shares = [
        HybridRanker(w).log_share(torch.from_numpy(CONTENT), torch.from_numpy(FAME)).detach().numpy()
        for w in (Weights.untrained(CONFIG), weights)
    ]
    assert shares[1][4] > shares[0][4]
    assert not trained(attention=QUIET)[0].attention.any()


@pytest.mark.parametrize("share", [3.0, 1 / 3])
def test_a_heavier_search_is_heard_more(share: float) -> None:
    """Two searches that ask the same and choose the opposite: in the end the odds are their weights."""
    examples = toy(n=2)
    for array in (examples.query, examples.rows, examples.title_ids, examples.features):
        array[1] = array[0]
    examples.gains[1] = [1, 0, 0, 0]
    examples.weight[:] = [1, share]
    weights, _, _ = trained(examples, epochs=300, learning_rate=0.01, anchor=0.0, temperature=0.5)
    (first, _, _, last), _ = scores(weights, examples)
    assert first - last == pytest.approx(0.5 * np.log(share), abs=0.02)


def test_padding_teaches_nothing() -> None:
    plain = toy(width=4)
    widths = ((0, 0), (0, 2))
    padded = Examples(
        query=plain.query,
        rows=np.pad(plain.rows, widths, constant_values=7),
        title_ids=np.pad(plain.title_ids, widths, constant_values=-1),
        features=np.pad(plain.features, (*widths, (0, 0)), constant_values=50.0),
        gains=np.pad(plain.gains, widths),
        log_examined=np.pad(plain.log_examined, widths),
        mask=np.pad(plain.mask, widths),
        told=plain.told,
        content=np.pad(plain.content, widths),
        weight=plain.weight,
    )
    one, other = trained(plain)[0], trained(padded)[0]
    np.testing.assert_array_equal(one.id_titles, other.id_titles)
    np.testing.assert_allclose(one.id_vectors, other.id_vectors, atol=1e-6)
    assert distance(one, other) < 1e-5


def test_the_slate_loss_is_the_weighted_cross_entropy() -> None:
    """Softmax of (0, ln 3) is (1/4, 3/4); of three equal logits with one masked, (1/2, 1/2)."""
    loss = _slate_loss(
        torch.tensor([[0.0, float(np.log(3)), 99.0], [5.0, 5.0, 5.0]]),
        torch.tensor([[0.0, 1.0, 0.0], [0.5, 0.5, 0.0]]),
        torch.tensor([[True, True, False], [True, True, False]]),
        torch.tensor([1.0, 3.0]),
    )
    assert float(loss) == pytest.approx((np.log(4 / 3) + 3 * np.log(2)) / 4)


def test_the_same_arguments_give_the_same_bytes() -> None:
    def sha256() -> str:
        weights, optimiser, _ = trained(batch_size=2, epochs=3, attention=np.arange(N, dtype=np.float32))
        return digest(to_bytes(ModelState(weights, ClickMemory.empty(8), optimiser)))

    first = sha256()
    torch.manual_seed(99)  # nothing global may matter
    np.random.seed(99)
    assert sha256() == first


def test_another_seed_draws_other_batches() -> None:
    one, other = (trained(batch_size=2, seed=seed)[0] for seed in (0, 1))
    assert distance(one, other) > 0


def test_without_examples_the_parent_comes_back() -> None:
    parent, state = Weights.untrained(CONFIG), {"step": np.array([3])}
    weights, optimiser, report = trained(toy(n=0), parent=parent, optimiser=state)
    assert weights is parent
    assert optimiser is state
    assert report == FitReport(0, 0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("place", range(3))
def test_a_loss_that_is_not_finite_stops_the_run_and_names_the_step(value: float, place: int) -> None:
    examples = toy(n=3)
    examples.features[place, 0, 0] = value
    order = torch.randperm(3, generator=torch.Generator().manual_seed(5)).tolist()
    step = order.index(place) + 1
    with pytest.raises(TrainingFailed, match=rf"the loss is nan at step {step} of 6, with 1 searches"):
        trained(examples, batch_size=1, epochs=2, seed=5)


def test_a_run_can_be_stopped_between_two_steps() -> None:
    seen = []

    def stop(step: int, of: int, loss: float) -> None:
        seen.append((step, of))
        assert np.isfinite(loss)
        if step == 3:
            raise TrainingFailed("the deadline has passed")

    with pytest.raises(TrainingFailed, match="deadline"):
        fit(
            Weights.untrained(CONFIG), {}, toy(), CONTENT, FAME, QUIET, TrainConfig(batch_size=2, epochs=2),
            on_step=stop,
        )  # fmt: skip
    assert seen == [(1, 6), (2, 6), (3, 6)]


def test_the_anchor_pulls_back_to_the_parent() -> None:
    parent = Weights.untrained(CONFIG)
    moved = [
        distance(trained(anchor=anchor, epochs=60, learning_rate=0.01)[0], parent) for anchor in (0.0, 1.0, 100.0)
    ]
    assert moved[0] > moved[1] > moved[2] > 0
    assert moved[0] > 3 * moved[2]


def test_a_long_gradient_is_clipped() -> None:
    """Adam's first moment after one step is a tenth of the gradient."""
    _, state, _ = trained(epochs=1, clip_norm=0.01)
    dense = [name for name in state if name.endswith("exp_avg") and not name.startswith("id_vectors")]
    assert len(dense) == 4
    assert sum(np.sum(state[name] ** 2) for name in dense) ** 0.5 == pytest.approx(0.001, rel=1e-3)


def test_the_largest_step_is_that_of_the_matrix_that_moved_most() -> None:
    weights, _, report = trained(epochs=5)
    start = with_rows_for(Weights.untrained(CONFIG), weights.id_titles.tolist())
    names = ("query_down", "query_up", "id_vectors", "id_projection", "attention")
    changes = [
        np.linalg.norm(getattr(weights, name) - getattr(start, name))
        / max(1.0, float(np.linalg.norm(getattr(start, name))))
        for name in names
    ]
    assert report.largest_step == pytest.approx(max(changes), rel=1e-4)
    assert 0 < report.largest_step < 0.1, "the default recipe takes small steps"


def test_only_titles_that_were_seen_get_a_vector() -> None:
    examples = toy(n=2)
    weights, _, _ = trained(examples)
    assert weights.id_titles.tolist() == sorted(set(examples.title_ids.ravel().tolist()))
    parent = replace(Weights.untrained(CONFIG), id_titles=np.array([5]), id_vectors=np.array([[1, 2, 3]], np.float32))
    weights, _, _ = trained(examples, parent=parent)
    assert weights.id_titles[0] == 5
    assert weights.id_vectors[0].tolist() == [1, 2, 3], "nobody saw title 5, so nothing moves it"


def test_resuming_goes_on_where_it_stopped() -> None:
    """With no anchor and one batch an epoch, k and then k epochs are 2k epochs, but for rounding.

    Otherwise they differ on purpose: the second run is anchored to its own parent and draws its own batches.
    """
    recipe: dict[str, Any] = {"anchor": 0.0, "learning_rate": 0.01}
    whole, whole_state, _ = trained(epochs=10, **recipe)
    half, half_state, _ = trained(epochs=5, **recipe)
    joined, joined_state, _ = trained(parent=half, optimiser=half_state, epochs=5, **recipe)
    assert distance(joined, whole) < 1e-4
    np.testing.assert_allclose(joined.id_vectors, whole.id_vectors, atol=1e-5)
    assert joined_state.keys() == whole_state.keys()
    assert joined_state["query_up.step"].tolist() == whole_state["query_up.step"].tolist() == [10]
    for name in whole_state:
        np.testing.assert_allclose(joined_state[name], whole_state[name], atol=1e-4)
    forgotten, _, _ = trained(parent=half, epochs=5, **recipe)
    assert distance(forgotten, whole) > 10 * distance(joined, whole), "the moments matter"


def test_an_unknown_option_is_an_error() -> None:
    assert TrainConfig.from_dict({"epochs": 2}).epochs == 2
    with pytest.raises(ValueError, match="unknown option of TrainConfig: epoch, lr"):
        TrainConfig.from_dict({"lr": 1, "epoch": 2})


def test_a_choice_from_where_few_look_is_more_of_a_surprise() -> None:
    """The position takes its share of the explanation: what is left for the title to explain is more further down."""
    falling = np.tile(np.log(1 / np.arange(1, 5)).astype(np.float32), (6, 1))  # toy() chooses the last place
    losses = []
    for log_examined in (np.zeros((6, 4), np.float32), falling, falling[:, ::-1]):
        _, _, report = trained(replace(toy(), log_examined=np.ascontiguousarray(log_examined)), epochs=1)
        losses.append(report.loss_first)
    everywhere, hidden, on_top = losses
    assert on_top < everywhere < hidden


def test_the_number_of_steps_follows_the_number_of_examples() -> None:
    for n, batch_size, epochs, steps in ((6, 6, 4, 4), (6, 24, 4, 1), (6, 64, 4, 1), (6, 4, 2, 3)):
        _, _, report = trained(toy(n), batch_size=batch_size, epochs=epochs)
        assert report.steps == steps
