"""Themes that the home page browses by, and which of them suits a person today.

A theme is a search like any other: its words are asked of the catalogue. Its genres only say whom it suits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

N_NEAREST = 6  # themes that suit a person best, or least, of which the day picks one


@dataclass(frozen=True)
class Theme:
    """text: what is asked, in the language of the catalogue. heading: what it is called on the page."""

    text: str
    heading: str | Promise
    genres: frozenset[str]


def _theme(text: str, heading: Promise, *genres: str) -> Theme:
    return Theme(text, heading, frozenset(genres))


THEMES = (
    _theme("heist that goes wrong", _("Heists that go wrong"), "Crime", "Thriller"),
    _theme("courtroom drama", _("In the courtroom"), "Drama", "Crime"),
    _theme("private detective murder case", _("Private detectives"), "Mystery", "Crime", "Film noir"),
    _theme("sicilian mafia dynasty", _("Families of the mob"), "Crime", "Drama"),
    _theme("space exploration astronauts", _("Out in space"), "Sci-Fi", "Adventure"),
    _theme("time travel", _("Through time"), "Sci-Fi", "Fantasy"),
    _theme("robots and artificial intelligence", _("Robots and thinking machines"), "Sci-Fi", "Thriller"),
    _theme("end of the world survivors", _("After the end of the world"), "Sci-Fi", "Action", "Horror"),
    _theme("haunted house ghosts", _("Haunted houses"), "Horror", "Mystery"),
    _theme("vampires", _("Vampires"), "Horror", "Fantasy", "Romance"),
    _theme("serial killer investigation", _("On a killer’s trail"), "Thriller", "Crime", "Horror"),
    _theme("con artists and swindlers", _("Swindlers and con artists"), "Comedy", "Crime"),
    _theme("road trip across the country", _("On the road"), "Comedy", "Drama", "Adventure"),
    _theme("unlikely friendship", _("Unlikely friends"), "Comedy", "Drama", "Family"),
    _theme("falling in love in a foreign city", _("Love in a foreign city"), "Romance", "Comedy"),
    _theme("wedding chaos", _("Weddings and what goes wrong at them"), "Comedy", "Romance"),
    _theme("high school coming of age", _("Growing up"), "Coming of age", "Teen", "Drama", "Comedy"),
    _theme("talking animals adventure", _("Animals that talk"), "Animation", "Family"),
    _theme("dragons wizards and magic quest", _("Magic and quests"), "Fantasy", "Adventure", "Family"),
    _theme("pirates and treasure", _("Pirates and treasure"), "Adventure", "Action"),
    _theme("superhero origins", _("How heroes begin"), "Superhero", "Action"),
    _theme("spies in the cold war", _("Spies of the Cold War"), "Spy", "Thriller", "History"),
    _theme("samurai and swordsmen", _("Swords and samurai"), "Action", "History"),
    _theme("gunslinger in a frontier town", _("Gunslingers"), "Western", "Action"),
    _theme("soldiers in the second world war", _("Soldiers in the Second World War"), "War", "History", "Drama"),
    _theme("life of a musician", _("A life in music"), "Music", "Biography", "Musical"),
    _theme("boxing champion", _("In the ring"), "Sport", "Drama"),
    _theme("chefs and restaurants", _("Chefs and kitchens"), "Comedy", "Drama", "Documentary"),
    _theme("nature and wild animals documentary", _("Wild nature"), "Documentary", "Nature"),
    _theme("journalists uncover a scandal", _("Reporters on a story"), "Drama", "Thriller", "Biography"),
    _theme("making a film in hollywood", _("Films about films"), "Comedy", "Drama", "Classic"),
    _theme("island castaway survival", _("Alone against the sea"), "Survival", "Adventure", "Drama"),
)


def ordered_for(liking: Mapping[str, float], chance: Random, *, farthest: bool = False) -> list[Theme]:
    """Every theme, the one to try first first; without a liking, by chance alone.

    liking: how much of what somebody said speaks for each genre, signed. farthest: what suits them least. The first
    N_NEAREST change places by chance, so that a day is not like the day before.
    """
    drawn = chance.sample(THEMES, len(THEMES))
    if not liking:
        return drawn
    sign = 1 if farthest else -1
    nearest = sorted(drawn, key=lambda theme: sign * _suits(theme, liking))
    return chance.sample(nearest[:N_NEAREST], N_NEAREST) + nearest[N_NEAREST:]


def _suits(theme: Theme, liking: Mapping[str, float]) -> float:
    return sum(liking.get(genre, 0.0) for genre in theme.genres) / len(theme.genres)
