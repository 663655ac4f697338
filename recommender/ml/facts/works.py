"""Which titles are the same work: a catalogue joined from several sources lists some twice."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.ml.composition import TitleText
from recommender.ml.names.folding import fold


def works(texts: Sequence[TitleText], prior: NDArray[np.float32]) -> NDArray[np.int32]:
    """int32[N]: the row of the most famous listing of each title's work, its own where it is alone.

    prior: float32[N], fame; of equals the first row stands for the work.
    """
    work = np.arange(len(texts), dtype=np.int32)
    namesakes: dict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(texts):
        namesakes[fold(text.name)].append(row)
    for name, rows in namesakes.items():
        if not name or len(rows) == 1:
            continue
        leaders: list[int] = []
        for row in sorted(rows, key=lambda row: -prior[row]):
            leader = next((leader for leader in leaders if _same(texts[leader], texts[row])), row)
            work[row] = leader
            if leader == row:
                leaders.append(row)
    return work


def _same(one: TitleText, other: TitleText) -> bool:
    """Of two titles of one name: the same kind within a year, or the same description word for word.

    Not if both say who made them and agree on nobody: two films called "Pinocchio" came out in 2022,
    and sources lend a remake the description of the original.
    """
    years_agree = one.kind == other.kind and one.year and other.year and abs(one.year - other.year) <= 1
    if not years_agree and not (one.description and one.description == other.description):
        return False
    roles = [(one.directors, other.directors), (one.cast, other.cast)]
    both_known = [(set(map(fold, here)), set(map(fold, there))) for here, there in roles if here and there]
    return not both_known or any(here & there for here, there in both_known)
