"""Titles that a query compares with: "like Inception", "similar to Alien and The Thing"."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from recommender.ml.query.lexicon import COMMON, FILLERS, SOFT, TERMS
from recommender.ml.query.phrases import Phrases
from recommender.ml.query.tokens import Said

LONGEST_TITLE = 10  # words
SHORTEST_TALK = 8
MAX_COMPARED = 8  # titles in one query
MAX_LOOKUPS = 80  # of exact names in one query, at some 15 µs each
MAX_CORRECTED = 3  # look-ups with a slip in one query, at some milliseconds each

_COMPARING = Phrases(
    """similar to,in the vein of,reminiscent of,such as,along the lines of,in the style of,akin to,reminds me of,
    same vibe as,same vibes as,more like,comparable to,in the spirit of""".replace("\n    ", "").split(",")
)
_LIKING = Phrases(
    [
        f"{person}{adverb} {verb}"
        for person in ("i", "you", "ive", "we")
        for adverb in ("", " really", " also", " just", " already")
        for verb in ("like", "liked", "love", "loved", "enjoy", "enjoyed", "watched")
    ]
    + ["fan of", "fans of"]
)
_BEFORE_LIKE = frozenset(
    "something anything stuff things thing more one ones some , much exactly just titles".split()
)
_NO_COMPARISON = frozenset(
    "look looks looking feel feels sound sounds seem seems would id acts dressed looked".split()
)
_JOINTS = frozenset({",", "and", "or"})
_SURE_ENDS = _JOINTS | frozenset("but not without except".split())
_ENDS = _SURE_ENDS | frozenset("with from in only that which starring set on for where directed by".split())
_REFUSED = frozenset("not dont didnt never hate hated dislike except".split())


class Titles(Protocol):
    def is_title(self, text: str) -> bool: ...
    def title(self, text: str) -> str | None: ...


@dataclass(frozen=True)
class Likeness:
    """names: titles as the catalogue has them. [first, last): the tokens of the phrase, its cue included."""

    names: tuple[str, ...]
    first: int
    last: int


def likeness_said(said: Said, titles: Titles, *, story: bool) -> list[Likeness]:
    """Each phrase that compares with titles the catalogue has, in no order; "looks like rain" is none.

    In a story only titles with their year in brackets count: there, much is like something else.
    """
    finder = _Finder(said, titles, story=story)
    return [*finder.after_cues(), *finder.with_years()][:MAX_COMPARED]


def _cue(said: Said, words: Sequence[str], at: int) -> tuple[int, bool]:
    """(words of the cue that starts here, whether it surely compares with a title); (0, False) if none does."""
    if length := _COMPARING.at(words, at):
        return length, True
    if length := _LIKING.at(words, at):
        return length, False
    if words[at] != "like" or (at and words[at - 1] in _NO_COMPARISON):
        return 0, False
    if said.sign_before(at) == "-":  # "human-like"
        return 0, False
    return 1, at == 0 or words[at - 1] in _BEFORE_LIKE or said.tokens[at - 1].stem in TERMS or words[at - 1] in _KINDS


_KINDS = frozenset("movie movies film films show shows series flick flicks story stories".split())


class _Finder:
    def __init__(self, said: Said, titles: Titles, *, story: bool) -> None:
        self.said, self.titles, self.story = said, titles, story
        self.words = [token.word for token in said.tokens]
        self.taken = [False] * len(said)
        self.n_lookups = self.n_corrected = 0

    def after_cues(self) -> Iterator[Likeness]:
        at = 0
        while at < len(self.words):
            length, sure = _cue(self.said, self.words, at)
            names, end = self.titles_at(at + length, sure=sure and not self.story) if length else ([], at)
            if names:
                self.taken[at:end] = [True] * (end - at)
                yield Likeness(tuple(names), at, end)
            at = end if names else at + 1

    def with_years(self) -> Iterator[Likeness]:
        """Titles that a talk mentions with their year: "have you seen Alien (1979)?"; a query is too short for it."""
        for at in range(1, len(self.words) if len(self.words) > SHORTEST_TALK else 0):
            if self._past_year(at) == at or self.taken[at]:
                continue
            for start in range(max(0, at - LONGEST_TITLE), at):
                refused = not _REFUSED.isdisjoint(self.words[max(0, start - 4) : start])
                if any(self.taken[start:at]) or refused or not self._is_title(start, at):
                    continue
                self.taken[start : at + 1] = [True] * (at + 1 - start)
                yield Likeness((self._display(start, at),), start, at + 1)
                break

    def titles_at(self, start: int, *, sure: bool) -> tuple[list[str], int]:
        """(names, end) of the titles listed from `start` on; ([], start) if the first is none."""
        names: list[str] = []
        at, end = start, start
        while at < len(self.words):
            joined = bool(names) and self.words[at - 1] in ("and", "or")
            found = self._title_at(at, sure=sure and not names, joined=sure and joined)
            if found is None:
                break
            names.append(found[0])
            end = at = self._past_year(found[1])
            while at < len(self.words) and at < end + 2 and self.words[at] in _JOINTS:
                at += 1
            if at == end:
                break
        return names, end

    def _title_at(self, start: int, *, sure: bool, joined: bool) -> tuple[str, int] | None:
        """The longest exact title from `start` on; where a title must follow, else one with a slip.

        joined: "or" or "and" joins it to a title, so that it may be a common word, but not misspelt.
        """
        if self.n_lookups >= MAX_LOOKUPS:
            return None
        stop = min(len(self.words), start + LONGEST_TITLE)
        for end in range(stop, start, -1):
            if self.words[end - 1] == "," or not self._is_title(start, end):
                continue
            if self._past_year(end) > end or (not self.story and self._names(start, end, sure=sure or joined)):
                return self._display(start, end), end
        for stops in (_SURE_ENDS, _ENDS) if sure else ():
            if misspelt := self._misspelt_until(start, stop, stops):
                return misspelt
        return None

    def _misspelt_until(self, start: int, stop: int, ends: frozenset[str]) -> tuple[str, int] | None:
        """The title that the words up to one of `ends` name with a slip."""
        end = next((i for i in range(start, stop) if self.words[i] in ends or self._past_year(i) > i), stop)
        plain = all(word in COMMON for word in self.words[start:end]) or self._is_term(start, end)
        if plain or self.n_corrected >= MAX_CORRECTED:
            return None
        self.n_corrected += 1
        name = self.titles.title(self.said.raw(start, end))
        return (name, end) if name else None

    def _display(self, start: int, end: int) -> str:
        return self.titles.title(self.said.raw(start, end)) or self.said.raw(start, end)

    def _is_title(self, start: int, end: int) -> bool:
        self.n_lookups += 1
        return self.n_lookups <= MAX_LOOKUPS and self.titles.is_title(self.said.raw(start, end))

    def _names(self, start: int, end: int, *, sure: bool) -> bool:
        """Whether the words of a title are meant as one: "i like comedy" is no praise of "Comedy"."""
        words = self.words[start:end]
        without_article = start + (words[0] in ("the", "a", "an"))
        if self._is_term(without_article, end) or all(word in FILLERS or word in SOFT for word in words):
            return False
        ends = end == len(self.words) or self.words[end] in _ENDS | FILLERS
        if len(words) == 1 and not ends:
            return False  # "like Jackie Chan" is not like "Jackie"
        return (sure and ends) or not all(word in COMMON for word in words)

    def _is_term(self, start: int, end: int) -> bool:
        return " ".join(token.stem for token in self.said.tokens[start:end]) in TERMS

    def _past_year(self, at: int) -> int:
        """Behind a year in brackets, as in "Alien (1979)"."""
        if at >= len(self.words) or not (self.words[at].isdigit() and len(self.words[at]) == 4):
            return at
        return at + (self.said.sign_before(at) == "(")
