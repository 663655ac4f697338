"""What editors pinned stands on the page where it stands in the answer, in whichever group that is."""

import re

import pytest
from django.test import Client

from catalog.models import Title
from recommender import curation, serving
from recommender.models import Rule
from tests.recommender.browsing import another

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(served_world: list[Title]) -> Client:
    return another()


def pin(name: str, text: str, position: int) -> None:
    title = Title.objects.get(name=name)
    curation.save_rule(Rule(title=title, action="pin", match="exact", text=text, position=position))
    serving.refresh()


def groups(browser: Client, text: str) -> dict[str, list[tuple[int, str]]]:
    """(heading, count beside it) → (position, name) in the order of the page."""
    page = browser.get("/search/", {"q": text}).content.decode()
    found = {}
    for section in page.split('<section class="section"')[1:]:
        heading = re.search(r"<h2[^>]*>([^<]+)</h2>", section)
        assert heading
        cards = re.findall(r'data-position="(\d+)".*?title-card__name"><a[^>]*><bdi>([^<]+)</bdi>', section, re.S)
        found[heading[1]] = [(int(place), name) for place, name in cards]
    return found


def test_above_an_exact_match(browser: Client) -> None:
    pin("Amélie", "heat", 1)
    first, rest = groups(browser, "heat").items()
    assert first[0] == "First for this search"
    assert first[1][:2] == [(1, "Amélie"), (2, "Heat")]
    assert "Amélie" not in dict(rest[1]).values()
    places = [place for place, _ in first[1] + rest[1]]
    assert places == sorted(places), "the page shows them in the order that is logged"


def test_below_the_matches_it_stays_among_the_others(browser: Client) -> None:
    pin("Amélie", "heat", 3)
    first, rest = groups(browser, "heat").items()
    assert first == ("Title matches", [(1, "Heat")])
    assert (3, "Amélie") in rest[1]


def test_right_behind_the_last_match_it_leads_the_others(browser: Client) -> None:
    pin("Amélie", "heat", 2)
    first, rest = groups(browser, "heat").items()
    assert first == ("Title matches", [(1, "Heat")])
    assert rest[1][0] == (2, "Amélie")


def test_a_match_that_is_put_below_stays_below(browser: Client) -> None:
    pin("Heat", "heat", 3)
    page = groups(browser, "heat")
    assert (3, "Heat") in list(page.values())[-1]
    assert len(page) == 1


def test_without_a_match_it_leads_the_one_group(browser: Client) -> None:
    pin("Amélie", "space crew", 1)
    (only,) = groups(browser, "space crew").values()
    assert only[0] == (1, "Amélie")


def test_the_others_are_counted_without_it(browser: Client) -> None:
    def counted() -> int:
        page = browser.get("/search/", {"q": "heat"}).content.decode().split("recommendations-heading")[-1]
        found = re.search(r'section__count">(\d+) titles?<', page)
        assert found
        return int(found[1])

    before = counted()
    pin("Amélie", "heat", 1)
    total = int(re.findall(r"(\d+) results", browser.get("/search/", {"q": "heat"}).content.decode())[0])
    assert counted() == total - 2
    assert counted() <= before
