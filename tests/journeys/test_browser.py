"""Pages in a real browser, with scripts and without: what a person does reaches the log."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys.conftest import Site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.journey,
    pytest.mark.browser,
    pytest.mark.encoder,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser(site: Site) -> Iterator[Browser]:
    site.start()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield running
        running.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_click_and_an_opinion_are_logged(site: Site, browser: Browser, *, scripts: bool) -> None:
    context = browser.new_context(java_script_enabled=scripts, user_agent="Mozilla/5.0 (a person)")
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)

    page.goto(f"http://127.0.0.1:{site.port}/")
    box = page.locator("[data-search]").first  # a combobox where scripts run, a search box where not
    box.fill("reservoir dgos")
    box.press("Enter")
    assert page.get_by_role("heading", level=1).inner_text().startswith("Results for")
    assert "Showing results for Reservoir Dogs" in page.locator("main").inner_text()
    page.get_by_role("link", name="Reservoir Dogs").first.click()
    assert page.get_by_role("heading", level=1).inner_text() == "Reservoir Dogs"
    query_id = page.url.split("from=")[1]
    page.get_by_role("button", name="Like", exact=True).click()
    assert "you like Reservoir Dogs" in page.get_by_role("status").inner_text()

    logged = site.sql(
        "SELECT action_name, position, s.client_id = i.client_id FROM catalog_interaction i"
        f" JOIN catalog_searchevent s ON s.id = i.query_id WHERE i.query_id = '{query_id}' ORDER BY i.created"
    )
    assert logged == [("click", 1, True), ("like", None, True)]
    assert troubles == []
    context.close()


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways(site: Site, browser: Browser, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page: Page = context.new_page()
    for path in ("/", "/search/?q=space+adventure", "/search/?q=qqqq+zzzz", "/title/j01/", "/nowhere/"):
        page.goto(f"http://127.0.0.1:{site.port}{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    context.close()
