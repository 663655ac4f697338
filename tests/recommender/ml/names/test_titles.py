"""The title tiers: a name finds its title exactly, a misspelt one as a full scan would."""

import random
import string
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from recommender.ml import arrays
from recommender.ml.names.folding import title_keys
from recommender.ml.names.hits import Match, TitleHit
from recommender.ml.names.titles import CONFIDENT, N_PROPOSED, TitleIndex, corrected
from tests.worlds import FILMS

NAMES = [film.name for film in FILMS]
# A few real names, famous ones first, for what needs a crowd.
FAMOUS = [
    ["The Dark Knight"],
    ["The Lord of the Rings: The Fellowship of the Ring"], ["The Lord of the Rings: The Two Towers"],
    ["Star Wars: Episode IV - A New Hope", "Star Wars"],
    ["Star Wars: Episode V - The Empire Strikes Back", "The Empire Strikes Back"], ["Star Wars: The Last Jedi"],
    ["Terminator 2: Judgment Day"], ["The Terminator"], ["Kill Bill: Vol. 1"], ["Kill Bill: Vol. 2"],
    ["The Godfather"], ["The Godfather: Part II"], ["The Godfather: Part III"], ["Pulp Fiction"], ["Inception"],
    ["The Silence of the Lambs"], ["No Country for Old Men"], ["Blade Runner 2049"], ["Shrek"], ["Seven", "Se7en"],
    ["Gone Girl"], ["Dumb and Dumber"], ["Nine to Five"], ["Rocky"], ["Rocky II"], ["Rocky III"], ["The King and I"],
    ["Love Story"], ["Bad Movie"], ["Time Trap"], ["WALL·E"], ["M*A*S*H"], ["Æon Flux"], ["The Exorcist"], ["Trust"],
    ["The Trust"], ["Hide Away"], ["Hideaway"], ["Shrink"], ["Heat"], ["The Muse"], ["The Mule"],
]  # fmt: skip
PRIOR = np.linspace(1, 0.3, len(FAMOUS), dtype=np.float32)
COMMON = {"love": 0.2, "story": 0.3, "stories": 0.3, "sad": 0.05, "movie": 0.4, "time": 0.3, "travel": 0.05,
          "girl": 0.2, "star": 0.05, "wars": 0.05, "war": 0.1, "bad": 0.1, "man": 0.3, "the": 1.0}  # fmt: skip


def usage(words: Sequence[str]) -> float:
    """A world where everybody writes of common words together, and of no others."""
    return min((COMMON.get(word, 0.0) for word in words), default=1.0) / len(words or "1")


def famous(hits: Sequence[TitleHit]) -> list[str]:
    return [FAMOUS[hit.row][0] for hit in hits]


@pytest.fixture(scope="module")
def films() -> TitleIndex:
    return TitleIndex.build([film.names for film in FILMS])


@pytest.fixture(scope="module")
def crowd() -> TitleIndex:
    return TitleIndex.build(FAMOUS)


def find(index: TitleIndex, query: str) -> list[TitleHit]:
    return index.find(query, usage=usage, prior=PRIOR)


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


def test_the_most_literal_form_comes_first() -> None:
    index = TitleIndex.build([["Team"], ["The A-Team"], ["The Team"]])
    assert index.exact("the a team") == [1]
    assert index.exact("the team") == [2, 0]
    assert index.exact("a team") == [1, 0, 2]
    assert index.exact("team") == [0, 2]


def test_titles_of_one_name_are_all_found() -> None:
    index = TitleIndex.build([["Hamlet"], ["Macbeth"], ["HAMLET"], ["Prince", "hamlet"]])
    assert index.exact("hamlet") == [0, 2, 3]


def test_of_one_name_the_same_spacing_comes_first_then_the_famous() -> None:
    index = TitleIndex.build([["Hide Away"], ["Hideaway"], ["The Hideaway"], ["A Hideaway Story", "Hideaway"]])
    prior = np.array([0.9, 0.1, 0.5, 1], np.float32)
    assert index.exact("hideaway", prior) == [2, 1, 0, 3]  # an alias comes last, however famous
    assert index.exact("hideaway") == [1, 2, 0, 3]
    assert index.exact("hide away", prior) == [0, 2, 1, 3]


def test_an_alias_and_an_original_name_find_the_title() -> None:
    index = TitleIndex.build([["Spirited Away", "千と千尋の神隠し", "Sen to Chihiro"]])
    assert [index.exact(name) for name in ("千と千尋の神隠し", "sen to chihiro", "spirited away")] == [[0]] * 3


@settings(max_examples=2_000)
@given(st.text(st.characters(), min_size=1, max_size=30).filter(str.strip))
def test_any_title_finds_itself(name: str) -> None:
    index = TitleIndex.build([["Inception"], [name]])
    assert 1 in index.exact(name)
    assert all(hit.row in (0, 1) for hit in index.misspelt(name, at_least=0.5))
    assert all(0 <= hit.confidence <= 1 for hit in index.find(name, usage=usage, prior=PRIOR[:2]))


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
    "typed", ["rocky 3", "rocky iii", "rocky three", "rocky 22", "rocky", "rocki 3", "oceans 12", "rockyiii"]
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
    ("typed", "meant"),
    [
        ("godfather 2", "The Godfather: Part II"),
        ("the godfather part two", "The Godfather: Part II"),
        ("rockyii", "Rocky II"),
        ("thekingandi", "The King and I"),
        ("se7en", "Seven"),
        ("7", "Seven"),
        ("star wars", "Star Wars: Episode IV - A New Hope"),
        ("kill bill 2", "Kill Bill: Vol. 2"),
        ("wall-e", "WALL·E"),
        ("mash", "M*A*S*H"),
        ("aeon flux", "Æon Flux"),
        ("thedarkknight", "The Dark Knight"),
        ("matrix, the", None),
    ],
)
def test_a_name_is_found_as_people_write_it(crowd: TitleIndex, typed: str, meant: str | None) -> None:
    hits = [hit for hit in find(crowd, typed) if hit.match == Match.EXACT]
    assert famous(hits)[:1] == ([meant] if meant else [])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (
            "lord of the rings",
            ["The Lord of the Rings: The Fellowship of the Ring", "The Lord of the Rings: The Two Towers"],
        ),
        ("terminator 2", ["Terminator 2: Judgment Day"]),
        ("star wars 5", ["Star Wars: Episode V - The Empire Strikes Back"]),
        ("fellowship of the ring", ["The Lord of the Rings: The Fellowship of the Ring"]),
        ("two towers", ["The Lord of the Rings: The Two Towers"]),
        ("kill bill", ["Kill Bill: Vol. 1", "Kill Bill: Vol. 2"]),
    ],
)  # fmt: skip
def test_the_beginning_or_a_part_of_a_name_names_it(crowd: TitleIndex, typed: str, meant: list[str]) -> None:
    hits = find(crowd, typed)
    assert famous(hits) == meant
    assert all(hit.match == Match.PREFIX and hit.confidence >= CONFIDENT for hit in hits)


def test_a_series_follows_the_title_that_bears_its_name(crowd: TitleIndex) -> None:
    hits = find(crowd, "star wars")
    assert [hit.match for hit in hits] == [Match.EXACT, Match.PREFIX, Match.PREFIX]
    assert famous(hits)[1:] == ["Star Wars: Episode V - The Empire Strikes Back", "Star Wars: The Last Jedi"]


def test_a_name_is_begun_only_at_the_end_of_a_word(crowd: TitleIndex) -> None:
    assert crowd.prefixed("the dark kni", usage=usage, prior=PRIOR) == []
    assert famous(crowd.prefixed("the dark", usage=usage, prior=PRIOR)) == ["The Dark Knight"]
    assert crowd.prefixed("kill", usage=usage, prior=PRIOR) == []  # one short word


def test_a_number_alone_begins_names_that_are_written_in_digits() -> None:
    index = TitleIndex.build(
        [["2001: A Space Odyssey"], ["2001 Maniacs"], ["12 Angry Men"], ["12 Monkeys", "The 2001 Plague"], ["300"],
         ["300: Rise of an Empire"], ["3000 Miles to Graceland"], ["Blade Runner 2049"], ["Twelve Years"]]
    )  # fmt: skip
    prior = np.linspace(1, 0, 9, dtype=np.float32)
    met = {
        number: [(hit.row, hit.match) for hit in index.find(number, usage=lambda _: 0.5, prior=prior)]
        for number in ("2001", "12", "300", "2049", "20", "twelve")
    }
    assert met == {
        "2001": [(0, Match.PREFIX), (1, Match.PREFIX)],
        "12": [(2, Match.PREFIX), (3, Match.PREFIX)],
        "300": [(4, Match.EXACT), (5, Match.PREFIX)],
        "2049": [],
        "20": [],
        "twelve": [],
    }


def test_the_most_famous_of_many_beginnings_are_kept() -> None:
    index = TitleIndex.build([[f"Night of the {number}th"] for number in range(500)])
    prior = np.linspace(0, 1, 500, dtype=np.float32)
    hits = index.prefixed("night of the", usage=usage, prior=prior, limit=3)
    assert [hit.row for hit in hits] == [499, 498, 497]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("terminater 2", "Terminator 2: Judgment Day"),
        ("the silence of the lamps", "The Silence of the Lambs"),
        ("pulp friction", "Pulp Fiction"),
        ("no country for old man", "No Country for Old Men"),
        ("dulmb dumber", "Dumb and Dumber"),
        ("blade runer 2049", "Blade Runner 2049"),
        ("nnine to five", "Nine to Five"),
        ("lord of the rigns", "The Lord of the Rings: The Fellowship of the Ring"),
        ("star wras 5", "Star Wars: Episode V - The Empire Strikes Back"),
        ("shrik", "Shrek"),  # the famous one of two as near
        ("haet", "Heat"),
        ("the mulse", "The Muse"),
        ("incep tiom", "Inception"),
    ],
)
def test_a_misspelt_name_is_surely_corrected(crowd: TitleIndex, typed: str, meant: str) -> None:
    first, *_ = find(crowd, typed)
    assert (FAMOUS[first.row][0], first.match) == (meant, Match.TYPO)
    assert first.confidence >= CONFIDENT


@pytest.mark.parametrize(
    "typed", ["sad movie", "love stories", "time travel", "man in time", "star war stories", "bad girl"]
)
def test_words_that_go_together_are_meant_as_they_stand(crowd: TitleIndex, typed: str) -> None:
    assert all(hit.confidence < CONFIDENT for hit in find(crowd, typed))


@pytest.mark.parametrize("typed", ["asdfgh qwerty zxcv", "rocky 7", "blade runner 2048", "godfather 5", "qwertyuiop"])
def test_what_is_near_nothing_finds_nothing(crowd: TitleIndex, typed: str) -> None:
    assert find(crowd, typed) == []


def test_corrections_can_be_declined(crowd: TitleIndex) -> None:
    assert crowd.find("terminater 2", usage=usage, prior=PRIOR, correct=False) == []
    assert crowd.find("star wars", usage=usage, prior=PRIOR, correct=False) == find(crowd, "star wars")


def test_titles_of_one_name_are_no_rivals() -> None:
    index = TitleIndex.build([["Trust"], ["Trust"], ["The Trust"]])
    prior = np.array([0.2, 0.9, 0.1], np.float32)
    hits = index.corrections("tryst", usage=usage, prior=prior)
    assert [hit.row for hit in hits] == [1, 0, 2]
    alone = TitleIndex.build([["Trust"]]).corrections("tryst", usage=usage, prior=prior[1:2])
    assert hits[0].confidence == alone[0].confidence


def test_a_rival_is_a_reason_for_doubt() -> None:
    prior = np.array([0.9, 0.9], np.float32)
    alone = TitleIndex.build([["Trust"]]).corrections("trist", usage=usage, prior=prior)
    rival = TitleIndex.build([["Trust"], ["Twist"]]).corrections("trist", usage=usage, prior=prior)
    assert len(rival) == 2
    assert rival[0].confidence < alone[0].confidence


def test_a_great_many_namesakes_do_not_hide_the_famous_one() -> None:
    index = TitleIndex.build([["Home"]] * 300 + [["Hole"]] * 300)
    prior = np.zeros(600, np.float32)
    prior[299] = 1
    assert index.corrections("hoome", usage=usage, prior=prior)[0].row == 299
    assert len(index.exact("home")) == 300


@pytest.mark.parametrize("text", ["x" * 2_000, "lorem ipsum " * 160, "the " * 500])
def test_a_very_long_text_is_not_corrected(crowd: TitleIndex, text: str) -> None:
    assert find(crowd, text) == []


def test_an_index_comes_back_from_files(crowd: TitleIndex, tmp_path: Path) -> None:
    arrays.save(crowd, tmp_path)
    mapped = arrays.load(TitleIndex, tmp_path)
    for typed in ("star wars", "godfather 2", "terminater 2", "qwerty"):
        assert find(mapped, typed) == find(crowd, typed)


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
    names = sorted({" ".join(draw.choices(vocabulary, k=draw.randint(1, 3))) for _ in range(900)})
    index = TitleIndex.build([[name] for name in names])
    assert len(names) > 4 * N_PROPOSED, "the budget of proposals has to bind"
    agreed, at_least = [], 0.78
    for name in draw.sample(names, 300):
        typed = _slip(draw, _slip(draw, name) if len(name) > 12 else name)
        key = title_keys(typed)[0]
        scanned = [OSA.normalized_similarity(key, form) for form in index.keys]
        nearest = max(scanned)
        if nearest < at_least:
            continue
        hits = index.misspelt(typed, at_least=at_least, limit=1)
        agreed.append(bool(hits) and hits[0].similarity == pytest.approx(nearest))
    assert len(agreed) > 250
    assert np.mean(agreed) >= 0.98


def test_building_twice_gives_the_same_arrays() -> None:
    one, other = (TitleIndex.build([film.names for film in FILMS]) for _ in range(2))
    for name in ("starts", "rows", "kinds", "word_ends"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(one.segments.holders, other.segments.holders)
    assert list(one.keys) == sorted(set(one.keys))
