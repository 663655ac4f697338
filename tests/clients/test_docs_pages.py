"""The pages of the API in a real browser: they keep nobody out, and show all without scripts."""

import pytest
from playwright.sync_api import Browser

from tests.journeys.looking import faults
from tests.journeys.site import Site
from tests.journeys.visitors import IN_A_BROWSER, Visitors

pytestmark = IN_A_BROWSER


@pytest.mark.parametrize("width", [320, 1280])
def test_they_keep_nobody_out(chromium: Browser, site: Site, width: int) -> None:
    visitors = Visitors(chromium, site.address)
    assert faults(visitors.arrive(width=width), ["/api/v1/docs/", "/api/v1/docs/search/", "/api/v1/docs/me/"]) == []
    visitors.leave()
    assert visitors.troubles == []


def test_they_need_no_scripts(chromium: Browser, site: Site) -> None:
    visitors = Visitors(chromium, site.address)
    page = visitors.arrive(scripts=False)
    page.goto("/")
    page.get_by_role("contentinfo").get_by_role("link", name="API", exact=True).click()
    page.get_by_role("link", name="GET /api/v1/titles/{item_id}/similar").click()
    page.wait_for_url("**/api/v1/docs/search/#similar")
    assert page.locator("#similar").is_visible()
    visitors.leave()
