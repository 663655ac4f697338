"""The words a query is read by: genres as people type them, kinds, and words that carry no meaning of their own."""

from dataclasses import dataclass

from recommender.ml.facts.places import ORIGINS
from recommender.ml.names.folding import words
from recommender.ml.query.phrases import Phrases


@dataclass(frozen=True)
class Genre:
    """values: labels of `vocabulary`. strict: nine in ten titles that people call so carry the label.

    firm: means the genre in a story, too, not a thing in its plot.
    """

    values: tuple[str, ...]
    name: str
    strict: bool
    firm: bool


def _stems(phrase: str) -> str:
    return " ".join(words(phrase))


def _phrases(text: str) -> frozenset[str]:
    return frozenset(_stems(phrase) for phrase in text.split(","))


# labels | what people type; "*" marks what means the genre wherever it stands.
_STRICT = """
Action | action, action packed
Adventure | adventure
Animation | *animated, *animation, *cartoon
Anime | *anime
Biography | *biopic, biographical
Comedy | *comedy, comedic
Crime | crime
Documentary | *documentary, *docu, *docuseries, *docu series
Drama | *drama
Fantasy | fantasy
Horror | *horror
LGBTQ | *lgbtq, *lgbt, *lgbtqia
Musical | *musical
Mystery | mystery, *whodunit, *whodunnit
Reality | *reality tv, *reality show, *reality series, *reality tv show
Romance | romance, romantic
Sci-Fi | *sci fi, *scifi, *science fiction, *sf
Soap opera | *soap opera, *telenovela
Sport | sport
Stand-up | *stand up comedy, *standup comedy, *stand up special, *stand up, *standup
Talk show | *talk show
Thriller | *thriller, suspense
War | war
Western | *western
Romance, Comedy | *rom com, *romcom, *romantic comedy
"""
# What people call by these words often has another label or none: hints, unless refused.
_LOOSE = """
Biography | biography
Classic | classic
Coming of age | coming of age
Cult | cult
Family | family, kid, children, childrens
Film noir | *film noir, *noir, *neo noir
Game show | *game show
History | history, historical
Independent | *indie
Music | music
Parody | *parody, *spoof, *mockumentary
Short | *short film
Spy | spy
Superhero | *superhero, *superheroes, *super hero, *super heroes
Teen | teen
"""
GENRES: dict[str, Genre] = {}
for _table, _strict in ((_STRICT, True), (_LOOSE, False)):
    for _line in _table.strip().splitlines():
        _labels, _typed = _line.split("|")
        _values = tuple(label.strip() for label in _labels.split(","))
        _name = "Romantic comedy" if len(_values) > 1 else _values[0]
        for _phrase in _typed.split(","):
            GENRES[_stems(_phrase)] = Genre(_values, _name, _strict, "*" in _phrase)

KINDS = dict.fromkeys(
    _phrases("movie, movies, film, flick, motion picture, feature film, tv movie, tv movies"), "movie"
) | dict.fromkeys(
    _phrases(
        "show, series, tv, tv show, tv series, television show, television series, tv program, tv programme, sitcom, "
        "miniseries, mini series, web series"
    ),
    "show",
)
KIND_PHRASES = Phrases(KINDS)
KIND_NAMES = {"movie": "Movies", "show": "Shows"}
# A kind before one of these is a part of another thing: "movie star", "film school".
COMPOUNDS = _phrases(
    "star, theater, theatre, school, crew, director, producer, maker, making, studio, industry, business, host, "
    "festival, buff, critic, student, reporter, station, anchor, network, game, quote, night, screening, poster, "
    "adaptation, score, soundtrack, trailer, filmmaker, style, team, me, us, up, off, how"
)
# Filter words that together mean something else.
FIXED = _phrases(
    "korean war, african american, asian american, italian american, irish american, mexican american, "
    "american indian, native american, native american indian, native indian, american dream, american history, "
    "star wars, cold war, civil war, world war, gulf war, vietnam war, iraq war, drama club, drama school, "
    "drama queen, comedy club, crime family, war crime, hate crime, "
    "action figure, action hero, family drama, english teacher, english class, film series, movie series, "
    "book series, series of, western europe, western front, western world"
)
PLACES_AS_ADJECTIVES = frozenset({"hong kong", "uk", "us"})  # only before what they describe
BLENDS = {  # an origin and a genre in one word
    "k drama": ("korean", "Drama"),
    "kdrama": ("korean", "Drama"),
    "j drama": ("japanese", "Drama"),
    "k horror": ("korean", "Horror"),
    "j horror": ("japanese", "Horror"),
}
ORIGIN_STEMS = {_stems(adjective): adjective for adjective in ORIGINS if adjective != "hollywood"}
ORIGIN_STEMS |= {blend: origin for blend, (origin, _) in BLENDS.items()}
ORIGIN_STEMS |= {"us": "american", "uk": "british"}
# What may stand between an origin and the kind it describes: "british detective shows", not "german shepherd movie".
SUBGENRES = _phrases(
    "detective, zombie, vampire, ghost, gangster, heist, revenge, samurai, monster, slasher, martial, art, kung, "
    "fu, prison, cop, police, supernatural, psychological, erotic, political, period, costume, dystopian, silent, "
    "arthouse, dark, black, gay, lesbian, queer, cooking, baking, medical, hospital, courtroom, legal, disaster, "
    "survival, road, art, cult, classic, teen, spy, low, budget, giallo, swashbuckler, swordplay, wuxia, kaiju, "
    "espionage, procedural, feel, good"
)
TERMS = Phrases([*GENRES, *KINDS, *ORIGIN_STEMS, *FIXED])

NEGATIONS = Phrases(
    _phrases(
        "not, no, non, isnt, arent, without, except, excluding, exclude, minus, nor, hate, avoid, skip, dislike, "
        "anything but, but not, other than, dont like, dont want, do not like, do not want, sick of, tired of, "
        "except for, no more"
    )
)
REFUSING_VERBS = frozenset("hate avoid skip dislike".split())  # of genres; "hate movies" is no wish for shows
ARTICLES = frozenset("a an the any another more too much many of".split())

# Words around what is meant.
FILLERS = frozenset(
    """, a an the of with about for in on from to by at and or but also plus that which who where is are was be
    been it its this these those i im ive id me my we us you your can could would shall may please
    want wanna need needs looking look search searching find show give get got recommend suggest
    recommendation suggestion recommendations suggestions watch watching see seeking like something
    anything some any few one ones there have has had having do does did know hello hi hey thanks thank
    just maybe preferably kind kinds type types sort sorts genre genres category title titles list stuff
    things options so if as than movie movies film films flick flicks series shows starring stars
    directed director actor actress featuring rated made released ok okay lets let u
    yes yeah sure sorry um uh help choose pick enjoy into lot lots plz pls idea ideas mood hope hoping
    whats thats theres anyone anybody""".split()
)
REFUSALS = frozenset("not no without non except".split())  # fillers, unless they refuse what no filter can
# Praise and age: no filter, and no content where a filter or nothing follows ("good thriller", not "new york").
SOFT = frozenset(
    """good great greatest best better top ever most highest nice cool awesome amazing decent solid
    favorite favourite popular famous new newer newest recent latest interesting excellent tonight today
    now day time weekend morning evening afternoon night doing well fine other different random must
    essential perfect really very super pretty how am all up""".split()
)
# Words that stories are told in; nobody's name ends with one.
COMMON = (
    FILLERS
    | SOFT
    | REFUSALS
    | frozenset(
        """he she they him his her hers them their theirs what when how why whose while then never into out
        over under after before during until between through against around because man men woman
        women boy boys girl girls guy guys kid kids child children family father mother dad mom son
        daughter brother sister wife husband friend friends people person group house home town city
        high college world life love death dead killer murder dies die goes go going gets getting
        comes come came takes take took makes make making finds found tries try trying said says say
        tells tell told sees saw seen wants wanted thinks think thought remember remembers scene
        scenes ending end ends start starts beginning first second third last main character
        characters plot story stories two three four five six seven eight nine ten small little dark
        away down off again together another only same even still being became become becomes were
        year years ago later early late part every each both many much more most less too called
        named name based true car room door water monster alien aliens zombie zombies ghost vampire
        robot cop detective agent hate hates hated army soldier soldiers""".split()
    )
)
