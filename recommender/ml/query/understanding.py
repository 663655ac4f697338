"""What a query asks for: the filters it states, the titles it compares with, and a rest to search by meaning.

Three kinds of text are read differently. The exact name of a title is that title and nothing else. A long
or narrative text describes a film half remembered: what it says are hints, and all of it is searched. A
short text states filters; a genre among other words is a hint only, for people use the word more widely
than catalogues ("zombie comedy").
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from recommender.ml.facts.filters import Filters
from recommender.ml.names.folding import fold, title_keys
from recommender.ml.query import lexicon
from recommender.ml.query.likeness import Likeness, likeness_said
from recommender.ml.query.readings import REFUSED, Force, Reading, filters_of, spent
from recommender.ml.query.remainder import content, covered
from recommender.ml.query.remainder import rest as rest_of
from recommender.ml.query.story import is_told, story_hints
from recommender.ml.query.tokens import Said
from recommender.ml.query.weighing import all_readings, stated, weighed

NO_FILTERS = Filters()
SHORT = 12  # words; a longer text is a description, unless nearly all of it are filters
LONGEST_THEME = 5  # words that say something beside the filters
FEWEST_TOLD = 4  # of them in a description
LONGEST_TITLE = 40  # words
LONGEST_SLIP = 10
_PLAIN = frozenset("family music history classic biography".split())
_ONE_OF_A_KIND = frozenset("movie film show sery".split())
_PLURALS = frozenset("movies films shows flicks".split())
_PEOPLE = frozenset({"people", "directors"})
_EXPLICIT = frozenset(
    "any_genres without_genres without_origins without_people countries languages directors runtime maturity "
    "refused".split()
)


# Around what is cut out of a text: a joining word behind it that has nothing before it any more, …
_AFTER_CUT = re.compile(r"^(?:\s*(?:(?:and|or|nor|but)\b|[,;&/|]))+", re.IGNORECASE)
_BEFORE_CUT = re.compile(
    r"(?:^|[,;&/|]|\b(?:and|or|nor|but|with|starring|featuring|by|director|actor|actress|not|no|without|except))\s*$",
    re.IGNORECASE,
)
_JOINT_AT_END = re.compile(r"(?:\s*(?:\b(?:and|or|nor)|[&/|]))+\s*$", re.IGNORECASE)  # … one before it, …
_NOTHING = re.compile(r"[\s.!?;,)]*$")
_HANGING = re.compile(  # … and, where nothing follows, what led to it
    r"(?:\s*(?:\b(?:and|or|nor|but|with|starring|featuring|(?:directed\s+)?by|not|no|without|except)|[,;&/|]))+\s*$",
    re.IGNORECASE,
)


class Knowledge(Protocol):
    """What the parser may ask the catalogue."""

    def is_title(self, text: str) -> bool:
        """Whether the text is exactly the name of a title, but for case, signs, numerals and articles."""
        ...

    def title(self, text: str) -> str | None:
        """The display name of the title that the text names, a slip allowed."""
        ...

    def person(self, text: str, *, fuzzy: bool) -> str | None:
        """The display name of the one person the text names; fuzzy: a slip allowed."""
        ...

    def is_word(self, text: str) -> bool:
        """Whether titles say this surname mostly for something else: "christmas"."""
        ...

    def has_genre(self, label: str) -> bool:
        """Whether any title has this genre; one that none has is a word like others."""
        ...


@dataclass(frozen=True)
class Chip:
    """A filter and the characters [start, end) of the raw text that state it.

    field: of Filters, "years" or "runtime" (minutes) for a range, or "refused" for folded words that no filter keeps
    away. value: the label, several joined by "|" (any of them; of "genres" all of them), or a range "1990-1999",
    "2010-", "-120", ends included.
    label: what the page shows.
    """

    field: str
    value: str
    label: str
    start: int
    end: int


@dataclass(frozen=True)
class Understanding:
    """query_class: "empty", "title", "person", "theme", "description", "like" or "mixed".

    filters: what the chips say. hints: said in passing or half remembered; they may lift, not narrow.
    like: names of titles to be like. rest: raw text to search by meaning; "" if filters say it all.
    repeats: places where a chip is said again. refused: the chips of what no filter keeps away; it speaks against
    titles.
    """

    query_class: str
    filters: Filters = NO_FILTERS
    hints: Filters = NO_FILTERS
    chips: tuple[Chip, ...] = ()
    like: tuple[str, ...] = ()
    rest: str = ""
    repeats: tuple[Chip, ...] = ()
    refused: tuple[Chip, ...] = ()

    def sought(self, text: str) -> str:
        """The text that was understood, without the words of what it refuses."""
        return _cut(text, [(chip.start, chip.end) for chip in self.refused]) if self.refused else text

    def without(self, text: str, chip: Chip) -> str:
        """The text without the words of a chip, wherever they are; understood again, it has that chip no more.

        Two chips in a hundred thousand come back, where cutting brings words together that then name somebody.
        """
        chips = [*self.chips, *self.repeats]
        while spans := [(c.start, c.end) for c in chips if (c.field, c.value) == (chip.field, chip.value)]:
            text = _cut(text, spans)
            again = understand(text, _Names(self))  # what is left may say the same in other words
            chips = [*again.chips, *again.repeats]
        return text


def _cut(text: str, spans: Iterable[tuple[int, int]]) -> str:
    kept, at = "", 0
    for start, end in sorted(spans):
        kept = _joined(kept, text[at:start]) if at else text[:start]
        at = end
    text = _joined(kept, text[at:])
    text = " ".join(re.sub(r"\(\s*\)", " ", text).split())
    return re.sub(r"[,;]?\s*(?=[,;.!?])", "", text).strip(" ,;")


def _joined(left: str, right: str) -> str:
    """What was before a cut and what is behind it, without the words that joined what is gone to them."""
    right = right if _AFTER_CUT.match(right) is None or not _BEFORE_CUT.search(left) else _AFTER_CUT.sub("", right)
    if _NOTHING.match(right):
        left = _HANGING.sub("", left)
    return f"{_JOINT_AT_END.sub('', left)} {right}"


class _Names:
    """Knows the names that were found in a text, and no others."""

    def __init__(self, read: Understanding) -> None:
        people = {chip.value for chip in read.chips if chip.field in _PEOPLE | {"without_people"}}
        people |= read.hints.people | read.hints.directors
        self._people = {name: {fold(name), fold(name).split(" ")[-1]} for name in people}
        self._titles = {title_keys(name)[0]: name for name in read.like}

    def is_title(self, text: str) -> bool:
        return self.title(text) is not None

    def title(self, text: str) -> str | None:
        return next((self._titles[key] for key in title_keys(text) if key in self._titles), None)

    def person(self, text: str, *, fuzzy: bool) -> str | None:
        return next((name for name, forms in self._people.items() if fold(text) in forms), None)

    def is_word(self, text: str) -> bool:
        return False  # whoever was found by a name was meant

    def has_genre(self, label: str) -> bool:
        return True


def understand(text: str, knowledge: Knowledge) -> Understanding:
    """Read a query. Any string is understood; the cost is linear in its length, look-ups are bounded."""
    if not text.strip():
        return Understanding("empty")
    said = Said.of(text)
    if not _is_plain(said) and len(said) <= LONGEST_TITLE and knowledge.is_title(text):
        return Understanding("title", rest=text.strip())
    told = is_told(said)
    likes = likeness_said(said, knowledge, story=told)
    readings = all_readings(said, likes, knowledge, story=told or len(said) > SHORT)
    n_content = sum(content(said, covered(said, [*likes, *readings])))
    long = len(said) > SHORT and n_content >= FEWEST_TOLD
    if told or long or (n_content > LONGEST_THEME and readings):
        return _description(said, readings, likes)
    return _request(said, readings, likes, knowledge)


def _description(said: Said, readings: Sequence[Reading], likes: Sequence[Likeness]) -> Understanding:
    """A story, or a question: nothing narrows, everything may lift."""
    names = _names(likes)
    hints = story_hints(said, readings)
    if names and not is_told(said):
        return Understanding("like", hints=hints, like=names, rest=rest_of(said, covered(said, likes)))
    return Understanding("description", hints=hints, like=names, rest=said.text)


def _request(
    said: Said, readings: Sequence[Reading], likes: Sequence[Likeness], knowledge: Knowledge
) -> Understanding:
    """A short text: what it states are filters."""
    if not likes and (named := _named_with_year(said, readings, knowledge)):
        return named
    readings = weighed(said, [_met(reading, knowledge) for reading in readings], likes)
    filtering = stated(readings)
    wishes = [reading for reading in filtering if reading.field]
    taken = covered(said, [*likes, *filtering])
    has_content = any(content(said, taken))
    rest = rest_of(said, taken)
    if has_content and not likes and _may_be_slip(said, wishes) and knowledge.title(said.text):
        return Understanding("title", rest=said.text.strip())
    chips, repeats = _chips(said, wishes)
    refused = tuple(chip for chip in (*chips, *repeats) if chip.field == REFUSED)
    if refused and not likes and len(said) <= LONGEST_SLIP and knowledge.title(said.text):
        return Understanding("title", rest=said.text.strip())  # "not without my dauhgter"
    hinted = [reading.wish for reading in readings if reading.force is Force.NEVER and reading.field]
    return Understanding(
        query_class=_class_of(wishes, likes, rest),
        filters=filters_of(reading.wish for reading in wishes),
        hints=filters_of([*hinted, *(wish for reading in filtering for wish in reading.also)]),
        chips=chips,
        like=_names(likes),
        rest=rest if filtering or likes else said.text.strip(),
        repeats=repeats,
        refused=refused,
    )


def _met(reading: Reading, knowledge: Knowledge) -> Reading:
    """The reading, unless it asks for genres that no title has: its words are content then, and may find some."""
    if reading.field not in ("genres", "any_genres") or any(map(knowledge.has_genre, reading.value.split("|"))):
        return reading
    return spent(reading.first, reading.last).hint()


def _is_plain(said: Said) -> bool:
    """One genre, kind or origin and nothing else: "western" is asked for more often than "Western" (2022)."""
    stems = [token.stem for token in said.tokens]
    key = " ".join(stems)
    if key in lexicon.GENRES:
        return lexicon.GENRES[key].strict or lexicon.GENRES[key].firm or key in _PLAIN
    return key in lexicon.KINDS or (key in lexicon.ORIGIN_STEMS and key not in lexicon.PLACES_AS_ADJECTIVES)


def _named_with_year(said: Said, readings: Sequence[Reading], knowledge: Knowledge) -> Understanding | None:
    """ "king kong 1933", "lost in translation movie": a title, and what tells it from its namesakes.

    The year may be remembered a year off and the kind is loosely said, so they are hints.
    """
    wishes = [reading for reading in readings if reading.field]
    if not wishes or wishes[0].first == 0 or not {wish.field for wish in wishes} <= {"years", "kind"}:
        return None
    first, last = wishes[0].first, said.tokens[-1]
    if sum(wish.last - wish.first for wish in wishes) != len(said) - first:
        return None  # something else is said between or after them
    if not last.word.isdigit() and not (last.stem in _ONE_OF_A_KIND and first > 1):
        return None  # "robots movies", "spy movie" are themes
    name = said.text[said.tokens[0].start : said.tokens[first - 1].end]
    if not knowledge.is_title(name):
        return None
    return Understanding("title", hints=filters_of(wish.wish for wish in wishes), rest=name)


def _may_be_slip(said: Said, wishes: Sequence[Reading]) -> bool:
    """A few words of which only some were read, and by no explicit phrase: "italian jobb"."""
    fields = {reading.field for reading in wishes}
    if len(said) > LONGEST_SLIP or fields & _EXPLICIT or any(token.word in _PLURALS for token in said.tokens):
        return False
    return any(wish.field in ("genres", "origins", "years") or wish.label == wish.value for wish in wishes)


def _chips(said: Said, wishes: Iterable[Reading]) -> tuple[tuple[Chip, ...], tuple[Chip, ...]]:
    """(chips, repeats) in the order of the text."""
    chips: dict[tuple[str, str], Chip] = {}
    repeats = []
    for reading in wishes:
        start = said.tokens[reading.first].start - said.is_excluded(reading.first)
        chip = Chip(reading.field, reading.value, reading.label, start, said.tokens[reading.last - 1].end)
        if chips.setdefault(reading.wish, chip) is not chip:
            repeats.append(chip)
    return tuple(chips.values()), tuple(repeats)


def _names(likes: Iterable[Likeness]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for like in likes for name in like.names))


def _class_of(wishes: Sequence[Reading], likes: Sequence[Likeness], rest: str) -> str:
    if likes:
        return "like"
    fields = {wish.field for wish in wishes}
    if not fields & _PEOPLE:
        return "theme"
    return "mixed" if rest or fields - _PEOPLE - {"kind"} else "person"
