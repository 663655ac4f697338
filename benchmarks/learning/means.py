"""Several runs of the simulation, each of other people: what is left when the luck of one run is taken out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.learning.measures import THEMES
from benchmarks.learning.report import OURS, UNSEATED, ZERO

RIVALS = {"LambdaMART": UNSEATED}  # who is compared with whom on equal terms; everybody else with what serves


def means(runs: Sequence[Mapping[str, Any]]) -> str:
    """A table for each point. runs: of `report.as_json`, at least two, with the same points and learners.

    Themes: mean over the runs, its change against version 0, and how far what serves is ahead (of a rival in RIVALS:
    ours without seats), with the standard error between runs.
    """
    lines = []
    for place, point in enumerate(runs[0]["points"]):
        lines.append(f"\nafter {point:,} searches, mean of {len(runs)} runs; +: ours is ahead, ± standard error")
        lines.append(f"{'':20}" + "".join(f"{theme:>34}" for theme in THEMES) + "  coverage  lowest    gini")
        lines += [_line(runs, arm, place) for arm in runs[0]["arms"]]
    return "\n".join(lines)


def _line(runs: Sequence[Mapping[str, Any]], arm: str, place: int) -> str:
    def of(name: str, measure: str) -> NDArray[np.float64]:
        return np.array([run["arms"][name][measure][place] for run in runs])

    mine = RIVALS.get(arm, OURS)
    cells = []
    for theme in THEMES:
        found, base = of(arm, theme), of(ZERO, theme)
        cell = f"{found.mean():.4f} {found.mean() / base.mean() - 1:+7.1%}"
        if arm not in (ZERO, OURS, UNSEATED):
            ahead = of(mine, theme) - found
            cell += f" {ahead.mean():+.4f} ± {ahead.std(ddof=1) / len(runs) ** 0.5:.4f}"
        cells.append(cell)
    share = of(arm, "coverage") / of(ZERO, "coverage")
    rise = of(arm, "gini") - of(ZERO, "gini")
    return (
        f"{arm:20}" + "".join(f"{cell:>34}" for cell in cells)
        + f"{share.mean():10.3f}{share.min():8.3f}{rise.mean():+8.3f}"
    )  # fmt: skip
