"""The feature weights: what windows say adds up, and is pulled to the hand-set start once."""

from dataclasses import fields, replace

import numpy as np
import pytest

from recommender.ml.weights import FEATURES, UNTRAINED, ModelConfig, Weights
from training.ml.config import TrainConfig
from training.ml.examples import Examples, joined
from training.ml.fusion import N_TERMS, Fusion, from_arrays, to_arrays, update

CONFIG = TrainConfig()
PLACES = 10


def slates(n: int, wanted: np.ndarray, seed: int = 0, told: float = 0.0) -> Examples:
    """n slates from which people chose by these weights, looking by 1/k."""
    draw = np.random.default_rng(seed)
    features = draw.random((n, PLACES, len(FEATURES))).astype(np.float32)
    content = draw.random((n, PLACES)).astype(np.float32)
    log_examined = np.tile(-np.log(np.arange(1, PLACES + 1)), (n, 1)).astype(np.float32)
    logits = (content + features @ wanted) / CONFIG.temperature + log_examined
    chosen = (logits + draw.gumbel(size=logits.shape)).argmax(axis=1)
    return Examples(
        query=np.zeros((n, 4), np.float32),
        rows=np.zeros((n, PLACES), np.int64),
        title_ids=np.zeros((n, PLACES), np.int64),
        features=features,
        gains=np.eye(PLACES, dtype=np.float32)[chosen],
        log_examined=log_examined,
        mask=np.ones((n, PLACES), np.bool_),
        told=np.full(n, told, np.float32),
        content=content,
        weight=np.ones(n, np.float32),
    )


def first(examples: Examples, n: int) -> Examples:
    return Examples(**{field.name: getattr(examples, field.name)[:n] for field in fields(Examples)})


def rest(examples: Examples, n: int) -> Examples:
    return Examples(**{field.name: getattr(examples, field.name)[n:] for field in fields(Examples)})


TRUTH = np.array([0.3, 2.0, 0.8, 3.5, 1.0, 0.1, -0.3, -0.3])


def short(fusion: Fusion) -> np.ndarray:
    return fusion.mean[: len(FEATURES)]


def test_it_works() -> None:
    found = update(Fusion.untrained(), slates(4_000, TRUTH), CONFIG, n_searches=4_000)
    assert short(found)[1:] == pytest.approx(TRUTH[1:], abs=0.25)
    assert short(found)[0] < 0.8  # of words it is surer, and takes longer
    weights = found.weights(Weights.untrained(ModelConfig(4)))
    np.testing.assert_allclose(weights.feature_weights, short(found), atol=0.02)  # of 4,000 slates little is doubted
    np.testing.assert_allclose(weights.told_weights, UNTRAINED, rtol=1e-6)


def test_chance_moves_no_weight_of_titles_at_large() -> None:
    """People who choose by the hand-set weights: what is learnt of fame and age is mostly discarded as chance."""
    at_large = ["prior", "fame", "classic", "recent"]
    learnt: list[list[float]] = []
    trusted: list[list[float]] = []
    for seed in range(40):
        fusion = update(Fusion.untrained(), slates(30, np.array(UNTRAINED), seed), CONFIG, n_searches=30)
        weights = fusion.weights(Weights.untrained(ModelConfig(4)))
        for found, kept in ((short(fusion), learnt), (weights.feature_weights, trusted)):
            kept.append([found[FEATURES.index(name)] - UNTRAINED[FEATURES.index(name)] for name in at_large])
        assert weights.feature_weights[3] == pytest.approx(short(fusion)[3])  # the memory's is trusted as it is
    assert np.linalg.norm(trusted) < 0.6 * np.linalg.norm(learnt)
    assert sum(not np.any(moved) for moved in trusted) > 10


def test_what_is_certain_of_titles_at_large_is_trusted() -> None:
    truth = np.add(UNTRAINED, [0, 0, 0, 0, 0, 0.8, 0, -0.5])
    fusion = update(Fusion.untrained(), slates(3_000, truth), CONFIG, n_searches=3_000)
    weights = fusion.weights(Weights.untrained(ModelConfig(4)))
    moved = weights.feature_weights - UNTRAINED
    assert moved[5] == pytest.approx(0.8, abs=0.2)
    assert moved[7] == pytest.approx(-0.5, abs=0.2)


def test_without_slates_nothing_changes() -> None:
    none = first(slates(1, TRUTH), 0)
    fusion = Fusion.untrained()
    assert update(fusion, none, CONFIG, n_searches=25) is fusion


def test_few_slates_stay_near_the_hand_set_weights_and_many_do_not() -> None:
    moved = [
        float(np.linalg.norm(short(update(Fusion.untrained(), slates(n, TRUTH), CONFIG, n_searches=n)) - UNTRAINED))
        for n in (3, 30, 300, 3_000)
    ]
    assert moved == sorted(moved)
    whole = float(np.linalg.norm(TRUTH - UNTRAINED))
    assert moved[0] < 0.35 * whole
    assert moved[-1] > 0.6 * whole


def test_windows_add_up_to_what_they_say_together() -> None:
    """Laplace's approximation is no identity, so near, not equal; and the pull is not counted once a window."""
    everything = slates(1_200, TRUTH, seed=1)
    whole = update(Fusion.untrained(), everything, replace(CONFIG, fusion_half_life=10**9), n_searches=1_200)
    parts, left = Fusion.untrained(), everything
    for _ in range(12):
        parts = update(parts, first(left, 100), replace(CONFIG, fusion_half_life=10**9), n_searches=100)
        left = rest(left, 100)
    assert short(parts) == pytest.approx(short(whole), abs=0.15)
    assert np.linalg.norm(parts.information) == pytest.approx(np.linalg.norm(whole.information), rel=0.1)


def test_tastes_may_change() -> None:
    """With a short memory the newer windows win; with a long one both are heard."""
    other = TRUTH * [1, 1, -1, 1, 1, 1, 1, 1]
    found = []
    for half_life in (500, 10**9):
        config = replace(CONFIG, fusion_half_life=half_life)
        fusion = Fusion.untrained()
        for wanted, seed in ((TRUTH, 1), (other, 2)):
            for part in range(4):
                fusion = update(fusion, slates(500, wanted, seed=10 * seed + part), config, n_searches=500)
        found.append(short(fusion)[FEATURES.index("prior")])
    assert found[0] < found[1] - 0.3


def test_wordy_queries_teach_weights_of_their_own() -> None:
    fusion = update(Fusion.untrained(), slates(2_000, TRUTH, told=1.0), CONFIG, n_searches=2_000)
    assert short(fusion) == pytest.approx(UNTRAINED, abs=1e-6)
    moved = fusion.mean[len(FEATURES) :] - UNTRAINED
    # They are few and of many kinds, so it takes more of them than of short ones, but the way is right.
    assert moved @ (TRUTH - UNTRAINED) > 0.5 * np.linalg.norm(moved) * np.linalg.norm(TRUTH - UNTRAINED)
    assert 0.1 < np.linalg.norm(moved) < np.linalg.norm(TRUTH - UNTRAINED)


def test_what_never_varies_keeps_its_weight() -> None:
    examples = slates(500, TRUTH)
    examples.features[:, :, FEATURES.index("title")] = 0
    fusion = update(Fusion.untrained(), examples, CONFIG, n_searches=500)
    assert short(fusion)[FEATURES.index("title")] == pytest.approx(UNTRAINED[FEATURES.index("title")])


def test_padding_says_nothing() -> None:
    narrow = slates(50, TRUTH)
    wide = joined(narrow, first(slates(1, TRUTH), 0))
    padded = Examples(
        **{
            field.name: np.pad(
                getattr(wide, field.name), [(0, 0), (0, 3)] + [(0, 0)] * (getattr(wide, field.name).ndim - 2)
            )
            if getattr(wide, field.name).ndim > 1 and field.name != "query"
            else getattr(wide, field.name)
            for field in fields(Examples)
        }
    )
    padded.features[:, PLACES:] = 50.0
    one = update(Fusion.untrained(), narrow, CONFIG, n_searches=50)
    other = update(Fusion.untrained(), padded, CONFIG, n_searches=50)
    np.testing.assert_allclose(one.mean, other.mean, rtol=1e-9)


def test_it_travels_in_a_checkpoint() -> None:
    fusion = update(Fusion.untrained(), slates(100, TRUTH), CONFIG, n_searches=100)
    again = from_arrays(to_arrays(fusion))
    np.testing.assert_array_equal(again.mean, fusion.mean)
    np.testing.assert_array_equal(again.information, fusion.information)
    assert from_arrays({}).mean.shape == (N_TERMS,)
    assert from_arrays({"fusion.mean": np.zeros(3)}).mean == pytest.approx(Fusion.untrained().mean)


def test_a_title_chosen_from_where_nobody_looks_says_more() -> None:
    """The same choice of the same title, at the top and at the bottom of the page."""
    base = slates(40, TRUTH, seed=4)
    gains = np.zeros_like(base.gains)
    gains[:, 0] = 1
    base.features[:, 1:, FEATURES.index("prior")] = 0
    base.features[:, 0, FEATURES.index("prior")] = 1
    top = replace(base, gains=gains)
    bottom = replace(top, log_examined=np.ascontiguousarray(base.log_examined[:, ::-1]))
    prior = FEATURES.index("prior")
    lifted = [short(update(Fusion.untrained(), e, CONFIG, n_searches=40))[prior] for e in (top, bottom)]
    assert lifted[1] > lifted[0]
