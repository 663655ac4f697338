"""The colours that posters are printed in: they do not change with the light in the room.

Here and not in the style sheet, because a poster is a file of its own, which no style sheet of the page reaches.
"""

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Inks:
    """Four colours, as #rrggbb. is_day: ground and ink change places; light falling through dust does not."""

    ground: str
    shade: str
    glow: str
    ink: str
    is_day: bool = False

    @cached_property
    def tones(self) -> dict[str, str]:
        """Colour by the tone that a composition asks for."""
        paper, letters = (self.ink, self.ground) if self.is_day else (self.ground, self.ink)
        return {
            "ground": paper,
            "shade": self.shade,
            "glow": self.glow,
            "ink": letters,
            "dust": self.ink,
            "dusk": mixed(paper, self.shade, 0.45 if self.is_day else 0.55),
        }


PALETTES = {
    "matinee": Inks("#241b33", "#5b4778", "#ee9a6c", "#f8ead8"),
    "noir": Inks("#15181e", "#3b4653", "#e2ab30", "#f2e9d6"),
    "blood": Inks("#170a0b", "#641217", "#dd2f22", "#f6dfcd"),
    "ember": Inks("#2c130a", "#98360f", "#f68a2c", "#fdeacb"),
    "velvet": Inks("#3b0d23", "#95244d", "#f4868f", "#fde6df"),
    "cosmos": Inks("#0b1431", "#234a8d", "#4bd2d6", "#e9f1fb"),
    "grove": Inks("#0c2521", "#20634f", "#dcbf51", "#f0f3dc"),
    "carnival": Inks("#2b1758", "#d3405a", "#ffc838", "#fff2da"),
    "parlour": Inks("#10343f", "#dd5d40", "#ffcb55", "#fff3d6"),
    "stage": Inks("#26103c", "#812f96", "#ffa063", "#ffeaf1"),
    "archive": Inks("#2b241b", "#735f44", "#d09a47", "#f4ead5"),
    "steel": Inks("#1d221a", "#50603f", "#d25f34", "#efead6"),
    "frontier": Inks("#3c1c0e", "#ab582c", "#f2b550", "#fce6c0"),
    "arena": Inks("#0d2c1d", "#237241", "#f4d643", "#f5f8e3"),
}


def mixed(one: str, other: str, share: float) -> str:
    """`share` of one colour and the rest of the other, as CSS mixes them in sRGB."""
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in pairs)
