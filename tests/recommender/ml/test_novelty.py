"""Familiar or surprising: what λ does to a search, and what novelty says of titles nobody knows."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml.engine import answer, search
from recommender.ml.questions import question
from recommender.ml.ranking import Ranking, Tier
from recommender.ml.snapshot import EngineConfig, Snapshot
from tests import worlds

QUERY = "crime drama heist"
LIBRARY = worlds.snapshot(worlds.LIBRARY)
WEIGHTS = (-0.5, 0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 2.0)
texts = st.lists(
    st.sampled_from("crime drama heist family war love sea crew thief paris night dreams korean 2001".split()),
    min_size=1,
    max_size=4,
).map(" ".join)


def with_head(seed: int) -> Snapshot:
    """Somebody's attention has been learnt from."""
    attention = np.random.default_rng(seed).standard_normal(384).astype(np.float32)
    return replace(LIBRARY, state=replace(LIBRARY.state, weights=replace(LIBRARY.state.weights, attention=attention)))


def mean_novelty(ranking: Ranking) -> float:
    return float(np.mean([hit.novelty for hit in ranking.hits]))


def test_a_search_may_be_more_surprising_than_its_version() -> None:
    snapshot = with_head(0)
    familiar, surprising = (search(snapshot, QUERY, limit=3, novelty=weight) for weight in (-5.0, 5.0))
    assert [hit.title_id for hit in familiar.hits] != [hit.title_id for hit in surprising.hits]
    assert mean_novelty(familiar) < mean_novelty(surprising)


@given(texts, st.integers(0, 20), st.integers(1, 10))
@settings(max_examples=60)
def test_more_weight_never_brings_less_novelty(text: str, seed: int, limit: int) -> None:
    """Of any first places, whatever the search: the best by a + λb have no less b for a larger λ."""
    snapshot = with_head(seed)
    asked = question(snapshot.index, snapshot.encoder, text)
    found = [answer(snapshot, asked, limit=limit, novelty=weight) for weight in WEIGHTS]
    means = [mean_novelty(ranking) for ranking in found if ranking.hits]
    assert np.all(np.diff(means) >= -1e-5)


@given(texts, st.sampled_from(WEIGHTS))
@settings(max_examples=30)
def test_only_the_order_changes(text: str, weight: float) -> None:
    plain, turned = search(LIBRARY, text, limit=50), search(LIBRARY, text, limit=50, novelty=weight)
    assert {hit.title_id: (hit.relevance, hit.tier) for hit in plain.hits} == {
        hit.title_id: (hit.relevance, hit.tier) for hit in turned.hits
    }
    for hit in turned.hits:
        assert hit.parts["novelty"] == pytest.approx(weight * hit.novelty, abs=1e-5)
        assert hit.score == pytest.approx(hit.relevance + weight * hit.novelty, abs=1e-5)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_a_title_that_is_named_stays_first(weight: float) -> None:
    hit = search(LIBRARY, "the godfather", novelty=weight * 100).hits[0]
    assert (hit.title_id, hit.tier) == (102, Tier.EXACT)


def test_without_a_wish_the_version_decides() -> None:
    own = replace(LIBRARY, config=EngineConfig(novelty_weight=0.3))
    assert search(own, QUERY).hits == search(LIBRARY, QUERY, novelty=0.3).hits
    assert search(own, QUERY, novelty=0.0).hits == search(LIBRARY, QUERY, novelty=0.0).hits != search(own, QUERY).hits


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        search(LIBRARY, QUERY, novelty=weight)


def test_a_title_nobody_knows_has_the_novelty_of_its_content() -> None:
    """Fame and clicks say nothing of it; what it is about does."""
    twin, stranger = worlds.FILMS[4], worlds.FILMS[7]  # of a heist; of a railway station
    snapshot = worlds.snapshot(
        [*worlds.FILMS, replace(twin, name="Night Job"), replace(stranger, name="Platform Two")]
    )
    index = replace(snapshot.index, prior=np.append(snapshot.index.prior[:-2], [0, 0]).astype(np.float32))
    liked = snapshot.index.content[4] - snapshot.index.content[7]  # people choose heists
    weights = replace(snapshot.state.weights, attention=np.asarray(liked, np.float32))
    before, after = (
        replace(snapshot, index=index, state=state).scorer.novelty[-2:]
        for state in (snapshot.state, replace(snapshot.state, weights=weights))
    )
    assert before[0] == before[1]
    assert after[0] < before[0]
    assert after[1] > before[1]
