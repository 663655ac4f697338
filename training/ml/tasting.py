"""Whether what people chose after what is worth learning anew: a table that predicts worse does not replace the old.

Each person's newest choice is held out; the table fitted to the rest and the one that serves are asked for it. Both
know what titles are like, so on a site with few people a new table has to beat that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.ml.affinity import Affinity
from recommender.ml.index import CatalogIndex
from recommender.ml.taste import Signal, Tastes
from training.ml.affinity import FORMULA, AffinityConfig, fit

SECONDS_PER_DAY = 86_400
MAX_ASKED = 300  # people whose newest choice is asked for
MAX_CHOICES = 200  # of one person, the newest
WORSE = -0.005  # of mean reciprocal rank: from where on the lower end of the difference is too low


@dataclass(frozen=True)
class Choices:
    """What people chose, [C], sorted by person and time. people, titles: int64. times: float64, Unix seconds.

    weights: float32, what each is worth as a signal, > 0.
    """

    people: NDArray[np.int64]
    titles: NDArray[np.int64]
    times: NDArray[np.float64]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.people)

    def without_newest(self) -> "Choices":
        last = np.append(self.people[1:] != self.people[:-1], True)[: len(self)]
        return Choices(self.people[~last], self.titles[~last], self.times[~last], self.weights[~last])


def relearnt(
    old: Affinity, index: CatalogIndex, choices: Choices, *, seed: int = 0, config: AffinityConfig | None = None
) -> tuple[Affinity, dict[str, Any]]:
    """(the table to serve, what was measured): the new one, unless it would predict worse than the old.

    Raises what `training.ml.affinity.fit` raises.
    """
    earlier = choices.without_newest()
    trial = fit(earlier.people, earlier.titles, earlier.times, config)
    asked = _asked(choices, index, seed)
    if not asked:
        return old, {"formula": FORMULA, "n_choices": len(choices), "n_asked": 0, "is_new": False}
    before, after = (_reciprocal_ranks(Tastes(index, table), asked) for table in (old, trial))
    draws = np.random.default_rng(seed).integers(0, len(asked), (1_000, len(asked)))
    low = float(np.quantile((after - before)[draws].mean(axis=1), 0.025))
    report = {
        "formula": FORMULA,
        "n_choices": len(choices),
        "n_people": len(np.unique(choices.people)),
        "n_asked": len(asked),
        "mrr_before": round(float(before.mean()), 4),
        "mrr_after": round(float(after.mean()), 4),
        "low": round(low, 4),
        "is_new": bool(low >= WORSE),
    }
    return (fit(choices.people, choices.titles, choices.times, config) if report["is_new"] else old), report


def _asked(choices: Choices, index: CatalogIndex, seed: int) -> list[tuple[list[Signal], int]]:
    """(what each of some people had done, the title they chose last), for people with at least two choices."""
    starts = np.flatnonzero(np.append(True, choices.people[1:] != choices.people[:-1]))[: len(choices)]
    ends = np.append(starts[1:], len(choices))[: len(starts)]
    people = [
        (int(start), int(end))
        for start, end in zip(starts, ends, strict=True)
        if end - start >= 2 and int(choices.titles[end - 1]) in index.row_of_title
    ]
    if len(people) > MAX_ASKED:
        picked = np.random.default_rng(seed).choice(len(people), MAX_ASKED, replace=False)
        people = [people[place] for place in np.sort(picked)]
    return [
        (_signals(choices, max(start, end - 1 - MAX_CHOICES), end - 1), int(choices.titles[end - 1]))
        for start, end in people
    ]


def _signals(choices: Choices, start: int, end: int) -> list[Signal]:
    now = choices.times[end]
    return [
        Signal(int(title), float(weight), float(now - time) / SECONDS_PER_DAY)
        for title, weight, time in zip(
            choices.titles[start:end], choices.weights[start:end], choices.times[start:end], strict=True
        )
    ]


def _reciprocal_ranks(tastes: Tastes, asked: Sequence[tuple[list[Signal], int]]) -> NDArray[np.float64]:
    """1 / place of the title chosen last among all that the person had not chosen before."""
    found = np.zeros(len(asked))
    for place, (signals, wanted) in enumerate(asked):
        points = tastes.prior + tastes.scores(tastes.taste(signals))
        known = [row for each in signals if (row := tastes.index.row_of_title.get(each.title_id)) is not None]
        row = tastes.index.row_of_title[wanted]
        score = points[row]
        points[known] = -np.inf
        found[place] = 1 / (1 + int((points > score).sum()))
    return found
