"""A house with enough films for every row of the home page."""

from collections.abc import Iterator
from copy import copy
from typing import TYPE_CHECKING

import pytest

from recommender.ml.composition import TitleText

if TYPE_CHECKING:  # models cannot be imported before Django is set up
    from pytest_django import DjangoDbBlocker

    from catalog.models import Title
    from recommender.serving import _Serving

# Of each kind: genres, and the words in which all of its films are told.
KINDS_OF_FILMS = {
    "heist": (["Crime", "Thriller"], "A heist that goes wrong and thieves who fall out over the money"),
    "vampire": (["Horror", "Fantasy"], "Vampires wake in the old castle and hunt by night"),
    "space": (["Sci-Fi", "Adventure"], "Astronauts on a space exploration ship far from the sun"),
    "court": (["Drama", "Crime"], "A courtroom drama of a lawyer and a jury that will not agree"),
    "wedding": (["Comedy", "Romance"], "Wedding chaos as the bride and the groom both run away"),
    "pirate": (["Adventure", "Action"], "Pirates and treasure on an island with a map in three parts"),
    "boxing": (["Sport", "Drama"], "A boxing champion returns to the ring for a last fight"),
    "robot": (["Sci-Fi", "Thriller"], "Robots and artificial intelligence learn to lie to people"),
}  # fmt: skip
N_OF_EACH = 12
FIRST = ("Bal", "Dor", "Fen", "Gal", "Hul", "Jin", "Kor", "Lum", "Mav", "Nir", "Pol", "Quo")
SECOND = ("ask", "ebb", "iln", "oth", "urm", "yss")


def house() -> list[tuple[TitleText, float]]:
    """(film, popularity): the famous and the unknown of every kind, of many years, under names that mean nothing."""
    films: list[tuple[TitleText, float]] = []
    for kind, (genres, story) in KINDS_OF_FILMS.items():
        for number in range(N_OF_EACH):
            place = len(films)
            first, second = FIRST[place % 12] + SECOND[place // 12 % 6], FIRST[place * 5 % 12] + SECOND[place * 7 % 6]
            name = f"{first} {second}a {kind[:2]}"
            text = TitleText(
                name, year=1950 + place * 7 % 70, genres=genres, directors=[f"Maker {kind} {number % 4}"],
                description=f"{story}, told by {FIRST[number]}.",
            )  # fmt: skip
            films.append((text, 10.0 ** (5 - 4.5 * number / N_OF_EACH) - len(films) / 1000))
    return films


@pytest.fixture(autouse=True)
def no_titles_at_hand() -> None:
    """What a process keeps between pages is gone: every count of queries is that of a first page."""
    from recommender.answers import hydrating

    hydrating._kept.clear()


@pytest.fixture(scope="module")
def built_once(
    django_db_setup: None, django_db_blocker: "DjangoDbBlocker", tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[tuple[list[Title], _Serving]]":
    from django.db import transaction
    from django.test import override_settings

    from catalog.models import Title
    from recommender import serving
    from recommender.index import embeddings
    from recommender.index.encoders import embedding_fingerprint, encoder
    from recommender.versions.version_zero import ensure_champion
    from tests import worlds

    with (
        django_db_blocker.unblock(),
        override_settings(STATE_DIR=tmp_path_factory.mktemp("state")),
        transaction.atomic(),
    ):
        films = house()
        titles = worlds.plant([film for film, _ in films])
        for title, (_, popularity) in zip(titles, films, strict=True):
            title.popularity = popularity
        Title.objects.bulk_update(titles, ["popularity"])
        embeddings.embed_missing(encoder(), embedding_fingerprint())
        ensure_champion()
        serving._serving = serving._Serving()
        serving.refresh()
        yield titles, serving._serving
        transaction.set_rollback(True)


@pytest.fixture
def full_house(built_once: "tuple[list[Title], _Serving]", db: None) -> "Iterator[list[Title]]":
    """96 films of eight kinds, served; what a test changes is rolled back."""
    from recommender import serving

    titles, as_built = built_once
    serving._serving = copy(as_built)
    assert serving.alarm() == ""
    yield titles
    serving._serving = serving._Serving()
