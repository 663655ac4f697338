"""A query as folded words that know where they stand in the raw text."""

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

from recommender.ml.names.folding import fold, words

MAX_CACHED = 30  # characters of a word that is kept
MAX_TOKENS = 400  # what is beyond them is not read; 2,000 characters of English have some 370

# A word runs until a space or a sign; an apostrophe, and a point between digits, are inside it. Marks and
# letters of any script, lone surrogates and controls are word characters: nothing that is typed disappears.
_SIGN = r"\s!-&(-/:-@\[-^_{-~«»¡¿\u2010-\u2017\u201c-\u206f\u3000-\u303f"
_WORD = re.compile(rf"\d+\.\d+\w*|\d+\+(?!\w)|[^{_SIGN}]+|[,;/|&]")
_APOSTROPHES = "'’‘`´ʼ"


@dataclass(frozen=True, slots=True)
class Token:
    """word: folded, without spaces; stem: plural reduced. [start, end): characters of the raw text."""

    word: str
    stem: str
    start: int
    end: int


@dataclass(frozen=True)
class Said:
    """The raw text and its tokens. A comma, semicolon, slash or bar is a token ","; "&" is the word "and"."""

    text: str
    tokens: tuple[Token, ...]

    @classmethod
    def of(cls, text: str) -> "Said":
        found = []
        for match in islice(_WORD.finditer(text), MAX_TOKENS):
            word, stem = (_folded if len(match[0]) <= MAX_CACHED else _folded.__wrapped__)(match[0])
            if word:
                found.append(Token(word, stem, match.start(), match.end()))
        return cls(text, tuple(found))

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def line(self) -> str:
        """The words, one space between them: what patterns are matched against."""
        return " ".join(token.word for token in self.tokens)

    @cached_property
    def _offsets(self) -> list[int]:
        offsets, at = [], 0
        for token in self.tokens:
            offsets.append(at)
            at += len(token.word) + 1
        return offsets

    def tokens_of(self, start: int, end: int) -> tuple[int, int]:
        """[first, last) of the tokens that characters [start, end) of `line` touch; both at word ends."""
        return bisect_left(self._offsets, start), bisect_left(self._offsets, end)

    def raw(self, first: int, last: int) -> str:
        """What was typed for the tokens [first, last), a possessive ending taken off."""
        text = self.text[self.tokens[first].start : self.tokens[last - 1].end]
        for apostrophe in _APOSTROPHES:
            text = text.removesuffix(f"{apostrophe}s").removesuffix(f"{apostrophe}S").removesuffix(apostrophe)
        return text

    def sign_before(self, index: int) -> str:
        """The character that touches the token on the left; "" at the start."""
        return self.text[max(0, self.tokens[index].start - 1) : self.tokens[index].start]

    def is_excluded(self, index: int) -> bool:
        """Written with a minus before it, as search engines have it: "korean -horror"."""
        start = self.tokens[index].start
        return start > 0 and self.text[start - 1] == "-" and (start == 1 or self.text[start - 2].isspace())


@lru_cache(maxsize=1 << 14)
def _folded(written: str) -> tuple[str, str]:
    """(word, stem) of one token; the same few thousand words make up most queries."""
    if written in ",;/|":
        return ",", ","
    if written == "&":
        return "and", "and"
    if "." in written and written[0].isdigit():  # 1.5 hours
        return written.casefold(), written.casefold()
    if written[-1] == "+":  # 2010+, 18+
        return written, written
    word = fold(written).replace(" ", "")
    return word, "".join(words(word))
