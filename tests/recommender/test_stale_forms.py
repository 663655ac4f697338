"""A form whose token is not the browser's any more: the page leads back to where a press counts."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Title
from recommender.pages.stale import MAX_ADDRESS

HERE = "http://testserver/search/?q=a&sort=newest"


def refused(referer: str) -> str:
    answer = Client(enforce_csrf_checks=True, headers={"Referer": referer}).post(
        "/privacy/switch/", {"learning": "off"}
    )
    assert answer.status_code == 403
    return str(answer.content.decode())


def test_it_leads_back_to_the_page_it_came_from() -> None:
    page = refused(HERE)
    assert 'href="http://testserver/search/?q=a&amp;sort=newest">Open the page again</a>' in page
    assert "press the button there once more" in page


@pytest.mark.parametrize(
    "elsewhere",
    ["", "https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", f"{HERE}{'x' * MAX_ADDRESS}"],
)
def test_it_leads_to_no_other_site(elsewhere: str) -> None:
    page = refused(elsewhere)
    assert re.findall(r'class="button" href="([^"]*)"', page) == ["/"]
    assert "Go back, reload the page" in page


@pytest.mark.django_db
def test_every_page_brings_the_script_that_keeps_tokens_current(standing_world: list[Title]) -> None:
    """And the page that it fetches where the cookie is lost sets one."""
    for address in ("/", "/search/?q=heat", "/taste/"):
        html = Client().get(address).content.decode()
        found = re.search(r'<script src="[^"]*csrf[^"]*" data-fresh="([^"]+)"', html)
        assert found is not None
        assert found[1] == reverse("sign-in")
        assert "csrftoken" in Client().get(found[1]).cookies
