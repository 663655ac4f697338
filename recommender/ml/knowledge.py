"""What a catalogue index knows of names, as the understanding of queries asks for it."""

from recommender.ml.index import CatalogIndex
from recommender.ml.matching import match
from recommender.ml.names.folding import fold


class IndexKnowledge:
    """Implements `query.understanding.Knowledge`."""

    def __init__(self, index: CatalogIndex, *, correct: bool = True) -> None:
        """correct: whether a misspelt name may be taken for the right one."""
        self.index = index
        self.correct = correct

    def is_title(self, text: str) -> bool:
        return bool(self.index.titles.exact(text))

    def title(self, text: str) -> str | None:
        row = self.title_row(text)
        return None if row is None else self.index.names[row]

    def title_row(self, text: str) -> int | None:
        """The title that goes by this name, the most famous of several, else the one it is surely a slip of."""
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
