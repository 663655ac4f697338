"""“Why this?”: parts that add up, evidence that is named, and a signal that can be silenced."""

import re
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.test import Client

from catalog import signals
from catalog.event_log import Visitor
from catalog.models import Signal, Title
from catalog.signals import Kind, Owner, Said
from recommender import serving
from recommender.answers import explaining
from recommender.answers.arranging import View
from recommender.ml.affinity import Affinity
from recommender.ml.facts.filters import Filters
from recommender.visitors import CLIENT_COOKIE

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    client = Client(headers={"User-Agent": BROWSER})
    client.cookies[CLIENT_COOKIE] = str(uuid4())
    return client


def owner_of(browser: Client) -> Owner:
    return Owner(None, UUID(browser.cookies[CLIENT_COOKIE].value))


def like(browser: Client, *names: str) -> None:
    signals.say(owner_of(browser), *(Said(Title.objects.get(name=name).pk, Kind.LIKE) for name in names))


def text_of(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def address(name: str) -> str:
    return f"/why/{Title.objects.get(name=name).external_id}/"


@pytest.mark.parametrize(
    ("query", "name"), [("heist", "Ocean's Eleven"), ("astronauts in space", "Gravity"), ("alien", "Alien")]
)
def test_parts_add_up_to_the_score(browser: Client, query: str, name: str) -> None:
    like(browser, "Rocky II", name)  # the small encoder sees likeness only where words are the same
    visitor = Visitor(client_id=owner_of(browser).client_id)
    found = explaining.of_search(Title.objects.get(name=name), query, visitor, Filters(), View())
    assert found is not None
    assert sum(part.points for part in found.parts) == pytest.approx(found.score, abs=1e-6)
    assert sum(part.share for part in found.parts) == pytest.approx(1)
    taste = [part for part in found.parts if part.causes]
    assert taste
    for part in taste:
        assert sum(cause.points for cause in part.causes) + part.rest == pytest.approx(part.points, abs=1e-6)


def test_the_page_names_the_evidence_and_an_ignored_signal_is_gone(browser: Client) -> None:
    like(browser, "Gravity", "Heat")
    page = browser.get(address("Gravity"), {"q": "space"})
    assert page.status_code == 200
    assert "Liked: Gravity" in text_of(page)
    before = page.context["explanation"].score
    signal = Signal.objects.get(title__name="Gravity")
    answer = browser.post(f"/why/ignore/{signal.pk}/", {"next": "/search/?q=space"})
    assert (answer.status_code, answer["Location"]) == (302, "/search/?q=space")
    page = browser.get(address("Gravity"), {"q": "space"})
    assert "Liked: Gravity" not in text_of(page)
    assert page.context["explanation"].score != pytest.approx(before)
    browser.post(f"/why/ignore/{signal.pk}/", {"again": "1"})
    assert browser.get(address("Gravity"), {"q": "space"}).context["explanation"].score == pytest.approx(before)


def test_for_you_and_more_like_this_are_explained_too(browser: Client) -> None:
    like(browser, "Gravity")
    assert "Liked: Gravity" in text_of(browser.get(address("Gravity")))
    alien = Title.objects.get(name="Alien").external_id
    assert browser.get(address("Gravity"), {"like": alien}).context["explanation"].score > 0


def test_before_anything_was_learnt_nobody_chooses_anything(browser: Client) -> None:
    like(browser, "Gravity")
    page = browser.get(address("Inception"))
    names = {part.name for part in page.context["explanation"].parts}
    assert names == {"prior", "taste"}
    assert "How well known it is" in text_of(page)
    assert "What everybody is choosing" not in text_of(page)


def test_what_was_seen_and_what_fame_promises_are_told_apart(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot, film = serving.current(), Title.objects.get(name="Inception").pk
    seen = replace(Affinity.nothing(), attended=np.array([film]), attention=np.array([0.1], np.float32))
    monkeypatch.setattr(serving._serving, "snapshot", replace(snapshot, state=replace(snapshot.state, affinity=seen)))
    like(browser, "Gravity")
    explanation = browser.get(address("Inception")).context["explanation"]
    parts = {part.name: part.points for part in explanation.parts}
    assert parts.keys() == {"attention", "prior", "taste"}
    assert sum(parts.values()) == pytest.approx(explanation.score, abs=1e-6)


def test_what_would_not_be_shown_is_said_to_be(browser: Client) -> None:
    for query in ({"q": "heist"}, {}):
        page = browser.get(address("Brief Encounter"), query)
        assert page.status_code == 200
        assert page.context["explanation"] is None or query
    assert "nothing to explain" in text_of(browser.get(address("Brief Encounter")))


@pytest.mark.parametrize("query", [{"q": "x" * 9_999}, {"year_min": "soon"}, {"like": "nothing"}])
def test_what_cannot_be_meant_is_not_found(browser: Client, query: dict[str, str]) -> None:
    assert browser.get(address("Gravity"), query).status_code == 404


def test_nobody_silences_what_another_said(browser: Client) -> None:
    stranger = Owner(None, uuid4())
    signals.say(stranger, Said(Title.objects.get(name="Alien").pk, Kind.LIKE))
    signal = Signal.objects.get()
    answer = browser.post(f"/why/ignore/{signal.pk}/", {"next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
    signal.refresh_from_db()
    assert not signal.is_muted


# ---- links on cards


def links_of(browser: Client, page: str) -> list[str]:
    """Where the cards of a page ask why."""
    answer = browser.get(page)
    assert answer.status_code == 200
    found = re.findall(r'<a class="why-link" href="([^"]+)" rel="nofollow">Why this\?<', answer.content.decode())
    return [unescape(address) for address in found]


@pytest.mark.parametrize(
    ("page", "asks"),
    [
        ("/search/?q=heist", "?q=heist"),
        ("/search/?q=heist&correct=0&sort=newest&surprise=3", "?q=heist&correct=0&sort=newest&surprise=3"),
        ("/search/?q=&genres=Crime&year_min=1970", "?q=&genres=Crime&year_min=1970"),
        ("/genre/Crime/", "?genres=Crime"),
    ],
)
def test_every_card_asks_why_of_the_search_that_it_stands_in(browser: Client, page: str, asks: str) -> None:
    links = links_of(browser, page)
    assert len(links) == len(browser.get(page).context["answer"].items) > 0
    for link in links:
        asked = parse_qs(link.partition("?")[2], keep_blank_values=True)
        del asked["place"]
        assert asked == parse_qs(asks[1:], keep_blank_values=True)
        assert browser.get(link).context["explanation"] is not None, link


@pytest.mark.parametrize("page", ["/search/?q=heist", "/search/?q=heist&sort=newest", "/genre/Crime/", "/"])
def test_the_place_is_that_on_the_page(browser: Client, page: str) -> None:
    """Also where a page is sorted, or leaves out what stands elsewhere on it."""
    like(browser, "Gravity", "Heat")
    drawn = browser.get(page).content.decode()
    cards = re.findall(r'data-position="(\d+)"(.*?)</li>', drawn, re.DOTALL)
    links = [(place, asks[0]) for place, card in cards if (asks := re.findall(r'"why-link" href="([^"]+)"', card))]
    assert len(links) >= 3
    for place, link in links:
        assert f"Place {place} today" in text_of(browser.get(unescape(link))), link


@pytest.mark.parametrize("said", ["0", "-1", "1001", "99999999999", "²", "soon", ""])
def test_a_place_that_no_page_has_is_not_said(browser: Client, said: str) -> None:
    page = browser.get(address("Gravity"), {"q": "space", "place": said})
    assert f"Place {page.context['explanation'].place} today" in text_of(page)


def test_cards_of_what_is_like_a_title_ask_why_of_that_title(browser: Client) -> None:
    alien = Title.objects.get(name="Alien")
    links = links_of(browser, alien.get_absolute_url())
    assert links
    for link in links:
        assert f"?like={alien.external_id}&" in link
        assert browser.get(link).context["explanation"] is not None


def test_opened_in_place_it_is_a_part_that_leads_back_to_its_page(browser: Client) -> None:
    like(browser, "Gravity")
    here = {"HX-Request": "true", "HX-Current-URL": "http://testserver/search/?q=space"}
    part = browser.get(address("Gravity"), {"q": "space"}, headers=here).content.decode()
    assert "<html" not in part
    assert "Why <bdi>Gravity</bdi>?" in part
    assert 'name="next" value="/search/?q=space"' in part
    away = here | {"HX-Current-URL": "https://elsewhere.example/"}
    assert "elsewhere" not in browser.get(address("Gravity"), {"q": "space"}, headers=away).content.decode()
