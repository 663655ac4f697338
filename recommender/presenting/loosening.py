"""Nothing was found: which filter is the reason, and what would be there without it."""

from dataclasses import dataclass

import numpy as np

from recommender import serving
from recommender.answers.answer import Answer
from recommender.ml import engine
from recommender.ml.facts.filters import Filters
from recommender.presenting import labels, refining

MAX_PARTS, MAX_CHIPS = 12, 4  # filters that are tried; a chip costs a search, a part does not


@dataclass(frozen=True)
class Looser:
    """One filter, and how many titles are found without it (of the best thousand without any)."""

    label: str
    n: int
    address: str


def looser(answer: Answer) -> list[Looser]:
    """The filters whose absence would help, the most helpful first; a label "" means all at once.

    Only for a page that found nothing: it searches again.
    """
    if answer.items:
        return []
    found = [*_without_parts(answer), *_without_chips(answer)]
    return sorted((one for one in found if one.n), key=lambda one: -one.n)


def _without_parts(answer: Answer) -> list[Looser]:
    snapshot, filters, text = serving.current(), answer.filters, answer.user_query
    parts = refining.parts(filters)[:MAX_PARTS]
    if not parts:
        return []
    everything = np.arange(len(snapshot.index))
    rows = engine.search(snapshot, text, limit=0, correct=answer.view.correct).rows if text else everything
    found = []
    for label, others in parts:
        mask = snapshot.index.facets.mask(others)
        n = len(rows) if mask is None else int(mask[rows].sum())
        found.append(Looser(label, n, refining.address(text, others, answer.view)))
    if len(parts) > 1 and not any(one.n for one in found):
        return [Looser("", len(rows) if text else 0, refining.address(text, Filters(), answer.view))]
    return found


def _without_chips(answer: Answer) -> list[Looser]:
    snapshot = serving.current()
    return [
        Looser(
            labels.of_chip(chip),
            engine.search(snapshot, text, filters=answer.filters, limit=0, correct=answer.view.correct).total,
            refining.address(text, answer.filters, answer.view),
        )
        for chip in answer.understanding.chips[:MAX_CHIPS]
        if (text := refining.shorter(answer, chip))
    ]
