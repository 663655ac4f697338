"""The people a query names: after "with" or "directed by", before "movies", or by their full name."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from recommender.ml.query.lexicon import COMMON, KIND_PHRASES, TERMS
from recommender.ml.query.phrases import Phrases
from recommender.ml.query.readings import Reading, spent
from recommender.ml.query.tokens import Said

LONGEST_NAME = 4  # words
MAX_LOOKUPS = 120  # in one query, at some 20 µs each

_WITH, _BY, _DIRECTED = ("people", "With {}"), ("people", "By {}"), ("directors", "Directed by {}")
_CUES = {
    **dict.fromkeys(["with", "starring", "star", "starred", "featuring", "feat", "actor", "actress"], _WITH),
    **dict.fromkeys(["played by", "acted by", "with actor", "with actress", "starring actor"], _WITH),
    **dict.fromkeys(["by", "made by", "written by", "work of", "film of", "movie of", "based on"], _BY),
    **dict.fromkeys(["directed by", "director", "by director", "from director", "dir by", "filmmaker"], _DIRECTED),
}
_CUE_PHRASES = Phrases(_CUES)
_WEAK = frozenset({"with", "by", "star"})  # in a story anything may follow them
_JOINTS = frozenset({"and", ",", "or"})
_REFUSED = frozenset("not no without except".split())
_NEVER_FIRST = COMMON - frozenset("will guy may rose love young small little king queen prince dad kid".split())


class People(Protocol):
    def person(self, text: str, *, fuzzy: bool) -> str | None: ...


def people_said(said: Said, people: People, taken: Sequence[bool], *, story: bool) -> Iterator[Reading]:
    """Readings of "people" and "directors". In a story no slips are allowed, and after "with" no single names."""
    return _Finder(said, people, taken, story).readings()


class _Finder:
    def __init__(self, said: Said, people: People, taken: Sequence[bool], story: bool) -> None:  # noqa: FBT001
        self.said, self.people, self.taken, self.story = said, people, list(taken), story
        self.words = [token.word for token in said.tokens]
        self.stems = [token.stem for token in said.tokens]
        self.n_lookups = 0

    def readings(self) -> Iterator[Reading]:
        yield from self._after_cues()
        yield from self._by_name()
        if not self.story:
            yield from self._before_kind()

    def _look_up(self, start: int, end: int, *, fuzzy: bool = False) -> str | None:
        if self.n_lookups >= MAX_LOOKUPS:
            return None
        self.n_lookups += 1
        return self.people.person(self.said.raw(start, end), fuzzy=fuzzy)

    def _after_cues(self) -> Iterator[Reading]:
        at = 0
        while at < len(self.words):
            length = 0 if self.taken[at] or self._is_refused(at) else _CUE_PHRASES.at(self.stems, at)
            listed = list(self._listed(at, at + length)) if length else []
            for reading in listed:
                self.taken[reading.first : reading.last] = [True] * (reading.last - reading.first)
            yield from listed
            at = listed[-1].last if listed else at + (length or 1)

    def _listed(self, first: int, start: int) -> Iterator[Reading]:
        """Everybody named after the cue at [first, start): "starring X, Y and Z"."""
        cue = " ".join(self.stems[first:start])
        field, label = _CUES[cue]
        names: list[tuple[str, int, int]] = []  # name, [first, last) of its tokens
        at = start + (cue == "based on" and self.words[start : start + 1] == ["a"])
        while found := self._name_at(at, shortest=2 if self.story and cue in _WEAK else 1):
            name, end = found
            names.append((name, at, end))
            at = end
            while at < len(self.words) and at < end + 2 and self.words[at] in _JOINTS:
                at += 1
        if len(names) == 1:
            yield Reading(field, names[0][0], label.format(names[0][0]), first, names[0][2])
        elif names:
            yield spent(first, start)
            ends = [begins for _, begins, _ in names[1:]] + [names[-1][2]]
            for (name, begins, _), end in zip(names, ends, strict=True):
                yield Reading(field, name, label.format(name), begins, end)

    def _name_at(self, at: int, *, shortest: int) -> tuple[str, int] | None:
        """(display name, end) of the person named from `at` on: the longest exact name, else a slip of one."""
        stop = at
        while stop < min(at + LONGEST_NAME, len(self.words)) and self.words[stop] != "," and not self.taken[stop]:
            stop += 1
        for end in range(stop, at + shortest - 1, -1):
            if end == at + 1 and (self.words[at] in COMMON or self.stems[at] in TERMS):
                break
            if name := self._look_up(at, end):
                return name, end
        for end in range(min(stop, at + 3), at + 1, -1) if not self.story else ():
            if self._may_be_misspelt(at, end) and (name := self._look_up(at, end, fuzzy=True)):
                return name, end
        return None

    def _by_name(self) -> Iterator[Reading]:
        """Full names of two or three words anywhere; as the whole text also of four, and with a slip."""
        at = 0
        while at < len(self.words):
            for end in (at + 3, at + 2) if not self._is_refused(at) else ():
                if self._may_name(at, end) and (name := self._look_up(at, end)):
                    self.taken[at:end] = [True] * (end - at)
                    yield Reading("people", name, name, at, end)
                    at = end - 1
                    break
            at += 1
        n_words = len(self.words)
        whole = not any(self.taken) and 2 <= n_words <= LONGEST_NAME and self._may_be_misspelt(0, n_words)
        if whole and (name := self._look_up(0, n_words, fuzzy=True)):
            self.taken[:] = [True] * n_words
            yield Reading("people", name, name, 0, n_words)

    def _is_refused(self, at: int) -> bool:
        """ "no Tom Hanks": there is no filter for it, and asking for him would be wrong."""
        return self.said.is_excluded(at) or (at > 0 and self.words[at - 1] in _REFUSED)

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
            if begins and (name := self._look_up(start, at)):
                yield Reading("people", name, name, start, at)
