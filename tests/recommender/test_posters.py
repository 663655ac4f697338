"""Posters are the same everywhere, suit the genre, and hold any name inside their frame."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string

from catalog.models import Title
from recommender.posters import drawing as posters
from recommender.posters import inks
from recommender.posters.drawing import COMPOSITIONS, HEIGHT, MARGIN, WIDTH, Dice, palettes_of, poster
from recommender.posters.lettering import SIZES, fit, width_of

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


def test_every_palette_has_inks_and_every_tone_a_colour():
    assert {*posters.PALETTES.values(), posters.DEFAULT_PALETTE} == set(inks.PALETTES)
    tones = {shape.tone for draw in COMPOSITIONS for shape in draw(Dice("any")).shapes} | {"ink", "ground"}
    for palette in inks.PALETTES.values():
        for is_day in (True, False):
            found = replace(palette, is_day=is_day).tones
            assert all(re.fullmatch("#[0-9a-f]{6}", found[tone]) for tone in tones)


def test_by_day_ground_and_ink_change_places():
    night = inks.PALETTES["noir"]
    day = replace(night, is_day=True).tones
    assert (day["ground"], day["ink"], day["dust"]) == (night.ink, night.ground, night.ink)
    assert inks.mixed("#000000", "#ffffff", 0.25) == "#bfbfbf"


def test_another_name_year_or_genre_is_another_version():
    facts = [
        ("Dune", 1984, ("Sci-Fi",)),
        ("Dune", 2021, ("Sci-Fi",)),
        ("Dune", 1984, ()),
        ("Dune", None, ("Sci-Fi",)),
    ]
    assert len({posters.version_of(*each) for each in facts}) == 4
    assert posters.version_of(*facts[0]) == posters.version_of(*facts[0])


# ---- as an image


@pytest.mark.parametrize("name", [*NAMES, "a\ufffeb\x0bc", "]]> &amp; </svg>"])
def test_every_name_is_drawn_as_sound_xml(name):
    drawn = render_to_string("recommender/poster.svg", {"poster": poster(name, 1999, ("Drama",))})
    root = ElementTree.fromstring(drawn.encode())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not {"script", "style"} & {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not any(key.startswith("on") or key == "style" for element in root.iter() for key in element.attrib)


@pytest.fixture
def film(db):
    return Title.objects.create(external_id="a.b:c-1", name="The Watch", year=1990)


def test_it_is_kept_for_a_year_under_its_version(film, client):
    version = posters.version_of("The Watch", 1990, ())
    image = client.get(f"/poster/a.b:c-1.svg?v={version}")
    assert (image.status_code, image["Content-Type"]) == (200, "image/svg+xml")
    assert "WATCH" in image.content.decode().upper()
    assert image["Cache-Control"] == "public, max-age=31536000, immutable"
    assert image["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not image.cookies


@pytest.mark.parametrize("address", ["/poster/a.b:c-1.svg", "/poster/a.b:c-1.svg?v=00000000"])
def test_under_another_version_it_is_looked_at_again(film, client, address):
    assert client.get(address)["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("external_id", ["unknown", "a%00b", "a.b:c-1.svg"])
def test_there_is_no_poster_of_what_there_is_not(film, client, external_id):
    assert client.get(f"/poster/{external_id}.svg").status_code == 404


def test_what_is_not_published_has_no_poster(film, client):
    Title.objects.update(is_published=False)
    assert client.get("/poster/a.b:c-1.svg").status_code == 404


def test_it_costs_two_queries(film, client, django_assert_num_queries):
    with django_assert_num_queries(2):
        client.get("/poster/a.b:c-1.svg")


def test_a_page_names_the_image_its_size_and_its_version(film):
    html = Template("{% load posters %}{% poster title %}").render(Context({"title": film}))
    assert f"/poster/a.b:c-1.svg?v={posters.version_of('The Watch', 1990, ())}" in html
    assert 'alt="" width="200" height="300" loading="lazy"' in html
