"""Questions put to the simulated catalogue, each understood once; new titles join it in the middle."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.ml.encoder import TextEncoder
from recommender.ml.engine import answer, popular
from recommender.ml.index import CatalogIndex
from recommender.ml.questions import Question, question
from recommender.ml.snapshot import Snapshot
from training.ml.simulator import Intent

HOME_PLACES = 12


class Asker:
    """What every learner asks the catalogue with. new: bool[N], titles that are not in it until `open_to_all`."""

    def __init__(self, index: CatalogIndex, encoder: TextEncoder, new: NDArray[np.bool_]) -> None:
        self.index, self.encoder, self.new = index, encoder, new
        self.is_open = False
        self._asked: dict[str, Question] = {}

    def open_to_all(self) -> None:
        """From here on the new titles can be found."""
        self.is_open = True
        self._asked.clear()

    def question(self, text: str) -> Question:
        if text not in self._asked:
            among = None if self.is_open else ~self.new
            self._asked[text] = question(self.index, self.encoder, text, among=among)
        return self._asked[text]

    def vectors(self, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        return {text: self.encoder.encode([text])[0] for text in texts}

    def first(self, snapshot: Snapshot, intent: Intent, limit: int = 10) -> list[int]:
        """Ids of the titles that a version shows first; the home list for an intent without a text."""
        if intent.text:
            return [hit.title_id for hit in answer(snapshot, self.question(intent.text), limit=limit).hits]
        hits = popular(snapshot, limit=2 * limit).hits
        return [hit.title_id for hit in hits if self.is_open or not self.new[hit.title_id]][:limit]

    def truth(self, gains: dict[int, float]) -> dict[int, float]:
        """Of true gains those of titles that can be found today."""
        return gains if self.is_open else {title: gain for title, gain in gains.items() if not self.new[title]}
