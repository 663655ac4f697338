"""Every page in a real browser, at two widths and in both themes: nothing keeps anybody out.

axe-core finds nothing, no page scrolls sideways, and no script or style is refused by the policy (`visitors`).
"""

import pytest
from playwright.sync_api import Page, StorageState, expect

from tests.journeys.looking import faults
from tests.journeys.visitors import IN_A_BROWSER, Visitors, account_link

pytestmark = IN_A_BROWSER
WIDTHS = pytest.mark.parametrize("width", [320, 1280])
OF_STRANGERS = [
    "/",
    "/search/?q=space+adventure",
    "/search/?q=reservoir+dgos",
    "/search/?q=qqqq+zzzz",
    "/search/?q=crime&sort=newest&surprise=3",
    "/title/j01/",
    "/why/j01/?q=crime",
    "/genre/Crime/",
    "/list/",
    "/taste/",
    "/taste/hidden/",
    "/how-ranking-works/",
    "/privacy/",
    "/privacy/delete/",
    "/sign-in/",
    "/sign-up/",
    "/password/",
    "/password/sent/",
    "/password/MQ/no-such-token/",
    "/nowhere/",
]
OF_TASTE = ["/", "/search/?q=crime", "/title/j01/", "/why/j01/?q=crime", "/list/", "/taste/", "/taste/hidden/"]
OF_GUESTS = [*OF_TASTE, "/taste/reset/", "/privacy/"]
OF_MEMBERS = [*OF_TASTE, "/account/", "/account/password/", "/privacy/", "/privacy/delete/"]


@WIDTHS
def test_no_stranger_is_kept_out(visitors: Visitors, width: int) -> None:
    assert faults(visitors.arrive(width=width), OF_STRANGERS) == []


@WIDTHS
def test_no_guest_with_a_taste_is_kept_out(visitors: Visitors, guest: StorageState, width: int) -> None:
    assert faults(visitors.arrive(width=width, known_as=guest), OF_GUESTS) == []


@WIDTHS
def test_no_member_is_kept_out(visitors: Visitors, member: StorageState, width: int) -> None:
    page = visitors.arrive(width=width, known_as=member)
    assert faults(page, OF_MEMBERS) == []
    expect(account_link(page)).to_have_text("Account: maria")


def test_what_is_wrong_is_found(page: Page) -> None:
    """The measure itself: a page that is wide, without a label, and too faint in the dark only."""
    html = """<!doctype html><html lang=en><title>Wrong</title><main><h1>Wrong</h1><input>
        <p id=faint>Faint</p><p id=wide></p></main><style>#wide { width: 200vw; height: 1px; }
        @media (prefers-color-scheme: dark) { body { background: #111; color: #fff; } #faint { color: #333; } }
        </style></html>"""
    page.route("**/wrong/", lambda route: route.fulfill(content_type="text/html", body=html))
    found = {fault[1:3] for fault in faults(page, ["/wrong/"])}
    assert {("scrolls sideways",), ("light", "label"), ("dark", "color-contrast")} <= found
    assert ("light", "color-contrast") not in found
