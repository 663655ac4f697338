"""A cast that is sorted by name is shown with the best known first; one as billed stays so."""

import numpy as np
import pytest
from django.test import Client

from catalog.models import Credit, Person, Title
from recommender.ml.composition import TitleText
from recommender.ml.facts.facets import Facets
from recommender.presenting.casts import in_order
from tests.recommender.browsing import another

SORTED = ["Abe Extra", "Cy Extra", "Mia Known", "Zoe Star"]
BY_FAME = ["Zoe Star", "Mia Known", "Abe Extra", "Cy Extra"]


@pytest.fixture(scope="module")
def facets() -> Facets:
    casts = [SORTED, ["Zoe Star", "Mia Known"], ["Zoe Star"]]
    return Facets.build([TitleText("A", cast=cast) for cast in casts], np.array([0.2, 0.5, 0.1], np.float32))


def shown(names: list[str], facets: Facets) -> list[str]:
    return [person.name for person in in_order([Person(name=name) for name in names], facets)]


def test_it_works(facets: Facets) -> None:
    assert shown(SORTED, facets) == BY_FAME


@pytest.mark.parametrize(
    "billed",
    [
        ["Mia Known", "Abe Extra", "Zoe Star", "Cy Extra"],
        SORTED[:3],  # three may be sorted by chance
        ["Zoe Star", "Mia Known", "Cy Extra", "Abe Extra"],
        [],
    ],
    ids=["as billed", "three", "backwards", "nobody"],
)
def test_any_other_order_is_kept(facets: Facets, billed: list[str]) -> None:
    assert shown(billed, facets) == billed


def test_whoever_the_index_does_not_know_comes_last(facets: Facets) -> None:
    assert shown(["Aaron New", *SORTED], facets) == [*BY_FAME, "Aaron New"]


def test_marks_and_small_letters_do_not_hide_the_alphabet(facets: Facets) -> None:
    assert shown(["Abe Extra", "cy extra", "Énid New", "Zoe Star"], facets)[0] == "Zoe Star"
    assert shown(["Abe Extra", "Zoe Star", "a. small", "Énid New"], facets)[0] == "Zoe Star"  # by code points


@pytest.mark.django_db
def test_the_page_of_a_title_shows_them_so(served_world: list[Title]) -> None:
    """Of seven the seventh by name is the only one in two titles: first, not behind the fold."""
    browser: Client = another()
    film = served_world[0]
    known = Credit.objects.exclude(title=film).exclude(person__name__startswith="A").first()
    assert known is not None
    Credit.objects.filter(title=film, role="cast").delete()
    names = [f"A{place} Nobody" for place in range(6)]
    for place, person in enumerate([*(Person.objects.create(name=name) for name in names), known.person]):
        Credit.objects.create(title=film, person=person, role="cast", order=place)
    page = browser.get(film.get_absolute_url()).content.decode()
    cast = page.split(">Cast<")[1]
    assert cast.index(known.person.name) < cast.index(names[0])
