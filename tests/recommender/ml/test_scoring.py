"""The formula of the ranking, on vectors small enough to work by hand, and the first pass of a large catalogue."""

from dataclasses import replace
from math import log
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml import scoring, sketch
from recommender.ml.composition import TitleText
from recommender.ml.index import CatalogIndex
from recommender.ml.memory import ClickMemory
from recommender.ml.scoring import Evidence, Scorer, renown
from recommender.ml.weights import FEATURES, UNTRAINED_FAME, ModelConfig, ModelState, Weights
from tests import worlds
from tests.worlds import crowded

CONFIG = ModelConfig(dimension=2, rank=1, id_dimension=1)
EAST, NORTH = np.array([1, 0], np.float32), np.array([0, 1], np.float32)
NOTHING = np.zeros(3, np.float32)
ALL = np.arange(3)


def index() -> CatalogIndex:
    """Three titles: east, north, and one not embedded; fame 1, 1/2 and 0; of 1975, 2006 and nobody knows when."""
    content = np.array([EAST, NORTH, [0, 0]], np.float32)
    texts = [TitleText(name, year=year) for name, year in (("East", 1975), ("North", 2006), ("New", None))]
    return CatalogIndex.build([7, 8, 9], texts, content, [99, 9, None])


def weights(**changes: np.ndarray) -> Weights:
    plain = replace(
        Weights.untrained(CONFIG),
        query_down=np.zeros((1, 2), np.float32),
        id_projection=np.zeros((2, 1), np.float32),
        feature_weights=np.array([1.5, 2.0, 0.2, 0.6, 0.5, 0.8, 0.4, -0.4], np.float32),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def scorer(**changes: np.ndarray) -> Scorer:
    return Scorer(index(), ModelState(weights(**changes), ClickMemory.empty(2)))


def evidence(about: np.ndarray = EAST, **changes: Any) -> Evidence:
    return replace(Evidence("q", about, about, NOTHING, NOTHING), **changes)


def test_it_works() -> None:
    """1·cosine + 1.5·2·lexical + 2·similarity⁸ + 0.2·½·fame + 0.5·facts, with 0.5⁸ = 1/256; and what stands whatever
    is asked: 0.8 for the most famous, 0.4 · 25 / 50 for 1975, −0.4 · 6 / 15 for 2006.
    """
    said = evidence(
        lexical=np.array([0.2, 0, 0], np.float32),
        facts=np.array([0.4, 0, 1], np.float32),
        lexical_scale=2.0,
        prior_scale=0.5,
    )
    scores = scorer().score(said, {1: 0.5})
    assert scores.rows.tolist() == [0, 1, 2]
    assert scores.relevance == pytest.approx([1 + 0.6 + 0.1 + 0.2 + 0.8 + 0.2, 2 / 256 + 0.05 - 0.16, 0.5])
    assert {name: part.tolist() for name, part in scores.parts.items()} == {
        "content": [1, 0, 0],
        "lexical": pytest.approx([0.6, 0, 0]),
        "title": [0, 2 / 256, 0],
        "prior": pytest.approx([0.1, 0.05, 0]),
        "memory": [0, 0, 0],
        "facts": pytest.approx([0.2, 0, 0.5]),
        "fame": pytest.approx([0.8, 0, 0]),
        "classic": pytest.approx([0.2, 0, 0]),
        "recent": pytest.approx([0, -0.16, 0]),
    }


@pytest.mark.parametrize(("told", "weight"), [(0.0, 1.5), (0.25, 1.375), (1.0, 1.0)])
def test_wordy_queries_have_weights_of_their_own(told: float, weight: float) -> None:
    said = evidence(lexical=np.array([1, 0, 0], np.float32), told=told)
    other = np.array([1, 2, 0.2, 0.6, 0.5, 0.8, 0.4, -0.4], np.float32)
    assert scorer(told_weights=other).score(said).parts["lexical"][0] == pytest.approx(weight)


def test_the_query_residual_turns_the_query() -> None:
    """down = (1 0), up = (0 3)ᵀ: a query to the east looks three times as far to the north."""
    turned = scorer(query_down=np.array([[1, 0]], np.float32), query_up=np.array([[0], [3]], np.float32))
    assert turned.query_vector(EAST).tolist() == [1, 3]
    assert turned.query_vector(NORTH).tolist() == [0, 1]
    assert turned.score(evidence()).parts["content"].tolist() == [1, 3, 0]


def test_an_id_vector_moves_its_own_title_only() -> None:
    """P e = (0 2)ᵀ · 4 = (0 8) for title 8; title 99 has left the catalogue and is passed over."""
    moved = scorer(
        id_titles=np.array([8, 99]),
        id_vectors=np.array([[4], [100]], np.float32),
        id_projection=np.array([[0], [2]], np.float32),
    )
    assert moved.content(NORTH, ALL).tolist() == [0, 1 + 8, 0]
    assert moved.content(EAST, ALL).tolist() == [1, 0, 0]
    assert moved.content(NORTH, np.array([1])).tolist() == [9]


def test_memory_lifts_by_its_weight() -> None:
    memory = ClickMemory.empty(2).merged(["q"], NORTH[None], [("q", 9, 8.0, 3.0)], fade=1.0)
    scores = Scorer(index(), ModelState(weights(), memory)).score(evidence(about=EAST, vector=NORTH))
    assert scores.parts["memory"] == pytest.approx([0, 0, 0.6 * 0.22])
    assert scores.parts["content"].tolist() == [1, 0, 0], "memory asks by the query, content by the subject"


def test_only_allowed_titles_are_scored() -> None:
    scores = scorer().score(evidence(), allowed=np.array([False, True, True]))
    assert scores.rows.tolist() == [1, 2]
    assert scores.relevance == pytest.approx([0.1 - 0.16, 0])
    assert len(scorer().score(evidence(), allowed=np.zeros(3, np.bool_)).rows) == 0


# ---- any weights


def learnt(seed: int, scale: float = 0.3) -> ModelState:
    """Weights of the size of the untrained ones, id vectors for half of the planted films, and a memory."""
    draw = np.random.default_rng(seed)

    def noise(*shape: int) -> np.ndarray:
        return np.asarray(scale * draw.standard_normal(shape) / shape[-1] ** 0.5, np.float32)

    base = ModelState.untrained(ModelConfig())
    drawn = replace(
        base.weights,
        query_up=noise(384, 16),
        id_titles=np.arange(101, 111, 2),
        id_vectors=noise(5, 32) * 32**0.5,
        feature_weights=base.weights.feature_weights + scale * draw.standard_normal(len(FEATURES)).astype(np.float32),
    )
    vector = worlds.snapshot().encoder.encode(["heist"])
    pairs = [("heist", 104, 9.0, 3.0), ("heist", 105, 9.0, 0.0)]
    return ModelState(drawn, base.memory.merged(["heist"], vector, pairs, fade=1.0))


def drawn_evidence(seed: int, n: int, vector: np.ndarray) -> Evidence:
    draw = np.random.default_rng(seed)
    lexical, facts = draw.random((2, n)).astype(np.float32) * (draw.random((2, n)) < 0.5)
    scales = draw.uniform(0.5, 2.0, 2).tolist()
    return Evidence("heist", vector, vector, lexical, facts, lexical_scale=scales[0], prior_scale=scales[1])


WORLD = worlds.snapshot()
HEIST = WORLD.encoder.encode(["a heist in space"])[0]


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.lists(st.booleans(), min_size=10, max_size=10))
def test_some_titles_are_scored_like_all_and_parts_sum_to_the_score(seed: int, chosen: list[bool]) -> None:
    ranker, said, named = Scorer(WORLD.index, learnt(seed)), drawn_evidence(seed, 10, HEIST), {2: 0.9, 4: 0.8}
    whole = ranker.score(said, named)
    some = ranker.score(said, named, np.array(chosen))
    assert some.rows.tolist() == np.flatnonzero(chosen).tolist()
    np.testing.assert_allclose(some.relevance, whole.relevance[some.rows], atol=1e-6)
    for name, part in whole.parts.items():
        np.testing.assert_allclose(some.parts[name], part[some.rows], atol=1e-6)
    summed = np.sum([part.astype(np.float64) for part in whole.parts.values()], axis=0)
    np.testing.assert_allclose(whole.relevance, summed, atol=1e-6)


def test_every_feature_moves_the_score_by_its_weight_and_its_scale() -> None:
    state = learnt(1)
    ranker, said, named = Scorer(WORLD.index, state), drawn_evidence(1, 10, HEIST), {2: 0.9}
    rows = np.arange(10)
    features = ranker.features(said, ranker.memory.recall("heist", HEIST), rows, named)
    assert features.shape == (10, len(FEATURES))
    assert features.dtype == np.float32
    assert features.any(axis=0).all(), "each has something to say here"
    by_name = dict(zip(FEATURES, features.T, strict=True))
    np.testing.assert_allclose(by_name["lexical"], said.lexical_scale * said.lexical, rtol=1e-6)
    np.testing.assert_allclose(by_name["prior"], said.prior_scale * WORLD.index.prior, rtol=1e-6)
    np.testing.assert_array_equal(by_name["facts"], said.facts)
    assert by_name["title"][2] == pytest.approx(0.9**8)
    heavier = replace(state.weights, feature_weights=state.weights.feature_weights + np.float32(1))
    before = ranker.score(said, named).relevance
    after = Scorer(WORLD.index, replace(state, weights=heavier)).score(said, named).relevance
    np.testing.assert_allclose(after - before, features.sum(axis=1), atol=1e-5)


# ---- the first pass of a large catalogue

N, FEW = 600, 60


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> CatalogIndex:
    """N titles, of which a first pass may leave FEW."""
    monkeypatch.setattr(sketch, "NEEDED_FROM", 1)
    monkeypatch.setattr(scoring, "N_CANDIDATES", FEW)
    return large_index()


def large_index() -> CatalogIndex:
    fame = np.random.default_rng(1).integers(1, 10_000, N)
    texts = [TitleText(f"t{row}") for row in range(N)]
    return CatalogIndex.build(range(1_000, 1_000 + N), texts, crowded(N), fame.astype(float).tolist())


def plain(catalog: CatalogIndex, **changes: Any) -> Scorer:
    return Scorer(catalog, replace(learnt(3), weights=replace(Weights.untrained(ModelConfig()), **changes)))


def asked(seed: int, n: int = N) -> Evidence:
    vector = crowded(N, seed=seed)[seed]
    said = drawn_evidence(seed, n, vector)
    return replace(said, text="", lexical=said.lexical * 0.3, facts=said.facts * 0.1)


@pytest.mark.parametrize("seed", range(10))
def test_the_first_pass_loses_none_of_the_best_ten(large: CatalogIndex, seed: int) -> None:
    said, named = asked(seed), {3: 0.9}
    narrow = plain(large).score(said, named)
    whole = plain(replace(large, sketch=sketch.Sketch.build(np.zeros((0, 384), np.float32)))).score(said, named)
    assert len(narrow.rows) <= FEW + 1 < len(whole.rows) == N
    best = [rows[np.argsort(-relevance, kind="stable")[:10]].tolist() for rows, relevance in
            ((narrow.rows, narrow.relevance), (whole.rows, whole.relevance))]  # fmt: skip
    assert best[0] == best[1]
    np.testing.assert_allclose(narrow.relevance, whole.relevance[narrow.rows], atol=1e-5)
    assert (np.diff(narrow.rows) > 0).all()


def test_a_named_or_remembered_title_is_a_candidate_however_far_away(large: CatalogIndex) -> None:
    ranker, said = plain(large), asked(0)
    order = np.argsort(plain(large).content(said.about, np.arange(N)) + large.prior)
    far, farther = int(order[0]), int(order[1])
    recalled = ranker.memory.recall("", said.vector)
    assert not {far, farther} & set(ranker.candidates(said, recalled, None, {}).tolist())
    found = ranker.candidates(said, replace(recalled, rows=np.array([far])), None, {farther: 0.8})
    assert {far, farther} <= set(found.tolist())


def test_the_first_pass_leaves_only_what_is_allowed(large: CatalogIndex) -> None:
    ranker, said = plain(large), asked(0)
    allowed = np.random.default_rng(2).random(N) < 0.5
    named, banned = int(np.flatnonzero(allowed)[0]), int(np.flatnonzero(~allowed)[0])
    found = ranker.score(said, {named: 0.9, banned: 0.9}, allowed).rows
    assert allowed[found].all()
    assert named in found
    assert FEW <= len(found) <= FEW + 2
    assert len(ranker.score(said, allowed=np.zeros(N, np.bool_)).rows) == 0
    few = np.zeros(N, np.bool_)
    few[[5, 500]] = True
    assert ranker.score(said, allowed=few).rows.tolist() == [5, 500]


def test_what_was_learnt_of_a_title_is_never_lost_by_the_first_pass(large: CatalogIndex) -> None:
    """Its own vector, which the sketch knows nothing of, makes the last title the best: e = P⁺q."""
    said = asked(4)
    last = int(plain(large).content(said.about, np.arange(N)).argmin())
    base = Weights.untrained(ModelConfig())
    towards = base.id_projection.T @ said.about
    own = (4 * towards / float(towards @ towards)).astype(np.float32)
    ranker = plain(large, id_titles=np.array([1_000 + last]), id_vectors=own[None])
    scores = ranker.score(said)
    assert scores.rows[scores.relevance.argmax()] == last


def test_titles_with_a_vector_of_their_own_crowd_out_no_others(large: CatalogIndex) -> None:
    """After months most candidates have been shown once, and have learnt next to nothing."""
    said = replace(asked(4), lexical=np.zeros(N, np.float32), facts=np.zeros(N, np.float32))
    best = int(plain(large).score(said).rows[plain(large).score(said).relevance.argmax()])
    shown = np.array([row for row in range(N) if row != best])
    ranker = plain(large, id_titles=1_000 + shown, id_vectors=np.full((N - 1, 32), 1e-4, np.float32))
    scores = ranker.score(said)
    assert scores.rows[scores.relevance.argmax()] == best


# ---- novelty


def test_a_title_of_unknown_fame_counts_as_little_known() -> None:
    known = np.linspace(0.3, 1, 101, dtype=np.float32)
    found = renown(np.append(known, [0, 0]).astype(np.float32))
    np.testing.assert_array_equal(found[:-2], known)
    assert (found[-2:] == np.sort(known)[10]).all()
    assert renown(NOTHING).tolist() == [0, 0, 0]


@pytest.mark.parametrize("power", [0.0, 1.5, UNTRAINED_FAME])
def test_novelty_is_surprisal_in_units_of_the_catalogue(power: float) -> None:
    """The title of unknown fame is as surprising as the least of the others."""
    prior = np.exp(power * np.array([1, 0.5, 0.5]))
    share = prior / prior.sum()
    found = scorer(attention_to_fame=np.array([power], np.float32)).novelty
    assert found == pytest.approx([-log(p) / log(3) for p in share], rel=1e-5)
    assert power != UNTRAINED_FAME or np.array_equal(found, scorer().novelty)


def test_attention_makes_a_title_less_novel() -> None:
    drawn = scorer(attention=np.array([0, 2], np.float32)).novelty
    assert drawn[1] < scorer().novelty[1]
    assert drawn[0] > scorer().novelty[0]
    assert drawn.dtype == np.float32


def test_novelty_worked_out_in_pieces_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    attention = np.random.default_rng(1).standard_normal(384).astype(np.float32)
    state = replace(WORLD.state, weights=replace(WORLD.state.weights, attention=attention))
    whole = Scorer(WORLD.index, state).novelty
    monkeypatch.setattr(scoring, "CHUNK", 3)
    np.testing.assert_allclose(Scorer(WORLD.index, state).novelty, whole, rtol=1e-5)


@pytest.mark.parametrize("scale", [0, 1, 50, 1e4])
def test_novelty_is_finite_and_never_negative(scale: float) -> None:
    attention = (scale * np.random.default_rng(1).standard_normal(384)).astype(np.float32)
    state = replace(WORLD.state, weights=replace(WORLD.state.weights, attention=attention))
    novelty = Scorer(WORLD.index, state).novelty
    assert np.isfinite(novelty).all()
    assert (novelty >= 0).all()


def test_a_single_title_has_no_novelty_and_no_title_none() -> None:
    assert worlds.snapshot(worlds.FILMS[:1]).scorer.novelty == pytest.approx([0])
    assert worlds.snapshot([]).scorer.novelty.shape == (0,)


def test_version_zero_is_plain_cosine() -> None:
    np.testing.assert_array_equal(WORLD.scorer.query_vector(HEIST), HEIST)
    np.testing.assert_array_equal(WORLD.scorer.content(HEIST, np.arange(10)), WORLD.index.content @ HEIST)
