"""A poster for a title that has none: a composition, a palette and lettering, chosen by a stable hash.

Pure: the same name, year and genres give the same poster on every machine. It returns geometry and
words; the template draws and escapes them. Colours are those of `inks`; how a name is broken into lines is the
work of `lettering`.
"""

import hashlib
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from recommender.posters import inks
from recommender.posters.lettering import LEADING, clean, fit, is_latin, is_right_to_left

if TYPE_CHECKING:
    from catalog.models import Title

EDITION = 2  # change it whenever a poster would look different: browsers keep what they were given for a year
WIDTH, HEIGHT, MARGIN = 200, 300, 16
MAX_LETTERS = 300  # more of a name than this is not looked at

# The most telling genre first: a war drama is a war film. Stems, because sources spell them differently.
PALETTES = {
    "western": "frontier", "horror": "blood", "sci": "cosmos", "war": "steel", "anim": "carnival",
    "music": "stage", "sport": "arena", "docu": "archive", "fantas": "grove", "myster": "noir",
    "roman": "velvet", "crime": "noir", "thrill": "noir", "comed": "parlour", "action": "ember",
    "advent": "ember", "famil": "carnival", "child": "carnival", "histor": "archive", "biograph": "archive",
}  # fmt: skip
DEFAULT_PALETTE = "matinee"

_ARTICLE = re.compile(r"^(the|an?|le|la|les|el|der|die|das)\s+(?=\w)", re.IGNORECASE)

T = TypeVar("T")


@dataclass(frozen=True)
class Shape:
    """One path. tone: which colour of the palette fills it."""

    tone: str
    d: str


@dataclass(frozen=True)
class Line:
    """A line of words on its baseline."""

    text: str
    y: float


@dataclass(frozen=True)
class Poster:
    """Everything the template draws, in a box of 200 by 300."""

    palette: str
    lettering: str
    is_day: bool  # the palette's ink and ground change places
    shapes: tuple[Shape, ...]
    lines: tuple[Line, ...]
    size: float
    x: float
    anchor: str
    direction: str
    year: Line | None
    initial: str

    @property
    def tones(self) -> dict[str, str]:
        """Colour by tone."""
        return replace(inks.PALETTES[self.palette], is_day=self.is_day).tones

    @property
    def painted(self) -> list[tuple[str, str]]:
        """(colour, path) of every shape, the lowest first."""
        tones = self.tones
        return [(tones[shape.tone], shape.d) for shape in self.shapes]


@dataclass(frozen=True)
class Sketch:
    """The picture, and the band (top to bottom) that it leaves plain for the words."""

    shapes: list[Shape]
    top: float = 206
    bottom: float = 284
    is_centred: bool = False
    has_initial: bool = False


class Dice:
    """A reproducible stream of choices from one digest."""

    def __init__(self, *facts: object) -> None:
        self._digest = hashlib.blake2b("\x1f".join(map(str, facts)).encode("utf-8", "replace")).digest()
        self._n_thrown = 0

    def between(self, low: float, high: float) -> float:
        byte = self._digest[self._n_thrown % len(self._digest)]
        self._n_thrown += 1
        return low + (high - low) * byte / 256

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[int(self.between(0, len(choices)))]


@lru_cache(maxsize=4096)
def poster(name: str, year: int | None, genres: tuple[str, ...]) -> Poster:
    """The poster of one title. Any text is a name, an empty one too; genres in any order and spelling."""
    name = clean(name[:MAX_LETTERS])
    dice = Dice(name, year)
    palette = dice.one_of(palettes_of(genres)[:2])
    is_day = dice.between(0, 1) > 0.6
    faces = ("roman", "italic") if year and year < 1965 else ("capitals", "capitals", "roman")
    lettering = dice.one_of(faces) if is_latin(name) else "roman"  # other scripts have no true italic
    initial = _ARTICLE.sub("", name)[:1].upper()
    sketch = dice.one_of(COMPOSITIONS if initial.isalnum() else COMPOSITIONS[1:])(dice)
    right_to_left = is_right_to_left(name)
    top = sketch.top + (14 if year else 0)  # the year stands above the name
    setting = fit(
        name.upper() if lettering == "capitals" else name,
        width=WIDTH - 2 * MARGIN,
        height=sketch.bottom - top,
    )
    first = top + setting.size * 0.86
    lines = tuple(Line(text, round(first + i * setting.size * LEADING, 1)) for i, text in enumerate(setting.lines))
    return Poster(
        palette=palette,
        lettering=lettering,
        is_day=is_day,
        shapes=tuple(sketch.shapes),
        lines=lines,
        size=setting.size,
        x=WIDTH / 2 if sketch.is_centred else WIDTH - MARGIN if right_to_left else MARGIN,
        anchor="middle" if sketch.is_centred else "start",
        direction="rtl" if right_to_left else "ltr",
        year=Line(str(year), sketch.top + 6) if year else None,
        initial=initial if sketch.has_initial else "",
    )


def facts_of(title: "Title") -> tuple[str, int | None, tuple[str, ...]]:
    """The arguments of `poster`. Reads the title's genres: prefetch them for a list."""
    return title.name, title.year, tuple(genre.name for genre in title.genres.all())


def version_of(name: str, year: int | None, genres: tuple[str, ...]) -> str:
    """Equal where the poster is: part of its address, so that it can be kept for ever."""
    facts = "\x1f".join(map(str, (EDITION, name, year, *genres)))
    return hashlib.blake2b(facts.encode("utf-8", "replace"), digest_size=4).hexdigest()


def palettes_of(genres: tuple[str, ...]) -> list[str]:
    """Palettes that suit the genres, the most telling first; never empty."""
    spelt = " ".join(genres).lower()
    return list(dict.fromkeys(p for stem, p in PALETTES.items() if stem in spelt)) or [DEFAULT_PALETTE]


# --- Compositions: each draws with the palette's tones and leaves a plain band for the words ---


def monogram(dice: Dice) -> Sketch:
    """The first letter, too large for the sheet, over a quarter of light."""
    x = dice.one_of((0, WIDTH))
    light = Shape("shade", disc(x, 0, dice.between(120, 190)))
    return Sketch([light, Shape("ground", box(0, 198, WIDTH, 102))], has_initial=True)


def sunrise(dice: Dice) -> Sketch:
    """A disc behind two hills."""
    x, y, radius = dice.between(50, 150), dice.between(80, 120), dice.between(34, 62)
    lean = dice.between(-40, 40)
    rise, fall = 110 - lean / 2, 200 + lean / 2
    far = f"M0 {160 + lean / 2:.0f}C60 {rise:.0f} 110 {fall:.0f} 200 {150 - lean / 2:.0f}V300H0"
    near = f"M0 {200 - lean / 4:.0f}Q100 {172 + lean / 4:.0f} 200 {200 + lean / 5:.0f}V300H0"
    return Sketch([Shape("shade", box(0, 0, WIDTH, 220)), Shape("glow", disc(x, y, radius)),
                   Shape("dusk", far), Shape("ground", near)], top=212)  # fmt: skip


def beam(dice: Dice) -> Sketch:
    """The projector's light, across a dark house."""
    flip, y = dice.one_of((False, True)), dice.between(30, 80)
    low, high = dice.between(150, 185), dice.between(10, 60)

    def x(value: float) -> float:
        return WIDTH - value if flip else value

    wide = polygon((x(34), y), (x(200), high - 30), (x(200), low + 15))
    narrow = polygon((x(34), y), (x(200), high + 10), (x(200), low - 25))
    dust = [
        Shape("dust", disc(x(dice.between(90, 190)), dice.between(50, 140), dice.between(0.8, 2.2))) for _ in range(7)
    ]
    lens = [Shape("shade", disc(x(30), y, 19)), Shape("ink", disc(x(30), y, 9))]
    return Sketch([Shape("shade", wide), Shape("glow", narrow), *dust, *lens])


def rings(dice: Dice) -> Sketch:
    """Circles that slip out of centre as they shrink."""
    x, y = dice.between(70, 130), dice.between(80, 115)
    dx, dy = dice.between(-5, 5), dice.between(-5, 5)
    circles = [disc(x + i * dx, y + i * dy, 150 - i * 17) for i in range(9)]
    tones = ["shade", "ground"] * 4 + ["glow"]
    return Sketch([*map(Shape, tones, circles), Shape("ground", box(0, 198, WIDTH, 102))], is_centred=True)


def blinds(dice: Dice) -> Sketch:
    """A light seen through a blind."""
    x, y, radius = dice.between(60, 140), dice.between(195, 235), dice.between(42, 64)
    gap = dice.between(15, 19)
    n_slats = int(170 / gap)
    slats = "".join(box(0, 128 + i * gap, WIDTH, 2 + i * (gap - 5) / n_slats) for i in range(n_slats + 1))
    return Sketch([Shape("shade", box(0, 118, WIDTH, 182)), Shape("glow", disc(x, y, radius)),
                   Shape("ground", slats)], top=24, bottom=108)  # fmt: skip


def skyline(dice: Dice) -> Sketch:
    """A town at night, one window lit."""
    heights = [dice.between(40, 150) for _ in range(8)]
    back = "".join(box(i * 25, 300 - height, 26, height) for i, height in enumerate(heights))
    front = "".join(
        box(i * 34 - 6, 300 - height * 0.62, 28, height * 0.62) for i, height in enumerate(heights[::-1][:6])
    )
    moon = disc(dice.between(30, 170), dice.between(140, 165), dice.between(13, 20))
    house = dice.one_of(range(6))
    window = box(house * 34 + 4, 308 - heights[::-1][house] * 0.62, 8, 11)
    return Sketch([Shape("glow", moon), Shape("shade", back), Shape("dusk", front), Shape("glow", window)],
                  top=24, bottom=118)  # fmt: skip


def shards(dice: Dice) -> Sketch:
    """Cut paper, hanging from the top."""
    cuts = [i * 40 + dice.between(-7, 7) for i in range(6)]
    cuts[0], cuts[-1] = 0, WIDTH
    lit = dice.one_of(range(5))
    pieces = []
    for i, (left, right) in enumerate(pairwise(cuts)):
        length, slant = dice.between(70, 190), dice.between(-16, 16)
        d = polygon((left, 0), (right, 0), (right - 5, length + slant), (left + 3, length - slant))
        pieces.append(Shape("glow" if i == lit else "shade", d))
    return Sketch(pieces)


def iris(dice: Dice) -> Sketch:
    """A shutter of six blades closing on a light."""
    x, y, turn, opening = WIDTH / 2, 104.0, dice.between(0, math.tau / 6), dice.between(22, 50)

    def at(radius: float, sixths: float) -> tuple[float, float]:
        angle = turn + sixths * math.tau / 6
        return x + radius * math.cos(angle), y + radius * math.sin(angle)

    edges = "".join(polygon(at(opening, i), at(90, i + 0.78), at(90, i + 0.82)) for i in range(6))
    light = Shape("glow", polygon(*(at(opening, i) for i in range(6))))
    return Sketch([Shape("shade", disc(x, y, 84)), Shape("ground", edges), light], is_centred=True)


def sea(dice: Dice) -> Sketch:
    """Waves under a low light."""
    bands = []
    for i, tone in enumerate(("shade", "dusk", "shade", "ground")):
        y, swell, start = 160 + i * 36, dice.between(8, 20), -dice.between(0, 60)
        crest = f"q20 {-swell:.0f} 40 0t40 0" * 4
        bands.append(Shape(tone, f"M{start:.0f} {y}{crest}V300H{start:.0f}Z"))
    light = Shape("glow", disc(dice.between(50, 150), 150, dice.between(24, 38)))
    return Sketch([light, *bands], top=24, bottom=108)


COMPOSITIONS: tuple[Callable[[Dice], Sketch], ...] = (
    monogram, sunrise, beam, rings, blinds, skyline, shards, iris, sea,
)  # fmt: skip


def disc(x: float, y: float, radius: float) -> str:
    half = f"a{radius:.1f} {radius:.1f} 0 1 0"
    return f"M{x - radius:.1f} {y:.1f}{half} {2 * radius:.1f} 0{half} {-2 * radius:.1f} 0Z"


def box(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}Z"


def polygon(*points: tuple[float, float]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"
