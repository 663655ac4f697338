"""Labels of several catalogues and words of people come to one label each."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ml.facts.vocabulary import (
    COUNTRIES,
    LANGUAGES,
    ORIGINS,
    country_of,
    genres_of,
    language_of,
    places_of,
)
from recommender.ml.names.folding import fold

any_text = st.text(st.characters(), max_size=30)
quick = settings(max_examples=500)


def test_it_works() -> None:
    assert genres_of("TV Comedies") == ["Comedy"]
    assert country_of("USA") == "United States"
    assert language_of("en") == "English"
    assert {"South Korea", "North Korea"} == places_of("Korean")[0]


@pytest.mark.parametrize(
    ("label", "genres"),
    [
        ("Drama", ["Drama"]),
        ("Dramas", ["Drama"]),
        ("TV Dramas", ["Drama"]),
        ("Film-Noir", ["Film noir"]),
        ("Talk-Show", ["Talk show"]),
        ("Reality-TV", ["Reality"]),
        ("Sci-Fi", ["Sci-Fi"]),
        ("Science Fiction", ["Sci-Fi"]),
        ("TV Sci-Fi & Fantasy", ["Sci-Fi", "Fantasy"]),
        ("Sci-Fi & Fantasy", ["Sci-Fi", "Fantasy"]),
        ("Action & Adventure", ["Action", "Adventure"]),
        ("Action-Adventure", ["Action", "Adventure"]),
        ("Music & Musicals", ["Music", "Musical"]),
        ("Children & Family Movies", ["Family"]),
        ("Kids' TV", ["Family"]),
        ("Children", ["Family"]),
        ("Stand-Up Comedy", ["Stand-up"]),
        ("Stand-Up Comedy & Talk Shows", ["Stand-up", "Talk show"]),
        ("Docuseries", ["Documentary"]),
        ("Documentaries", ["Documentary"]),
        ("Anime Series", ["Anime", "Animation"]),
        ("Romantic TV Shows", ["Romance"]),
        ("Romantic Comedy", ["Romance", "Comedy"]),
        ("Classic & Cult TV", ["Classic", "Cult"]),
        ("Faith and Spirituality", ["Faith"]),
        ("Military and War", ["War"]),
        ("Talk Show and Variety", ["Talk show", "Variety"]),
        ("Arts, Entertainment, and Culture", ["Arts"]),
        ("Soap Opera / Melodrama", ["Soap opera"]),
        ("Spy/Espionage", ["Spy"]),
        ("Suspense", ["Thriller"]),
        ("LGBTQ Movies", ["LGBTQ"]),
        ("Biographical", ["Biography"]),
        ("Coming of Age", ["Coming of age"]),
        ("Young Adult Audience", ["Teen"]),
        ("Sports", ["Sport"]),
        ("Movies", []),
        ("TV Shows", []),
        ("British TV Shows", []),
        ("(no genres listed)", []),
        ("", []),
        ("Giallo", ["Giallo"]),
        ("  Giallo   all'italiana ", ["Giallo all'italiana"]),
        ("Comedy & Giallo", ["Comedy & Giallo"]),
    ],
)
def test_a_catalogues_label_has_these_genres(label: str, genres: list[str]) -> None:
    assert genres_of(label) == genres


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("UK", "United Kingdom"),
        ("U.S.A.", "United States"),
        ("South Korea", "South Korea"),
        ("Korea, South", "South Korea"),
        ("People's Republic of China", "China"),
        ("British Hong Kong", "Hong Kong"),
        ("West Germany", "Germany"),
        ("The Netherlands", "Netherlands"),
        ("Socialist Federal Republic of Yugoslavia", "Yugoslavia"),
        ("Soviet Union", "Soviet Union"),
        ("Czechia", "Czech Republic"),
        ("Côte d’Ivoire", "Ivory Coast"),
        ("Freedonia ", "Freedonia"),
        ("", ""),
    ],
)
def test_a_country_is_called(name: str, country: str) -> None:
    assert country_of(name) == country


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("fr", "French"),
        ("KO", "Korean"),
        ("zh", "Chinese"),
        ("Yue Chinese", "Cantonese"),
        ("Standard Chinese", "Mandarin"),
        ("American English", "English"),
        ("Modern Greek", "Greek"),
        ("Farsi", "Persian"),
        ("Español", "Spanish"),
        ("Kurdish language", "Kurdish"),
        ("Klingon", "Klingon"),
        ("", ""),
    ],
)
def test_a_language_is_called(name: str, language: str) -> None:
    assert language_of(name) == language


def test_an_origin_is_a_country_or_a_language() -> None:
    def places(origin: str) -> tuple[set[str], set[str]]:
        countries, languages = places_of(origin)
        return set(countries), set(languages)

    assert places("french") == ({"France"}, {"French"})
    assert places_of("Soviet")[0] == {"Soviet Union"}
    assert places("american") == ({"United States"}, set())
    assert places("Bollywood") == ({"India"}, {"Hindi"})
    assert places("Tamil") == (set(), {"Tamil"})
    assert places("France") == ({"France"}, set())
    assert {"Japan", "South Korea"} <= places_of("asian")[0]
    assert places("martian") == (set(), set())


def test_every_place_of_an_origin_is_a_label() -> None:
    for countries, languages in ORIGINS.values():
        assert countries <= set(COUNTRIES.values())
        assert languages <= set(LANGUAGES.values())
    assert all(key == fold(key) for table in (ORIGINS, COUNTRIES, LANGUAGES) for key in table)


@quick
@given(any_text)
def test_any_text_is_answered_and_labels_stay(text: str) -> None:
    for label in (country_of(text), language_of(text), *genres_of(text)):
        assert label == label.strip()
    for genre in genres_of(text):
        assert genre in genres_of(genre)
    assert country_of(country_of(text)) == country_of(text)
    assert language_of(language_of(text)) == language_of(text)
    places_of(text)
