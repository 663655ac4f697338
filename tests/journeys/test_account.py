"""An account from beginning to end, in a real browser with scripts and without."""

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.site import Site
from tests.journeys.visitors import (
    IN_A_BROWSER,
    PASSWORD,
    Visitors,
    account_link,
    kept_by,
    notices,
    opine,
    sign_in,
    sign_up,
    type_passwords,
)

pytestmark = IN_A_BROWSER
OTHER = "another quite long phrase"


def test_the_account_page_tells_what_it_holds(any_page: Page, name: str) -> None:
    page = any_page
    sign_up(page, name)
    account_link(page).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator("#joined")).to_contain_text("Nothing.")
    page.locator("input[name=email]").fill("me@example.org")
    type_passwords(page, password="not the password")
    page.get_by_role("button", name="Keep this address").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#main")).to_contain_text("This is not your password. Nothing was changed.")
    expect(page.locator("input[name=email]")).to_have_value("me@example.org")
    type_passwords(page, password=PASSWORD)
    page.get_by_role("button", name="Keep this address").click()
    expect(notices(page)).to_contain_text("Your e-mail address is changed.")
    expect(page.locator("#main")).to_contain_text("A letter to me@example.org lets you in again")


def test_a_changed_password_signs_other_browsers_out(visitors: Visitors, any_page: Page, name: str) -> None:
    page = any_page
    sign_up(page, name)
    elsewhere = visitors.arrive(known_as=kept_by(page))
    elsewhere.goto("/account/")
    expect(elsewhere.get_by_role("heading", level=1)).to_have_text(name)
    page.goto("/account/")
    page.get_by_role("link", name="Change password").click()
    type_passwords(page, password=PASSWORD, new_password=OTHER, again="something else")
    page.get_by_role("button", name="Change password").click()
    expect(page.locator("#main")).to_contain_text("These two passwords differ.")
    type_passwords(page, password=PASSWORD, new_password=OTHER, again=OTHER)
    page.get_by_role("button", name="Change password").click()
    expect(notices(page)).to_contain_text("Your password is changed.")
    expect(account_link(page)).to_have_count(1)
    elsewhere.reload()
    expect(elsewhere.get_by_role("heading", level=1)).to_have_text("Sign in")
    sign_in(elsewhere, name, PASSWORD)
    expect(elsewhere.get_by_role("alert")).to_contain_text("do not belong together")
    sign_in(elsewhere, name, OTHER)
    expect(account_link(elsewhere)).to_have_count(1)


def test_a_history_joins_and_parts_again(any_page: Page, name: str) -> None:
    page = any_page
    opine(page, "j02", "Like")
    sign_up(page, name)
    page.goto("/taste/")
    expect(page.get_by_role("link", name="Heat", exact=True)).to_be_visible()
    opine(page, "j03", "Like")
    page.goto("/account/")
    expect(page.locator("#joined")).to_contain_text("1 opinion")
    page.locator("#joined").get_by_role("button", name="Undo").click()
    expect(notices(page)).to_contain_text("Parted")
    expect(page.locator("#joined").get_by_role("button", name="Undo")).to_have_count(0)
    page.goto("/taste/")
    expect(page.get_by_role("link", name="Ocean's Eleven", exact=True)).to_be_visible()  # said since, so it stays
    expect(page.get_by_role("link", name="Heat", exact=True)).to_have_count(0)
    page.goto("/account/")
    page.get_by_role("button", name="Sign out").click()
    expect(account_link(page)).to_have_count(0)
    page.goto("/taste/")  # the browser's own history is its own again
    expect(page.get_by_role("link", name="Heat", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Ocean's Eleven", exact=True)).to_have_count(0)


def test_everything_can_be_taken_along(any_page: Page, name: str) -> None:
    page = any_page
    sign_up(page, name, f"{name}@example.org")
    opine(page, "j02", "Like")
    page.goto("/privacy/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download my data").click()
    assert download.value.suggested_filename.startswith("marquee-my-data-")
    text = json.dumps(json.loads(Path(download.value.path()).read_text(encoding="utf-8")))
    for ours in (name, f"{name}@example.org", "Heat"):
        assert ours in text


def test_an_account_is_deleted_only_with_its_password(site: Site, any_page: Page, name: str) -> None:
    page = any_page
    accounts = f"SELECT count(*) FROM auth_user WHERE username = '{name}'"
    sign_up(page, name)
    opine(page, "j02", "Like")
    page.goto("/privacy/")
    page.get_by_role("link", name="Delete my account and my data").click()
    type_passwords(page, password="not the password")
    page.get_by_role("button", name="Delete everything").click()
    expect(page.locator("#main")).to_contain_text("This is not your password. Nothing was changed.")
    assert site.sql(accounts) == [(1,)]
    type_passwords(page, password=PASSWORD)
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Everything is deleted")
    assert site.sql(accounts) == [(0,)]
    assert {cookie["name"] for cookie in page.context.cookies()} <= {"csrftoken"}
    page.goto("/taste/")
    expect(page.get_by_role("link", name="Heat", exact=True)).to_have_count(0)
    sign_in(page, name, PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
