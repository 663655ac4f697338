"""Are titles like one title other than titles like another?"""

import random

from benchmarks.catalogues import Titles
from benchmarks.quality.marquee import Marquee
from benchmarks.quality.metrics import Query, overlap
from recommender.ml.names.folding import fold


def distinctness(marquee: Marquee, titles: Titles, *, n_pairs: int = 500, seed: int = 0) -> dict[str, list[float]]:
    """ "shared of the first 10": overlap of the lists of two random titles, one a pair.

    "seed or duplicate inside": 1 for a list with its own seed, a row twice, or another row of the
    seed's name, kind and year.
    """
    draw = random.Random(seed)
    shared, repeated = [], []
    for _ in range(n_pairs):
        pair = draw.sample(range(len(titles.texts)), 2)
        first, second = (marquee.answer(Query("", seeds=(row,)), limit=10).rows for row in pair)
        shared.append(overlap(first, second))
        repeated += [float(_repeats(titles, row, rows)) for row, rows in zip(pair, (first, second), strict=True)]
    return {"shared of the first 10": shared, "seed or duplicate inside": repeated}


def _repeats(titles: Titles, seed: int, rows: list[int]) -> bool:
    def work(row: int) -> tuple[str, str, int | None]:
        text = titles.texts[row]
        return fold(text.name), text.kind, text.year

    return seed in rows or len(set(rows)) < len(rows) or work(seed) in {work(row) for row in rows}
