"""The results as they come: a line on the screen, an entry for the file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.metrics import interval

NAME, OURS_WIDTH, WIDTH = 38, 22, 9


@dataclass
class Table:
    """systems: ours first. Ours is shown with its 95 % interval; the file has everybody's."""

    systems: Sequence[str]
    entries: list[dict[str, Any]] = field(default_factory=list)

    def head(self) -> str:
        ours, *others = self.systems
        return (
            f"{'task':<{NAME}}{'n':>6}{ours:>{OURS_WIDTH}}"
            + "".join(f"{name:>{WIDTH}}" for name in others)
            + f"{'floor':>{WIDTH}}{'reach':>{WIDTH + 2}}"
        )

    def line(self, task: str, measure: str, values: Mapping[str, Sequence[float]], floor: str, reach: str) -> str:
        """values: one a query for each system that ran; a system that did not shows a dash."""
        results = {name: _summary(each) for name, each in values.items()}
        ours, *others = self.systems
        n = len(values[ours])
        self.entries.append(
            {"task": task, "measure": measure, "n": n, "floor": floor, "reach": reach, "systems": results}
        )
        told = results[ours]
        cells = [f"{results[name]['mean']:.3f}" if name in results else "–" for name in others]
        return (
            f"{f'{task}: {measure}':<{NAME}}{n:>6}{told['mean']:>{OURS_WIDTH - 14}.3f}"
            f" [{told['low']:.3f} {told['high']:.3f}]"
            + "".join(f"{cell:>{WIDTH}}" for cell in [*cells, floor or "–"])
            + f"{reach or '–':>{WIDTH + 2}}"
        )

    def write(self, file: Path, **about: Any) -> None:
        """about: settings and versions of the run."""
        file.write_text(json.dumps({**about, "results": self.entries}, indent=1, ensure_ascii=False) + "\n")


def _summary(values: Sequence[float]) -> dict[str, float]:
    low, high = interval(values)
    return {"mean": round(float(np.mean(values)), 5), "low": round(low, 5), "high": round(high, 5)}
