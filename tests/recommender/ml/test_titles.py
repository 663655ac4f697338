"""The title tiers: a name finds its title exactly, a misspelt one as a full scan would."""

import random
import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from recommender.ml.engine import EngineConfig
from recommender.ml.folding import title_keys
from recommender.ml.titles import N_PROPOSED, TitleIndex, corrected
from tests.worlds import FILMS

NAMES = [film.name for film in FILMS]


@pytest.fixture(scope="module")
def films() -> TitleIndex:
    return TitleIndex.build([film.names for film in FILMS])


def best(index: TitleIndex, query: str, at_least: float = 0.75) -> str | None:
    hits = index.misspelt(query, at_least=at_least)
    return NAMES[hits[0].row] if hits else None


def test_it_works(films: TitleIndex) -> None:
    assert films.exact("the god father") == [NAMES.index("The Godfather")]
    assert films.exact("godfather part 9") == []
    assert best(films, "incepton") == "Inception"


@pytest.mark.parametrize("name", NAMES)
def test_every_film_is_found_however_its_name_is_written(films: TitleIndex, name: str) -> None:
    row = NAMES.index(name)
    for written in (name, name.upper(), name.replace("e ", "e"), f"  {name.lower()} !", name.replace("-", " ")):
        assert films.exact(written) == [row], written


def test_the_most_literal_form_wins() -> None:
    index = TitleIndex.build([["Team"], ["The A-Team"], ["The Team"]])
    assert index.exact("the a team") == [1]
    assert index.exact("the team") == [2]
    assert index.exact("a team") == [1]
    assert index.exact("team") == [0, 2]


def test_titles_of_one_name_are_all_found() -> None:
    index = TitleIndex.build([["Hamlet"], ["Macbeth"], ["HAMLET"], ["Prince", "hamlet"]])
    assert index.exact("hamlet") == [0, 2, 3]


def test_an_alias_and_an_original_name_find_the_title() -> None:
    index = TitleIndex.build([["Spirited Away", "千と千尋の神隠し", "Sen to Chihiro"]])
    assert [index.exact(name) for name in ("千と千尋の神隠し", "sen to chihiro", "spirited away")] == [[0]] * 3


@settings(max_examples=2_000, deadline=None, database=None)
@given(st.text(st.characters(), min_size=1, max_size=30).filter(str.strip))
def test_any_title_finds_itself(name: str) -> None:
    index = TitleIndex.build([["Inception"], [name]])
    assert 1 in index.exact(name)
    assert all(hit.row in (0, 1) for hit in index.misspelt(name, at_least=0.5))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("inceptoin", "Inception"),  # swapped
        ("incepton", "Inception"),  # missing
        ("innception", "Inception"),  # doubled
        ("imception", "Inception"),  # wrong
        ("in ception", None),  # an extra space: exact, so there is nothing to correct
        ("gravty", "Gravity"),
        ("brief enconter", "Brief Encounter"),
        ("breifencounter", "Brief Encounter"),
        ("teh godfather", "The Godfather"),
        ("godfathr", "The Godfather"),
        ("ocean's elevn", "Ocean's Eleven"),
        ("oceans elevan", "Ocean's Eleven"),
        ("amelei", "Amélie"),
    ],
)
def test_a_slip_is_corrected(films: TitleIndex, typed: str, meant: str | None) -> None:
    if meant is None:
        assert films.exact(typed)
    else:
        assert not films.exact(typed)
        assert best(films, typed) == meant


def test_an_extra_or_missing_space_is_no_mistake(films: TitleIndex) -> None:
    for typed, meant in [
        ("grav ity", "Gravity"),
        ("briefencounter", "Brief Encounter"),
        ("oceanseleven", "Ocean's Eleven"),
    ]:
        assert films.exact(typed) == [NAMES.index(meant)]


@pytest.mark.parametrize(
    "typed", ["rocky 3", "rocky iii", "rocky three", "rocky 22", "rocky", "rocki 3", "oceans 12"]
)
def test_a_number_is_never_corrected(films: TitleIndex, typed: str) -> None:
    assert films.exact(typed) == []
    assert films.misspelt(typed, at_least=0.6) == []


@pytest.mark.parametrize("typed", ["district five", "district 8", "district eight", "the distrikt five"])
def test_a_spelt_number_is_a_number(typed: str) -> None:
    """As letters, "five" is two slips from "nine"."""
    index = TitleIndex.build([["District Nine"]])
    assert index.misspelt(typed, at_least=0.7) == []
    assert index.misspelt("distrikt nine", at_least=0.7)
    assert index.misspelt("district nien", at_least=0.7)


def test_the_letters_beside_a_number_are_corrected(films: TitleIndex) -> None:
    assert best(films, "rokcy 2") == "Rocky II"
    assert best(films, "rocki two", at_least=0.8) == "Rocky II"


@pytest.mark.parametrize("typed", ["hea", "het", "a", "", "   ", "!?", "\ud800"])
def test_short_words_are_not_fuzzed(films: TitleIndex, typed: str) -> None:
    assert films.misspelt(typed, at_least=0.5) == []


def test_short_titles_are_not_proposed() -> None:
    assert [hit.row for hit in TitleIndex.build([["Her"], ["Heat"]]).misspelt("hert", at_least=0.5)] == [1]


def test_hits_come_nearest_first_and_no_nearer_than_asked(films: TitleIndex) -> None:
    index = TitleIndex.build([["Gravely"], ["Gravity"], ["Gravita"], ["Grovity"]])
    hits = index.misspelt("gravity", at_least=0.7)
    assert [hit.row for hit in hits] == [1, 2, 3, 0]
    assert [hit.similarity for hit in hits] == pytest.approx([1, 6 / 7, 6 / 7, 5 / 7])
    assert [hit.row for hit in index.misspelt("gravity", at_least=0.8)] == [1, 2, 3]
    assert [hit.row for hit in index.misspelt("gravity", at_least=0.5, limit=2)] == [1, 2]


def test_an_empty_index_finds_nothing() -> None:
    index = TitleIndex.build([])
    assert index.exact("heat") == []
    assert index.misspelt("heat", at_least=0.5) == []


def test_a_name_of_nothing_but_blanks_has_no_form() -> None:
    index = TitleIndex.build([["   "], [], ["Heat"]])
    assert index.exact("heat") == [2]
    assert index.exact("  ") == []


@pytest.mark.parametrize(
    ("typed", "name", "shown"),
    [
        ("incepton", "Inception", "Inception"),
        ("in-ception", "Inception", None),
        ("godfather", "The Godfather", None),
        ("rocky two", "Rocky II", None),
        ("", "Heat", None),
    ],
)
def test_a_correction_is_shown_only_where_letters_differ(typed: str, name: str, shown: str | None) -> None:
    assert corrected(typed, name) == shown


def _slip(draw: random.Random, name: str) -> str:
    """One edit somewhere: a letter lost, doubled, wrong, or two swapped."""
    place = draw.randrange(1, len(name) - 1)
    return draw.choice(
        [
            name[:place] + name[place + 1 :],
            name[:place] + draw.choice(string.ascii_lowercase) + name[place:],
            name[:place] + draw.choice(string.ascii_lowercase) + name[place + 1 :],
            name[:place] + name[place + 1] + name[place] + name[place + 2 :],
        ]
    )


def test_the_index_proposes_what_a_full_scan_would_choose() -> None:
    draw = random.Random(7)
    syllables = "ba ke li mo nu ra se ti vo za ther ing son land man dor".split()
    vocabulary = ["".join(draw.choices(syllables, k=draw.randint(2, 3))) for _ in range(150)]
    names = sorted({" ".join(draw.choices(vocabulary, k=draw.randint(1, 3))) for _ in range(600)})
    index = TitleIndex.build([[name] for name in names])
    assert len(names) > 4 * N_PROPOSED, "the budget of proposals has to bind"
    agreed, at_least = [], EngineConfig().typo_similarity
    for name in draw.sample(names, 300):
        typed = _slip(draw, _slip(draw, name) if len(name) > 12 else name)
        key = title_keys(typed)[0]
        scanned = [OSA.normalized_similarity(key, form) for form in index.forms]
        nearest = max(scanned)
        if nearest < at_least:
            continue
        hits = index.misspelt(typed, at_least=at_least, limit=1)
        agreed.append(bool(hits) and hits[0].similarity == pytest.approx(nearest))
    assert len(agreed) > 250
    assert np.mean(agreed) >= 0.98


def test_building_twice_gives_the_same_arrays() -> None:
    one, other = (TitleIndex.build([film.names for film in FILMS]) for _ in range(2))
    for name in ("form_rows", "sorted_hashes", "order", "gram_starts", "gram_forms", "gram_counts"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
