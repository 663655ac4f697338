"""The people a query names: after "with" or "directed by", before "movies", by their full name, or refused by it.

A surname that titles use as a word ("christmas movie") names somebody only after a cue, with nothing behind it that
it could belong to: "starring christmas", not "with space battles".
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Protocol

from recommender.ml.query.lexicon import ARTICLES, COMMON, KIND_PHRASES, NEGATIONS, TERMS
from recommender.ml.query.phrases import Phrases
from recommender.ml.query.readings import Reading, spent
from recommender.ml.query.tokens import Said

LONGEST_NAME = 4  # words
MAX_LOOKUPS = 120  # in one query, at some 20 µs each
MAX_WORDS = 8  # surnames of one query that may turn out to be words, at some 1 ms each

_WITH, _BY, _DIRECTED = ("people", "With {}"), ("people", "By {}"), ("directors", "Directed by {}")
_CUES = {
    **dict.fromkeys(["with", "starring", "star", "starred", "featuring", "feat", "actor", "actress"], _WITH),
    **dict.fromkeys(["played by", "acted by", "with actor", "with actress", "starring actor"], _WITH),
    **dict.fromkeys(["by", "made by", "written by", "work of", "film of", "movie of", "based on"], _BY),
    **dict.fromkeys(["directed by", "director", "by director", "from director", "dir by", "filmmaker"], _DIRECTED),
}
_CUE_PHRASES = Phrases(_CUES)
_WEAK = frozenset({"with", "by", "star"})  # in a story anything may follow them
_JOINTS = frozenset({"and", ",", "or", "nor"})
_NEVER_FIRST = COMMON - frozenset("will guy may rose love young small little king queen prince dad kid".split())


class People(Protocol):
    def person(self, text: str, *, fuzzy: bool) -> str | None: ...
    def is_word(self, text: str) -> bool: ...


def people_said(said: Said, people: People, taken: Sequence[bool], *, story: bool) -> list[Reading]:
    """Readings of "people", "directors" and "without_people".

    Of people joined by "or" nobody is required: they are hints. In a story no slips are allowed, and after
    "with" no single names.
    """
    return _alternatives(said, _Finder(said, people, taken, story).readings())


class _Finder:
    def __init__(self, said: Said, people: People, taken: Sequence[bool], story: bool) -> None:  # noqa: FBT001
        self.said, self.people, self.taken, self.story = said, people, list(taken), story
        self.words = [token.word for token in said.tokens]
        self.stems = [token.stem for token in said.tokens]
        self.n_lookups = 0
        self.is_word: dict[str, bool] = {}  # by surname

    def readings(self) -> Iterator[Reading]:
        yield from self._refused()
        yield from self._after_cues()
        yield from self._by_name()
        if not self.story:
            yield from self._before_kind()

    def _look_up(self, start: int, end: int, *, fuzzy: bool = False) -> str | None:
        if self.n_lookups >= MAX_LOOKUPS:
            return None
        self.n_lookups += 1
        return self.people.person(self.said.raw(start, end), fuzzy=fuzzy)

    def _refused(self) -> Iterator[Reading]:
        """ "no Tom Hanks", "not starring Meg Ryan", "without nolan or pacino", "-tom hanks"."""
        at = 0
        while at < len(self.words):
            length = NEGATIONS.at(self.stems, at)
            refused = list(self._refused_at(at, at + length)) if length or self.said.is_excluded(at) else []
            for reading in refused:
                self.taken[reading.first : reading.last] = [True] * (reading.last - reading.first)
            yield from refused
            at = refused[-1].last if refused else at + 1

    def _refused_at(self, first: int, start: int) -> Iterator[Reading]:
        """Everybody refused by the negation at [first, start); after "not X, Y" only X, as with genres."""
        while start < len(self.words) and self.words[start] in ARTICLES:
            start += 1
        length = _CUE_PHRASES.at(self.stems, start)
        start += length
        names = self._names_at(start, shortest=2 if self.story else 1, cued=length > 0)
        joints = {word for (_, _, end), (_, begins, _) in pairwise(names) for word in self.words[end:begins]}
        if not joints & {"and", "or", "nor"}:
            names = names[:1]
        if len(names) > 1:
            yield spent(first, start)
        for name, begins, end in names:
            begins = first if len(names) == 1 else begins
            yield Reading("without_people", name, f"Not {name}", begins, end, in_stories=False)

    def _after_cues(self) -> Iterator[Reading]:
        at = 0
        while at < len(self.words):
            length = 0 if self.taken[at] else _CUE_PHRASES.at(self.stems, at)
            listed = list(self._listed(at, at + length)) if length else []
            for reading in listed:
                self.taken[reading.first : reading.last] = [True] * (reading.last - reading.first)
            yield from listed
            at = listed[-1].last if listed else at + (length or 1)

    def _listed(self, first: int, start: int) -> Iterator[Reading]:
        """Everybody named after the cue at [first, start): "starring X, Y and Z"."""
        cue = " ".join(self.stems[first:start])
        field, label = _CUES[cue]
        start += cue == "based on" and self.words[start : start + 1] == ["a"]
        names = self._names_at(start, shortest=2 if self.story and cue in _WEAK else 1)
        if len(names) > 1:
            yield spent(first, start)
        for name, begins, end in names:
            begins = first if len(names) == 1 else begins
            also = (("cast", name),) if label == _WITH[1] else ()  # rather before the camera than behind it
            yield Reading(field, name, label.format(name), begins, end, also=also)

    def _names_at(self, at: int, *, shortest: int, cued: bool = True) -> list[tuple[str, int, int]]:
        """(display name, first token, last) of each person in the list that starts here, if any.

        cued: whether something before it says that people follow.
        """
        names = []
        while found := self._name_at(at, shortest=shortest, cued=cued):
            name, end = found
            names.append((name, at, end))
            at = end
            while at < len(self.words) and at < end + 2 and self.words[at] in _JOINTS:
                at += 1
        return names

    def _name_at(self, at: int, *, shortest: int, cued: bool = True) -> tuple[str, int] | None:
        """(display name, end) of the person named from `at` on: the longest exact name, else a slip of one."""
        stop = at
        while stop < min(at + LONGEST_NAME, len(self.words)) and self.words[stop] != "," and not self.taken[stop]:
            stop += 1
        for end in range(stop, at + shortest - 1, -1):
            if end == at + 1 and (self.words[at] in COMMON or self.stems[at] in TERMS):
                break
            if name := self._look_up(at, end):
                if end == at + 1 and self._is_word(at, cued=cued):
                    break
                return name, end
        for end in range(min(stop, at + 3), at + 1, -1) if not self.story else ():
            if self._may_be_misspelt(at, end) and (name := self._look_up(at, end, fuzzy=True)):
                return name, end
        return None

    def _is_word(self, at: int, *, cued: bool) -> bool:
        """Whether the surname at this token is rather said as a word."""
        goes_on = at + 1 < len(self.words) and not self.taken[at + 1] and self._may_be_misspelt(at + 1, at + 2)
        if cued and not goes_on:
            return False
        word = self.words[at]
        if word not in self.is_word and len(self.is_word) < MAX_WORDS:
            self.is_word[word] = self.people.is_word(self.said.raw(at, at + 1))
        return self.is_word.get(word, False)

    def _by_name(self) -> Iterator[Reading]:
        """Full names of two or three words anywhere; as the whole text also of four, and with a slip."""
        at = 0
        while at < len(self.words):
            for end in (at + 3, at + 2):
                if self._may_name(at, end) and (name := self._look_up(at, end)):
                    self.taken[at:end] = [True] * (end - at)
                    yield Reading("people", name, name, at, end)
                    at = end - 1
                    if not self.story and self.words[end : end + 1] == ["or"] and (other := self._other(end + 1)):
                        yield other
                        at = other.last - 1
                    break
            at += 1
        n_words = len(self.words)
        whole = not any(self.taken) and 2 <= n_words <= LONGEST_NAME and self.words[0] not in _NEVER_FIRST
        slip = self._may_be_misspelt(
            0, n_words
        )  # a name may end with any word, "rob zombie", if nothing else is said
        if whole and not self.story and (name := self._look_up(0, n_words, fuzzy=slip)):
            self.taken[:] = [True] * n_words
            yield Reading("people", name, name, 0, n_words)

    def _other(self, at: int) -> Reading | None:
        """The person named after "or", for whom a surname will do: "de niro or pacino"."""
        found = None if any(self.taken[at:]) else self._name_at(at, shortest=1)
        if found is None:
            return None
        name, end = found
        self.taken[at:end] = [True] * (end - at)
        return Reading("people", name, name, at, end)

    def _may_name(self, start: int, end: int) -> bool:
        if end > len(self.words) or any(self.taken[start:end]):
            return False
        words = self.words[start:end]
        if words[-1] in COMMON or words[-1].isdigit() or words[0] in _NEVER_FIRST or "," in words:
            return False
        return " ".join(self.stems[start:end]) not in TERMS

    def _may_be_misspelt(self, start: int, end: int) -> bool:
        return not any(
            word in COMMON or stem in TERMS
            for word, stem in zip(self.words[start:end], self.stems[start:end], strict=True)
        )

    def _before_kind(self) -> Iterator[Reading]:
        """ "tarantino movies", "kubrick's films": a single name where something begins."""
        for at in range(1, len(self.words)):
            start = at - 1
            if not KIND_PHRASES.at(self.stems, at) or self.taken[start] or not self._may_be_misspelt(start, at):
                continue
            begins = start == 0 or self.taken[start - 1] or not self._may_be_misspelt(start - 1, start)
            if begins and (name := self._look_up(start, at)) and not self._is_word(start, cued=False):
                yield Reading("people", name, name, start, at)


def _alternatives(said: Said, readings: Iterable[Reading]) -> list[Reading]:
    """The readings in the order of the text; people in a list with an "or" as hints, for a filter requires all."""
    ordered = sorted(readings, key=lambda reading: reading.first)
    lists: list[list[Reading]] = []
    for reading in ordered:
        before = lists[-1][-1] if lists else None
        between = said.tokens[before.last : reading.first] if before and before.field == reading.field else ()
        if between and all(token.word in _JOINTS for token in between):
            lists[-1].append(reading)
        else:
            lists.append([reading])
    found: list[Reading] = []
    for listed in lists:
        words = {said.tokens[i].word for one, two in pairwise(listed) for i in range(one.last, two.first)}
        open_list = "or" in words and listed[0].field in ("people", "directors")
        found += [reading.hint() for reading in listed] if open_list else listed
    return found
