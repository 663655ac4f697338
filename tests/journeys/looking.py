"""Looking at a page as a reviewer would: does it keep anybody out, does it scroll sideways, did all of it come?"""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from playwright.sync_api import Page, Response

THEMES = ("light", "dark")


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def faults(page: Page, paths: Iterable[str]) -> list[tuple[str, ...]]:
    """What is wrong with each page in both themes, at the width that the page has.

    A theme is changed in place, so each page is loaded once; nothing is animated for who arrives in `Visitors`.
    """
    found: list[tuple[str, ...]] = []
    missing: list[str] = []

    def note(answer: Response) -> None:
        if answer.status >= 400 and not answer.request.is_navigation_request():
            missing.append(answer.url)

    page.on("response", note)
    for path in paths:
        page.goto(path)
        page.evaluate(_axe())
        if scrolls_sideways(page):
            found.append((path, "scrolls sideways"))
        for theme in THEMES:
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            found += [(path, theme, *violation) for violation in violations(page)]
    page.remove_listener("response", note)
    return found + [("did not come", url) for url in missing]


def violations(page: Page) -> list[tuple[str, str, str]]:
    """(rule, selector, html) of all that axe-core finds, which has to be on the page."""
    told = page.evaluate("axe.run({resultTypes: ['violations']}).then(result => result.violations)")
    return [(one["id"], str(node["target"]), node["html"][:120]) for one in told for node in one["nodes"]]


def scrolls_sideways(page: Page) -> bool:
    root = "document.documentElement"
    return bool(page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"))
