"""What is written stays in its place: in a real browser, from the templates and style sheets alone."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from playwright.sync_api import Browser, Page

from recommender.pages.home import EXAMPLES
from tests.journeys.visitors import WITH_CHROMIUM

pytestmark = WITH_CHROMIUM
STATIC = Path(__file__).parents[2] / "recommender" / "static" / "recommender"
HEAP = "Z" + "\u0301\u0302\u0303\u0316\u0317\u0318" * 12 + "algo"
MARGIN = 0.4  # em that a letter may leave its line box by


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 320, "height": 900})
    yield context.new_page()
    context.close()


def show(page: Page, html: str, *sheets: str) -> None:
    styles = "".join((STATIC / f"{name}.css").read_text() for name in ("tokens", "site", *sheets))
    html = re.sub(r"<(script|link)\b[^>]*>(</script>)?", "", html)
    page.set_content(f"<!doctype html><style>{styles}</style>{html}")


def render(template: str, context: dict[str, Any] | None = None) -> str:
    return render_to_string(f"recommender/{template}.html", context, request=RequestFactory().get("/"))


def around(page: Page, beyond: float) -> list[bytes]:
    """What is drawn above and below #it, from so many em beyond its box on."""
    box = page.locator("#it").bounding_box()
    assert box is not None
    em = page.locator("#it").evaluate("it => parseFloat(getComputedStyle(it).fontSize)")
    top, bottom = box["y"] - beyond * em, box["y"] + box["height"] + beyond * em
    strips = [(top - 80, 80), (bottom, 80)]
    return [page.screenshot(clip={"x": 0, "y": y, "width": 320, "height": height}) for y, height in strips]


@pytest.mark.parametrize(
    ("element", "sheet"),
    [
        ("<h1 id=it>{}</h1>", "title"),
        ("<h2 id=it>{}</h2>", "home"),
        ("<p id=it>{}</p>", "why"),
        ("<p>near<br><a class=chip id=it>{}</a>", "title"),
        ("<ul class=names><li><a id=it href=#>{}</a></ul>", "title"),
        ("<ul class=why__causes><li><span id=it>{}</span></ul>", "why"),
    ],
)
def test_heaped_marks_do_not_reach_other_lines(page: Page, element: str, sheet: str) -> None:
    drawn = []
    for name in ("Zalgo", HEAP):
        show(page, f"<main><br><br><br><br><br><br>{element.format(name)}</main>", sheet)
        drawn.append(around(page, MARGIN + 0.1))
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("tag", ["h1", "h2", "p"])
@pytest.mark.parametrize("name", ["กี่ปู่ที่ผู้อยู่หน้าม้าน้ำ", "Ế Ẫ Ổ phố cổ Ỡ", "لَا إِلٰهَ مُحَمَّدٌ الصَّحْرَاءِ", "Qjgpy ÅÉ"])
def test_no_name_is_cut(page: Page, tag: str, name: str) -> None:
    drawn = []
    for more in ("", "<style>* { overflow: visible !important; }</style>"):
        show(page, f"{more}<main><br><br><br><br><br><br><{tag} id=it><bdi>{name}</bdi></{tag}></main>")
        drawn.append((page.screenshot(), *around(page, 0)))
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("language", ["en", "de"])
def test_on_a_phone_the_first_page_cuts_no_words(page: Page, language: str) -> None:
    with translation.override(language):
        show(page, render("home", {"rows": [], "examples": EXAMPLES}), "sign", "cards", "home")
    shown = [chip for chip in page.locator(".marquee .chip").all() if chip.is_visible()]
    assert len(shown) >= 3
    for chip in shown:
        box = chip.bounding_box()
        assert box is not None
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 300, chip.inner_text()
    assert page.locator(".marquee .chips").evaluate("list => list.scrollWidth <= list.clientWidth")


@pytest.mark.parametrize("language", ["en", "de"])
def test_on_a_phone_a_search_box_shows_all_that_it_asks(page: Page, language: str) -> None:
    with translation.override(language):
        form = render("_search_form", {"field_id": "q"})
    show(page, f'<header class="site-header"><div class="site-header__inner">{form}</div></header>')
    width, room = page.locator("#q").evaluate("""box => {
        const style = getComputedStyle(box), text = document.createElement("canvas").getContext("2d");
        text.font = `${getComputedStyle(box, "::placeholder").fontSize} ${style.fontFamily}`;
        return [text.measureText(box.placeholder).width,
                box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)];
    }""")
    assert 0 < width <= room - 20  # Chromium keeps room for its cross


def test_on_a_phone_the_heads_of_a_table_stay_whole(page: Page) -> None:
    words = "Your words are in what is written about it"
    parts = [SimpleNamespace(words=words, points=0.58, share=0.4, causes=[], rest=0)]
    html = render("_why", {"explanation": SimpleNamespace(place=1, parts=parts, score=0.58)})
    show(page, f'<main class="page"><article class="why-page">{html}</article></main>', "why")
    heads = page.locator("thead th").all()
    assert [head.inner_text() for head in heads] == ["Reason", "Points", "Share"]
    for head in heads:
        assert head.evaluate("it => { const r = document.createRange(); r.selectNodeContents(it);"
                             " return r.getClientRects().length }") == 1  # fmt: skip
