"""Names and searches that break pages elsewhere, on a phone."""

import pytest
from playwright.sync_api import Page

from tests.journeys.catalogue import ODD_NAMES
from tests.journeys.looking import scrolls_sideways
from tests.journeys.visitors import IN_A_BROWSER, Visitors

pytestmark = IN_A_BROWSER
ODD_SEARCHES = [
    "<script>alert(1)</script><b>bold", "שלום עולם מאה שנים", "Z̷̢̛a̶l̸g̴o̵ " * 6, "W" * 300,
    "مرحبا بالعالم (2024)", "a" + "́" * 80, "🎬🍿" * 40, "' onmouseover='alert(1)",
]  # fmt: skip


def check(page: Page, of: str) -> None:
    assert not scrolls_sideways(page), of
    assert page.locator("h1").count() == 1, of


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_odd_names_do_not_break_a_page(visitors: Visitors, *, scripts: bool) -> None:
    page = visitors.arrive(width=320, scripts=scripts)
    for path in [*(f"/title/o{n}/" for n in range(len(ODD_NAMES))), "/search/?q=something+odd+a+name"]:
        page.goto(path)
        check(page, path)


def test_odd_searches_do_not_either(visitors: Visitors) -> None:
    page = visitors.arrive(width=320)
    for text in ODD_SEARCHES:
        page.goto("/")
        page.locator("[name=q]").first.fill(text)
        page.locator("[name=q]").first.press("Enter")
        page.wait_for_url("**/search/**")
        check(page, text)
