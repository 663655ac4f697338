"""Posters are the same everywhere, suit the genre, and hold any name inside their frame."""

import re
from pathlib import Path

import pytest

from recommender import posters
from recommender.lettering import SIZES, fit, width_of
from recommender.posters import COMPOSITIONS, HEIGHT, MARGIN, WIDTH, Dice, palettes_of, poster

STATIC = Path(posters.__file__).parent / "static" / "recommender"
NAMES = [
    "Inception",
    "M",
    "8½",
    "The Incredibly Strange Creatures Who Stopped Living and Became Mixed-Up Zombies",
    "Supercalifragilisticexpialidocious" * 9,
    "many words " * 30,
    "<script>alert('x')</script> & <b>Bold</b>",
    "בראשית: הסרט הגדול מכולם",
    "ملك الصحراء",
    "기생충과 살인의 추억",
    "千と千尋の神隠しと天空の城ラピュタ" * 8,
    "สุดเสน่หา ลุงบุญมีระลึกชาติ",
    "🎬🎥 & Co",
    "e" + "\u0301" * 200,
    "\u202eevil\u202c\x00name\ud800",
    "",
    "   ",
]


def test_it_works():
    drawn = poster("Inception", 2010, ("Action", "Sci-Fi"))
    assert " ".join(line.text for line in drawn.lines).casefold() == "inception"
    assert drawn.year is not None
    assert drawn.year.text == "2010"
    assert drawn.palette in ("cosmos", "ember")
    assert drawn.shapes


def test_it_is_the_same_on_every_machine():
    """A digest decides, not Python's salted hash: these were drawn once and written down."""
    drawn = poster("Casablanca", 1942, ("Drama", "Romance", "War"))
    assert (drawn.palette, drawn.lettering, drawn.is_day) == ("velvet", "italic", True)


def test_remakes_of_one_name_differ_by_their_year():
    assert poster("Dune", 1984, ("Sci-Fi",)).shapes != poster("Dune", 2021, ("Sci-Fi",)).shapes


def test_a_catalogue_uses_every_composition_both_lights_and_every_face():
    drawn = [poster(f"Film {n}", 1900 + n % 120, ("Comedy",)) for n in range(400)]
    assert {p.is_day for p in drawn} == {True, False}
    assert {p.lettering for p in drawn} == {"roman", "italic", "capitals"}
    assert {p.anchor for p in drawn} == {"start", "middle"}
    assert any(p.initial for p in drawn)
    assert not all(p.initial for p in drawn)


@pytest.mark.parametrize(
    ("genres", "first"),
    [
        (("Drama", "Western"), "frontier"),
        (("Drama", "Romance"), "velvet"),
        (("TV Sci-Fi & Fantasy",), "cosmos"),
        (("Docuseries",), "archive"),
        (("Drama",), "matinee"),
        (("Unheard-of",), "matinee"),
        ((), "matinee"),
    ],
)
def test_the_most_telling_genre_chooses_the_palette(genres, first):
    assert palettes_of(genres)[0] == first


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("year", [None, 1931, 2020])
def test_no_name_leaves_the_frame(name, year):
    drawn = poster(name, year, ("Horror",))
    assert drawn.size in SIZES
    for line in drawn.lines:
        assert width_of(line.text) * drawn.size <= WIDTH - 2 * MARGIN + 1e-6
        assert 0 < line.y < HEIGHT - 8
        assert line.text.isprintable() or "\u0301" in line.text
    edge = {("ltr", "start"): MARGIN, ("rtl", "start"): WIDTH - MARGIN}
    assert drawn.x == edge.get((drawn.direction, drawn.anchor), WIDTH / 2)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_every_composition_keeps_a_band_for_words(composition, name):
    sketch = composition(Dice(name))
    assert 0 < sketch.top < sketch.bottom <= HEIGHT
    assert fit(name, width=WIDTH - 2 * MARGIN, height=sketch.bottom - sketch.top - 14).size >= 12
    for shape in sketch.shapes:
        assert re.fullmatch(r"[MLHVQCTqtahvZz\d. -]+", shape.d), shape.d


def test_right_to_left_names_read_from_the_right():
    assert {poster(name, 2001, ()).direction for name in ("בראשית", "2 ملك")} == {"rtl"}
    assert poster("Genesis בראשית", 2001, ()).direction == "ltr"


def test_the_initial_skips_the_article():
    letters = {poster(f"The Watch {n}", 1990, ()).initial for n in range(60)}
    assert letters == {"", "W"}


def test_the_style_sheet_knows_every_colour_and_tone():
    tokens, site = (STATIC / "tokens.css").read_text(), (STATIC / "site.css").read_text()
    for palette in set(posters.PALETTES.values()):
        assert f".poster--{palette} " in tokens
    tones = {shape.tone for draw in COMPOSITIONS for shape in draw(Dice("any")).shapes}
    for tone in tones:
        assert f".poster__{tone}" in site
