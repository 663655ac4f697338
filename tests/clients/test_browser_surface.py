"""The JavaScript client in a real browser, with the network played: its calls are known to the OpenAPI document, and
what cannot be sent is sent later, once.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.clients.surface import Call, operation_of
from tests.journeys.site import ROOT
from tests.journeys.visitors import WITH_CHROMIUM, Visitors

pytestmark = WITH_CHROMIUM

SOURCE = (ROOT / "clients" / "marquee.js").read_text()
HERE, SITE = "http://shop.example", "http://films.example"
PAGE = f"""<!doctype html><html lang=en><title>Shop</title><script type=module>
import {{ Marquee, MarqueeError }} from "./marquee.js";
Object.assign(window, {{ Marquee, MarqueeError, site: new Marquee("{SITE}/") }});
</script></html>"""
FILTERS = {
    "kind": "movie", "genres": ["Comedy", "-Horror"], "any_genres": ["Drama"], "countries": ["France"],
    "languages": ["French"], "maturity": ["R"], "people": ["Tom Hanks"], "directors": ["Greta Gerwig"],
    "year_min": 1990, "year_max": 2020, "runtime_min": 60, "runtime_max": 180,
}  # fmt: skip
EXAMPLES = {
    "search": ("'a heist', {limit: 5, sort: 'newest', facets: 'all', correct: false, explain: true, cursor: 'x',"
               " diversity: 0.5, novelty_weight: -1, personalize: false, ...filters}"),
    "suggest": "'godf', {limit: 5}",
    "similar": "'j01', {also: ['j02', 'j03'], limit: 5}",
    "recommendations": "'for_you', {limit: 5, ...filters}",
    "session": "['j01'], {limit: 5, ...filters}",
    "rank": "['j01', 'j02'], 'a heist', {explain: true, novelty_weight: 0.5}",
    "click": "{query_id: '0198c5f2-7a10-7cc1-9d3e-5b1f0a6e2c44'}, {item_id: 'j01', position: 1}",
    "event": "'dwell', 'j01', {query_id: '0198c5f2-7a10-7cc1-9d3e-5b1f0a6e2c44', position: 1, value: 12.5}",
}  # fmt: skip
OPERATIONS = {
    "search": "search", "suggest": "suggest", "similar": "similar", "recommendations": "recommendations",
    "session": "recommendations_for_session", "rank": "rank", "click": "send_events", "event": "send_events",
}  # fmt: skip
# Methods that make no call of their own, or make any.
NOT_CALLS = {
    "constructor",
    "flush",
    "leave",
    "observe",
    "optOut",
    "optIn",
    "optedOut",
    "who",
    "get",
    "post",
    "ask",
    "later",
}
RECORDED = {"accepted": 1, "duplicates": 0, "rejected": []}
Answered = tuple[int, dict[str, str], Any]


class Played:
    """The network: notes the calls, and answers as it is told, in the end with what the client can use."""

    def __init__(self, page: Page) -> None:
        self.calls: list[Call] = []
        self.told: list[Answered] = []  # the next answers: status, headers, body
        page.route(f"{HERE}/", lambda route: route.fulfill(content_type="text/html", body=PAGE))
        page.route(f"{HERE}/marquee.js", lambda route: route.fulfill(content_type="text/javascript", body=SOURCE))
        page.route(f"{SITE}/**", self._answer)
        page.goto(f"{HERE}/")
        page.wait_for_function("!!window.site")

    def _answer(self, route: Route) -> None:
        request = route.request
        allowed = {"Access-Control-Allow-Origin": HERE, "Access-Control-Expose-Headers": "Retry-After"}
        if request.method == "OPTIONS":
            allowed |= {"Access-Control-Allow-Headers": "*"}
            route.fulfill(status=200, headers=allowed)
            return
        assert "cookie" not in request.headers
        self.calls.append(Call(request.method, request.url, json.loads(request.post_data or "null")))
        status, headers, body = self.told.pop(0) if self.told else (200, {}, RECORDED | {"items": []})
        route.fulfill(
            status=status, headers=allowed | headers, content_type="application/json", body=json.dumps(body)
        )


@pytest.fixture
def visitors(chromium: Browser) -> Iterator[Visitors]:
    visitors = Visitors(chromium, HERE)
    yield visitors
    visitors.leave()
    assert visitors.troubles == []


@pytest.fixture
def page(visitors: Visitors) -> Page:
    page = visitors.arrive()
    page.route(f"{HERE}/favicon.ico", lambda route: route.fulfill(content_type="image/svg+xml", body="<svg/>"))
    return page


@pytest.fixture
def played(page: Page) -> Played:
    return Played(page)


@pytest.mark.parametrize("name", EXAMPLES)
def test_its_calls_are_as_the_document_tells(page: Page, played: Played, name: str) -> None:
    page.evaluate(f"async filters => {{ await site.{name}({EXAMPLES[name]}); await site.flush(); }}", FILTERS)
    (call,) = played.calls
    assert operation_of(call) == OPERATIONS[name]


def test_every_method_has_an_example(page: Page, played: Played) -> None:
    methods = set(page.evaluate("Object.getOwnPropertyNames(Marquee.prototype)"))
    assert methods - NOT_CALLS == set(EXAMPLES)


def test_who_asks_is_kept_until_they_opt_out(page: Page, played: Played) -> None:
    first = page.evaluate("site.who()")
    page.reload()
    page.wait_for_function("!!window.site")
    assert page.evaluate("site.who()") == first
    page.evaluate("site.event('like', 'j01')")
    page.evaluate("site.optOut()")
    page.evaluate("site.event('like', 'j02')")
    page.evaluate("site.flush()")
    page.evaluate("site.search('x')")
    assert [call.address for call in played.calls] == [f"{SITE}/api/v1/search?q=x"]
    assert page.evaluate("Object.keys(localStorage)") == ["marquee.opted_out"]
    page.evaluate("site.optIn()")
    assert page.evaluate("site.who().client_id") not in (None, first["client_id"])


def test_what_was_under_way_when_they_opted_out_is_not_sent_again(page: Page, played: Played) -> None:
    problem = {"title": "No", "detail": "Later.", "request_id": "r"}
    played.told = [(503, {"Retry-After": "0"}, problem)] * 2
    kept = page.evaluate("""async () => {
        site.event('like', 'j01');
        const events = site.flush(), search = site.search('x').catch(error => error.status);
        site.optOut();
        await events;
        const status = await search;
        await new Promise(resolve => setTimeout(resolve, 1500));
        return [site.waiting.length, !!site.timer, status];
    }""")
    assert kept == [0, False, 503]
    assert len(played.calls) == 2


def test_nothing_is_kept_of_who_asks_for_privacy(page: Page) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    Played(page)
    assert page.evaluate("site.who().client_id")
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


@pytest.mark.parametrize("status", [429, 503])
def test_events_that_were_not_taken_are_sent_again_as_the_same(page: Page, played: Played, status: int) -> None:
    problem = {"title": "No", "detail": "Later.", "request_id": "r"}
    played.told = [(status, {"Retry-After": "0"}, problem)]
    page.evaluate("site.event('like', 'j01')")
    page.evaluate("site.flush()")
    while len(played.calls) < 2:
        page.wait_for_timeout(20)
    first, second = played.calls
    assert first == second


def test_events_that_are_refused_are_not_sent_again(page: Page, played: Played) -> None:
    played.told = [(400, {}, {"title": "Invalid request", "detail": "No.", "request_id": "r"})]
    page.evaluate("site.event('like', 'j01')")
    page.evaluate("site.flush()")
    page.wait_for_timeout(1_500)
    assert len(played.calls) == 1


def test_a_refusal_says_what_and_where(page: Page, played: Played) -> None:
    played.told = [(400, {}, {"title": "Invalid request", "detail": "Too long.", "field": "q", "request_id": "r"})]
    told = page.evaluate(
        "site.search('x').catch(error => [error instanceof MarqueeError, {...error}, error.message])"
    )
    assert told[0] is True
    assert told[1] | {"status": 400, "title": "Invalid request", "field": "q", "requestId": "r"} == told[1]
    assert told[2] == "Invalid request: q: Too long."


def test_a_question_waits_as_long_as_it_is_told_to(page: Page, played: Played) -> None:
    played.told = [(503, {"Retry-After": "1"}, {"title": "Away", "detail": "Soon.", "request_id": "r"})]
    took = page.evaluate(
        "async () => { const t = performance.now(); await site.search('x'); return performance.now() - t }"
    )
    assert took >= 1_000
    assert len(played.calls) == 2


def test_it_is_one_short_file(page: Page) -> None:
    assert SOURCE.count("\n") <= 250
    assert re.findall(r"^import .*", SOURCE, re.MULTILINE) == []
