"""The whole story from the two clients alone: pages of another origin search and tell what was chosen, a program of
the site's owner lets it learn, and what was chosen comes first.
"""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from clients.marquee import Marquee
from tests.clients.conftest import Elsewhere
from tests.journeys.site import Site, place_of
from tests.journeys.visitors import WITH_CHROMIUM, Visitors

pytestmark = [*WITH_CHROMIUM, pytest.mark.encoder]

QUERY = "heist that goes wrong"
CHOSEN = "j08"  # A Fish Called Wanda: a right answer that version 0 puts far down
OTHERS = ["space adventure", "romantic drama", "scary hotel in winter"]
PAGE = """<!doctype html><html lang=en><title>Elsewhere</title><ul id=list></ul><script type=module>
import { Marquee, MarqueeError } from "./marquee.js";
const site = new Marquee("SITE");
window.site = site;
window.find = async (text, asked) => {
  const answer = await site.search(text, { limit: 100, ...asked });
  list.replaceChildren(...answer.items.map((item) => {
    const row = document.createElement("li"), link = document.createElement("a");
    row.dataset.itemId = item.item_id;
    link.href = "/left";
    link.textContent = item.title;
    row.append(link);
    return row;
  }));
  window.stop = site.observe(list, answer);
  return answer;
};
window.refused = (promise) => promise.then(() => null, (error) => ({ ...error, is: error instanceof MarqueeError }));
</script></html>"""


@pytest.fixture
def visitors(chromium: Browser, site: Site, elsewhere: Elsewhere) -> Any:
    elsewhere.pages["/"] = "text/html", PAGE.replace("SITE", site.address)
    elsewhere.pages["/left"] = "text/html", "<!doctype html><title>Left</title>"
    visitors = Visitors(chromium, elsewhere.origin)
    yield visitors
    visitors.leave()
    assert visitors.troubles == []


def arrive(visitors: Visitors) -> Page:
    page = visitors.arrive()
    page.goto("/")
    page.wait_for_function("!!window.site")
    return page


def choose(page: Page, text: str, item_id: str = "") -> Any:
    """Search, look, and follow the link of a title, or of the first; the page is left at once."""
    answer = page.evaluate("text => find(text)", text)
    item_id = item_id or answer["items"][0]["item_id"]
    page.wait_for_timeout(400)  # nobody reads a page in less, so faster clicks teach nothing
    page.locator(f"[data-item-id={item_id}] a").click()
    page.wait_for_url("**/left")
    return answer


def events_of(site: Site, action: str) -> int:
    ((count,),) = site.sql(f"SELECT count(*) FROM catalog_interaction WHERE action_name = '{action}'")
    return int(count)


def test_what_three_people_chose_elsewhere_is_learnt(visitors: Visitors, site: Site, key: str) -> None:
    marquee = Marquee(site.address, key)
    before = marquee.search(QUERY, limit=100)
    assert place_of(before, CHOSEN) > 3
    n_clicks = events_of(site, "click")
    for _ in range(3):
        for text in OTHERS:
            choose(arrive(visitors), text)
        choose(arrive(visitors), QUERY, CHOSEN)
    site.wait_for(lambda: events_of(site, "click") == n_clicks + 12, seconds=60, what="clicks on the log")

    asked = marquee.train()
    site.wait_for(
        lambda: (marquee.runs.get("requests", asked["request_id"])["run"] or {}).get("finished") is not None,
        seconds=120, what="end of the run",
    )  # fmt: skip
    run = marquee.runs.get("requests", asked["request_id"])["run"]
    assert run["status"] == "promoted", run
    site.wait_for(lambda: min(site.versions()) == run["candidate_version"], seconds=60, what="new version everywhere")

    after = marquee.search(QUERY, limit=100)
    assert after["model_version"] > before["model_version"]
    assert place_of(after, CHOSEN) < place_of(before, CHOSEN)
    assert marquee.models.get("aliases", "champion")["version"] == after["model_version"]
    told = [line for line in marquee.export("events", limit=5_000) if line["action_name"] == "click"]
    assert len({line["client_id"] for line in told}) >= 12


def test_what_waits_goes_when_the_page_is_left(visitors: Visitors, site: Site) -> None:
    page = arrive(visitors)
    answer = page.evaluate("find('romantic drama')")
    item = answer["items"][0]
    n_seen = events_of(site, "seen")
    page.evaluate("([item, query_id]) => site.event('seen', item.item_id, {query_id})", [item, answer["query_id"]])
    page.goto("/left")
    site.wait_for(lambda: events_of(site, "seen") == n_seen + 1, seconds=60, what="event of a page that was left")


def test_a_page_that_was_not_named_learns_nothing(chromium: Browser, site: Site, elsewhere: Elsewhere) -> None:
    """`localhost` is another origin than the one that is allowed, though the page is the same."""
    elsewhere.pages["/"] = "text/html", PAGE.replace("SITE", site.address)
    page = chromium.new_page()
    page.goto(elsewhere.origin.replace("127.0.0.1", "localhost"))
    page.wait_for_function("!!window.site")
    told = page.evaluate("refused(new site.constructor(site.base.slice(0, -6), {tries: 1}).search('x'))")
    page.close()
    assert told["is"] is True
    assert told["status"] == 0


def test_refusals_and_limits_can_be_read_from_elsewhere(visitors: Visitors, site: Site) -> None:
    page = arrive(visitors)
    told = page.evaluate("refused(site.search('x', {colour: 'red'}))")
    assert (told["status"], told["field"], told["detail"]) == (400, "colour", "Unknown field.")
    assert told["requestId"]
    headers = page.evaluate("fetch(site.base + '/titles?limit=1').then(answer => Object.fromEntries(answer.headers))")
    assert {"x-request-id", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"} <= headers.keys()
