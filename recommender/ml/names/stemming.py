"""Words brought to their stems, so that "investigating robots" finds "robotic police investigates"."""

from functools import lru_cache
from threading import Lock

import Stemmer

from recommender.ml.names.folding import fold

_stemmer = Stemmer.Stemmer("english")
_lock = Lock()  # a stemmer keeps state while it works


def stems(text: str) -> list[str]:
    """The stems of the folded words of a text, in order: the unit of the lexical index.

    The stemmer is Snowball's "English" (Porter 2, snowballstem.org). Names are cut alike in query and
    title, so they still meet; words of other alphabets stay whole.
    """
    return [stem(word) for word in fold(text).split()]


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of one folded word."""
    with _lock:
        try:
            stemmed: str = _stemmer.stemWord(word)
        except UnicodeError:  # a lone surrogate
            return word
        return stemmed
