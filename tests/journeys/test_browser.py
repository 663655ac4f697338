"""What a person does on the pages reaches the log, with scripts and without."""

from playwright.sync_api import Page

from tests.journeys.site import Site
from tests.journeys.visitors import IN_A_BROWSER

pytestmark = IN_A_BROWSER


def test_a_click_and_an_opinion_are_logged(site: Site, any_page: Page) -> None:
    page = any_page
    page.goto("/")
    box = page.locator("[data-search]").first  # a combobox where scripts run, a search box where not
    box.fill("reservoir dgos")
    box.press("Enter")
    page.wait_for_url("**/search/**")
    assert page.get_by_role("heading", level=1).inner_text().startswith("Results for")
    assert "Showing results for Reservoir Dogs" in page.locator("main").inner_text()
    page.get_by_role("link", name="Reservoir Dogs").first.click()
    page.wait_for_url("**/title/j01/**")
    assert page.get_by_role("heading", level=1).inner_text() == "Reservoir Dogs"
    query_id = page.url.split("from=")[1]
    page.locator(".title-page").get_by_role("button", name="Like", exact=True).click()
    page.get_by_role("status").filter(has_text="you like Reservoir Dogs").wait_for(state="attached")

    logged = site.sql(
        "SELECT action_name, position, s.client_id = i.client_id FROM catalog_interaction i"
        " JOIN catalog_searchevent s ON s.id = i.query_id"
        f" WHERE i.query_id = '{query_id}' AND action_name <> 'impression' ORDER BY i.created"
    )
    assert logged == [("click", 1, True), ("like", None, True)]
