"""What facts are called on a German page, while addresses and forms keep what is stored."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from catalog.models import Genre, Title
from recommender.ml.facts.vocabulary import COUNTRIES, GENRES, LANGUAGES, ORIGINS
from recommender.ml.query.understanding import Chip, understand
from recommender.presenting import labels
from tests.recommender.browsing import BROWSER
from tests.recommender.ml.query.catalogues import FamousNames


@pytest.fixture
def german(standing_world: list[Title]) -> Client:
    return Client(headers={"User-Agent": BROWSER, "Accept-Language": "de"})


def said_in_german(of: Any, name: str) -> str:
    with translation.override("de"):
        said: str = of(name)
    return said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Comedy", "Komödie"),
        ("Sci-Fi", "Science-Fiction"),
        ("TV Comedies", "Komödie"),
        ("Sci-Fi & Fantasy", "Science-Fiction · Fantasy"),
        ("Movies", "Movies"),
        ("Quokka", "Quokka"),
        ("", ""),
    ],
)
def test_a_genre_is_called_what_it_is(name: str, said: str) -> None:
    assert said_in_german(labels.of_genre, name) == said
    assert labels.of_genre(name) == name


@pytest.mark.parametrize(
    ("of", "name", "said"),
    [
        (labels.of_country, "France", "Frankreich"),
        (labels.of_country, "USA", "USA"),
        (labels.of_country, "United States", "USA"),
        (labels.of_country, "West Germany", "Deutschland"),
        (labels.of_country, "Seen", "Seen"),  # words of other pages are no country
        (labels.of_country, "", ""),
        (labels.of_language, "fr", "Französisch"),
        (labels.of_language, "Mandarin", "Mandarin"),
        (labels.of_language, "Klingon", "Klingon"),
        (labels.of_origin, "Korean", "Koreanisch"),
        (labels.of_origin, "American", "Amerikanisch"),
        (labels.of_origin, "Kenyan", "Kenyan"),  # nobody has found a word for it
        (labels.of_origin, "Hong Kong", "Hongkong"),
    ],
)
def test_countries_languages_and_origins_are(of: Any, name: str, said: str) -> None:
    assert said_in_german(of, name) == said
    assert of(name) == name


ALIKE = {"Action", "Animation", "Arthouse", "Drama", "Fantasy", "Film noir", "Fitness", "Horror", "Western"} | {
    "Independent", "International", "LGBTQ", "Musical", "Mystery", "Reality", "Sport", "Stand-up", "Thriller",
}  # fmt: skip


def test_everything_that_the_vocabulary_knows_has_german_words() -> None:
    genres = {label for several in GENRES.values() for label in several}
    assert len(genres) > 50
    assert {name for name in genres if said_in_german(labels.of_genre, name) == name} == ALIKE
    assert set(COUNTRIES.values()) == labels._COUNTRIES
    spoken = {name for name in LANGUAGES.values() if said_in_german(labels.of_language, name) == name}
    assert all(not name.endswith(("ish", "ian", "ese")) for name in spoken)


def test_origins_are_what_the_vocabulary_calls_origins() -> None:
    assert {name.lower() for name in labels._ORIGINS} <= set(ORIGINS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("french comedies", ["Französisch", "Komödie"]),
        ("horror or comedy movies", ["Horror oder Komödie", "Filme"]),
        ("films not war", ["Filme", "Nicht Krieg"]),
        ("american films under 90 minutes", ["Amerikanisch", "Filme", "Unter 90 Min."]),
    ],
)
def test_chips_are(text: str, said: list[str]) -> None:
    chips = understand(text, FamousNames()).chips
    with translation.override("de"):
        assert [labels.of_chip(chip) for chip in chips] == said


def test_a_chip_of_a_language_is() -> None:
    chip = Chip("languages", "French", "In French", 0, 1)
    assert labels.of_chip(chip) == "In French"
    assert said_in_german(labels.of_chip, chip) == "Sprache: Französisch"  # type: ignore[arg-type]


def html(browser: Client, path: str) -> str:
    return browser.get(path).content.decode()


@pytest.mark.django_db
def test_results_offer_genres_by_german_names_and_ask_for_them_by_their_own(german: Client) -> None:
    page = html(german, "/search/?q=crime+family")
    boxes = re.findall(r'name="genres" value="([^"]+)".*?<bdi>([^<]+)</bdi>', page, re.S)
    assert ("Crime", "Krimi") in boxes
    assert "<span>Krimi</span>" in page
    assert "<span>Crime</span>" not in page


@pytest.mark.django_db
def test_filters_in_use_are_german(german: Client) -> None:
    page = html(german, "/search/?genres=Crime,-War&countries=France&languages=fr")
    chips = re.findall(r'class="chip chip--on".*?<bdi>([^<]+)</bdi>', page, re.S)
    assert chips == ["Krimi", "Nicht Krieg", "Land: Frankreich", "Sprache: Französisch"]


@pytest.mark.django_db
def test_a_title_and_its_genre_are_german(german: Client) -> None:
    film = Title.objects.filter(genres__name="Crime").first()
    assert film is not None
    film.countries, film.languages = ["United States"], ["English"]
    film.save()
    page = html(german, film.get_absolute_url())
    assert f'href="{reverse("genre", args=["Crime"])}">Krimi</a>' in page
    assert ">USA</a>" in page
    assert "countries=United+States" in page
    assert ">Englisch</a>" in page
    page = html(german, reverse("genre", args=["Crime"]))
    assert "<h1><bdi>Krimi</bdi></h1>" in page
    assert "<title>Krimi" in page


@pytest.mark.django_db
def test_the_list_is_filtered_by_german_names(german: Client) -> None:
    film = Title.objects.filter(genres__name="Crime").first()
    assert film is not None
    german.get("/")
    german.post(
        reverse("feedback", args=[film.external_id]),
        {"action": "watchlist_add", "event_id": "0199a000-0000-7000-8000-000000000001", "next": "/list/"},
    )
    page = html(german, "/list/")
    assert '<option value="Crime">Krimi (1)</option>' in page
    assert Genre.objects.filter(name="Crime").exists()
