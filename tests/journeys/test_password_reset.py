"""A forgotten password, from the letter to the sign-in, in a real browser with scripts and without."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.site import Site
from tests.journeys.visitors import (
    IN_A_BROWSER,
    PASSWORD,
    Visitors,
    account_link,
    notices,
    sign_in,
    sign_up,
    type_passwords,
)

pytestmark = IN_A_BROWSER
NEW = "another quite long phrase"


def links(site: Site, address: str) -> list[str]:
    """Of all letters to an address, oldest first. Without a mail server letters are written to the log."""
    letters = re.split(r"^.*\| Subject: ", site.log.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return [
        link.group()
        for letter in letters
        if f"| To: {address}\n" in letter and (link := re.search(r"http://\S+/password/\S+", letter))
    ]


def ask_for_a_letter(page: Page, address: str) -> None:
    page.goto("/sign-in/")
    page.get_by_role("link", name="Password forgotten?").click()
    page.locator("input[name=email]").fill(address)
    page.get_by_role("button", name="Send the letter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your letters")


def test_a_letter_lets_its_reader_in_once(site: Site, visitors: Visitors, any_page: Page, name: str) -> None:
    page, signed_in, address = any_page, visitors.arrive(), f"{name}@example.org"
    sign_up(signed_in, name, address)
    ask_for_a_letter(page, address)
    site.wait_for(lambda: len(links(site, address)) == 1, seconds=30, what="letter")
    (link,) = links(site, address)

    page.goto(link)
    expect(page.locator("#main")).to_contain_text(f"For {name}")
    type_passwords(page, new_password=NEW, again="something else")
    page.get_by_role("button", name="Set the password").click()
    expect(page.locator("#main")).to_contain_text("These two passwords differ.")
    type_passwords(page, new_password=NEW, again=NEW)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(notices(page)).to_contain_text("Your new password is set.")
    sign_in(page, name, PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    sign_in(page, name, NEW)
    expect(account_link(page)).to_have_text(f"Account: {name}")
    signed_in.goto("/account/")
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("Sign in")

    used = page.goto(link)
    assert used is not None
    assert used.status == 410
    expect(page.get_by_role("heading", level=1)).to_have_text("This link is used up")
    page.get_by_role("link", name="Send a new letter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Password forgotten?")


def test_a_letter_is_of_no_use_when_the_password_was_changed_since(
    site: Site, visitors: Visitors, page: Page, name: str
) -> None:
    asking, address = visitors.arrive(), f"{name}@example.org"
    sign_up(page, name, address)
    ask_for_a_letter(asking, address)
    site.wait_for(lambda: len(links(site, address)) == 1, seconds=30, what="letter")
    page.goto("/account/password/")
    type_passwords(page, password=PASSWORD, new_password=NEW, again=NEW)
    page.get_by_role("button", name="Change password").click()
    expect(notices(page)).to_contain_text("Your password is changed.")
    asking.goto(links(site, address)[0])
    expect(asking.get_by_role("heading", level=1)).to_have_text("This link is used up")


def test_whether_an_address_has_an_account_is_not_told(site: Site, page: Page) -> None:
    ask_for_a_letter(page, "nobody@example.org")
    expect(page.locator("#main")).to_contain_text("If an account has this address, a letter is on its way.")
    assert links(site, "nobody@example.org") == []
