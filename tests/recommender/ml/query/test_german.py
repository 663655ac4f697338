"""German requests are read like their English twins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ml.composition import TitleText
from recommender.ml.engine import search
from recommender.ml.query.german import from_german
from tests import worlds


@pytest.mark.parametrize(
    ("german", "english"),
    [
        ("komödie mit bill murray", "comedy with bill murray"),
        ("90er koreanischer Thriller unter 2 Stunden", "90s korean thriller under 2 hours"),
        ("wie Inception aber lustig", "like inception but funny"),
        ("Filme ähnlich wie Alien", "movies similar to alien"),
        ("französische Liebeskomödien aus den 80ern", "french romantic comedy from the 80s"),
        ("gute Filme über 3 Stunden", "good movies over 3 hours"),
        ("traurige Filme über Krieg", "sad movies about war"),
        ("Gruselfilme ohne Tom Hanks", "horror without tom hanks"),
        ("japanische Zeichentrickfilme vor 1990", "japanese animation before 1990"),
        ("nicht Horror", "not horror"),
        ("Krimi aber kein Horror", "crime but not horror"),
        ("lustiger Film mit Hunden", "funny movie with dog"),
        ("Hai greift Strand an", "shark attacks beach"),
        ("höchstens 90 Minuten", "at most 90 minutes"),
        ("Thriller ab 90 Minuten", "thriller since 90 minutes"),
        ("Komödien bis zu 2 Stunden", "comedy up to 2 hours"),
        ("2 Stunden lange Thriller", "2 hours long thriller"),
        ("Überfall ohne Gewalt", "robbery without violence"),
    ],
)
def test_a_request_is_its_english_twin(german: str, english: str) -> None:
    found = from_german(german)
    assert found is not None
    assert found[0] == english


@pytest.mark.parametrize(
    "text",
    ["", "die hard", "das boot", "der untergang", "das leben der anderen", "horror film", "in bruges",
     "action thriller", "war of the worlds", "von ryan's express", "best animation", "liebe",
     "comedy anime", "bank heist movie", "an action film", "michael mann", "kind hearts", "wolf man", "hai",
     "rob lowe", "auto focus", "monster", "tote bag", "strand",
     " ".join(["komödie"] * 20)],
)  # fmt: skip
def test_what_is_not_plainly_german_is_left_alone(text: str) -> None:
    assert from_german(text) is None


@given(st.text(max_size=60))
def test_any_text_is_taken(text: str) -> None:
    found = from_german(text)
    assert found is None or (found[0] and found[1] >= 0)


FILMS = [
    *worlds.FILMS,
    TitleText("Groundhog Day", year=1993, genres=["Comedy"], cast=["Bill Murray"], runtime_minutes=101),
    TitleText("Monuments Men", year=2014, genres=["War"], cast=["Bill Murray"], runtime_minutes=118),
    TitleText("Shiri", year=1999, genres=["Thriller"], countries=["South Korea"], runtime_minutes=118),
    TitleText("Students", description="They win at blackjack with what they learnt at MIT."),
]
WORLD = worlds.snapshot(FILMS)


@pytest.mark.parametrize(
    ("german", "chips", "first"),
    [
        ("Komödie mit Bill Murray", ["Comedy", "With Bill Murray"], "Groundhog Day"),
        ("90er koreanischer Thriller unter 2 Stunden", ["1990s", "Korean", "Thriller", "Under 120 min"], "Shiri"),
        ("Kriegsfilm mit Bill Murray", ["War", "With Bill Murray"], "Monuments Men"),
    ],
)
def test_its_filters_narrow_and_show_as_chips(german: str, chips: list[str], first: str) -> None:
    ranking = search(WORLD, german)
    assert [chip.label for chip in ranking.chips] == chips
    assert [FILMS[hit.title_id - 101].name for hit in ranking.hits] == [first]
    assert ranking.corrected_query == ranking.text, "the page says what it was read as"


def test_titles_to_be_like_are_understood() -> None:
    assert search(WORLD, "wie Inception aber lustig").understanding.like == ("Inception",)


@pytest.mark.parametrize("text", ["nicht Horror", "kein Horror", "ohne Horror"])
def test_a_genre_that_is_spelt_alike_is_refused_like_any_other(text: str) -> None:
    assert [chip.label for chip in search(WORLD, text).chips] == ["Not horror"]


@pytest.mark.parametrize("text", ["students at mit", "heat", "mit inception"])
def test_english_that_says_no_more_is_not_put_in_its_place(text: str) -> None:
    assert search(WORLD, text).text == text
