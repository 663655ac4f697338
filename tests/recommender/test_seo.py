"""What machines read: robots, sitemaps, the manifest, and the head of every page."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.test import Client

from catalog.models import Credit, Person, Title
from recommender.pages import seo

pytestmark = pytest.mark.django_db
STATIC = Path(__file__).parents[2] / "recommender" / "static" / "recommender"
NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    return Client(headers={"User-Agent": "Mozilla/5.0 (a person)"})


def addresses(browser: Client, path: str) -> list[str]:
    page = browser.get(path)
    assert page.status_code == 200
    assert page["Content-Type"].startswith("application/xml")
    return [found.text or "" for found in ElementTree.fromstring(page.content).iterfind(".//s:loc", NAMES)]


def test_robots_may_read_titles_and_nothing_personal(browser: Client) -> None:
    page = browser.get("/robots.txt")
    assert page["Content-Type"].startswith("text/plain")
    lines = page.content.decode().splitlines()
    for path in ("/search/", "/go/", "/choose/", "/api/", "/admin/"):
        assert f"Disallow: {path}" in lines
    assert "Sitemap: http://testserver/sitemap.xml" in lines
    assert "Disallow: /" not in lines


def test_the_sitemap_names_every_title_genre_and_known_person(browser: Client, standing_world: list[Title]) -> None:
    known, once = Person.objects.create(name="Known Well"), Person.objects.create(name="Known Once")
    for film in standing_world[:2]:
        Credit.objects.create(title=film, person=known, role=Credit.Role.CAST)
    Credit.objects.create(title=standing_world[0], person=once, role=Credit.Role.CAST)
    Title.objects.filter(external_id="f9").update(is_published=False)
    parts = addresses(browser, "/sitemap.xml")
    found = [one for part in parts for one in addresses(browser, part.removeprefix("http://testserver"))]
    assert "http://testserver/title/f1/" in found
    assert "http://testserver/title/f9/" not in found
    assert "http://testserver/genre/Sci-Fi/" in found
    assert f"http://testserver/person/{known.pk}/" in found
    assert f"http://testserver/person/{once.pk}/" not in found
    for one in found:
        assert browser.get(one.removeprefix("http://testserver")).status_code == 200, one


def test_a_large_catalogue_comes_in_parts(
    browser: Client, standing_world: list[Title], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seo.Titles, "limit", 4)
    parts = [part for part in addresses(browser, "/sitemap.xml") if "titles" in part]
    assert len(parts) == 3
    titles = [one for part in parts for one in addresses(browser, part.removeprefix("http://testserver"))]
    assert len(titles) == len(set(titles)) == len(standing_world)


def test_a_part_that_is_not_there_is_not_there(browser: Client) -> None:
    for path in ("/sitemap-nonsense.xml", "/sitemap-titles.xml?p=99", "/sitemap-titles.xml?p=x"):
        assert browser.get(path).status_code == 404


def test_the_manifest_names_icons_that_exist(browser: Client) -> None:
    page = browser.get("/manifest.webmanifest")
    assert page["Content-Type"] == "application/manifest+json"
    about = json.loads(page.content)
    assert about["start_url"] == "/"
    for icon in about["icons"]:
        assert (STATIC / icon["src"].rsplit("/", 1)[1]).is_file()


@pytest.mark.parametrize("size", [192, 512])
def test_an_icon_has_the_size_it_says(size: int) -> None:
    head = (STATIC / f"icon-{size}.png").read_bytes()
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) == (size, size)
    assert len(head) < 10_000


def test_the_old_address_of_the_icon_leads_to_one(browser: Client) -> None:
    page = browser.get("/favicon.ico")
    assert page.status_code == 302
    assert page["Location"].endswith("icon-192.png")


def test_colours_of_the_frame_are_those_of_the_tokens(browser: Client) -> None:
    light, dark = (STATIC / "tokens.css").read_text().split("@media (prefers-color-scheme: dark)")
    surface = [re.search(r"--surface: (#\w+);", part)[1] for part in (light, dark)]  # type: ignore[index]
    html = browser.get("/").content.decode()
    assert re.findall(r'name="theme-color"[^>]*content="(#\w+)"', html) == surface
    assert surface[0] == seo.PAPER
    assert f"--sign-frame: {seo.HOUSE};" in light


def test_a_title_says_what_it_is_to_who_links_it(browser: Client, standing_world: list[Title]) -> None:
    film = standing_world[0]
    html = browser.get(f"{film.get_absolute_url()}?from=019a0000-0000-7000-8000-000000000001").content.decode()
    assert '<link rel="canonical" href="http://testserver/title/f1/">' in html
    assert f'<meta property="og:title" content="{film.name}">' in html
    assert f'<meta name="description" content="{film.description}">' in html
    assert 'property="og:type" content="video.movie"' in html


def test_a_description_cannot_leave_its_attribute(browser: Client, standing_world: list[Title]) -> None:
    hostile = '"><script>alert(1)</script>'
    Title.objects.filter(pk=standing_world[0].pk).update(name=hostile, description=hostile)
    assert b"<script>alert(1)" not in browser.get("/title/f1/").content


def test_searches_are_kept_out_of_search_engines(browser: Client) -> None:
    assert '<meta name="robots" content="noindex">' in browser.get("/search/?q=heat").content.decode()
    assert 'name="robots"' not in browser.get("/title/f1/").content.decode()


def test_the_language_can_be_changed_without_scripts(browser: Client) -> None:
    page = browser.post("/language/", {"language": "de", "next": "/search/?q=heat"})
    assert (page.status_code, page["Location"]) == (302, "/search/?q=heat")
    html = browser.get("/how-ranking-works/").content.decode()
    assert '<html lang="de">' in html
    assert re.search(r'value="de"[^>]*aria-current="true"', html)


def test_the_language_form_leads_nowhere_else(browser: Client) -> None:
    page = browser.post("/language/", {"language": "de", "next": "https://example.com/"})
    assert page["Location"] == "/"
