"""A small catalogue of famous names that stands in for the index."""

from rapidfuzz.distance import OSA

from recommender.ml.names.folding import fold, title_keys

TITLES = """Before Midnight|1917|Not Another Teen Movie|French Kiss|The French Dispatch|Scary Movie|Shaun of the Dead
2001: A Space Odyssey|Date Movie|Her|Inception|Alien|The Thing|Parasite|The Office|American Beauty|The Italian Job
Ocean's Eleven|10 Things I Hate About You|12 Angry Men|Western|Horror|Romantic Comedy|1984|King Kong|It|Up|Spy|Robots
Lost in Translation|Superbad|The Matrix|Like Crazy|No Country for Old Men|I Saw the Devil|Monsters|Comedy|Rain|That
Dragon: The Bruce Lee Story|American Horror Story|Funny|Movie Movie|Blade Runner|Heat|Anime""".replace(
    "\n", "|"
).split("|")
PEOPLE = """Tom Hanks|Meg Ryan|Agnès Varda|Quentin Tarantino|Song Kang-ho|Bong Joon-ho|Robert De Niro|Al Pacino
Will Smith|Stephen King|Christopher Nolan|Wes Anderson|Bruce Lee|Nicolas Cage|Tom Cruise|Adam Sandler|Brad Pitt
Audrey Hepburn|Katharine Hepburn|Eric Christmas|Rob Zombie""".replace("\n", "|").split("|")
FAMOUS_BY_SURNAME = {
    "tarantino": "Quentin Tarantino", "nolan": "Christopher Nolan", "pacino": "Al Pacino",
    "christmas": "Eric Christmas", "space": "Arthur Space",
}  # fmt: skip
WORDS = frozenset({"christmas", "space"})  # surnames that titles say for something else
SLIP = 0.85  # similarity of a name with a slip in it


class FamousNames:
    """Implements `understanding.Knowledge`, and counts what it is asked."""

    def __init__(self) -> None:
        self._titles = {key: name for name in TITLES for key in title_keys(name)}
        self._people = {fold(name): name for name in PEOPLE} | FAMOUS_BY_SURNAME
        self.n_asked = 0

    def is_title(self, text: str) -> bool:
        self.n_asked += 1
        return any(key in self._titles for key in title_keys(text))

    def title(self, text: str) -> str | None:
        self.n_asked += 1
        return next((name for key in title_keys(text) if (name := _named(key, self._titles))), None)

    def person(self, text: str, *, fuzzy: bool) -> str | None:
        self.n_asked += 1
        name = fold(text)
        return _named(name, self._people) if fuzzy else self._people.get(name)

    def is_word(self, text: str) -> bool:
        self.n_asked += 1
        return fold(text) in WORDS

    def has_genre(self, label: str) -> bool:
        return True


class NoNames:
    """Knows nobody and nothing."""

    def is_title(self, text: str) -> bool:
        return False

    def title(self, text: str) -> str | None:
        return None

    def person(self, text: str, *, fuzzy: bool) -> str | None:
        return None

    def is_word(self, text: str) -> bool:
        return False

    def has_genre(self, label: str) -> bool:
        return True


def _named(key: str, names: dict[str, str]) -> str | None:
    if key in names:
        return names[key]
    nearest = max(names, key=lambda name: OSA.normalized_similarity(key, name))
    return names[nearest] if OSA.normalized_similarity(key, nearest) >= SLIP else None
