"""Questions with known answers, made from the catalogue itself."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.ml.composition import TitleText
from recommender.ml.engine import search
from tests import worlds
from training.ml.golden import MIN_THEME_TITLES, N_THEMES, N_TITLES, GoldenSet, _swapped, ask, golden_set

GENRES = {101 + row: film.genres for row, film in enumerate(worlds.FILMS)}
SNAPSHOT = worlds.snapshot()


def crowd(n: int) -> list[TitleText]:
    return [
        TitleText(f"Wonderful {'abcdefghijklmnopqrst'[k % 20]}{k // 20:02}story", genres=["Crime"]) for k in range(n)
    ]


def test_it_works() -> None:
    golden = golden_set(SNAPSHOT, GENRES)
    assert dict(golden.titles) == {film.name: 101 + row for row, film in enumerate(worlds.FILMS)}
    result = ask(SNAPSHOT, golden)
    assert result.exact_share == 1.0
    assert result.misspelt_mrr == 1.0
    assert result.median_ms > 0


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
    assert len(golden.themes) == 30 <= N_THEMES


def test_an_empty_catalogue_asks_nothing_and_passes() -> None:
    empty = worlds.snapshot([])
    assert golden_set(empty, {}) == GoldenSet((), (), ())
    result = ask(empty, golden_set(empty, {}))
    assert (result.exact_share, result.misspelt_mrr, result.theme_ndcg) == (1.0, 1.0, 1.0)
    assert (result.n_distinct, result.median_ms) == (0, 0.0)


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
    result = ask(SNAPSHOT, golden)
    assert result.exact_share == 0.5
    assert result.misspelt_mrr == (1 + 1 / 2) / 2
    assert result.theme_ndcg == pytest.approx(1 / 3)
    assert result.n_distinct == len({title for text, _ in golden.themes for title in shown[text]})


def test_a_version_that_forgets_content_shows_fewer_titles() -> None:
    golden = GoldenSet((), (), (("thieves plan a heist", frozenset({105})), ("space freighter", frozenset({104}))))
    blind = replace(SNAPSHOT, index=replace(SNAPSHOT.index, content=np.zeros_like(SNAPSHOT.index.content)))
    assert ask(blind, golden).n_distinct < ask(SNAPSHOT, golden).n_distinct


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
