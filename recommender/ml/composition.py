"""The text of a title that the encoder reads and the lexical index weighs, from its fields."""

from dataclasses import dataclass, field

VERSION = 1  # part of every embedding's fingerprint: change it whenever `embedding_text` changes
MAX_PEOPLE = 4  # in the embedded text; the lexical index holds them all
MAX_WORDS = 160  # of running text; the encoder reads no further

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

    @property
    def genre_words(self) -> str:
        """The words people use for these genres; a genre of two ("Sci-Fi & Fantasy") has both."""
        said = [genre.casefold() for genre in self.genres]
        return " ".join(words for name, words in GENRE_WORDS.items() if any(name in genre for genre in said))

    @property
    def names(self) -> list[str]:
        return [name for name in (self.name, self.original_name, *self.aliases) if name]


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


def lexical_fields(title: TitleText) -> list[tuple[str, float]]:
    """(text, weight) pairs: a word in the name says more than one in the plot."""
    return [
        (" ".join(title.names), 3.0),
        (" ".join(title.directors), 2.0),
        (" ".join(title.cast), 1.0),
        (" ".join(title.writers), 0.5),
        (" ".join(title.genres), 2.0),
        (title.genre_words, 1.0),
        (" ".join(title.themes), 2.0),
        (" ".join([*title.countries, *title.languages]), 1.0),
        (str(title.year or ""), 1.0),
        ("series show tv" if title.kind == "show" else "film movie", 0.5),
        (title.description, 1.0),
        (title.plot, 1.0),
    ]
