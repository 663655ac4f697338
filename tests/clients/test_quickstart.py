"""docs/quickstart.md does what it says: its page and its programs, as they stand there, on a running site."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.clients.conftest import Elsewhere
from tests.journeys.site import ROOT, Site
from tests.journeys.visitors import WITH_CHROMIUM, Visitors

pytestmark = [*WITH_CHROMIUM, pytest.mark.encoder]

TEXT = (ROOT / "docs" / "quickstart.md").read_text()
ADDRESS = "https://films.example.org"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_the_page_finds_shows_and_tells(chromium: Browser, site: Site, elsewhere: Elsewhere) -> None:
    (html,) = blocks("html")
    assert html.count(ADDRESS) == 1
    elsewhere.pages["/films.html"] = "text/html", html.replace(ADDRESS, site.address)
    elsewhere.pages["/gone"] = "text/html", "<!doctype html><title>Gone</title>"
    visitors = Visitors(chromium, elsewhere.origin)
    page = visitors.arrive(width=320)
    page.goto("/films.html")
    page.get_by_label("What would you like to watch?").fill("reservoir dgos")
    page.get_by_role("button", name="Search").click()
    first = page.get_by_role("listitem").first
    expect(first).to_have_text("Reservoir Dogs (1992)")
    expect(page.get_by_role("status")).to_contain_text("films")
    link = first.get_by_role("link")
    assert page.evaluate("link => link.href", link.element_handle()).startswith(f"{site.address}/title/")

    item_id = first.get_attribute("data-item-id")
    noted = (
        "SELECT count(*) FROM catalog_interaction deed JOIN catalog_title ON catalog_title.id = title_id"
        " JOIN catalog_searchevent search ON search.id = query_id AND raw_text = 'reservoir dgos'"
        f" WHERE external_id = '{item_id}' AND action_name = "
    )
    site.wait_for(lambda: site.sql(noted + "'impression'") == [(1,)], seconds=60, what="impression on the log")
    link.click()
    page.wait_for_url(f"{site.address}/title/**")
    site.wait_for(lambda: site.sql(noted + "'click'") == [(1,)], seconds=60, what="click on the log")

    page.goto("/films.html")
    page.get_by_role("searchbox").fill("x" * 3_000)
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status")).to_contain_text("2000 characters")
    visitors.leave()
    assert visitors.troubles == []


def test_the_programs_import_and_recommend(site: Site, key: str, tmp_path: Path) -> None:
    bring, ask = blocks("python")
    environment = site.environment | {"MARQUEE_KEY": key, "PYTHONPATH": str(ROOT / "clients")}

    def run(program: str) -> str:
        assert ADDRESS in program
        file = tmp_path / "program.py"
        file.write_text(program.replace(ADDRESS, site.address))
        done = subprocess.run(
            [sys.executable, file], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "'new': 2" in run(bring)
    site.wait_for(
        lambda: "shop-2" in {item["item_id"] for item in site.search("strangers on a bus at night")["items"]},
        seconds=120, what="title that was sent",
    )  # fmt: skip
    lines = run(ask).splitlines()
    assert len(lines) == 5
    assert all(" · Because you liked" in line for line in lines)
    assert site.sql("SELECT count(*) FROM catalog_interaction WHERE action_name = 'like'") == [(1,)]
