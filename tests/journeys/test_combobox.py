"""The search box in a real browser, by keyboard alone: the combobox of the ARIA Authoring Practices Guide."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.site import Site
from tests.journeys.visitors import IN_A_BROWSER, Visitors

pytestmark = IN_A_BROWSER


@pytest.fixture
def page(page: Page) -> Page:
    """A page with a search box in its head."""
    page.goto("/how-ranking-works/")
    return page


def typed(page: Page, text: str) -> None:
    """From anywhere on the page."""
    page.keyboard.press("/")
    page.keyboard.insert_text(text)  # at once: no answer to a part of it can come between
    page.wait_for_selector("[role=option]")


def chosen(page: Page) -> str:
    """The text of the option that the box says is active; "" for none."""
    option = page.locator("[data-search]").get_attribute("aria-activedescendant")
    return page.locator(f"#{option} bdi").inner_text() if option else ""


def test_it_opens_says_how_many_and_what_leads_on(page: Page) -> None:
    box = page.get_by_role("combobox")
    expect(box).to_have_attribute("aria-expanded", "false")
    typed(page, "reserv")
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-expanded", "true")
    options = page.get_by_role("option")
    expect(page.get_by_role("group").first).to_have_accessible_name("Titles")
    expect(page.get_by_text(f"{options.count()} suggestion")).to_be_attached()
    assert page.locator("[role=option] mark").first.inner_text() == "Reserv"
    assert page.locator(f"#{box.get_attribute('aria-controls')}").get_attribute("role") == "listbox"


def test_arrows_go_round_and_the_text_stays_what_was_typed(page: Page) -> None:
    typed(page, "a")
    n = page.get_by_role("option").count()
    assert n > 2
    seen = []
    for _ in range(n):
        page.keyboard.press("ArrowDown")
        seen.append(chosen(page))
    assert "" not in seen
    page.keyboard.press("ArrowDown")
    assert chosen(page) == ""  # back in the box
    page.keyboard.press("ArrowUp")
    assert chosen(page) == seen[-1]
    assert page.get_by_role("combobox").input_value() == "a"
    assert page.locator("[aria-selected=true]").count() == 1


def test_home_and_end_move_in_the_text(page: Page) -> None:
    typed(page, "rese")
    page.keyboard.press("ArrowDown")
    for key, place in (("Home", 0), ("End", 4)):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.selectionStart") == place
    assert chosen(page) == ""


def test_enter_on_a_title_shows_it_and_the_search_is_logged(site: Site, page: Page) -> None:
    typed(page, "reservoir")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/title/j01/*")
    query_id = page.url.split("from=")[1]
    logged = site.sql(
        f"SELECT raw_text, surface, array_length(shown, 1) FROM catalog_searchevent WHERE id = '{query_id}'"
    )
    assert logged == [("Reservoir Dogs", "html", 1)]


def test_enter_on_a_person_shows_their_page(page: Page) -> None:
    typed(page, "quentin")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/person/*/")
    assert page.get_by_role("heading", level=1).inner_text() == "Quentin Tarantino"


def test_enter_without_a_choice_searches(page: Page) -> None:
    typed(page, "reserv")
    page.keyboard.insert_text(" at a heist")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=reserv+at+a+heist")


def test_escape_closes_then_empties(page: Page) -> None:
    typed(page, "rese")
    box = page.get_by_role("combobox")
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    assert box.input_value() == "rese"
    page.keyboard.press("Escape")
    assert box.input_value() == ""


def test_tab_leaves(page: Page) -> None:
    typed(page, "rese")
    page.keyboard.press("Tab")
    expect(page.get_by_role("combobox")).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("button", name="Search", exact=True)).to_be_focused()


def test_an_empty_box_offers_ones_own_searches(page: Page) -> None:
    page.goto("/search/?q=bank+robbery")
    page.goto("/how-ranking-works/")
    page.keyboard.press("/")
    page.wait_for_selector("[role=option]")
    expect(page.get_by_role("group")).to_have_accessible_name("Recent")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=bank+robbery")


def test_an_answer_that_comes_too_late_is_dropped(page: Page) -> None:
    def late(route: object) -> None:
        page.wait_for_timeout(400) if "q=rese&" in route.request.url else None  # type: ignore[attr-defined]
        route.continue_()  # type: ignore[attr-defined]

    page.route("**/api/v1/suggest*", late)
    page.keyboard.press("/")
    page.keyboard.type("rese")
    page.wait_for_timeout(200)
    page.keyboard.type("q" * 12)
    page.wait_for_timeout(900)
    assert page.get_by_role("option").count() == 0


def test_who_has_begun_to_choose_keeps_the_list(page: Page) -> None:
    typed(page, "rese")
    late: list[Route] = []
    page.route("**/api/v1/suggest?q=reserv&*", lambda route: late.append(route))
    page.keyboard.insert_text("rv")
    while not late:
        page.wait_for_timeout(20)
    page.keyboard.press("ArrowDown")
    before = chosen(page)
    assert before == "Reservoir Dogs"
    late[0].continue_()
    page.wait_for_timeout(500)
    assert chosen(page) == before
    page.keyboard.press("Enter")
    page.wait_for_url("**/title/j01/*")


def test_no_list_moves_the_page(page: Page) -> None:
    before = page.evaluate("document.querySelector('main').getBoundingClientRect().top")
    typed(page, "rese")
    assert page.evaluate("document.querySelector('main').getBoundingClientRect().top") == before


def test_keys_are_shown_and_no_letter_is_stolen(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", include_hidden=True)).not_to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("1/2?")
    assert page.get_by_role("combobox").input_value() == "1/2?"
    expect(dialog).not_to_be_visible()
    page.get_by_role("button", name="Keyboard").click()
    expect(dialog).to_be_visible()


def test_a_finger_does(visitors: Visitors) -> None:
    page = visitors.arrive(width=320, has_touch=True)
    page.goto("/")
    page.locator("[data-search]").first.tap()
    page.keyboard.insert_text("reserv")
    page.get_by_role("option").first.tap()
    page.wait_for_url("**/title/j01/*")
