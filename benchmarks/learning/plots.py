"""The curves of the benchmark as SVG files, the same bytes for the same figures.

Each line is named at its end, in its own colour, and dashes help where colours do not. Text is mid-grey on nothing,
so that a page in light or dark shows through.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK = "#7d8590"  # 3.8 : 1 on white, 5 : 1 on near black
# Okabe and Ito 2008 (jfly.uni-koeln.de/color), darkened or lightened until they are read on white and on black.
STYLES = (
    ("#d55e00", "-"), ("#0083c4", "-"), ("#009e73", "-"), ("#b8860b", "--"),
    ("#cc79a7", "--"), ("#7d8590", ":"), ("#9467bd", "-."), ("#8c6d5a", (0, (1, 1))),
    ("#5a8f00", (0, (6, 2))), ("#c0507a", (0, (3, 1, 1, 1))),
)  # fmt: skip
SETTINGS: dict[Any, Any] = {
    "svg.hashsalt": "marquee",  # ids of clip paths, else drawn at random
    "svg.fonttype": "none",  # text stays text: small, sharp, and found by a search
    "path.simplify": True,
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],  # repeated at every text: a short list
    "font.size": 10,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
LINE_OF_TEXT = 0.062  # of the height of a plot: how far two names are kept apart

Results = Mapping[str, Any]  # {"points": [searches, …], "arms": {arm: {measure: [a value per point]}}}


@dataclass(frozen=True)
class Plot:
    """measures: one panel each, side by side."""

    file: str
    measures: Sequence[tuple[str, str]]  # name in the results, title
    unit: str


PLOTS = (
    Plot(
        "quality.svg",
        [("frequent", "frequent themes"), ("rare", "rare themes"), ("never_seen", "never-seen themes")],
        "nDCG@10",
    ),
    Plot("spread.svg", [("coverage", "coverage@10"), ("gini", "Gini of exposure")], ""),
)


def draw(results: Results, directory: Path, plots: Sequence[Plot] = PLOTS) -> list[Path]:
    """The files written, one a plot. A measure that no arm has is left out, and a plot without any.

    Raises ValueError if an arm has not a value for every point.
    """
    written = []
    for plot in plots:
        panels = [(name, title) for name, title in plot.measures if any(name in arm for arm in _arms(results))]
        if panels:
            written.append(_draw(results, Plot(plot.file, panels, plot.unit), directory))
    return written


def _draw(results: Results, plot: Plot, directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / plot.file
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(4.3 * len(plot.measures), 3.6), layout="constrained")
        panels = figure.subplots(1, len(plot.measures), squeeze=False)[0]
        panels[0].set_ylabel(plot.unit)
        for panel, (measure, title) in zip(panels, plot.measures, strict=True):
            _panel(panel, results, measure)
            panel.set_title(title, loc="left", fontsize=11)
        figure.savefig(path, transparent=True, metadata={"Date": None, "Creator": None})
    return path


def _panel(panel: Axes, results: Results, measure: str) -> None:
    points: list[int] = results["points"]
    # A log axis that has a place for 0: evenly spaced up to the first point after it.
    first = min(point for point in points if point > 0)
    panel.set_xscale("symlog", linthresh=first, linscale=0.5)
    ends: list[tuple[float, str, str]] = []
    for (arm, of), (colour, dashes) in zip(results["arms"].items(), _styles(results), strict=True):
        if measure not in of:
            continue
        values = [float("nan") if value is None else float(value) for value in of[measure]]
        if len(values) != len(points):
            raise ValueError(f"{arm} has {len(values)} values of {measure} for {len(points)} points")
        panel.plot(points, values, color=colour, linestyle=dashes, linewidth=1.8)
        if known := [value for value in values if isfinite(value)]:
            ends.append((known[-1], arm, colour))
    panel.set_xticks(points, [_short(point) for point in points])
    panel.minorticks_off()
    panel.set_xlim(0, points[-1])
    panel.set_xlabel("searches")
    panel.grid(axis="y", color=INK, alpha=0.25, linewidth=0.6)
    _name(panel, ends)


def _name(panel: Axes, ends: Sequence[tuple[float, str, str]]) -> None:
    """Each line's name beside its end."""
    bottom, top = panel.get_ylim()
    heights = apart([(value - bottom) / (top - bottom) for value, _, _ in ends])
    for height, (_, arm, colour) in zip(heights, ends, strict=True):
        panel.text(1.02, height, arm, color=colour, transform=panel.transAxes, va="center", fontsize=9)


def apart(heights: Sequence[float], gap: float = LINE_OF_TEXT) -> list[float]:
    """The heights, in [0, 1], moved until no two are nearer than gap: up from below, then back down from 1."""
    order = sorted(range(len(heights)), key=lambda place: (heights[place], place))
    moved = list(heights)
    for below, place in pairwise(order):
        moved[place] = max(moved[place], moved[below] + gap)
    ceiling = 1.0
    for place in reversed(order):
        moved[place] = min(moved[place], ceiling)
        ceiling = moved[place] - gap
    return moved


def _styles(results: Results) -> list[tuple[str, Any]]:
    """An arm has the same colour in every plot."""
    return [STYLES[place % len(STYLES)] for place in range(len(results["arms"]))]


def _arms(results: Results) -> list[Mapping[str, Sequence[float]]]:
    return list(results["arms"].values())


def _short(n: int) -> str:
    return f"{n // 1000}k" if n >= 1000 and n % 1000 == 0 else str(n)
