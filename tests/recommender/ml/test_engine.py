"""Search from text to ranking: tiers above scores, pages that join, parts that sum."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from recommender.ml.composition import TitleText
from recommender.ml.encoder import HashingEncoder
from recommender.ml.engine import (
    MAX_QUERY_LENGTH,
    EngineConfig,
    Hit,
    Ranking,
    Snapshot,
    Source,
    Tier,
    popular,
    search,
    similar,
)  # fmt: skip
from recommender.ml.memory import ClickMemory
from recommender.ml.weights import ModelConfig, ModelState, Weights
from tests import worlds

ID_OF = {film.name: 101 + row for row, film in enumerate(worlds.FILMS)}
NAME_OF = {title_id: name for name, title_id in ID_OF.items()}
any_text = st.text(st.characters(), max_size=60)


def names(ranking: Ranking) -> list[str]:
    return [NAME_OF[hit.title_id] for hit in ranking.hits]


def learnt(seed: int, scale: float) -> ModelState:
    """Weights that somebody could have learnt, or a fault could have made; and a memory for every query."""
    draw = np.random.default_rng(seed)

    def noise(*shape: int) -> np.ndarray:
        return (scale * draw.standard_normal(shape)).astype(np.float32)

    config = ModelConfig()
    weights = Weights(
        config,
        noise(16, 384),
        noise(384, 16),
        np.arange(101, 111),
        noise(10, 32),
        noise(384, 32),
        noise(4),
        noise(384),
    )
    vectors = HashingEncoder().encode(["space heist", "inception"])
    pairs = [("space heist", 103, 9.0, 9.0), ("inception", 104, 9.0, 9.0), ("inception", 101, 90.0, 0.0)]
    memory = ClickMemory.empty(384).merged(["space heist", "inception"], vectors, pairs, fade=1.0)
    return ModelState(weights, memory)


def crowd(n: int) -> Snapshot:
    """n films that all have to do with a heist."""
    films = [TitleText(f"Film {place}x", description=f"A heist of {place % 7} casinos.") for place in range(n)]
    return worlds.snapshot(films)


def test_it_works() -> None:
    ranking = search(worlds.snapshot(), "thieves plan a heist")
    assert names(ranking)[:2] == ["Ocean's Eleven", "Heat"]
    assert ranking.query_class == "theme"
    assert ranking.corrected_query is None
    assert ranking.total == len(ranking.hits)
    assert all(hit.tier == Tier.SEMANTIC for hit in ranking.hits)


@pytest.mark.parametrize("name", ID_OF)
def test_an_exact_title_stands_first(name: str) -> None:
    ranking = search(worlds.snapshot(), name)
    assert names(ranking)[0] == name
    assert ranking.hits[0].tier == Tier.EXACT
    assert Source.TITLE in ranking.hits[0].sources
    assert (ranking.query_class, ranking.corrected_query) == ("title", None)


def test_a_misspelt_title_stands_first_and_says_what_it_took_it_for() -> None:
    ranking = search(worlds.snapshot(), "incepton")
    assert names(ranking)[0] == "Inception"
    assert ranking.hits[0].tier == Tier.TYPO
    assert ranking.corrected_query == "Inception"


def test_correction_can_be_declined() -> None:
    ranking = search(worlds.snapshot(), "incepton", correct=False)
    assert ranking.corrected_query is None
    assert all(hit.tier == Tier.SEMANTIC for hit in ranking.hits)


def test_words_that_the_catalogue_uses_are_meant_as_they_stand() -> None:
    """ "crime" is one slip from "Prime", but a word of its own."""
    films = [TitleText("Primes"), TitleText("Heat", genres=["crimes"])]
    assert [hit.tier for hit in search(worlds.snapshot(films), "crimes").hits] == [Tier.SEMANTIC]
    assert search(worlds.snapshot(films[:1]), "crimes").hits[0].tier == Tier.TYPO


def test_a_correction_far_behind_the_best_is_left_out() -> None:
    films = [TitleText("Gravitational"), TitleText("Gravitationel"), TitleText("Gravytationol")]
    ranking = search(worlds.snapshot(films), "gravitationall")
    assert [hit.title_id for hit in ranking.hits if hit.tier == Tier.TYPO] == [101]


def test_whoever_names_a_title_gets_titles_like_it_below() -> None:
    films = [
        *worlds.FILMS,
        TitleText("Interstellar Crew", genres=["Sci-Fi"], description="Astronauts drift in space after debris."),
        TitleText("Gravy", genres=["Comedy"], description="A cook in Naples."),
    ]
    ranking = search(worlds.snapshot(films), "gravity")
    assert [hit.title_id for hit in ranking.hits][:2] == [ID_OF["Gravity"], 111]
    assert 112 not in [hit.title_id for hit in ranking.hits], "spelt alike is not alike"


@pytest.mark.parametrize("nonsense", ["xyzzy plugh", "qwrtzp", "zzzz", "!!!", "🦄🦄", "lorem ipsum dolor sit amet"])
def test_nonsense_finds_nothing(nonsense: str) -> None:
    ranking = search(worlds.snapshot(), nonsense)
    assert ranking.hits == []
    assert ranking.total == 0


@pytest.mark.parametrize("blank", ["", "   ", "\n\t"])
def test_an_empty_query_finds_nothing(blank: str) -> None:
    assert search(worlds.snapshot(), blank) == Ranking("empty", None, [], 0)


@settings(max_examples=100, deadline=None, database=None)
@given(st.integers(0, 2**32), st.floats(-2, 6), st.sampled_from(sorted(ID_OF)))
def test_tiers_stand_above_scores_under_any_weights(seed: int, magnitude: float, name: str) -> None:
    snapshot = worlds.snapshot(state=learnt(seed, 10**magnitude))
    exact = search(snapshot, name)
    assert (names(exact)[0], exact.hits[0].tier) == (name, Tier.EXACT)
    misspelt = search(snapshot, name[:2] + name[3:] if len(name) > 6 else "incepton")
    tiers = [hit.tier for hit in misspelt.hits]
    assert tiers == sorted(tiers, reverse=True)
    if len(name) > 7 and "II" not in name:
        assert names(misspelt)[0] == name


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("seed", range(10))
def test_an_exact_title_stands_first_even_where_the_numbers_overflow(seed: int) -> None:
    snapshot = worlds.snapshot(state=learnt(seed, 1e30))
    for name in ID_OF:
        assert names(search(snapshot, name))[0] == name


@settings(max_examples=60, deadline=None, database=None)
@given(st.integers(0, 2**32), st.floats(-2, 0), st.sampled_from(["space heist", "inception", "incepton", "a drama"]))
def test_parts_sum_to_the_score(seed: int, magnitude: float, query: str) -> None:
    snapshot = worlds.snapshot(state=learnt(seed, 10**magnitude))
    hits = search(snapshot, query).hits
    assume(hits)  # weights may be such that nothing is above the floor
    for hit in hits:
        assert sum(hit.parts.values()) == pytest.approx(hit.score, abs=1e-5, rel=1e-5)
        assert hit.score == pytest.approx(hit.relevance + hit.parts["novelty"], abs=1e-5, rel=1e-5)


def test_within_a_tier_the_higher_score_comes_first() -> None:
    hits = search(worlds.snapshot(), "a crime drama in space").hits
    assert len(hits) > 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize("query", ["heist", "film 3x", "film 3xx"])
@pytest.mark.parametrize("size", [1, 7, 50])
def test_pages_join_to_one_long_page(query: str, size: int) -> None:
    snapshot = crowd(250)
    whole = search(snapshot, query, limit=1_000)
    assert whole.total == len(whole.hits) == EngineConfig().max_results
    pages: list[Hit] = []
    for offset in range(0, whole.total + size, size):
        page = search(snapshot, query, limit=size, offset=offset)
        assert (page.total, page.corrected_query) == (whole.total, whole.corrected_query)
        pages += page.hits
    assert pages == whole.hits
    assert len({hit.title_id for hit in pages}) == len(pages)


def test_the_named_title_is_among_the_results_even_where_it_scores_last() -> None:
    snapshot = crowd(250)
    weights = replace(snapshot.state.weights, feature_weights=np.array([1.5, -99, 0.2, 0.6], np.float32))
    snapshot = replace(snapshot, state=replace(snapshot.state, weights=weights))
    for query, tier in (("film 3x", Tier.EXACT), ("flim 3x", Tier.TYPO)):
        ranking = search(snapshot, query)
        assert ranking.total == EngineConfig().max_results
        assert (ranking.hits[0].title_id, ranking.hits[0].tier) == (104, tier)
        assert ranking.hits[0].score < ranking.hits[1].score


def test_ties_fall_by_row_so_that_pages_never_shuffle() -> None:
    films = [TitleText("Same", description="A heist.") for _ in range(30)]
    snapshot = replace(worlds.snapshot(films), config=EngineConfig(max_results=30))
    tied = search(snapshot, "heist", limit=30).hits
    equal = [hit.title_id for hit in tied if hit.score == tied[-1].score]
    assert len(equal) > 10
    assert equal == sorted(equal)


def test_what_people_chose_rises_and_says_why() -> None:
    base = worlds.snapshot()
    assert "Amélie" not in names(search(base, "space heist"))
    vector = base.encoder.encode(["space heist"])
    memory = base.state.memory.merged(["space heist"], vector, [("space heist", ID_OF["Amélie"], 9.0, 9.0)], fade=1.0)
    ranking = search(worlds.snapshot(state=replace(base.state, memory=memory)), "heist in space")
    (hit,) = [hit for hit in ranking.hits if hit.title_id == ID_OF["Amélie"]]
    assert hit.witness == "space heist"
    assert Source.MEMORY in hit.sources
    assert hit.parts["memory"] > 0


@settings(max_examples=400, deadline=None, database=None)
@given(any_text)
def test_any_text_is_a_query(text: str) -> None:
    ranking = search(SNAPSHOT, text)
    assert ranking.total == len(ranking.hits)
    assert all(np.isfinite(hit.score) for hit in ranking.hits)


SNAPSHOT = worlds.snapshot()


@pytest.mark.parametrize(
    "text", ["a" * 2_000, "a " * 1_000, "&" * 2_000, "ﷺ" * 2_000, "\ud800" * 2_000, "(.*)+" * 400]
)
def test_the_longest_query_is_answered(text: str) -> None:
    assert len(text) == MAX_QUERY_LENGTH
    assert search(SNAPSHOT, text).corrected_query is None


def test_a_longer_query_is_a_clear_error() -> None:
    with pytest.raises(ValueError, match="may have 2000 characters, this one has 2001"):
        search(SNAPSHOT, "a" * 2_001)


def test_an_empty_catalogue_answers() -> None:
    empty = worlds.snapshot([])
    assert search(empty, "heat").hits == []
    assert popular(empty).hits == []
    assert similar(empty, 101).hits == []


def test_more_like_one_title_leaves_that_one_out() -> None:
    ranking = similar(SNAPSHOT, ID_OF["Heat"])
    assert names(ranking)[0] in {"Ocean's Eleven", "The A-Team"}
    assert "Heat" not in names(ranking)
    assert ranking.query_class == "similar"
    assert similar(SNAPSHOT, 999) == Ranking("similar", None, [], 0)


def test_a_title_that_is_not_embedded_yet_is_found_by_name_and_by_words() -> None:
    base = worlds.snapshot()
    content = base.index.content.copy()
    content[0] = 0
    snapshot = replace(base, index=replace(base.index, content=content))
    found = search(replace(snapshot, config=EngineConfig(dense_floor=-1.0)), "inception")
    assert names(found)[0] == "Inception"
    subject = snapshot.index.content @ snapshot.encoder.encode(["inception"])[0]
    for hit in found.hits[1:]:
        assert hit.parts["content"] == pytest.approx(subject[hit.title_id - 101]), (
            "below it, what the words are about"
        )
    assert len(found.hits) == len(worlds.FILMS)
    assert "Inception" in names(search(snapshot, "dreams of an heir"))
    assert similar(snapshot, ID_OF["Inception"]).hits == []


def test_no_query_at_all_gives_the_famous() -> None:
    ranking = popular(SNAPSHOT, limit=3)
    assert names(ranking) == [film.name for film in worlds.FILMS[:3]]
    assert all(hit.sources == Source.POPULAR for hit in ranking.hits)
    for hit in ranking.hits:
        assert sum(hit.parts.values()) == pytest.approx(hit.score, abs=1e-5)


def test_the_same_question_gets_the_same_answer() -> None:
    assert search(worlds.snapshot(), "a crime drama") == search(worlds.snapshot(), "a crime drama")
