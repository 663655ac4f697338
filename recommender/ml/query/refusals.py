"""What a query refuses and no filter keeps away: "without violence", "not scary", "but not Fight Club".

Searching by meaning would find just that, so it is left out of the search and speaks against the titles that say it.
A negation is often no refusal but a part of what is described: "man with no name", "he could not swim".
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from recommender.ml.names.folding import fold
from recommender.ml.query.lexicon import ARTICLES, FILLERS, KINDS, NEGATIONS, REFUSALS, TERMS
from recommender.ml.query.phrases import Phrases
from recommender.ml.query.readings import REFUSED, Reading, spent
from recommender.ml.query.remainder import content
from recommender.ml.query.tokens import Said
from recommender.ml.query.years import refused_years

LONGEST_PHRASE = 3  # words that are refused together
LONGEST_TITLE = 7
MAX_LOOKUPS = 30  # of titles in one query, at some 15 µs each
# What people do not want to see: refused wherever it is, even by a text that says nothing else. Stems.
_UNWELCOME = Phrases(
    """violence,violent,gore,gory,blood,bloody,bloodshed,sex,sex scene,sexual,sexual content,nudity,nude,swearing,
    swear word,profanity,cursing,foul language,bad language,scary,scare,jump scare,jumpscare,creepy,spooky,disturbing,
    gruesome,brutal,brutality,torture,rape,depressing,sad,sad ending,happy ending,cheesy,cringe,boring,silly,stupid,
    dumb,gun,drug,smoking,subtitle,funny""".replace("\n    ", "").split(",")
)
_AFTER_NOT = frozenset("a an the any some all of about with in from on as too so very really that anything".split())
_ENDS = frozenset(", and or but nor please".split())
# Before "no" or "not" they make a sentence, or a thing that lacks something: "he does not", "a man with no name".
_BINDING = frozenset(
    """its thats is was are were be been has have had does did do could can will would should must may might with of
    there in say says said why if""".split()
)
# Words of talk, of which nothing is refused: "no, not yet", "no problem", "not the first".
_TALK = (FILLERS | REFUSALS) | frozenset(
    """havent hasnt dont didnt doesnt cant wont seen watched yet necessarily really worries problem idea doubt other
    others first second third last big""".split()
)
_PLAIN_NOT = frozenset({"not", "no", "without", "non"})
# Too little to speak against a title: what is not too long need not be short.
_VAGUE = frozenset(
    "long longer short shorter old older new newer newest recent modern bad good great famous popular like".split()
)


class Titles(Protocol):
    def is_title(self, text: str) -> bool: ...


def refused_titles(said: Said, taken: Sequence[bool], titles: Titles) -> Iterator[Reading]:
    """A reading of REFUSED for each title of two words or more behind a negation that is not the first word.

    taken: by token, whether another reading has it. A genre is a genre: "no romantic comedy", "not scary movie".
    """
    stems = [token.stem for token in said.tokens]
    n_lookups = 0
    for first, start in _negations(said, stems):
        if not first or any(taken[first:start]):
            continue
        start += start < len(said) and said.tokens[start].word in ARTICLES
        for last in range(min(len(said), start + LONGEST_TITLE), start + 1, -1):
            ends = last == len(said) or taken[last] or said.tokens[last].word in _ENDS or stems[last] in KINDS
            names = not any(taken[start:last]) and stems[last - 1] not in KINDS
            if not (ends and names) or all(stem in TERMS for stem in stems[start:last]) or n_lookups >= MAX_LOOKUPS:
                continue
            n_lookups += 1
            if titles.is_title(said.raw(start, last)):
                yield _refused(said, first, start, last)
                break


def refused_said(said: Said, taken: Sequence[bool]) -> Iterator[Reading]:
    """A reading of REFUSED for each word or phrase that is refused; years and what is vague are only spent.

    taken: by token, whether another reading has it. Nothing is refused by a text that says nothing else, but what is
    unwelcome to many: "no exit" is a name, "no gore" is none.
    """
    taken = list(taken)
    years = [(first, last) for first, last in refused_years(said) if not any(taken[first:last])]
    for first, last in years:
        taken[first:last] = [True] * (last - first)
    finder = _Finder(said, taken)
    found = [*finder.readings(), *(spent(first, last) for first, last in years)]
    without = list(taken)
    for reading in found:
        without[reading.first : reading.last] = [True] * (reading.last - reading.first)
    n_years = sum(last - first for first, last in years)
    if sum(taken) > n_years or any(content(said, without)) or (finder.all_unwelcome and not years):
        yield from found


def _negations(said: Said, stems: Sequence[str]) -> Iterator[tuple[int, int]]:
    """[first, last) of each negation; empty before a word with a minus."""
    at = 0
    while at < len(stems):
        length = NEGATIONS.at(stems, at)
        answers = length and said.text[said.tokens[at].end :].startswith((".", "!"))  # "No. Something else."
        if (length or said.is_excluded(at)) and not answers:
            yield at, at + length
        at += length or 1


def _refused(said: Said, first: int, start: int, last: int) -> Reading:
    phrase = said.raw(start, last).lower()
    return Reading(REFUSED, fold(phrase), f"Not: {phrase}", first, last, in_stories=False)


class _Finder:
    """What is refused but titles."""

    def __init__(self, said: Said, taken: Sequence[bool]) -> None:
        self.said, self.taken = said, taken
        self.words = [token.word for token in said.tokens]
        self.stems = [token.stem for token in said.tokens]
        self.all_unwelcome = True

    def readings(self) -> Iterator[Reading]:
        done = 0
        for first, start in _negations(self.said, self.stems):
            if first >= done and not any(self.taken[first:start]):
                found = list(self._after(first, start))
                yield from found
                done = found[-1].last if found else done

    def _after(self, first: int, start: int) -> Iterator[Reading]:
        """What the negation at [first, start) refuses: one thing, or all that "or" joins."""
        items: list[tuple[int, int]] = []
        at = start
        while item := self._item(first, at, minus=first == start):
            items.append(item)
            at = item[1] + 1
            if first == start or self.words[item[1] : at] not in (["or"], ["nor"]):
                break
        if len(items) > 1:
            yield spent(first, items[0][0])
        for begins, last in items:
            self.all_unwelcome &= _UNWELCOME.at(self.stems, begins) > 0
            start = first if len(items) == 1 else begins
            is_vague = last - begins == 1 and self.words[begins] in _VAGUE
            yield spent(start, last) if is_vague else _refused(self.said, start, begins, last)

    def _item(self, negation: int, start: int, *, minus: bool) -> tuple[int, int] | None:
        """[first, last) of something unwelcome, or of a few words that end what is said."""
        while not minus and start < len(self.words) and self.words[start] in _AFTER_NOT and not self.taken[start]:
            start += 1
        if start >= len(self.words) or self.taken[start] or self.words[start] in _ENDS:
            return None
        if length := _UNWELCOME.at(self.stems, start):
            return None if any(self.taken[start : start + length]) else (start, start + length)
        if minus:
            return start, start + 1
        most = 1 if self.words[negation] == "not" else LONGEST_PHRASE  # "not your average hero" says more
        last = start
        while last < len(self.words) and not self._ends(last):
            last += 1
        refused = self.words[start:last]
        if not 0 < len(refused) <= most or self._is_bound(negation) or any(word in _TALK for word in refused):
            return None
        return start, last

    def _ends(self, at: int) -> bool:
        return self.taken[at] or self.words[at] in _ENDS or self.stems[at] in KINDS

    def _is_bound(self, negation: int) -> bool:
        """Whether what is negated belongs to the word before: "rebel without a cause", "who does not sleep"."""
        if negation == 0 or self.words[negation] not in _PLAIN_NOT:
            return False
        before = self.words[negation - 1]
        if before in _BINDING:
            return True
        is_content = not self.taken[negation - 1] and before not in FILLERS and self.stems[negation - 1] not in KINDS
        return is_content and self.words[negation] == "without"
