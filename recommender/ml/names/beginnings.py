"""Well-known titles whose names begin, letter for letter, with what was typed: "the dark k", "silence of"."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.ml.names.folding import ARTICLES, fold, readings
from recommender.ml.names.forms import SMALL_WORDS, Kind, word_ends
from recommender.ml.names.titles import TitleIndex

N_BEGUN = 20
UNFINISHED_LETTERS = 2  # a last word no longer than this is hardly ever all of a word
SELDOM = 5e-4  # share of titles; words that no more of them say together are no theme


def begun(
    titles: TitleIndex, text: str, fame: NDArray[np.float32], *, at_least: float, limit: int = N_BEGUN
) -> list[int]:
    """Rows of titles at least so famous whose names go on from the text, the most famous first.

    The last word may be cut off anywhere; the words before it are words of the name. Numerals may be written
    otherwise, and the article of the name be left out. fame: float32[N] of all rows.
    """
    found: set[int] = set()
    for words in readings(fold(text).split()):
        first, end = titles.keys.prefix_range("".join(words))
        entries = slice(int(titles.starts[first]), int(titles.starts[end]))
        spaces, whole = np.uint64(word_ends(words[:-1]) & ~1), np.uint64(word_ends(words))
        ends = titles.word_ends[entries]
        fits = (titles.kinds[entries] <= Kind.ALIAS_READ) & (ends & spaces == spaces) & (ends != whole)
        found.update(titles.rows[entries][fits & (fame[titles.rows[entries]] >= at_least)].tolist())
    return sorted(found, key=lambda row: (-fame[row], row))[:limit]


def is_spaced_so(titles: TitleIndex, text: str) -> bool:
    """Whether some name has just these words, so that "toy s" is no "Toys"; an article may be missing."""
    for words in readings(fold(text).split()):
        if (place := titles.keys.find("".join(words))) is not None:
            entries = slice(int(titles.starts[place]), int(titles.starts[place + 1]))
            same = titles.word_ends[entries] == np.uint64(word_ends(words))
            if (same & (titles.kinds[entries] <= Kind.ALIAS_READ)).any():
                return True
    return False


def is_beginning(words: Sequence[str], usage: float) -> bool:
    """Whether several folded words may be the beginning of a name rather than words that mean something.

    usage: the share of titles that say all of them. Who asks for a theme begins with no article, and ends with no
    letter or two and no "of the".
    """
    return len(words) > 1 and (is_cut(words[-1]) or words[0] in ARTICLES or usage <= SELDOM)


def is_cut(word: str) -> bool:
    """Whether nobody ends a text with this folded word who has said it all; a number may stand at the end."""
    return word in SMALL_WORDS or (len(word) <= UNFINISHED_LETTERS and not word.isdecimal())
