"""What a person says of films, with scripts and without: taste, hidden titles, watchlist, import."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.visitors import IN_A_BROWSER, opine

pytestmark = IN_A_BROWSER
OCEAN = "/search/?q=captain+and+crew+on+the+ocean"


def test_three_picks_are_felt_at_once(any_page: Page) -> None:
    page = any_page
    page.goto("/")
    welcome = page.get_by_role("region", name="Pick three you love")
    for n in range(3):
        welcome.locator("label").nth(n).click()
    welcome.get_by_role("button", name="Show me films for these").click()
    expect(page.get_by_role("heading", name="For you", exact=True)).to_be_visible()
    page.goto("/taste/")
    expect(page.locator("#main")).to_contain_text("Liked")
    page.goto("/")
    expect(page.get_by_role("region", name="Pick three you love")).to_have_count(0)


def test_what_is_not_for_somebody_is_gone_until_it_is_restored(any_page: Page) -> None:
    page = any_page
    page.goto(OCEAN)
    card = page.locator(".title-grid .title-card").first
    name = card.get_by_role("heading").inner_text()
    card.get_by_role("button", name="Not for me").click()
    expect(page.get_by_role("status").filter(has_text=f"{name} is not for you")).to_be_attached()
    for path in ("/", OCEAN, "/genre/Adventure/"):
        page.goto(path)
        expect(page.get_by_role("heading", name=name, exact=True)).to_have_count(0)
    page.goto("/taste/hidden/")
    page.get_by_role("button", name="Restore").first.click()
    expect(page.get_by_role("button", name="Restore")).to_have_count(0)
    page.goto(OCEAN)
    expect(page.get_by_role("heading", name=name, exact=True).first).to_be_visible()


def test_the_list_keeps_sorts_exports_and_lets_go(any_page: Page) -> None:
    page = any_page
    for title in ("j01", "j02"):
        opine(page, title, "Watchlist")
    page.goto("/list/?sort=title")
    names = page.locator("#main h2, #main h3").all_inner_texts()
    assert [name for name in names if name in ("Heat", "Reservoir Dogs")] == ["Heat", "Reservoir Dogs"]
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "Heat" in Path(download.value.path()).read_text(encoding="utf-8-sig")
    page.get_by_role("button", name="Remove").first.click()
    expect(page.get_by_role("button", name="Remove")).to_have_count(1)
    page.goto("/list/")
    expect(page.get_by_role("heading", name="Heat", exact=True)).to_have_count(0)


def test_ratings_from_elsewhere_come_and_go_together(any_page: Page) -> None:
    page = any_page
    lines = "Date,Name,Year,Letterboxd URI,Rating\n2024-01-05,Heat,1995,https://example.org/a,4.5\n"
    lines += "2024-01-06,Reservoir Dogs,1992,https://example.org/b,2\n2024-01-07,No Such Film,1901,https://example.org/c,3\n"
    page.goto("/taste/")
    page.get_by_label("File from Letterboxd or IMDb").set_input_files(
        {"name": "ratings.csv", "mimeType": "text/csv", "buffer": lines.encode()}
    )
    page.get_by_role("button", name="Import").click()
    expect(page.locator("#main")).to_contain_text("No Such Film")
    page.goto("/taste/")
    expect(page.locator("#main")).to_contain_text("Heat")
    page.locator("#import").get_by_role("button", name="Undo").first.click()
    expect(page.locator("#import").get_by_role("button", name="Undo")).to_have_count(0)
    page.goto("/taste/")
    expect(page.get_by_role("link", name="Heat", exact=True)).to_have_count(0)
