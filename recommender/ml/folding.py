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
_ARTICLES = frozenset({"the", "a", "an"})
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


def fold(text: str) -> str:
    """Lower-case words with single spaces: no accents, punctuation, ligatures; "&" reads "and".

    Text without any letter or digit ("$", "…", "") keeps its signs, so that a title made of
    them can still be found. Idempotent.
    """
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
    numeral read; a spelt one also stays as written, so that "oceanseleven" and "ocean's elevn"
    come near it. Empty text has no key.
    """
    written = fold(text).split()
    written[1:] = [_ROMAN.get(word, word) for word in written[1:]]
    read = [_SPELT.get(word, word) for word in written]
    return list(dict.fromkeys(key for words in (read, written) for key in _with_and_without_article(words) if key))


def _with_and_without_article(words: list[str]) -> list[str]:
    keys = ["".join(words)]
    if len(words) > 1 and words[0] in _ARTICLES:
        keys.append("".join(words[1:]))
    elif len(words) > 1 and words[-1] in _ARTICLES:
        keys += ["".join([words[-1], *words[:-1]]), "".join(words[:-1])]
    return keys


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
