"""Exploration: two titles change places, and the odds of what is shown are told exactly."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml.composition import TitleText
from recommender.ml.engine import popular, search
from recommender.ml.explore import (
    FROM_PLACE,
    LEAD,
    MAX_SHARE,
    MIN_PLACES,
    PAGES_DEEP,
    Exploration,
    chances,
    draw,
    is_close,
    seed_of,
)
from recommender.ml.memory import ClickMemory
from recommender.ml.ranking import Ranking, Source, Tier
from recommender.ml.snapshot import EngineConfig, Snapshot
from tests import worlds

CROWD: Snapshot = replace(
    worlds.snapshot([TitleText(f"Film {n}x", description=f"A heist of {n % 7} casinos.") for n in range(50)]),
    config=EngineConfig(),
)
ALWAYS = 1.0  # held to MAX_SHARE by the page
pages = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 150))


def ids(ranking: Ranking) -> list[int]:
    return [hit.title_id for hit in ranking.hits]


def exploring(seed: int, text: str = "heist", rate: float = ALWAYS, **options: Any) -> Ranking:
    return search(CROWD, text, explore=Exploration(rate, seed), **options)


def swapped(seed: int) -> Ranking:
    """The first ranking from this seed on that has a swap."""
    rankings = (exploring(other) for other in range(seed, seed + 100))
    return next(ranking for ranking in rankings if any(Source.EXPLORED in hit.sources for hit in ranking.hits))


def test_it_works() -> None:
    drawn = [draw(Exploration(0.5, seed), 20, 2, 100) for seed in range(400)]
    moved = [int((page.ranks != np.arange(20)).sum()) for page in drawn]
    assert set(moved) == {0, 1, 2}
    assert 0.4 < np.mean(np.array(moved) > 0) < 0.6
    assert all(page.ranks[:2].tolist() == [0, 1] for page in drawn)
    assert len({rank for page in drawn for rank in page.ranks.tolist()}) > 35


@given(pages, st.floats(0, 1), st.integers(0, 2**64 - 1))
def test_a_page_holds_each_rank_once_and_knows_its_odds(page: tuple[int, int, int], rate: float, seed: int) -> None:
    n_places, n_named, n_below = page
    n_ranked = n_places + n_below
    ranks, propensity = draw(Exploration(rate, seed), n_places, n_named, n_ranked)
    odds = chances(rate, n_places, n_named, n_ranked)
    assert len(set(ranks.tolist())) == n_places
    assert (ranks < max(n_ranked, 1)).all()
    np.testing.assert_array_equal(ranks[:n_named], np.arange(n_places)[:n_named])
    np.testing.assert_array_equal(propensity, odds[ranks, np.arange(n_places)])
    assert (propensity > 0).all()
    np.testing.assert_allclose(odds.sum(axis=0), 1)
    assert (odds >= 0).all()
    assert (1 - odds[np.arange(n_places), np.arange(n_places)]).sum() <= MAX_SHARE * n_places + 1e-9


@pytest.mark.parametrize(("n_places", "n_named", "n_ranked"), [(20, 0, 60), (12, 3, 15), (10, 0, 10)])
def test_the_odds_are_the_shares_of_many_draws(n_places: int, n_named: int, n_ranked: int) -> None:
    n = 40_000
    counted = np.zeros((max(n_places, min(n_ranked, PAGES_DEEP * n_places)), n_places))
    for seed in range(n):
        counted[draw(Exploration(0.5, seed), n_places, n_named, n_ranked).ranks, np.arange(n_places)] += 1
    odds = chances(0.5, n_places, n_named, n_ranked)
    off = (counted - n * odds) / np.sqrt(np.maximum(n * odds * (1 - odds), 1))
    assert np.abs(off).max() < 6
    assert (counted[odds == 0] == 0).all()


@pytest.mark.parametrize("n_named", [0, 3, 7])
def test_every_rank_within_reach_can_come_to_every_free_place_but_not_from_below_to_the_best(n_named: int) -> None:
    odds = chances(0.5, 20, n_named, 60)
    best = max(n_named, FROM_PLACE - 1)
    assert (odds[n_named:20, n_named:] > 0).all()
    assert (odds[n_named:, :n_named] == 0).all()
    assert (odds[20:, best:] > 0).all()
    assert (odds[20:, :best] == 0).all()


def test_neighbours_near_the_top_change_most_often() -> None:
    odds = chances(0.5, 20, 0, 60)
    assert (np.diff(np.diag(odds[:20], 1)) < 0).all()
    for place in range(18):
        assert (np.diff(odds[place + 1 : 20, place]) < 0).all()


def test_the_better_of_the_titles_below_come_up_more_often() -> None:
    odds = chances(0.5, 20, 0, 100)
    assert len(odds) == 60
    assert (np.diff(odds[20:].sum(axis=1)) < 0).all()
    assert odds[20:].sum() == pytest.approx(0.5 * 0.4)


def test_how_often_places_of_the_page_change_does_not_depend_on_what_is_below() -> None:
    short, long = chances(0.5, 20, 0, 25), chances(0.5, 20, 0, 1_000)
    np.testing.assert_allclose(short[:20], long[:20])


@pytest.mark.parametrize("exponent", [0.5, 1.1])
def test_it_costs_at_most_a_fiftieth_of_what_a_page_is_worth(exponent: float) -> None:
    """On a page where every place is free; gains fall from .4 to .06 over the page."""
    gains = 0.05 + 0.35 * np.exp(-np.arange(60) / 6)
    looks = np.arange(1, 21) ** -exponent
    cost = 1 - gains @ chances(0.5, 20, 0, 60) @ looks / (gains[:20] @ looks)
    assert 0.005 < cost < 0.02


@pytest.mark.parametrize(("n_places", "n_named"), [(MIN_PLACES - 1, 0), (20, 19), (20, 20), (0, 0)])
def test_where_there_is_nothing_to_swap_nothing_is_drawn(n_places: int, n_named: int) -> None:
    for seed in range(50):
        page = draw(Exploration(1.0, seed), n_places, n_named, 100)
        assert page.ranks.tolist() == list(range(n_places))
        assert page.propensity.tolist() == [1.0] * n_places


@pytest.mark.parametrize(
    ("scores", "expected"),
    [([], True), ([1], True), ([1, 1], True), ([1, 1 - 0.9 * LEAD, -9], True), ([1, 1 - 1.1 * LEAD, 0.5], False)],
)
def test_only_the_lead_of_the_best_decides(scores: list[float], expected: bool) -> None:
    assert is_close(np.array(scores, np.float32)) is expected


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_is_a_share(rate: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        Exploration(rate, 1)


def test_a_seed_is_the_same_for_the_same_and_another_for_others() -> None:
    assert seed_of("a", 1, None) == seed_of("a", 1, None)
    assert len({seed_of("a", 1), seed_of("a", 2), seed_of("a1"), seed_of("1", "a"), seed_of("\ud800")}) == 5


# ---- in a search


@pytest.mark.parametrize(("n_chosen", "moves"), [(1, True), (9, False)])
def test_a_page_whose_best_leads_by_far_stays_as_it_is(n_chosen: int, moves: bool) -> None:
    """Three points for each unit of lift: once chosen, by .2; nine times, by .7 of one."""
    vector = CROWD.encoder.encode(["heist"])[0]
    memory = ClickMemory.empty(len(vector)).merged(
        ["heist"], vector[None], [("heist", int(CROWD.index.title_ids[7]), 10.0, float(n_chosen))], fade=1.0
    )
    learnt = replace(CROWD, state=replace(CROWD.state, memory=memory))
    plain = search(learnt, "heist")
    assert is_close(np.array([hit.score for hit in plain.hits], np.float32)) is moves
    pages = [search(learnt, "heist", explore=Exploration(ALWAYS, seed)) for seed in range(40)]
    assert any(ids(page) != ids(plain) for page in pages) is moves
    assert all((hit.propensity < 1) is moves for page in pages for hit in page.hits)


def test_a_search_with_a_swap_differs_in_two_places_and_says_so() -> None:
    plain, explored = search(CROWD, "heist"), swapped(0)
    differs = [place for place in range(20) if ids(plain)[place] != ids(explored)[place]]
    told = [place for place, hit in enumerate(explored.hits) if Source.EXPLORED in hit.sources]
    assert differs == told
    assert 1 <= len(told) <= 2
    assert all(0 < hit.propensity < 0.2 for hit in explored.hits if Source.EXPLORED in hit.sources)
    assert all(0.4 < hit.propensity < 1 for hit in explored.hits if Source.EXPLORED not in hit.sources)


def test_totals_and_the_whole_ranking_are_as_without() -> None:
    plain, explored = search(CROWD, "heist"), swapped(7)
    assert explored.rows.tolist() == plain.rows.tolist()
    assert (explored.total, explored.n_matches, explored.query_class) == (plain.total, 0, plain.query_class)


def test_the_same_seed_shows_the_same_page_and_seeds_differ() -> None:
    assert ids(exploring(5)) == ids(exploring(5))
    assert len({tuple(ids(exploring(seed))) for seed in range(30)}) > 10


def test_a_rate_of_nothing_is_the_ranking_itself() -> None:
    assert search(CROWD, "heist", explore=Exploration(0.0, 3)) == search(CROWD, "heist")


@settings(max_examples=30)
@given(st.integers(0, 1_000), st.integers(10, 30))
def test_pages_together_show_every_title_once(seed: int, limit: int) -> None:
    shown = ids(exploring(seed, limit=limit))
    for _ in range(50 // limit + 1):
        shown += ids(search(CROWD, "heist", limit=limit, without=shown, explore=Exploration(ALWAYS, seed)))
    assert len(shown) == len(set(shown))
    assert set(shown) == set(ids(search(CROWD, "heist", limit=1_000)))


def test_only_a_first_page_is_explored() -> None:
    plain = search(CROWD, "heist", limit=50)
    for seed in range(30):
        assert ids(exploring(seed, offset=20)) == ids(plain)[20:40]
        further = search(CROWD, "heist", without=ids(plain)[:20], explore=Exploration(ALWAYS, seed))
        assert ids(further) == ids(plain)[20:40]
        assert {hit.propensity for hit in further.hits} == {1.0}


def test_a_title_that_was_named_never_moves() -> None:
    seen: Counter[int] = Counter()
    for seed in range(100):
        ranking = exploring(seed, text="film 7x")
        assert ranking.hits[0].tier == Tier.EXACT
        assert ranking.hits[0].propensity == 1.0
        seen[ranking.hits[0].title_id] += 1
    assert len(seen) == 1


def test_lists_that_nobody_asked_for_are_not_explored() -> None:
    assert {hit.propensity for hit in popular(CROWD).hits} == {1.0}
    assert search(worlds.snapshot(), "", explore=Exploration(ALWAYS, 1)).hits == []
