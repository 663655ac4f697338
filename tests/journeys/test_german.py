"""The pages in German, whose words are longer: nothing keeps anybody out, nothing leaves a phone."""

import pytest
from playwright.sync_api import StorageState, expect

from tests.journeys.looking import faults, scrolls_sideways
from tests.journeys.visitors import IN_A_BROWSER, Visitors, account_link

pytestmark = IN_A_BROWSER
MAIN = [
    "/",
    "/search/?q=crime",
    "/title/j01/",
    "/why/j01/?q=crime",
    "/list/",
    "/taste/",
    "/taste/hidden/",
    "/how-ranking-works/",
    "/account/",
    "/account/password/",
    "/privacy/",
    "/privacy/delete/",
]


def test_no_member_is_kept_out(visitors: Visitors, member: StorageState) -> None:
    page = visitors.arrive(language="de", known_as=member)
    assert faults(page, MAIN) == []
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(account_link(page)).to_have_text("Konto: maria")


@pytest.mark.parametrize("known", [False, True], ids=["a stranger", "a member"])
def test_no_page_leaves_a_phone(visitors: Visitors, member: StorageState, *, known: bool) -> None:
    page = visitors.arrive(language="de", width=320, known_as=member if known else None)
    paths = MAIN if known else ["/", "/search/?q=crime", "/search/?q=qqqq+zzzz", "/title/j01/", "/sign-up/"]
    for path in paths:
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("lang", "de")
        assert not scrolls_sideways(page), path
