"""Search from text to ranking: tiers above scores, filters obeyed, pages that join, parts that sum."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from recommender.ml import sketch
from recommender.ml.composition import TitleText
from recommender.ml.encoder import HashingEncoder
from recommender.ml.engine import popular, search, similar
from recommender.ml.facts.filters import Filters
from recommender.ml.memory import ClickMemory
from recommender.ml.questions import MAX_QUERY_LENGTH
from recommender.ml.ranking import Hit, Ranking, Source, Tier
from recommender.ml.snapshot import EngineConfig, Snapshot
from recommender.ml.weights import FEATURES, ModelConfig, ModelState, Weights
from tests import worlds

ID_OF = {film.name: 101 + row for row, film in enumerate(worlds.FILMS)}
SNAPSHOT, LIBRARY = worlds.snapshot(), worlds.snapshot(worlds.LIBRARY)
HEAT_AGAIN, OFFICE_UK, OFFICE_US = 117, 115, 116  # of LIBRARY
any_text = st.text(st.characters(), max_size=60)  # surrogates and NUL among them


def ids(ranking: Ranking) -> list[int]:
    return [hit.title_id for hit in ranking.hits]


def names(ranking: Ranking) -> list[str]:
    return [worlds.LIBRARY[title_id - 101].name for title_id in ids(ranking)]


def told(ranking: Ranking) -> dict[str, Any]:
    """All that a ranking says, as values that can be compared."""
    return vars(ranking) | {"rows": ranking.rows.tolist()}


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
        noise(len(FEATURES)),
        noise(len(FEATURES)),
        noise(384),
    )
    vectors = HashingEncoder().encode(["space heist", "inception"])
    pairs = [("space heist", 103, 9.0, 9.0), ("inception", 104, 9.0, 9.0), ("inception", 101, 90.0, 0.0)]
    memory = ClickMemory.empty(384).merged(["space heist", "inception"], vectors, pairs, fade=1.0)
    return ModelState(weights, memory)


def crowd(n: int, **config: Any) -> Snapshot:
    """n films that all have to do with a heist."""
    films = [TitleText(f"Film {place}x", description=f"A heist of {place % 7} casinos.") for place in range(n)]
    return replace(worlds.snapshot(films), config=EngineConfig(**config))


def test_it_works() -> None:
    ranking = search(SNAPSHOT, "thieves plan a heist")
    assert names(ranking)[:2] == ["Ocean's Eleven", "Heat"]
    assert (ranking.query_class, ranking.text, ranking.quality) == ("theme", "thieves plan a heist", "high")
    assert ranking.corrected_query is None
    assert ranking.total == len(ranking.hits)
    assert ranking.n_matches == 0
    assert all(hit.tier == Tier.SEMANTIC for hit in ranking.hits)
    assert SNAPSHOT.index.title_ids[ranking.rows].tolist() == ids(ranking)


# ---- titles by name


@pytest.mark.parametrize("name", ID_OF)
def test_an_exact_title_stands_first(name: str) -> None:
    ranking = search(SNAPSHOT, name)
    assert names(ranking)[0] == name
    assert ranking.hits[0].tier == Tier.EXACT
    assert Source.TITLE in ranking.hits[0].sources
    assert (ranking.query_class, ranking.corrected_query, ranking.n_matches) == ("title", None, 1)


@pytest.mark.parametrize("text", ["七人の侍", "$", "1984", "airplane", "AIRPLANE!!"])
def test_any_name_is_a_name(text: str) -> None:
    hit = search(LIBRARY, text).hits[0]
    assert hit.tier == Tier.EXACT
    assert worlds.LIBRARY[hit.title_id - 101].name in ("Seven Samurai", "$", "1984", "Airplane!")


def test_all_that_go_by_a_name_stand_first_the_more_famous_before_the_others() -> None:
    ranking = search(LIBRARY, "heat")
    assert ids(ranking)[:2] == [ID_OF["Heat"], HEAT_AGAIN]
    assert ranking.n_matches == 2
    assert set(ids(search(LIBRARY, "the office"))[:2]) == {OFFICE_UK, OFFICE_US}


@pytest.mark.parametrize(("text", "first"), [("the office 2001", OFFICE_UK), ("the office 2005", OFFICE_US)])
def test_a_year_tells_namesakes_apart(text: str, first: int) -> None:
    ranking = search(LIBRARY, text)
    assert (ids(ranking)[0], ranking.hits[0].tier) == (first, Tier.EXACT)


def test_a_misspelt_title_stands_first_and_says_what_it_took_it_for() -> None:
    ranking = search(SNAPSHOT, "incepton")
    assert names(ranking)[0] == "Inception"
    assert ranking.hits[0].tier == Tier.TYPO
    assert (ranking.query_class, ranking.corrected_query) == ("title", "Inception")
    assert 0.5 <= ranking.confidence <= 1


def test_correction_can_be_declined() -> None:
    ranking = search(SNAPSHOT, "incepton", correct=False)
    assert ranking.corrected_query is None
    assert ranking.confidence == 0
    assert all(hit.tier == Tier.SEMANTIC for hit in ranking.hits)


def test_a_misspelt_word_of_a_theme_is_read_as_the_word_that_is_meant() -> None:
    """Once twelve titles say it: a word that fewer say may be a slip itself."""
    dinosaurs = [TitleText(f"Island {n}x", description=f"Dinosaurs chase {n} cooks.") for n in range(12)]
    world = worlds.snapshot([*worlds.FILMS, *dinosaurs])
    ranking = search(world, "dinasours")
    assert (ranking.text, ranking.corrected_query, ranking.query_class) == ("dinosaurs", "dinosaurs", "theme")
    assert min(ids(ranking)[:12]) > 110
    assert search(world, "dinasours", correct=False).text == "dinasours"
    assert search(world, "dinosaurs").corrected_query is None


def test_whoever_names_a_title_gets_titles_like_it_below() -> None:
    films = [
        *worlds.FILMS,
        TitleText("Interstellar Crew", genres=["Sci-Fi"], description="Astronauts drift in space after debris."),
        TitleText("Gravy", genres=["Comedy"], description="A cook in Naples."),
    ]
    ranking = search(worlds.snapshot(films), "gravity")
    assert ids(ranking)[:2] == [ID_OF["Gravity"], 111]
    assert 112 not in ids(ranking), "spelt alike is not alike"


@settings(max_examples=100)
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


# ---- what a text asks for beside its words


@pytest.mark.parametrize(
    ("text", "expected", "chips"),
    [
        ("korean movies", {"Parasite", "Okja"}, ["Korean", "Movies"]),
        ("russian war film over 3 hours", {"War and Peace"}, ["Russian", "War", "Movies", "Over 180 min"]),
        ("comedies under 90 minutes", {"The Office", "Airplane!"}, ["Comedy", "Under 90 min"]),
        ("movies with tilda swinton", {"Okja"}, ["Movies", "With Tilda Swinton"]),
        ("shows from the uk", {"The Office"}, ["Shows", "United Kingdom"]),
    ],
)
def test_chips_narrow(text: str, expected: set[str], chips: list[str]) -> None:
    ranking = search(LIBRARY, text)
    assert set(names(ranking)) == expected
    assert [chip.label for chip in ranking.chips] == chips
    assert all(text[chip.start : chip.end] for chip in ranking.chips)
    assert ranking.unmet == ()


def test_words_beside_a_chip_are_searched_for_within_it() -> None:
    ranking = search(LIBRARY, "crime movies from 2001 about thieves")
    assert names(ranking)[0] == "Ocean's Eleven"
    assert set(names(ranking)) <= {"Ocean's Eleven", "Amélie"}


def test_chips_that_no_title_meets_narrow_nothing_and_are_named() -> None:
    ranking = search(LIBRARY, "german horror")
    assert [chip.label for chip in ranking.unmet] == ["German", "Horror"]
    assert ranking.chips == ()
    assert set(names(ranking)) >= {"Alien", "Dark"}, "what comes near: one is German, one is horror"


CASES: list[tuple[Filters, set[int]]] = [
    (Filters(genres=frozenset(["Crime"])), {102, 105, 110, HEAT_AGAIN, 120}),
    (Filters(kind="show"), {114, OFFICE_UK, OFFICE_US}),
    (Filters(year_min=2017, languages=frozenset(["Korean"])), {111, 112}),
    (Filters(people=frozenset(["Bong Joon-ho", "Tilda Swinton"])), {112}),
    (Filters(genres=frozenset(["Crime"]), without_genres=frozenset(["Drama", "Comedy"])), {110, HEAT_AGAIN}),
    (Filters(countries=frozenset(["Atlantis"])), set()),
]


@pytest.mark.parametrize(("filters", "passing"), CASES)
def test_filters_without_a_text_give_the_famous_titles_that_pass(filters: Filters, passing: set[int]) -> None:
    ranking = search(LIBRARY, "", filters=filters)
    assert set(ids(ranking)) == passing
    fame = [float(LIBRARY.index.prior[title_id - 101]) for title_id in ids(ranking)]
    assert fame == sorted(fame, reverse=True)
    assert ranking.quality == ("high" if passing else "low")
    assert all(hit.sources == Source.POPULAR for hit in ranking.hits)


@pytest.mark.parametrize("text", ["heist crew", "heat", "incepton", "like heat", "korean movies", "crime", "a drama"])
@pytest.mark.parametrize(("filters", "passing"), CASES)
def test_whatever_is_typed_only_titles_that_pass_are_shown(filters: Filters, passing: set[int], text: str) -> None:
    ranking = search(LIBRARY, text, filters=filters)
    assert set(ids(ranking)) <= passing
    assert ranking.total == len(ranking.hits)
    assert ranking.n_matches == sum(hit.tier > Tier.SEMANTIC for hit in ranking.hits)


@pytest.mark.parametrize("text", ["inception", "incepton"])
def test_a_named_title_that_does_not_pass_is_not_shown_and_corrects_nothing(text: str) -> None:
    ranking = search(LIBRARY, text, filters=Filters(genres=frozenset(["Comedy"])))
    assert "Inception" not in names(ranking)
    assert (ranking.corrected_query, ranking.confidence, ranking.n_matches) == (None, 0, 0)


def test_only_rows_among_those_given_are_ranked() -> None:
    among = np.zeros(len(LIBRARY.index), np.bool_)
    among[[3, 4, 9]] = True
    assert set(ids(search(LIBRARY, "thieves plan a heist", among=among))) <= {104, 105, 110}
    assert ids(search(LIBRARY, "heat", among=among))[0] == 110
    narrowed = search(LIBRARY, "", among=among, filters=Filters(genres=frozenset(["Crime"])))
    assert ids(narrowed) == [105, 110]
    assert search(LIBRARY, "heat", among=np.zeros(len(among), np.bool_)).hits == []


# ---- like a title


@pytest.mark.parametrize("text", ["like heat", "movies like heat", "something like Heat but funny"])
def test_what_is_like_a_title_is_neither_the_title_nor_another_listing_of_it(text: str) -> None:
    ranking = search(LIBRARY, text)
    assert ranking.query_class == "like"
    assert not {ID_OF["Heat"], HEAT_AGAIN} & set(ids(ranking))
    assert names(ranking)[0] == "Ocean's Eleven"
    assert all(hit.tier == Tier.SEMANTIC for hit in ranking.hits)


def test_what_is_said_beside_the_title_counts() -> None:
    plain, funny = search(LIBRARY, "like heat"), search(LIBRARY, "like heat but funny")
    assert names(funny).index("Amélie") < names(plain).index("Amélie")


def test_like_a_title_obeys_filters() -> None:
    ranking = search(LIBRARY, "like heat", filters=Filters(genres=frozenset(["Comedy"])))
    assert set(ids(ranking)) <= {ID_OF["Ocean's Eleven"], ID_OF["Amélie"], OFFICE_UK, OFFICE_US, 118, 120}
    assert names(ranking)[0] == "Ocean's Eleven"


@settings(max_examples=100)
@given(st.lists(st.integers(99, 124), min_size=1, max_size=5), st.integers(1, 30))
def test_more_like_some_titles_shows_none_of_them_and_each_work_once(seeds: list[int], limit: int) -> None:
    ranking = similar(LIBRARY, seeds, limit=limit)
    assert ranking.query_class == "similar"
    assert len(ranking.hits) <= limit
    work = LIBRARY.index.facets.work
    shown = [int(work[title_id - 101]) for title_id in ids(ranking)]
    assert len(set(shown)) == len(shown)
    known = {int(work[title_id - 101]) for title_id in seeds if 101 <= title_id <= 122}
    assert not known & set(shown)
    assert bool(ranking.hits) <= bool(known)
    assert [hit.score for hit in ranking.hits] == sorted((hit.score for hit in ranking.hits), reverse=True)


def test_more_like_one_title() -> None:
    assert names(similar(SNAPSHOT, [ID_OF["Heat"]]))[0] == "Ocean's Eleven"
    between = names(similar(SNAPSHOT, [ID_OF["Heat"], ID_OF["Gravity"]]))
    assert {"Ocean's Eleven", "Alien"} <= set(between[:3])
    among = np.arange(10) == ID_OF["Alien"] - 101
    assert names(similar(SNAPSHOT, [ID_OF["Gravity"]], among=among)) == ["Alien"]


@pytest.mark.parametrize("seeds", [[], [999], [999, -1]])
def test_nothing_is_like_titles_that_nobody_knows(seeds: list[int]) -> None:
    assert told(similar(SNAPSHOT, seeds)) == told(Ranking("similar", []))


def test_unknown_ids_among_known_ones_count_for_nothing() -> None:
    assert told(similar(SNAPSHOT, [999, ID_OF["Heat"]])) == told(similar(SNAPSHOT, [ID_OF["Heat"]]))


# ---- nothing fits


@pytest.mark.parametrize("nonsense", ["xyzzy plugh", "qwrtzp", "zzzz", "!!!", "🦄🦄", "lorem ipsum dolor sit amet"])
def test_nonsense_finds_nothing(nonsense: str) -> None:
    for world in (SNAPSHOT, LIBRARY):
        ranking = search(world, nonsense)
        assert ranking.hits == []
        assert (ranking.total, ranking.quality) == (0, "low")


@pytest.mark.parametrize("blank", ["", "   ", "\n\t"])
def test_an_empty_query_finds_nothing(blank: str) -> None:
    for filters in (None, Filters()):
        assert told(search(SNAPSHOT, blank, filters=filters)) == told(Ranking("empty", []))


def test_an_empty_catalogue_answers() -> None:
    empty = worlds.snapshot([])
    for text in ("heat", "like heat", "korean movies", "incepton", ""):
        assert search(empty, text, filters=Filters(kind="movie")).hits == []
    assert popular(empty).hits == []
    assert similar(empty, [101]).hits == []


# ---- scores and pages


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.floats(-2, 0), st.sampled_from(["space heist", "inception", "incepton", "a drama"]))
def test_parts_sum_to_the_score_under_any_weights(seed: int, magnitude: float, query: str) -> None:
    snapshot = worlds.snapshot(state=learnt(seed, 10**magnitude))
    hits = search(snapshot, query).hits
    assume(hits)  # weights may be such that nothing is above the floor
    for hit in hits:
        assert sum(hit.parts.values()) == pytest.approx(hit.score, abs=1e-5, rel=1e-5)
        assert hit.score == pytest.approx(hit.relevance + hit.parts["novelty"], abs=1e-5, rel=1e-5)


@pytest.mark.parametrize(
    "text", ["heist crew", "heat", "incepton", "like heat but funny", "crime", "", "horror 1979"]
)
def test_parts_sum_to_the_score(text: str) -> None:
    hits = search(LIBRARY, text, filters=Filters(kind="movie")).hits
    assert hits
    for hit in hits:
        assert sum(hit.parts.values()) == pytest.approx(hit.score, abs=1e-6)
        assert set(hit.parts) <= {"content", "novelty", *FEATURES}


def test_within_a_tier_the_higher_score_comes_first() -> None:
    scores = [hit.score for hit in search(SNAPSHOT, "a crew in space").hits]
    assert len(scores) > 3
    assert scores == sorted(scores, reverse=True)


CROWD = crowd(120, max_results=90)


@settings(max_examples=40)
@given(st.sampled_from(["heist", "film 3x", "flim 3x", "like film 3x", "a heist not horror"]), st.integers(1, 100))
@example("heist", 1)
@example("heist", 90)
def test_pages_join_to_one_long_page(query: str, size: int) -> None:
    whole = search(CROWD, query, limit=1_000)
    assert 0 < whole.total == len(whole.hits) <= 90
    pages: list[Hit] = []
    for offset in range(0, whole.total + size, size):
        page = search(CROWD, query, limit=size, offset=offset)
        assert told(page) | {"hits": []} == told(whole) | {"hits": []}
        pages += page.hits
    assert pages == whole.hits
    assert len({hit.title_id for hit in pages}) == len(pages)


def test_a_ranking_is_no_longer_than_agreed() -> None:
    assert search(CROWD, "heist").total == 90
    assert search(crowd(60), "heist").total == 60


@pytest.mark.parametrize("query", ["heist", "film 3x"])
def test_titles_already_shown_count_but_do_not_come_again(query: str) -> None:
    whole = search(CROWD, query, limit=1_000)
    shown = [*ids(whole)[:25], 999]
    rest = search(CROWD, query, limit=1_000, without=shown)
    assert (rest.total, rest.rows.tolist()) == (whole.total, whole.rows.tolist())
    assert rest.hits == whole.hits[25:]
    assert search(CROWD, query, limit=10, offset=5, without=shown).hits == whole.hits[30:40]
    assert search(CROWD, query, without=ids(whole)).hits == []


def test_the_named_title_is_among_the_results_even_where_it_scores_last() -> None:
    disliked = CROWD.state.weights.feature_weights.copy()
    disliked[FEATURES.index("title")] = -99
    weights = replace(CROWD.state.weights, feature_weights=disliked)
    snapshot = replace(CROWD, state=replace(CROWD.state, weights=weights))
    ranking = search(snapshot, "film 3x")
    assert ranking.total == 90
    assert (ranking.hits[0].title_id, ranking.hits[0].tier) == (104, Tier.EXACT)
    assert ranking.hits[0].score < ranking.hits[1].score


def test_ties_fall_by_row_so_that_pages_never_shuffle() -> None:
    films = [TitleText("Same", description="A heist.") for _ in range(30)]
    tied = search(worlds.snapshot(films), "heist", limit=30).hits
    equal = [hit.title_id for hit in tied if hit.score == tied[-1].score]
    assert len(equal) > 10
    assert equal == sorted(equal)


# ---- what was learnt


def test_what_people_chose_rises_and_says_why() -> None:
    assert "Amélie" not in names(search(SNAPSHOT, "space heist"))
    vector = SNAPSHOT.encoder.encode(["space heist"])
    pairs = [("space heist", ID_OF["Amélie"], 9.0, 9.0)]
    memory = SNAPSHOT.state.memory.merged(["space heist"], vector, pairs, fade=1.0)
    ranking = search(worlds.snapshot(state=replace(SNAPSHOT.state, memory=memory)), "heist in space")
    (hit,) = [hit for hit in ranking.hits if hit.title_id == ID_OF["Amélie"]]
    assert hit.witness == "space heist"
    assert Source.MEMORY in hit.sources
    assert hit.parts["memory"] > 0


def test_a_sketch_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketch, "NEEDED_FROM", 1)
    sketched = worlds.snapshot(worlds.LIBRARY)
    assert len(sketched.index.sketch) == len(worlds.LIBRARY)
    for text in ("heist crew", "heat", "incepton", "like heat but funny", "korean movies", "zzzz"):
        assert ids(search(sketched, text)) == ids(search(LIBRARY, text)), text
    assert ids(similar(sketched, [105])) == ids(similar(LIBRARY, [105]))
    assert ids(popular(sketched)) == ids(popular(LIBRARY))


# ---- any text

STRANGE = [
    "\ud800", "\0", "a\0b", "שלום heat", "\u202eheat\u202c", "👩‍👩‍👧‍👦", "ﷺ", "İstanbul", "ǅ", "heat\ud83d",
    "like like like", "not", "- -", "\"", "((((", "%s %(x)s {0}", "'; DROP TABLE", "1/0", "٣", "²", "Ⅷ",
]  # fmt: skip


@settings(max_examples=400)
@given(st.one_of(any_text, st.lists(st.sampled_from([*STRANGE, "like", "heat", "comedy", "under 90"])).map(" ".join)))
def test_any_text_is_a_query(text: str) -> None:
    ranking = search(LIBRARY, text, limit=100)
    assert ranking.total == len(ranking.hits)
    assert len(set(ids(ranking))) == len(ranking.hits)
    assert all(np.isfinite(hit.score) for hit in ranking.hits)
    assert 0 <= ranking.confidence <= 1
    for chip in ranking.chips:
        assert 0 <= chip.start < chip.end <= len(ranking.text)


@pytest.mark.parametrize("text", STRANGE)
def test_strange_text_is_a_query_too(text: str) -> None:
    assert search(LIBRARY, text).total >= 0
    assert search(LIBRARY, f"films like {text} but not {text}").total >= 0


@pytest.mark.parametrize(
    "text",
    [
        "a" * 2_000,
        "a " * 1_000,
        "&" * 2_000,
        "ﷺ" * 2_000,
        "\ud800" * 2_000,
        "(.*)+" * 400,
        "like " * 400,
        "or,1" * 500,
    ],
)
def test_the_longest_query_is_answered(text: str) -> None:
    assert len(text) == MAX_QUERY_LENGTH
    assert search(LIBRARY, text).corrected_query is None


def test_a_longer_query_is_a_clear_error() -> None:
    with pytest.raises(ValueError, match="may have 2000 characters, this one has 2001"):
        search(SNAPSHOT, "a" * 2_001)


def test_a_title_that_is_not_embedded_yet_is_found_by_name_and_by_words() -> None:
    content = SNAPSHOT.index.content.copy()
    content[0] = 0
    snapshot = replace(SNAPSHOT, index=replace(SNAPSHOT.index, content=content))
    found = search(snapshot, "inception")
    assert names(found)[0] == "Inception"
    assert "Inception" in names(search(snapshot, "dreams of an heir"))
    assert "content" not in search(snapshot, "dreams of an heir").hits[0].parts
    alike = similar(snapshot, [ID_OF["Inception"]])
    assert alike.hits, "by its words and facts"
    assert not any(Source.DENSE in hit.sources for hit in alike.hits)


def test_no_query_at_all_gives_the_famous() -> None:
    ranking = popular(SNAPSHOT, limit=3)
    assert (ranking.query_class, ranking.total) == ("home", 10)
    assert names(ranking) == [film.name for film in worlds.FILMS[:3]]
    assert all(hit.sources == Source.POPULAR for hit in ranking.hits)
    for hit in ranking.hits:
        assert sum(hit.parts.values()) == pytest.approx(hit.score, abs=1e-6)


@pytest.mark.parametrize("text", ["a crew in space", "incepton", "like heat but funny", "korean movies"])
def test_the_same_question_gets_the_same_answer(text: str) -> None:
    other = worlds.snapshot(worlds.LIBRARY)
    assert told(search(other, text)) == told(search(LIBRARY, text)) == told(search(LIBRARY, text))


def names_in(snapshot: Snapshot, ranking: Ranking) -> list[str]:
    return [snapshot.index.names[snapshot.index.row_of_title[hit.title_id]] for hit in ranking.hits]


NAMESAKES = [
    *worlds.LIBRARY,
    TitleText("Citizen Kane", year=1941, genres=["Drama"], directors=["Orson Welles"], cast=["Joseph Cotten"],
              description="A reporter looks for the meaning of a dying man's last word."),
    TitleText("Concert", year=2009, genres=["Music"], cast=["Citizen Cope"], description="An evening of songs."),
    TitleText("Western", year=1997, genres=["Comedy"], description="Two strangers cross Brittany on foot."),
    TitleText("The Searchers", year=1956, genres=["Western"], description="A veteran looks for his niece."),
]  # fmt: skip


def test_a_slip_of_a_title_is_not_taken_for_a_person() -> None:
    world = worlds.snapshot(NAMESAKES)
    ranking = search(world, "citizen cane")
    assert (ranking.query_class, ranking.corrected_query) == ("title", "Citizen Kane")
    assert names_in(world, ranking)[0] == "Citizen Kane"


def test_a_genre_that_is_a_title_too_gives_both() -> None:
    world = worlds.snapshot(NAMESAKES)
    ranking = search(world, "western")
    assert [chip.label for chip in ranking.chips] == ["Western"]
    assert names_in(world, ranking) == ["Western", "The Searchers"]
    assert [hit.tier for hit in ranking.hits] == [Tier.EXACT, Tier.SEMANTIC]
    asked = search(world, "western", filters=Filters(genres=frozenset(["Western"])))
    assert names_in(world, asked) == ["The Searchers"], "what was asked for beside the text holds for titles too"


@pytest.mark.parametrize("text", ["since 2001", "after 2000", "not horror", "movies"])
def test_what_only_narrows_is_ordered_by_fame(text: str) -> None:
    world = worlds.snapshot(worlds.LIBRARY)
    ranking = search(world, text)
    assert ranking.chips
    fame = [float(world.index.prior[row]) for row in ranking.rows]
    assert fame == sorted(fame, reverse=True)
    assert {part for hit in ranking.hits for part in hit.parts} <= {"prior", "novelty", "facts"}


def test_who_refuses_corrections_gets_no_other_person() -> None:
    world = worlds.snapshot(worlds.LIBRARY)
    assert search(world, "films by bong jon-ho").chips[-1].value == "Bong Joon-ho"
    assert not any(chip.field == "directors" for chip in search(world, "films by bong jon-ho", correct=False).chips)


def test_words_of_another_language_are_not_corrected_one_by_one() -> None:
    said = ["the lesben saga", "a story of andersen", "das boot", "der untergang"] * 13
    films = [TitleText(f"Film {number}", description=text) for number, text in enumerate(said)]
    assert search(worlds.snapshot(films), "das leben der anderzen").corrected_query is None


# ---- seats


def test_titles_that_fame_would_crowd_out_of_the_first_ten_keep_seats_and_pages_still_join() -> None:
    fame = np.linspace(1, 0, len(CROWD.index), dtype=np.float32)[
        np.random.default_rng(0).permutation(len(CROWD.index))
    ]
    crowd_ = replace(CROWD, index=replace(CROWD.index, prior=fame))
    weights = CROWD.state.weights
    famous = weights.feature_weights.copy()
    famous[FEATURES.index("fame")] = 3.0
    state = replace(CROWD.state, weights=replace(weights, feature_weights=famous, told_weights=famous))
    fond_of_fame = replace(crowd_, state=state)
    text = "a heist"
    by_hand, learnt_ = search(crowd_, text, limit=60), search(fond_of_fame, text, limit=60)
    seated = [place for place, hit in enumerate(learnt_.hits) if Source.SEATED in hit.sources]
    assert seated
    assert seated == list(range(10 - len(seated), 10))
    assert {learnt_.hits[place].title_id for place in seated} <= set(ids(by_hand)[:10])
    assert not any(Source.SEATED in hit.sources for hit in by_hand.hits)
    assert sorted(ids(learnt_)) == sorted(ids(by_hand))
    pages = [search(fond_of_fame, text, limit=7, offset=offset) for offset in range(0, 60, 7)]
    assert [title for page in pages for title in ids(page)][:60] == ids(learnt_)
    assert ids(learnt_) == fond_of_fame.index.title_ids[learnt_.rows[:60]].tolist()
