"""The texts of a title that the encoder reads and the lexical index weighs, from its fields."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from recommender.ml.facts.vocabulary import genres_of
from recommender.ml.names.folding import words

VERSION = 2  # part of every embedding's fingerprint: change it whenever `embedding_text` or `passages` changes
MAX_PEOPLE = 4  # in the embedded text; the lexical index holds them all
MAX_WORDS = 160  # of running text; the encoder reads no further
MAX_PASSAGES = 10
MAX_PASSAGE_WORDS = 320  # of each text that passages are cut from
PASSAGE_WORDS = 18  # a passage is whole sentences until it has this many words
SHORTEST_PASSAGE = 8  # words; what is left over below this joins the passage before

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“'(])")

# What people type for what catalogues call a genre.
GENRE_WORDS = {
    "action": "fight chase explosive",
    "adventure": "quest journey",
    "animation": "animated cartoon",
    "anime": "animated japanese cartoon",
    "children & family": "kids child family friendly",
    "comedy": "funny comedic hilarious humour",
    "crime": "gangster criminal police",
    "documentary": "true real documentaries",
    "family": "kids children",
    "fantasy": "magic magical fairy tale",
    "film-noir": "noir detective hardboiled",
    "history": "historical period",
    "horror": "scary frightening creepy",
    "music": "musical band singer",
    "musical": "singing songs dance",
    "mystery": "detective whodunit investigation",
    "romance": "romantic love",
    "romantic": "romance love",
    "sci-fi": "science fiction space futuristic",
    "sport": "sports athlete team",
    "thriller": "suspense suspenseful tense",
    "war": "soldier battle army",
    "western": "cowboy gunslinger frontier",
}


@dataclass(frozen=True)
class TitleText:
    name: str
    kind: str = "movie"
    original_name: str = ""
    aliases: list[str] = field(default_factory=list)
    year: int | None = None
    description: str = ""
    plot: str = ""
    themes: list[str] = field(default_factory=list)
    genres: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    directors: list[str] = field(default_factory=list)
    writers: list[str] = field(default_factory=list)
    cast: list[str] = field(default_factory=list)
    runtime_minutes: int | None = None
    maturity: str = ""

    @property
    def genre_words(self) -> str:
        """The words people use for these genres; a genre of two ("Sci-Fi & Fantasy") has both."""
        named = frozenset().union(*map(_genres_named, self.genres))
        return " ".join(said for name, said in GENRE_WORDS.items() if name in named)

    @property
    def names(self) -> list[str]:
        return [name for name in (self.name, self.original_name, *self.aliases) if name]


@lru_cache(maxsize=4_096)
def _genres_named(label: str) -> frozenset[str]:
    """The keys of GENRE_WORDS that a catalogue's label says in whole words, or means: not "music" in "Musicals"."""
    told = [f" {' '.join(words(name))} " for name in (label, *genres_of(label))]
    return frozenset(key for key in GENRE_WORDS if any(f" {' '.join(words(key))} " in name for name in told))


def embedding_text(title: TitleText) -> str:
    """One short paragraph, the most telling first.

    With a synopsis: "name. genres. themes. synopsis", and no people: a cast in the middle cost
    a tenth of the accuracy on descriptions. Without one the fields are put into words.
    """
    genres = ", ".join(title.genres)
    if story := " ".join(f"{title.description} {title.plot}".split()[:MAX_WORDS]):
        parts = [title.name, genres, ", ".join(title.themes), story]
        return ". ".join(part.rstrip(".") for part in parts if part) + "."
    sentence = f"{title.name}. {genres} {'series' if title.kind == 'show' else 'film'}"
    if title.themes:
        sentence += f" about {', '.join(title.themes)}"
    if title.countries:
        sentence += f" from {', '.join(title.countries[:2])}"
    if title.year:
        sentence += f", {title.year}"
    if title.directors:
        sentence += f", directed by {', '.join(title.directors[:2])}"
    return " ".join(sentence.split()) + "."


def passages(title: TitleText) -> list[str]:
    """The description and the plot in passages of a sentence or two; nothing where they make only one.

    One vector blurs a long story. Who half remembers it remembers a scene.
    """
    cut: list[str] = []
    for text in (title.description, title.plot):
        started = ""
        for sentence in _SENTENCE_END.split(" ".join(text.split()[:MAX_PASSAGE_WORDS])):
            started = f"{started} {sentence}".strip()
            if len(started.split()) >= PASSAGE_WORDS:
                cut.append(started)
                started = ""
        if started and cut and len(started.split()) < SHORTEST_PASSAGE:
            cut[-1] += f" {started}"
        elif started:
            cut.append(started)
    distinct = list(dict.fromkeys(cut))[:MAX_PASSAGES]
    return distinct if len(distinct) > 1 else []


def lexical_fields(title: TitleText) -> list[tuple[str, float]]:
    """(text, weight) pairs: what a title is, and who made it, says more than a word of its plot.

    A word of the name counts no more than one of the plot: whoever types a name is served by the
    title look-up, and a theme is not what a title happens to be called.
    """
    return [
        (" ".join(title.names), 1.0),
        (" ".join(title.directors), 2.0),
        (" ".join(title.cast), 1.0),
        (" ".join(title.writers), 0.5),
        (" ".join(title.genres), 2.0),
        (title.genre_words, 2.0),
        (" ".join(title.themes), 2.0),
        (" ".join([*title.countries, *title.languages]), 1.0),
        (str(title.year or ""), 1.0),
        ("series show tv" if title.kind == "show" else "film movie", 0.5),
        (title.description, 1.0),
        (title.plot, 1.0),
    ]
