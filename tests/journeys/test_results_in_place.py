"""The results page in a real browser: what changes in place keeps the focus, is said, and can be taken back."""

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.journeys.site import Site
from tests.journeys.visitors import IN_A_BROWSER, Visitors

pytestmark = IN_A_BROWSER
CRIME = "/search/?q=crime"


def said(page: Page) -> Locator:
    return page.locator("body > [role=status]")


def test_a_card_is_put_away_by_keyboard_and_comes_back(page: Page) -> None:
    page.goto(CRIME)
    card = page.locator(".title-grid .title-card").first
    name = card.get_by_role("heading").inner_text()
    card.get_by_role("button", name="Not for me").press("Enter")
    undo = card.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    expect(said(page)).to_contain_text(f"{name} is not for you")
    expect(card.locator(".title-card__poster")).to_be_hidden()
    card.get_by_role("button", name="Not in the mood").press("Enter")
    expect(card).to_contain_text("Noted, thank you.")
    expect(said(page)).to_contain_text("that is why")
    undo.press("Enter")
    expect(card.locator(".title-card__poster")).to_be_visible()
    expect(card.get_by_role("button", name="Not for me")).to_be_focused()
    expect(card.get_by_role("button", name="Not for me")).to_have_attribute("aria-pressed", "false")


def test_filters_order_and_familiarity_change_in_place_and_the_back_button_goes_back(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(CRIME)
    genre = page.locator("input[name=genres]").first
    value = genre.get_attribute("value") or ""
    genre.press("Space")
    expect(said(page)).to_contain_text("result")
    same = page.locator(f'.refine [name=genres][value="{value}"]')
    expect(same).to_be_checked()
    expect(same).to_be_focused()
    expect(page).to_have_url(f"{page.evaluate('location.origin')}{CRIME}&genres={value}")
    slider = page.get_by_label("Familiar or surprising")
    slider.press("ArrowRight")
    expect(page.locator("#surprise-step")).to_have_text("Rather surprising")
    page.wait_for_url("**surprise=3")
    expect(slider).to_be_focused()
    page.get_by_label("Order").select_option("oldest")
    page.wait_for_url("**sort=oldest**")
    page.go_back()
    expect(page.get_by_label("Order")).to_have_value("best")
    page.go_back()
    page.go_back()
    expect(same).not_to_be_checked()


def test_an_order_chosen_while_another_answer_arrives_is_not_put_back(page: Page) -> None:
    page.goto(CRIME)
    late: list[Route] = []
    page.route("**surprise=3", lambda route: late.append(route), times=1)
    page.get_by_label("Familiar or surprising").press("ArrowRight")
    while not late:
        page.wait_for_timeout(20)
    page.get_by_label("Order").select_option("oldest")
    late[0].continue_()
    page.wait_for_url("**sort=oldest&surprise=3")
    expect(page.get_by_label("Order")).to_have_value("oldest")


def test_back_pressed_twice_shows_the_page_of_the_address(page: Page) -> None:
    page.goto(CRIME)
    for order in ("oldest", "newest"):
        page.get_by_label("Order").select_option(order)
        page.wait_for_url(f"**sort={order}")
    late: list[Route] = []
    page.route("**sort=oldest", lambda route: late.append(route), times=1)
    page.go_back()
    while not late:
        page.wait_for_timeout(20)
    page.go_back()
    expect(page.get_by_label("Order")).to_have_value("best")
    late[0].continue_()
    page.wait_for_timeout(500)
    expect(page.get_by_label("Order")).to_have_value("best")


def test_an_answer_that_comes_after_going_back_is_not_shown(page: Page) -> None:
    page.goto(CRIME)
    page.get_by_label("Order").select_option("oldest")
    page.wait_for_url("**sort=oldest")
    late: list[Route] = []
    page.route("**surprise=3", lambda route: late.append(route), times=1)
    page.get_by_label("Familiar or surprising").press("ArrowRight")
    while not late:
        page.wait_for_timeout(20)
    page.go_back()
    expect(page.get_by_label("Order")).to_have_value("best")
    late[0].continue_()
    page.wait_for_timeout(500)
    expect(page.get_by_label("Order")).to_have_value("best")
    assert page.url.endswith(CRIME)


def test_a_swap_that_fails_says_so_and_can_be_tried_again(page: Page) -> None:
    page.goto(CRIME)
    page.route("**/search/**", lambda route: route.abort())
    page.get_by_label("Order").select_option("newest")
    expect(page.get_by_role("alert")).to_contain_text("did not reach you")
    again = page.get_by_role("link", name="Try again")
    expect(again).to_be_focused()
    page.unroute("**/search/**")
    again.press("Enter")
    expect(page.get_by_label("Order")).to_have_value("newest")


def test_an_opinion_that_does_not_arrive_is_said(page: Page) -> None:
    page.goto(CRIME)
    page.route("**/feedback/", lambda route: route.abort())
    like = page.locator(".title-card").first.get_by_role("button", name="Like")
    like.click()
    expect(said(page)).to_contain_text("nothing was changed")
    expect(like).to_have_attribute("aria-pressed", "false")


def test_what_is_looked_at_for_a_second_is_logged_once(site: Site, page: Page) -> None:
    page.goto(CRIME)
    query_id = page.locator("[data-query-id]").first.get_attribute("data-query-id")
    page.wait_for_timeout(1500)
    page.mouse.wheel(0, 50)
    page.wait_for_timeout(1500)
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    count = (
        "SELECT count(*), count(DISTINCT title_id), min(position), bool_or(i.is_robot),"
        " bool_and(i.client_id = s.client_id) FROM catalog_interaction i JOIN catalog_searchevent s"
        f" ON s.id = i.query_id WHERE i.query_id = '{query_id}' AND action_name = 'impression'"
    )
    site.wait_for(lambda: site.sql(count)[0][0] > 0, seconds=30, what="impressions")
    n, n_titles, first, by_robot, by_them = site.sql(count)[0]
    assert n == n_titles >= 1
    assert (first, by_robot, by_them) == (1, False, True)


def test_without_scripts_the_same_forms_do_it(visitors: Visitors) -> None:
    page = visitors.arrive(scripts=False)
    page.goto(CRIME)
    card = page.locator(".title-grid .title-card").first
    name = card.get_by_role("heading").inner_text()
    card.get_by_role("button", name="Seen it").click()
    names = page.locator(".title-grid").get_by_role("heading")
    expect(names.get_by_text(name, exact=True)).to_have_count(0)
    assert page.url.endswith(CRIME)
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(names.get_by_text(name, exact=True)).to_have_count(1)
    page.get_by_label("Order").select_option("title")
    page.get_by_label("Familiar or surprising").press("ArrowRight")
    page.get_by_role("button", name="Arrange").click()
    assert "sort=title&surprise=3" in page.url


def test_why_opens_below_its_card_and_closes_again(page: Page) -> None:
    page.goto(CRIME)
    first, second = page.get_by_role("link", name="Why this?").all()[:2]
    expect(first).to_have_attribute("aria-expanded", "false")
    first.press("Enter")
    panel = page.locator(".why-panel")
    expect(panel.get_by_role("table")).to_be_visible()
    expect(first).to_have_attribute("aria-expanded", "true")
    expect(first).to_be_focused()
    expect(said(page)).to_contain_text("Place 1 today")
    second.click()
    expect(panel).to_have_count(1)
    expect(first).to_have_attribute("aria-expanded", "false")
    panel.get_by_role("table").wait_for()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(second).to_be_focused()
    second.click()
    expect(panel).to_have_count(1)
    page.locator(".title-card", has=page.locator("[aria-expanded=true]")).get_by_role("button", name="Seen").click()
    expect(panel).to_have_count(0)
    assert page.url.endswith(CRIME)


def test_a_further_page_comes_without_a_complaint(page: Page) -> None:
    """Also where an extension has styled fields: htmx would put it back as an attribute, which the policy refuses."""
    page.goto("/search/?genres=Adventure")
    page.evaluate(
        "() => document.querySelectorAll('#results input').forEach((one) => { one.style.caretColor = 'red' })"
    )
    page.get_by_role("link", name="Next page").click()
    expect(page.locator("#results-count")).to_contain_text("page 2")


def test_without_scripts_why_is_a_page(visitors: Visitors) -> None:
    page = visitors.arrive(scripts=False)
    page.goto(CRIME)
    page.get_by_role("link", name="Why this?").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Why ")
    expect(page.get_by_role("table")).to_be_visible()


# ---- pages that stood open


@pytest.mark.parametrize("lost", [False, True], ids=["the token changed", "cookies were lost"])
def test_buttons_of_a_page_that_stood_open_still_work(page: Page, *, lost: bool) -> None:
    page.goto(CRIME)
    others = page.context.new_page()
    others.goto("/taste/")  # to return to, with forms that no script of htmx sends
    for one in (page, others):
        page.context.clear_cookies(name="csrftoken")
        if not lost:
            here = page.evaluate("location.origin")
            page.context.add_cookies([{"name": "csrftoken", "value": "y" * 32, "url": here}])
        if one is page:
            like = page.get_by_role("button", name="Like").first
            like.click()
            expect(like).to_have_attribute("aria-pressed", "true")
        else:
            others.get_by_role("button", name="Deutsch").click()
            expect(others.locator("html")).to_have_attribute("lang", "de")
