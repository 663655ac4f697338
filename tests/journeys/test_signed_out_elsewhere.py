"""A page stands open while its reader signs out in another tab: nothing breaks, and nothing more is the account's."""

from playwright.sync_api import Page, expect

from tests.journeys.site import Site
from tests.journeys.visitors import IN_A_BROWSER, PASSWORD, account_link, notices, sign_up, type_passwords

pytestmark = IN_A_BROWSER


def left_open(page: Page, path: str) -> Page:
    """The page at `path`, whose reader then signs out in another tab."""
    page.goto(path)
    tab = page.context.new_page()
    tab.goto("/account/")
    tab.get_by_role("button", name="Sign out").click()
    expect(notices(tab)).to_contain_text("You are signed out.")
    tab.close()
    return page


def test_an_opinion_is_nobodys_until_it_is_said_again(site: Site, any_page: Page, name: str) -> None:
    sign_up(any_page, name)
    page = left_open(any_page, "/title/j05/")
    like = page.locator(".title-page").get_by_role("button", name="Like", exact=True)
    like.click()
    expect(notices(page)).to_contain_text("You have signed out meanwhile, so nothing was changed.")
    expect(like).to_have_attribute("aria-pressed", "false")
    expect(account_link(page)).to_have_count(0)
    theirs = (
        "SELECT count(*) FROM catalog_signal s JOIN auth_user u ON u.id = s.user_id"
        f" WHERE u.username = '{name}' AND s.kind = 'like'"
    )
    assert site.sql(theirs) == [(0,)]
    like.click()
    expect(page.locator(".title-page").get_by_role("button", name="Like", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )


def test_the_notice_leads_to_the_sign_in_and_back(any_page: Page, name: str) -> None:
    sign_up(any_page, name)
    page = left_open(any_page, "/title/j05/")
    page.locator(".title-page").get_by_role("button", name="Seen it", exact=True).click()
    notices(page).get_by_role("link", name="Sign in again").click()
    page.locator("input[name=name]").fill(name)
    type_passwords(page, password=PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/title/j05/")
    expect(account_link(page)).to_have_text(f"Account: {name}")
    expect(page.locator(".title-page").get_by_role("button", name="Seen it", exact=True)).to_have_attribute(
        "aria-pressed", "false"
    )


def test_a_page_that_the_back_button_brings_is_of_who_it_was(any_page: Page, name: str) -> None:
    sign_up(any_page, name)
    any_page.goto("/title/j05/")
    any_page.goto("/account/")
    any_page.get_by_role("button", name="Sign out").click()
    expect(notices(any_page)).to_contain_text("You are signed out.")
    any_page.go_back()
    any_page.go_back()
    any_page.wait_for_url("**/title/j05/")
    like = any_page.locator(".title-page").get_by_role("button", name="Like", exact=True)
    if account_link(any_page).count():  # as it was kept; else it was asked for anew, and is a guest's
        like.click()
        expect(notices(any_page)).to_contain_text("You have signed out meanwhile, so nothing was changed.")
    expect(like).to_have_attribute("aria-pressed", "false")


def test_the_account_page_asks_to_sign_in_and_then_goes_on(any_page: Page, name: str) -> None:
    sign_up(any_page, name)
    page = left_open(any_page, "/account/")
    page.get_by_role("link", name="Change password").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.locator("input[name=name]").fill(name)
    type_passwords(page, password=PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Change password")


def test_an_address_typed_there_leads_back_to_the_account(any_page: Page, name: str) -> None:
    sign_up(any_page, name)
    page = left_open(any_page, "/account/")
    page.locator("input[name=email]").fill("me@example.org")
    type_passwords(page, password=PASSWORD)
    page.get_by_role("button", name="Keep this address").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.locator("input[name=name]").fill(name)
    type_passwords(page, password=PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page.locator("h1")).to_have_text([name])


def test_a_second_sign_out_is_no_error(any_page: Page, name: str) -> None:
    sign_up(any_page, name)
    page = left_open(any_page, "/account/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/")
    expect(account_link(page)).to_have_count(0)


def test_nobody_is_told_that_an_account_is_deleted_which_is_not(site: Site, any_page: Page, name: str) -> None:
    sign_up(any_page, name)
    page = left_open(any_page, "/privacy/delete/")
    type_passwords(page, password=PASSWORD)
    page.get_by_role("button", name="Delete everything").click()
    page.wait_for_load_state()
    assert page.get_by_role("heading", level=1).inner_text() != "Everything is deleted"
    assert site.sql(f"SELECT count(*) FROM auth_user WHERE username = '{name}'") == [(1,)]
