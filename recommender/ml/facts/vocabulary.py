"""The words people and catalogues use for genres, countries and languages, brought to one label each."""

import re

from recommender.ml.facts.languages import LANGUAGES, language_of
from recommender.ml.facts.places import COUNTRIES, ORIGINS, country_of, places_of
from recommender.ml.names.folding import fold, words

__all__ = ["COUNTRIES", "GENRES", "LANGUAGES", "ORIGINS", "country_of", "genres_of", "language_of", "places_of"]

# label | what catalogues and people call it. Plurals are read by themselves; so are "TV …" and "… Movies".
_GENRES = """
Action | action packed
Adventure | adventurous
Animation | animated, cartoon, cgi animation
Anthology |
Arthouse | art house
Arts | arts entertainment and culture, arts and culture
Biography | biographical, biopic, bio pic
Classic |
Comedy | comedic, comedie
Coming of age |
Crime | true crime, police cop, police, cop
Cult |
Dance |
Disaster |
Documentary | docuseries, docu series, documentarie, doc, docu
Drama | dramatic
Faith | faith and spirituality, religion, religious, spirituality
Family | children, kid, children and family, kid and family
Fantasy |
Film noir | noir, filmnoir
Fitness | health and fitness
Game show | game show competition, competition
History | historical, period
Horror |
Independent | indie
International | foreign
LGBTQ | lgbt, lgbtq+, lgbtqia, gay and lesbian, queer
Lifestyle |
Medical |
Melodrama |
Music | music video and concert, concert film, concert
Musical |
Mystery | whodunit, whodunnit, detective
Nature | animal and nature, wildlife
News | news and current affair
Parody | spoof
Reality | reality tv, reality show, unscripted
Romance | romantic
Science |
Sci-Fi | sci fi, scifi, science fiction, sf, syfy
Short | short film
Soap opera | soap, soap opera melodrama
Special interest |
Sport | sports, sporting
Spy | spy espionage, espionage
Stand-up | stand up comedy, standup, standup comedy, stand up special
Superhero | super hero
Survival |
Talk show | talk
Teen | young adult audience, young adult, teenage
Thriller | suspense, suspenseful
Travel |
TV movie | tv movie
Variety |
War | military and war, wartime
Western | cowboy
"""
# Labels that hold several genres, and labels that say only the kind of a title.
_SEVERAL: dict[str, tuple[str, ...]] = {
    "action adventure": ("Action", "Adventure"),
    "anime": ("Anime", "Animation"),  # "animated" finds it, too
    "comedy drama": ("Comedy", "Drama"),
    "docudrama": ("Documentary", "Drama"),
    "dramedy": ("Comedy", "Drama"),
    "japanese animation": ("Anime", "Animation"),
    "mockumentary": ("Comedy", "Parody"),
    "rom com": ("Romance", "Comedy"),
    "romantic comedy": ("Romance", "Comedy"),
    "romcom": ("Romance", "Comedy"),
    "war and politic": ("War",),
    **dict.fromkeys(["", "movie", "film", "series", "show", "no genre listed", "n a", "unknown", "other"], ()),
}
_KINDS = re.compile(r"^tv\b|\b(tv|movies?|films?|features?|shows?|series)$")
_PARTS = re.compile(r"\s*(?:[/,&|+]|\band\b)\s*")

GENRES: dict[str, tuple[str, ...]] = dict(_SEVERAL)  # words joined by a space, plurals reduced → labels
for _line in _GENRES.strip().splitlines():
    _label, _names = _line.split("|")
    for _name in [_label, *_names.split(",")]:
        GENRES.setdefault(" ".join(words(_name)), (_label.strip(),))


def genres_of(label: str) -> list[str]:
    """Canonical genres behind a catalogue's label: "TV Comedies" → ["Comedy"].

    A label of several names has the genres of each ("Sci-Fi & Fantasy"). One that says only the kind or
    the origin of a title ("Movies", "British TV Shows") has none. An unknown label is kept as it is.
    """
    whole = _known(label)
    if whole is not None:
        return whole
    parts = [_known(part) for part in _PARTS.split(label) if part.strip()]
    if len(parts) < 2 or any(part is None for part in parts):
        return [" ".join(label.split())]
    return list(dict.fromkeys(genre for part in parts for genre in part or []))


def _known(label: str) -> list[str] | None:
    """The genres of a label, with "TV" before it or "Movies" behind it or without; None if unknown."""
    folded = fold(label)
    for _ in range(3):
        found = GENRES.get(" ".join(words(folded)))
        if found is None and folded.removesuffix(" language") in ORIGINS:
            found = ()
        if found is not None:
            return list(found)
        folded = _KINDS.sub("", folded).strip()
    return None
