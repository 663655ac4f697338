"""Words of a theme that nobody spells so: "dinasours" is read as "dinosaurs".

Titles and people are corrected by their own look-ups; this is for the words that are neither.
"""

from dataclasses import dataclass
from math import log1p

import numpy as np
from numpy.typing import NDArray

from recommender.ml.lexical import LexicalIndex
from recommender.ml.names.folding import fold
from recommender.ml.names.slips import slip_cost
from recommender.ml.names.titles import TitleIndex
from recommender.ml.strings import StringTable

SHORTEST = 5  # letters; below it almost every word is one slip from another
KNOWN_FROM = 12  # titles; a word that fewer say may be a slip itself, or a name
N_REWORDINGS = 4
MAX_WORDS = 12  # of a text; a longer one says enough with the words it spells right
ONE_SLIP, TWO_SLIPS = 0.79, 0.77  # least similarity: one slip in five letters; two in nine
COMMONNESS = 0.1  # slips that a word may be further away for each e-fold of the titles that say it


@dataclass(frozen=True)
class Spelling:
    """words: what catalogue texts say, as spelt most often; n_titles int32[W] say it; lookup: their index."""

    words: StringTable
    n_titles: NDArray[np.int32]
    lookup: TitleIndex

    @classmethod
    def build(cls, lexical: LexicalIndex) -> "Spelling":
        n_titles = np.diff(lexical.starts)
        places = [
            place
            for place in np.flatnonzero(n_titles >= KNOWN_FROM).tolist()
            if len(word := lexical.spellings[place]) >= SHORTEST and word.isalpha()
        ]
        words = [lexical.spellings[place] for place in places]
        return cls(
            StringTable.of(words), n_titles[places].astype(np.int32), TitleIndex.build([[word] for word in words])
        )

    def rewordings(self, text: str, lexical: LexicalIndex) -> list[str]:
        """The folded text with the words that no title says replaced by near ones that some do, the likeliest first.

        At most N_REWORDINGS; more than one where a single word is wrong. Empty if nothing is wrong, or if a
        word is left over that nothing is near to.
        """
        said = fold(text).split()
        wrong = (
            [place for place, word in enumerate(said) if not lexical.knows(word)] if len(said) <= MAX_WORDS else []
        )
        near = [self._near(said[place]) for place in wrong]
        if not wrong or not all(near):
            return []
        first = dict(zip(wrong, (words[0] for words in near), strict=True))
        others = [{wrong[0]: word} for word in near[0][1:]] if len(wrong) == 1 else []
        return [
            " ".join(chosen.get(place, word) for place, word in enumerate(said))
            for chosen in [first, *others][:N_REWORDINGS]
        ]

    def _near(self, word: str) -> list[str]:
        if len(word) < SHORTEST or not word.isalpha():
            return []
        costs: dict[str, float] = {}
        for hit in self.lookup.misspelt(word, at_least=ONE_SLIP if len(word) < 9 else TWO_SLIPS, limit=20):
            known = self.words[hit.row]
            if known[0] == word[0]:  # nobody misses the first key
                costs[known] = slip_cost(word, known) - COMMONNESS * log1p(self.n_titles[hit.row])
        return sorted(costs, key=lambda known: (costs[known], known))
