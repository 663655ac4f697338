"""The keyboard is enough: from the first page to a liked title, without a pointer."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.visitors import IN_A_BROWSER

pytestmark = IN_A_BROWSER


def tab_to(page: Page, name: str, most: int = 80) -> None:
    """Press Tab until what has the focus is called so."""
    for _ in range(most):
        page.keyboard.press("Tab")
        said = page.evaluate(
            "(document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || '').trim()"
        )
        if said.startswith(name):
            return
    pytest.fail(f"{name} cannot be reached with Tab")


def test_from_the_first_page_to_a_liked_title(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.insert_text("reservoir do")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    box = page.locator("[role=combobox]").first
    assert box.get_attribute("aria-activedescendant")
    page.keyboard.press("Escape")
    assert box.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/**")
    tab_to(page, "Reservoir Dogs")
    page.keyboard.press("Enter")
    page.wait_for_url("**/title/**")
    tab_to(page, "Like")
    page.keyboard.press("Enter")
    expect(page.locator("[aria-pressed=true]").first).to_be_focused()
