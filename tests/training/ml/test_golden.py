"""Questions with known answers, made from the catalogue itself."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.ml.composition import TitleText
from recommender.ml.engine import search
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import FEATURES
from tests import worlds
from training.ml.evaluate import asking
from training.ml.golden import (
    MAX_WORD_TITLES,
    MIN_THEME_TITLES,
    N_GENRE_PAIRS,
    N_TITLES,
    N_WORDS,
    GoldenResult,
    GoldenSet,
    _swapped,
    ask,
    golden_set,
    score_step,
)

GENRES = {101 + row: film.genres for row, film in enumerate(worlds.FILMS)}
SNAPSHOT = worlds.snapshot()


def answered(snapshot: Snapshot, golden: GoldenSet) -> GoldenResult:
    (result,) = ask([snapshot], golden, asking(snapshot))
    return result


def drama(n: int, word: str = "submarine", *, n_others: int = 0) -> list[TitleText]:
    """So many films that say the word, and others that do not."""
    said = [
        TitleText(f"Deep {'abcdefghij'[k % 10]}{k}", description=f"A {word} sinks near {k} wrecks") for k in range(n)
    ]
    return [
        *said,
        *(TitleText(f"Dry {'abcdefghij'[k % 10]}{k}", description="People walk home") for k in range(n_others)),
    ]


def crowd(n: int) -> list[TitleText]:
    return [
        TitleText(f"Wonderful {'abcdefghijklmnopqrst'[k % 20]}{k // 20:02}story", genres=["Crime"]) for k in range(n)
    ]


def test_it_works() -> None:
    golden = golden_set(SNAPSHOT, GENRES)
    assert dict(golden.titles) == {film.name: 101 + row for row, film in enumerate(worlds.FILMS)}
    result = answered(SNAPSHOT, golden)
    assert result.exact_share == 1.0
    assert result.misspelt_mrr == 1.0
    assert result.asked == golden.digest


def test_long_plain_names_are_asked_misspelt_too() -> None:
    golden = golden_set(SNAPSHOT, GENRES)
    assert {title for _, title in golden.misspelt} == {101, 102, 105, 108, 109}
    for text, title in golden.misspelt:
        name = SNAPSHOT.index.names[title - 101]
        assert text != name
        assert sorted(text) == sorted(name)


def test_a_theme_is_a_pair_of_genres_that_enough_titles_share() -> None:
    genres = {title: ["Drama", "Crime"] for title in range(1, MIN_THEME_TITLES + 1)} | {99: ["Crime", "War"]}
    assert golden_set(SNAPSHOT, genres).themes == (("crime drama", frozenset(range(1, MIN_THEME_TITLES + 1))),)


def test_a_word_that_some_titles_say_is_a_theme_too() -> None:
    themes = dict(golden_set(worlds.snapshot(drama(MIN_THEME_TITLES, n_others=MIN_THEME_TITLES)), {}).themes)
    assert themes["submarine"] == frozenset(range(101, 101 + MIN_THEME_TITLES))
    few = dict(golden_set(worlds.snapshot(drama(MIN_THEME_TITLES - 1, n_others=20)), {}).themes)
    many = dict(golden_set(worlds.snapshot(drama(MAX_WORD_TITLES + 1, n_others=100)), {}).themes)
    assert "submarine" not in few
    assert "submarine" not in many
    named = [*drama(MIN_THEME_TITLES, n_others=20), TitleText("Submarine")]
    assert "submarine" not in dict(golden_set(worlds.snapshot(named), {}).themes), "whoever types it means the film"


def test_a_name_that_two_titles_share_has_no_known_answer() -> None:
    films = [TitleText("Hamlet"), TitleText("hamlet"), TitleText("Macbeth")]
    assert golden_set(worlds.snapshot(films), {}).titles == (("Macbeth", 103),)


def test_it_is_the_same_for_every_version_and_every_call() -> None:
    other = worlds.snapshot(version=7)
    assert golden_set(other, GENRES) == golden_set(SNAPSHOT, dict(reversed(GENRES.items())))


def test_it_has_bounds() -> None:
    films = crowd(150)
    genres = {101 + row: [f"g{row % 30}", f"h{k}"] for row in range(150) for k in (row % 2,)}
    golden = golden_set(worlds.snapshot(films), genres)
    assert len(golden.titles) == len(golden.misspelt) == N_TITLES
    assert len(golden.themes) == N_GENRE_PAIRS
    words = golden_set(
        worlds.snapshot(drama(10, " ".join(f"{c}arnok" for c in "abcdefghijklmnopqrstuvwxyz"), n_others=30)), {}
    )
    assert len(words.themes) == N_WORDS


def test_an_empty_catalogue_asks_nothing_and_passes() -> None:
    empty = worlds.snapshot([])
    assert golden_set(empty, {}) == GoldenSet((), (), ())
    result = answered(empty, golden_set(empty, {}))
    assert (result.exact_share, result.misspelt_mrr, result.theme_ndcg) == (1.0, 1.0, 1.0)
    assert (result.n_distinct, result.gini) == (0, 0.0)


def test_answers_are_scored_by_hand() -> None:
    """One name of two is right; of two misspelt ones 101 comes first and second; one theme of two is met."""
    golden = GoldenSet(
        titles=(("Heat", 110), ("Alien", 101)),
        misspelt=(("Incepiton", 101), ("Graivty", 101)),
        themes=(
            ("thieves plan a heist", frozenset({105, 110})),
            ("xyzzy plugh", frozenset({101})),
            ("heist", frozenset({1})),
        ),
    )
    shown = {
        text: [hit.title_id for hit in search(SNAPSHOT, text).hits] for text in ("Graivty", *dict(golden.themes))
    }
    assert shown["Graivty"].index(101) == 1
    result = answered(SNAPSHOT, golden)
    assert result.exact_share == 0.5
    assert result.misspelt_mrr == (1 + 1 / 2) / 2
    assert result.theme_ndcg == pytest.approx(1 / 3)
    assert result.n_distinct == len({title for text, _ in golden.themes for title in shown[text]})


def test_a_version_that_forgets_content_shows_fewer_titles() -> None:
    golden = GoldenSet((), (), (("thieves plan a heist", frozenset({105})), ("space freighter", frozenset({104}))))
    blind = replace(SNAPSHOT, index=replace(SNAPSHOT.index, content=np.zeros_like(SNAPSHOT.index.content)))
    seeing, unseeing = ask([SNAPSHOT, replace(blind, index=SNAPSHOT.index)], golden, asking(SNAPSHOT))
    assert seeing == unseeing, "the same weights on the same catalogue"
    assert answered(blind, golden).n_distinct < seeing.n_distinct


def test_the_digest_changes_with_the_questions_and_with_the_answers() -> None:
    golden = golden_set(SNAPSHOT, GENRES)
    assert golden.digest == golden_set(SNAPSHOT, GENRES).digest
    others = [
        replace(golden, titles=golden.titles[1:]),
        replace(golden, titles=((golden.titles[0][0], 999), *golden.titles[1:])),
        replace(golden, themes=(*golden.themes, ("heist", frozenset({1})))),
    ]
    assert golden.digest not in {other.digest for other in others}
    ids = frozenset({8, 16, 24, 32})
    digests = {GoldenSet((), (), (("x", frozenset(order)),)).digest for order in (ids, sorted(ids, reverse=True))}
    assert len(digests) == 1, "whatever the order of a set"


THEMES = GoldenSet((), (), (("thieves plan a heist", frozenset({105})), ("space freighter", frozenset({104}))))


def weighing(feature_weights: np.ndarray) -> Snapshot:
    weights = replace(SNAPSHOT.state.weights, feature_weights=feature_weights)
    return replace(SNAPSHOT, state=replace(SNAPSHOT.state, weights=weights))


def test_a_step_is_measured_in_units_of_the_champions_scores() -> None:
    """Weights that are all twice as large move every score but that of content by itself."""
    asks = asking(SNAPSHOT)
    assert score_step(SNAPSHOT, SNAPSHOT, THEMES, asks) == 0
    weights = SNAPSHOT.state.weights.feature_weights
    steps = [score_step(weighing(weights * factor), SNAPSHOT, THEMES, asks) for factor in (1.1, 2, 1e6)]
    assert 0 < steps[0] < 0.2
    assert steps[1] == pytest.approx(10 * steps[0], rel=1e-3)
    assert steps[2] > 1e3
    assert score_step(SNAPSHOT, SNAPSHOT, GoldenSet((), (), ()), asks) == 0


def test_a_step_to_what_is_no_number_is_not_small() -> None:
    weights = np.full_like(SNAPSHOT.state.weights.feature_weights, np.nan)
    assert not score_step(weighing(weights), SNAPSHOT, THEMES, asking(SNAPSHOT)) <= 1e9


def test_a_score_added_to_all_is_no_step() -> None:
    """Every title is as famous as every other, so a weight of fame moves all alike."""
    same = replace(SNAPSHOT, index=replace(SNAPSHOT.index, prior=np.ones_like(SNAPSHOT.index.prior)))
    fame = same.state.weights.feature_weights + np.array([name == "prior" for name in FEATURES], np.float32)
    heavier = replace(same, state=replace(same.state, weights=replace(same.state.weights, feature_weights=fame)))
    assert score_step(heavier, same, THEMES, asking(same)) < 1e-5


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Inception", "Incetpion"),
        ("The A-Team", "The A-eTam"),
        ("Moon Light", "Moon iLght"),
        ("Igloos", "Igloso"),
        ("x", "x"),
        ("", ""),
    ],
)
def test_two_letters_in_the_middle_change_places(name: str, typed: str) -> None:
    assert _swapped(name) == typed
