"""Genres, kinds, origins, countries and languages in a query, with "not", "or" and lists.

Here each reading gets the `Force` that its own words give it; what the whole text makes of it is
decided in `weighing`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from recommender.ml.facts.languages import LANGUAGES
from recommender.ml.facts.places import COUNTRIES
from recommender.ml.query import lexicon
from recommender.ml.query.phrases import Phrases
from recommender.ml.query.readings import Force, Reading, spent
from recommender.ml.query.terms import Term, Terms
from recommender.ml.query.tokens import Said

_CHILDREN = frozenset({"kid", "children", "childrens", "family"})
_FOR_CHILDREN = Phrases(
    f"{before}{who}"
    for before in ("", "the ", "whole ", "the whole ", "my ", "small ", "young ", "little ")
    for who in ("kid", "children", "family", "toddler")
)
_NATIONS = Phrases(COUNTRIES)
_FORMS = frozenset({"documentary", "docu", "documentary film"})
_SERIAL = frozenset({"docusery", "docu sery", "telenovela", "soap opera"})
_CHINESE = "Cantonese|Chinese|Mandarin"  # catalogues write any of them
_OTHER_KIND = {"movie": "show", "show": "movie"}


def labels_said(said: Said, taken: Sequence[bool]) -> Iterator[Reading]:
    """Readings of labels from left to right. taken: by token, whether another reading has it."""
    return _Reader(said, taken).readings()


class _Reader:
    def __init__(self, said: Said, taken: Sequence[bool]) -> None:
        self.said, self.taken = said, taken
        self.words = [token.word for token in said.tokens]
        self.stems = [token.stem for token in said.tokens]
        self.terms = Terms(said, taken)

    def readings(self) -> Iterator[Reading]:
        at = 0
        while at < len(self.words):
            found: list[Reading] = []
            if not self.taken[at]:
                found = self._refused(at) or self._places(at) or self._for_children(at) or self._wanted(at)
            yield from found
            at = found[-1].last if found else at + 1

    def _refused(self, at: int) -> list[Reading]:
        """What "not", "without", … or a minus before it refuses."""
        length = lexicon.NEGATIONS.at(self.stems, at)
        if not length and not (self.terms.at(at) and self.said.is_excluded(at)):
            return []
        start = at + length
        while start < len(self.words) and (self.words[start] in lexicon.ARTICLES or self.words[start] == "about"):
            start += 1
        if places := self._places(start):
            name = places[0].label.removeprefix("In ")
            return [Reading("without_origins", name, f"Not {name}", at, places[0].last)]
        items = self.terms.listed(start)
        if not self.terms.joints(items) & {"and", "or", "nor"}:
            items = items[:1]  # "not horror, comedy" refuses one and asks for the other
        if items and items[0].type == "kind" and self.stems[at] in lexicon.REFUSING_VERBS:
            return []
        readings = [reading for item in items for reading in self._negated(item)]
        if len(readings) == 1:
            return [replace(readings[0], first=at)]
        return [spent(at, start), *readings] if readings else []

    def _negated(self, term: Term) -> Iterator[Reading]:
        if term.type == "genre" and not (term.key in _CHILDREN and not self.terms.is_described(term.last)):
            genre = lexicon.GENRES[term.key]
            yield Reading("without_genres", genre.values[0], f"Not {_lower(genre.name)}", term.first, term.last)
        elif term.type == "origin":
            origin = _origin_name(term)
            yield Reading("without_origins", origin, f"Not {origin}", term.first, term.last)
        elif term.type == "kind":
            other = _OTHER_KIND[lexicon.KINDS[term.key]]
            yield Reading("kind", other, lexicon.KIND_NAMES[other], term.first, term.last)

    def _places(self, at: int) -> list[Reading]:
        return self._language(at) or self._countries(at)

    def _countries(self, at: int) -> list[Reading]:
        """ "from France or Italy", "made in the UK"."""
        n_cue = 1 if self.words[at : at + 1] == ["from"] else 2
        if n_cue == 2 and self.words[at : at + 2] not in (["made", "in"], ["produced", "in"]):
            return []
        found: list[Reading] = []
        start, end = at, at + n_cue
        while True:
            first = end + (self.words[end : end + 1] == ["the"])
            length = _NATIONS.at(self.words, first)
            if not length or any(self.taken[first : first + length]):
                return found
            country = COUNTRIES[" ".join(self.words[first : first + length])]
            found.append(Reading("countries", country, country, start, first + length, attached=n_cue == 1))
            start = end = first + length
            if self.words[end : end + 1] in (["or"], ["and"], [","]):
                end += 1

    def _language(self, at: int) -> list[Reading]:
        """ "in French", "French-language", "Spanish speaking"."""
        words = self.words
        start = at + (words[at : at + 1] == ["in"])
        if start >= len(words) or self.taken[start] or words[start] not in LANGUAGES:
            return []
        last = start + 1
        if last < len(words) and words[last] in ("language", "speaking", "spoken", "dubbed"):
            last += 1
        elif start == at or not self.terms.is_end(last):
            return []
        language = LANGUAGES[words[start]]
        value = _CHINESE if language == "Chinese" else language
        return [Reading("languages", value, f"In {language}", at, last, attached=start > at)]

    def _for_children(self, at: int) -> list[Reading]:
        """ "for the kids", "kids movies", "family film"; a "family drama" is not for children."""
        length = _FOR_CHILDREN.at(self.stems, at + 1) if self.words[at] == "for" else 0
        if length and self.terms.is_end(at + 1 + length):
            return [Reading("genres", "Family", "Family", at, at + 1 + length)]
        following = self.terms.at(at + 1) if self.stems[at] in _CHILDREN else None
        if following and following.type == "kind" and self._is_kind(following):
            return [Reading("genres", "Family", "Family", at, at + 1)]
        if following and following.type == "genre" and self.stems[at] != "family":
            return [Reading("genres", "Family", "Family", at, at + 1, Force.ALONE)]
        return []

    def _wanted(self, at: int) -> list[Reading]:
        term = self.terms.at(at)
        if term is None:
            return []
        if term.type == "fixed":
            return [_no_filter(term)]
        return {"genre": self._genres, "origin": self._origins, "kind": self._kind}[term.type](term)

    def _genres(self, term: Term) -> list[Reading]:
        items = self.terms.listed(term.first)
        if "or" not in self.terms.joints(items):
            return [self._genre(item) for item in items]
        genres = [lexicon.GENRES[item.key] for item in items]
        values = dict.fromkeys(genre.values[0] for genre in genres)
        label = " or ".join([genres[0].name, *(_lower(genre.name) for genre in genres[1:])])
        return [Reading("any_genres", "|".join(values), label, items[0].first, items[-1].last)]

    def _genre(self, term: Term) -> Reading:
        genre = lexicon.GENRES[term.key]
        described = self.terms.is_described(term.last)
        if not (genre.strict or genre.firm or described or term.last - term.first == len(self.words)):
            return _no_filter(term)  # "a kid", "family secrets"
        part_of_more = term.last < len(self.stems) and self.stems[term.last] in lexicon.COMPOUNDS
        force = Force.ALONE if genre.strict else Force.NEVER
        if term.key in _FORMS or (term.key == "animated" and described):
            # A form, not a flavour: it holds whatever the film is about.
            force = Force.NEVER if part_of_more else Force.ALWAYS
        return Reading(
            "genres",
            "|".join(genre.values),
            genre.name,
            term.first,
            term.last,
            force,
            also=(("kind", "show"),) if term.key in _SERIAL else (),
            in_stories=genre.firm or described,
        )

    def _origins(self, term: Term) -> list[Reading]:
        """Adjectives that describe a kind or genre, or stand alone: not "russian mob", not "show us comedies"."""
        items = self.terms.listed(term.first)
        after = items[-1].last
        alone = self.terms.is_end(after) and self.terms.is_start(term.first)
        alone = alone and term.key not in lexicon.PLACES_AS_ADJECTIVES
        before_filter = after < len(self.words) and self.taken[after]
        if (term.key == "us" and term.first > 0) or not (alone or before_filter or self.terms.is_described(after)):
            return []
        ends = [*(item.first for item in items[1:]), after]
        return [
            Reading("origins", _origin_name(item), _origin_name(item), item.first, end, also=_genre_within(item))
            for item, end in zip(items, ends, strict=True)
        ]

    def _kind(self, term: Term) -> list[Reading]:
        items = self.terms.listed(term.first, most=2)
        if {lexicon.KINDS[item.key] for item in items} == {"movie", "show"}:
            return [spent(term.first, items[-1].last)]  # "movies or shows" asks for anything
        if not self._is_kind(term):
            return []
        kind = lexicon.KINDS[term.key]
        also = (("genres", "Comedy"),) if term.key == "sitcom" else ()
        told = term.key not in ("show", "sery", "tv")  # "he shows up", "a series of murders"
        return [Reading("kind", kind, lexicon.KIND_NAMES[kind], term.first, term.last, also=also, in_stories=told)]

    def _is_kind(self, term: Term) -> bool:
        """Not "movie star", "made for tv movie", "based on a tv show", "on tv"."""
        if term.key == "tv" and len(self.words) > 1 and not self.terms.is_described(term.last):
            return False
        after = term.last
        if after < len(self.stems) and not self.taken[after] and self.stems[after] in lexicon.COMPOUNDS:
            return False
        before = [word for word in self.words[max(0, term.first - 4) : term.first] if word not in lexicon.ARTICLES]
        return before[-2:] not in (["based", "on"], ["adapted", "from"], ["made", "for"])


def _no_filter(term: Term) -> Reading:
    """A term that is content here."""
    return replace(spent(term.first, term.last), force=Force.NEVER)


def _origin_name(term: Term) -> str:
    return lexicon.ORIGIN_STEMS[term.key].title()


def _genre_within(term: Term) -> tuple[tuple[str, str], ...]:
    return (("genres", lexicon.BLENDS[term.key][1]),) if term.key in lexicon.BLENDS else ()


def _lower(name: str) -> str:
    """ "Horror" within a label is "horror"; "Sci-Fi" and "LGBTQ" stay."""
    return name.lower() if name == name.capitalize() else name
