"""Every page of somebody with a taste: nothing weighs too much, and nothing jumps while it loads."""

import gzip

import pytest
from playwright.sync_api import Page, Response, StorageState

from tests.journeys.test_every_page import OF_MEMBERS, OF_STRANGERS
from tests.journeys.visitors import IN_A_BROWSER, Visitors

pytestmark = IN_A_BROWSER
BUDGET = {"html": 14 * 1024, "css": 20 * 1024, "js": 20 * 1024}  # bytes with gzip, of one page; htmx apart
PATHS = sorted({*OF_STRANGERS, *OF_MEMBERS} - {"/sign-in/", "/sign-up/"})  # a member has no use for these
MEASURE_SHIFTS = (
    "window.shift = 0; new PerformanceObserver(list => { for (const entry of list.getEntries())"
    " if (!entry.hadRecentInput) window.shift += entry.value })"
    ".observe({type: 'layout-shift', buffered: true})"
)


@pytest.fixture
def page(visitors: Visitors, member: StorageState) -> Page:
    return visitors.arrive(known_as=member)


def test_no_page_weighs_too_much(page: Page) -> None:
    came: list[Response] = []
    page.on("response", lambda answer: came.append(answer))  # Playwright takes no builtin
    for path in PATHS:
        came.clear()
        page.goto(path)
        weights = dict.fromkeys(BUDGET, 0)
        for answer in came:
            if (kind := _kind(answer)) is not None:
                weights[kind] += len(gzip.compress(answer.body()))
        assert weights["html"] > 0
        assert {kind for kind, weight in weights.items() if weight > BUDGET[kind]} == set(), (path, weights)


def _kind(answer: Response) -> str | None:
    if answer.request.is_navigation_request():
        return "html"
    if "/static/" not in answer.url or "htmx" in answer.url:
        return None
    kind = answer.headers.get("content-type", "")
    return "css" if "css" in kind else "js" if "javascript" in kind else None


def test_nothing_jumps_while_a_page_loads(page: Page) -> None:
    page.context.add_init_script(MEASURE_SHIFTS)
    for path in PATHS:
        page.goto(path, wait_until="networkidle")
        assert page.evaluate("window.shift") <= 0.01, path
