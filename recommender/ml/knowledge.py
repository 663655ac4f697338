"""What a catalogue index knows of names, as the understanding of queries asks for it."""

import numpy as np

from recommender.ml.index import CatalogIndex
from recommender.ml.matching import match, of_year
from recommender.ml.names.folding import fold
from recommender.ml.usage import titles_saying

N_SAMPLED = 100  # of the titles that say a word
MANY = 0.001  # share of titles; rarer than this a word is no ordinary one


class IndexKnowledge:
    """Implements `query.understanding.Knowledge`."""

    def __init__(self, index: CatalogIndex, *, correct: bool = True) -> None:
        """correct: whether a misspelt name may be taken for the right one."""
        self.index = index
        self.correct = correct

    def is_title(self, text: str) -> bool:
        return bool(self.index.titles.exact(text) or of_year(self.index, text))

    def title(self, text: str) -> str | None:
        """Its name, with the year in brackets where the text has it so: `title_row` finds the same one again."""
        row = self.title_row(text)
        if row is None:
            return None
        name = self.index.names[row]
        return f"{name} ({self.index.facets.years[row]})" if of_year(self.index, text) else name

    def title_row(self, text: str) -> int | None:
        """The title that goes by this name, of several the one of highest standing, else the one it is a slip of."""
        matches = match(self.index, text, correct=self.correct)
        return matches.subject

    def person(self, text: str, *, fuzzy: bool) -> str | None:
        place = self.index.people.find(text, fuzzy=fuzzy and self.correct)
        if place is None:
            return None
        name = self.index.facets.people_names[place]
        folded = fold(name)
        # Catalogues list "[2]" and "Drag-On" as people; who types "the dragon" means neither.
        is_name = any(map(str.isalpha, folded)) and (folded[0] == fold(text)[:1] or " " not in fold(text))
        return name if is_name else None

    def is_word(self, text: str) -> bool:
        """Whether titles say this surname mostly for something else: "christmas", "space", "marvel".

        It is a word where many titles say it, and more than (1 + fame) / 2 of them neither list somebody of that
        name nor say the person's first name; fame in [0, 1] of who it would mean, so that "cruise" stays Tom Cruise
        in a catalogue full of cruises.
        """
        person = self.index.people.find(text)
        word = fold(text)
        rows = titles_saying(self.index.lexical, word)
        if person is None or len(rows) <= MANY * len(self.index):
            return False
        fame = self.index.people.weight[person] / self.index.people.weight.max()
        sampled = rows[:: max(1, len(rows) // N_SAMPLED)]
        first_name = fold(self.index.facets.people_names[person]).partition(" ")[0]
        named = np.isin(sampled, titles_saying(self.index.lexical, first_name))
        named |= np.array([self._lists(row, word) for row in sampled.tolist()])
        return bool(1 - named.mean() > (1 + fame) / 2)

    def has_genre(self, label: str) -> bool:
        return self.index.facets.genres.find(label) is not None

    def _lists(self, row: int, name: str) -> bool:
        """Whether somebody of a title has this name, first or last."""
        names = self.index.facets.people_names.take(self.index.facets.people.of(row))
        return f" {name} " in f" {fold(' '.join(names))} "
