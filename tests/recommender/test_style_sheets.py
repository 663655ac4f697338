"""Style sheets: small, without unused rules, their colours in one place and readable."""

import re
from pathlib import Path

import pytest

from recommender.posters import inks
from tests.recommender.drawn_pages import EVERY_PAGE, STATIC, Page, every_page


@pytest.fixture
def pages() -> dict[str, Page]:
    return every_page()


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_style_and_script_stay_small(pages, name):
    """In bytes as they lie here; htmx apart."""

    def size(addresses):
        return sum(len((STATIC / a.rsplit("/", 1)[1]).read_bytes()) for a in addresses if "htmx" not in a)

    assert size(a["href"] for a in pages[name].all("link", rel="stylesheet")) <= 20_000
    assert size(a["src"] for a in pages[name].all("script")) <= 20_000


def test_every_custom_property_is_defined_and_used():
    tokens, sheets = (STATIC / "tokens.css").read_text(), _sheets()
    defined = set(re.findall(r"(--[\w-]+):", tokens))
    assert defined == set(re.findall(r"var\((--[\w-]+)", sheets))


def test_colours_live_in_the_tokens():
    for sheet in STATIC.glob("*.css"):
        assert sheet.name == "tokens.css" or not re.findall(r"#[0-9a-fA-F]{3,8}\b", sheet.read_text()), sheet.name


def _sheets() -> str:
    return "".join(path.read_text() for path in STATIC.glob("*.css"))


def test_every_class_that_is_styled_stands_in_a_template():
    site = "".join(path.read_text() for path in STATIC.glob("*.css") if path.name != "desk.css")  # the admin's own
    root = Path(__file__).parents[2] / "templates"
    drawn = [*root.glob("**/*.html"), *root.glob("**/*.svg"), *STATIC.glob("*.js"), *STATIC.parents[1].glob("*.py")]
    templates = "".join(path.read_text() for path in drawn)
    for name in set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"/\*.*?\*/", "", site, flags=re.DOTALL))):
        stem = re.sub(r"(message--|row--)\w+$", r"\1", name)
        assert stem in templates, f"nothing uses .{name}"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_the_contrast_it_needs(theme):
    """WCAG 2.2, success criteria 1.4.3 (text, 4.5) and 1.4.11 (edges of controls, 3)."""
    colour = _colours(theme)
    for text in ("ink", "ink-soft", "accent", "accent-over"):
        for ground in ("page", "surface"):
            assert _contrast(colour[text], colour[ground]) >= 4.5, (text, ground)
    for ground in ("accent", "accent-over"):
        assert _contrast(colour["on-accent"], colour[ground]) >= 4.5
    for ground in ("page", "surface"):
        assert _contrast(colour["line-strong"], colour[ground]) >= 3
        assert _contrast(colour["focus"], colour[ground]) >= 3
    for text in ("sign-letter", "sign-letter-soft", "sign-button", "sign-button-over"):
        for ground in ("sign-board", "sign-board-low"):
            assert _contrast(colour[text], colour[ground]) >= 4.5, (text, ground)


def test_the_words_on_a_poster_can_be_read():
    for palette in inks.PALETTES.values():
        assert _contrast(palette.ground, palette.ink) >= 7


def _colours(theme: str) -> dict[str, str]:
    light, dark = (STATIC / "tokens.css").read_text().split("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([\w-]+): (#\w{6});", light))
    return found | dict(re.findall(r"--([\w-]+): (#\w{6});", dark)) if theme == "dark" else found


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
