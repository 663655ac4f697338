"""Text folding: what people type and how titles are written, brought to one form.

Pure and total: any string has a fold, folding twice changes nothing. It knows no catalogue
and corrects no spelling; `titles` does.
"""

import re
import unicodedata
from itertools import takewhile

# Letters that Unicode does not decompose, and signs that people write as words.
_SPELT_OUT = str.maketrans(
    {
        "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ħ": "h", "ı": "i",
        "&": " and ", "+": " plus ", "’": None, "‘": None, "'": None, "`": None, "´": None, "ʼ": None,
    }
)  # fmt: skip
# Accents of Latin, Greek and Cyrillic, Hebrew points and Arabic vowel signs: often left out when
# typing. Marks of other scripts are letters to their readers and stay.
_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670\u1dc0-\u1dff\u20d0-\u20ff"
    "\ufe00-\ufe0f\U000e0100-\U000e01ef]"  # variation selectors: the same sign in another dress
)
_NOT_WORD = re.compile(r"[\W_]+")
# The same for ASCII text in one pass: nine names in ten, at a fifth of the price.
_ASCII = {point: chr(point).lower() if chr(point).isalnum() else " " for point in range(128)}
_ASCII |= {point: meant or "" for point, meant in _SPELT_OUT.items() if point < 128}
ARTICLES = frozenset({"the", "a", "an"})
_ROMAN = {
    roman: str(number)
    for number, roman in enumerate(
        "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx".split(), start=1
    )
}
_SPELT = {
    word: str(number)
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen twenty".split(),
        start=1,
    )
}
# Short forms that titles and people use for the same word.
_MEANT = _SPELT | {"vs": "v", "versus": "v", "doctor": "dr", "mister": "mr", "saint": "st"}
_DISGUISED = re.compile(r"[^\W\d][013457]+[^\W\d]")
_LETTER_OF = str.maketrans("013457", "oieasv")  # "se7en", "thr3e", "fant4stic"


def fold(text: str) -> str:
    """Lower-case words with single spaces: no accents, punctuation, ligatures; "&" reads "and".

    Text without any letter or digit ("$", "…", "") keeps its signs, so that a title made of
    them can still be found. Idempotent.
    """
    if text.isascii() and (folded := " ".join(text.translate(_ASCII).split())):
        return folded
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_SPELT_OUT)
    folded = _MARKS.sub("", unicodedata.normalize("NFKD", folded)).translate(_SPELT_OUT)
    folded = _NOT_WORD.sub(_gap, unicodedata.normalize("NFKC", folded)).strip()
    return folded or " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _gap(match: re.Match[str]) -> str:
    """A space; a mark that follows a letter is no gap, though `\\w` takes it for one."""
    if match[0].isascii() or not match.start():
        return " "
    marks = "".join(takewhile(lambda character: unicodedata.category(character).startswith("M"), match[0]))
    return marks if marks == match[0] else f"{marks} "


def title_keys(text: str) -> list[str]:
    """The space-free forms under which a title is looked up, the most literal first.

    Numerals read alike ("part ii", "part two", "part 2"; a Roman one only after a first word),
    and a leading or trailing article may be missing ("godfather, the"). The first key has every
    numeral read; the text also stays as written, so that "oceanseleven" and "ocean's elevn"
    come near it. Empty text has no key.
    """
    variants = (loose for reading in readings(fold(text).split()) for loose in without_article(reading))
    return list(dict.fromkeys(key for key in map("".join, variants) if key))


def readings(written: list[str]) -> list[list[str]]:
    """Ways to read the words of a name, without repeats: numerals and short forms read, as written, and
    both again with a digit that stands for a letter ("se7en") read as that letter.
    """
    read = [
        _ROMAN[word] if place and word in _ROMAN else _MEANT.get(word, word) for place, word in enumerate(written)
    ]
    found = [written] if read == written else [read, written]
    if any(map(_DISGUISED.search, written)):
        plain = [word.translate(_LETTER_OF) if _DISGUISED.search(word) else word for word in written]
        found += readings(plain)
    return found


def without_article(words: list[str]) -> list[list[str]]:
    """The words, and the words with a leading or trailing article taken away or to the front."""
    if len(words) > 1 and words[0] in ARTICLES:
        return [words, words[1:]]
    if len(words) > 1 and words[-1] in ARTICLES:
        return [words, [words[-1], *words[:-1]], words[:-1]]
    return [words]


def numbers(written: list[str]) -> tuple[str, str]:
    """(digits, spelt): the digits of the Arabic and Roman numerals, and those of the spelt ones, in order.

    Two texts that differ here mean different parts of a series, however near their letters are.
    """
    digits = "".join(
        character
        for place, word in enumerate(written)
        for character in (_ROMAN.get(word, word) if place else word)
        if character.isdigit()
    )
    return digits, "".join(_SPELT[word] for word in written if word in _SPELT)


def same_numbers(typed: tuple[str, str], meant: tuple[str, str]) -> bool:
    """Whether both, as `numbers` gives them, can mean one part of a series.

    However a number is written it must be the same, but a spelt one may itself be misspelt: "ocean's elevn".
    """
    if typed[0] != meant[0]:
        return typed[0] + typed[1] == meant[0] + meant[1]
    rest = iter(meant[1])
    return all(digit in rest for digit in typed[1])


def words(text: str) -> list[str]:
    """The folded words of a text, plurals reduced: the unit of the lexical index.

    The reduction is the "S" stemmer of Harman, "How effective is suffixing?" (JASIS 42(1), 1991):
    three endings, no dictionary, and wrong only where query and title are wrong alike.
    """
    return [_singular(word) for word in fold(text).split()]


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s"):
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith(("us", "ss")):
        return word
    return word[:-1]
