"""Words for genres and films in other languages, so that "фильм ужасов" and "恐怖片" find horror films.

Not a translator: the encoder and the catalogue read English, and these are the words of which most
searches in other languages consist. Where a script writes no spaces, words are found inside the text.
"""

from collections.abc import Iterator
from pathlib import Path

from recommender.ml.names.folding import fold

# A line: English, then how others say it: Spanish, Portuguese, French, German, Italian, Polish, Turkish, Russian,
# Greek, Arabic, Hebrew, Hindi, Chinese, Japanese, Korean. A star stands for any ending; before the colon nothing
# is written for words that say no more than "film" or "of".
_WORDS = Path(__file__).with_name("foreign_words.txt")


def _table() -> tuple[dict[str, str], list[tuple[str, str]], list[tuple[str, str]]]:
    """(whole words, beginnings of words, words of scripts without spaces), each to English."""
    whole: dict[str, str] = {}
    beginnings: list[tuple[str, str]] = []
    inside: list[tuple[str, str]] = []
    for line in _WORDS.read_text(encoding="utf-8").splitlines():
        english, _, others = line.partition(":")
        for word in others.split(","):
            folded = fold(word)
            if _writes_no_spaces(folded):
                inside.append((folded, english.strip()))
            elif word.strip().endswith("*"):
                beginnings.append((folded, english.strip()))
            else:
                whole[folded] = english.strip()
    return whole, sorted(beginnings, key=_longest), sorted(inside, key=_longest)


def _longest(pair: tuple[str, str]) -> tuple[int, str]:
    return -len(pair[0]), pair[0]


def _writes_no_spaces(text: str) -> bool:
    return any("\u3040" <= letter <= "\u30ff" or "\u4e00" <= letter <= "\u9fff" for letter in text)


_WHOLE, _BEGINNINGS, _INSIDE = _table()
_LONGEST = max(len(phrase.split()) for phrase in _WHOLE)
MAX_WORDS = 8  # of a text; a longer one is a sentence, which word by word would be mangled


def in_english(text: str) -> str | None:
    """The genres that a text in another language names, in English; None unless every word of it is known here."""
    said = fold(text).split()
    if not said or len(said) > MAX_WORDS:
        return None
    meant: list[str] = []
    at = 0
    while at < len(said):
        for length in range(min(_LONGEST, len(said) - at), 0, -1):
            english = _WHOLE.get(" ".join(said[at : at + length]))
            if english is not None:
                meant.append(english)
                at += length
                break
        else:
            found = list(_parts(said[at]))
            if not found:
                return None
            meant += found
            at += 1
    return " ".join(dict.fromkeys(filter(None, meant))) or None


def _parts(word: str) -> Iterator[str]:
    """What a single word means: by its beginning, or, where no spaces are written, by all that it is made of."""
    if not _writes_no_spaces(word):
        yield from (english for beginning, english in _BEGINNINGS if word.startswith(beginning))
        return
    found: list[str] = []
    while word:
        match = next(((part, english) for part, english in _INSIDE if word.startswith(part)), None)
        if match is None:
            return
        found.append(match[1])
        word = word.removeprefix(match[0])
    yield from found
